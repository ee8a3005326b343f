/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which runs does a program's information count?  Those of this process and of its forked children,
 * while somebody holds a descriptor of BPF_ENABLE_STATS; also of a program that ran before.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <cmocka.h>

#include "ring3/ring3.h"

static ring3 *rt;

static int load(void)
{
	const struct bpf_insn ret_0[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "counted", "GPL", ret_0, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

static int run(int fd, int times)
{
	char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = times);

	return bpf_prog_test_run_opts(fd, &o);
}

static uint64_t counted(int fd)
{
	struct bpf_prog_info info;
	uint32_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	return info.run_cnt;
}

static void child_runs(int fd, int times)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		_exit(run(fd, times) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void runs_are_counted(void **state)
{
	int before = load(), after, fresh, stats;

	(void)state;
	assert_int_equal(run(before, 3), 0);
	assert_int_equal(counted(before), 0);
	fresh = load();
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	assert_true(stats >= 0);
	after = load();
	for (int i = 0; i < 3; i++) {
		const int fds[] = { before, fresh, after };

		assert_int_equal(run(fds[i], 5), 0);
		child_runs(fds[i], 4);
		assert_int_equal(run(fds[i], 1), 0);
		assert_int_equal(counted(fds[i]), 10);
	}
	close(stats);
	close(before);
	close(fresh);
	close(after);
}

static void say(int to)
{
	assert_int_equal(write(to, "x", 1), 1);
}

static bool hear(int from)
{
	char c;

	return read(from, &c, 1) == 1;
}

/* A child that was there before: who asks for counting is the parent, or the child. */
static void counted_by(bool parent)
{
	int fd = load(), go[2], done[2], stats = -1, status;
	pid_t pid;

	assert_int_equal(run(fd, 2), 0);
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(done), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		stats = parent ? 0 : bpf_enable_stats(BPF_STATS_RUN_TIME);
		if (write(done[1], "x", 1) != 1 || !hear(go[0]) || stats < 0 || run(fd, 4))
			_exit(1);
		_exit(counted(fd));
	}
	if (parent)
		stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	assert_true(hear(done[0]));
	assert_int_equal(run(fd, 3), 0);
	say(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(counted(fd), 7);
	if (stats >= 0)
		close(stats);
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(done[i]);
	}
	close(fd);
}

static void parent_asks_later(void **state)
{
	(void)state;
	counted_by(true);
}

static void child_asks_later(void **state)
{
	(void)state;
	counted_by(false);
}

static int make_world(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };

	(void)state;
	if (ring3_new(&opts, &rt))
		return -1;
	ring3_bind_libbpf(rt);
	return 0;
}

static int end_world(void **state)
{
	(void)state;
	ring3_unref(rt);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* Counting goes on for a while after nobody wants it any more. */
		cmocka_unit_test_setup_teardown(runs_are_counted, make_world, end_world),
		cmocka_unit_test_setup_teardown(parent_asks_later, make_world, end_world),
		cmocka_unit_test_setup_teardown(child_asks_later, make_world, end_world),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
