/* SPDX-License-Identifier: BSD-2-Clause */
/* Are the functions of another process traced, and is every call counted once, whatever the process
 * does?  Targets say how often they called; maps say how often programs ran. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/link.h"
#include "run/rt.h"
#include "support/scratch.h"

enum {
	ENTER,
	LEAVE,
	ARGS,
	RESULTS,
	N_CELLS
};

static char dir[64], agent[600], targets[600];
static ring3 *rt;
static int map_fd;
static uint32_t enter_prog, leave_prog;

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = 8,
				.max_entries = N_CELLS };

	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int cell_op(int cmd, uint32_t key, uint64_t *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map_fd,
				.key = (uint64_t)(uintptr_t)&key,
				.value = (uint64_t)(uintptr_t)value };

	return ring3_bpf(rt, cmd, &attr, sizeof(attr));
}

static uint64_t cell(uint32_t key)
{
	uint64_t value = 0;

	assert_int_equal(cell_op(BPF_MAP_LOOKUP_ELEM, key, &value), 0);
	return value;
}

static void clear_cells(void)
{
	uint64_t zero = 0;

	for (uint32_t key = 0; key < N_CELLS; key++)
		assert_int_equal(cell_op(BPF_MAP_UPDATE_ELEM, key, &zero), 0);
}

/* cells[which] += r7 */
#define ADD_TO_CELL(which, fd)                                                            \
	{ .code = 0x62, .dst_reg = 10, .off = -4, .imm = (which) },                       \
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },                            \
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },                                \
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = (fd) }, { .code = 0 }, \
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },                        \
		{ .code = 0x15, .dst_reg = 0, .off = 1 },                                 \
	{                                                                                 \
		.code = 0xdb, .dst_reg = 0, .src_reg = 7                                  \
	}

/* cells[hits] += 1; cells[values] += the context's word at off */
static uint32_t make_prog(int hits, int values, int16_t off)
{
	const struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 7, .imm = 1 },
		ADD_TO_CELL(hits, map_fd),
		{ .code = 0x79, .dst_reg = 7, .src_reg = 6, .off = off },
		ADD_TO_CELL(values, map_fd),
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};
	static char log[65536];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_KPROBE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.license = (uint64_t)(uintptr_t) "GPL",
				.log_level = 1,
				.log_buf = (uint64_t)(uintptr_t)log,
				.log_size = sizeof(log) };
	int fd = ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
	enum store_kind kind;
	uint32_t id = 0;

	if (fd < 0) {
		fprintf(stderr, "PROG_LOAD: %d\n%s", fd, log);
		exit(1);
	}
	rt_identify(rt, fd, &kind, &id);
	return id;
}

/* File offset of a function in a target. */
static uint64_t offset_of(const char *path, const char *name)
{
	char cmd[2048];
	unsigned long value = 0, vaddr = 0, off = 0;
	FILE *f;

	snprintf(cmd, sizeof(cmd),
		 "nm %s | awk '$3 == \"%s\" { print $1 }'; "
		 "readelf -lW %s | awk '/LOAD.* R E/ { print $3, $2 }'",
		 path, name, path);
	f = popen(cmd, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lx %lx %lx", &value, &vaddr, &off), 3);
	pclose(f);
	return value - vaddr + off;
}

static int attach_at(const char *path, uint64_t off, enum link_kind kind, pid_t pid,
		     uint32_t *ret_id)
{
	struct link_site site = { .offset = off, .cookie = 42 };
	struct link_spec spec = {
		.kind = kind,
		.role = LINK_ROLE_EVENT,
		.pid = pid,
		.prog_id = kind == LINK_UPROBE ? enter_prog : leave_prog,
		.enabled = true,
		.path = path,
		.sites = &site,
		.n_sites = 1,
	};
	int fd;

	assert_int_equal(link_create(rt->store, &spec, ret_id, &fd), 0);
	return fd;
}

static int attach(const char *path, const char *func, enum link_kind kind, pid_t pid)
{
	uint32_t id;

	return attach_at(path, offset_of(path, func), kind, pid, &id);
}

static pid_t start(const char *target, const char *mode, const char *arg, int *ret_out)
{
	int out[2];
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	pid = fork();
	if (pid == 0) {
		/* A test that fails leaves nothing running. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		setenv("LD_PRELOAD", agent, 1);
		setenv("RING3_DIR", dir, 1);
		execl(target, target, mode, arg, NULL);
		_exit(127);
	}
	close(out[1]);
	*ret_out = out[0];
	return pid;
}

struct truth {
	long calls, sum;
};

static struct truth finish(pid_t pid, int out)
{
	struct truth t = { 0, 0 };
	FILE *f = fdopen(out, "r");
	long calls, sum;
	int status;

	while (fscanf(f, "calls %ld %ld\n", &calls, &sum) == 2) {
		t.calls += calls;
		t.sum += sum;
	}
	fclose(f);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	return t;
}

static void target(const char *name, char path[static 700])
{
	snprintf(path, 700, "%s/%s", targets, name);
}

/* Every call of every process is seen, entered and left, with its argument and its result. */
static void check_counts_of(const char *func, const char *mode)
{
	char path[700];
	struct truth truth;
	int links[2], out;
	pid_t pid;

	target("work", path);
	links[0] = attach(path, func, LINK_UPROBE, -1);
	links[1] = attach(path, func, LINK_URETPROBE, -1);
	clear_cells();
	print_message("# %s\n", mode);
	pid = start(path, mode, NULL, &out);
	truth = finish(pid, out);
	assert_true(truth.calls > 0);
	assert_int_equal(cell(ENTER), truth.calls);
	assert_int_equal(cell(ARGS), truth.sum);
	assert_int_equal(cell(LEAVE), truth.calls);
	assert_int_equal(cell(RESULTS), 2 * truth.sum);
	close(links[0]);
	close(links[1]);
}

static void check_counts(const char *mode)
{
	check_counts_of("probed", mode);
}

/* The symbol is the function that chooses; its caller gets the chosen one. */
static void test_indirect(void **state)
{
	(void)state;
	check_counts_of("chosen", "indirect");
}

static void test_counts(void **state)
{
	static const char *const modes[] = { "plain", "threads", "fork", "exec", "close" };

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		check_counts(modes[i]);
}

/* A worker that can no longer open the store goes on being traced.  Fails without settle(). */
static void test_setuid(void **state)
{
	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can give up root");
		skip();
	}
	check_counts("setuid");
}

/* An application that does to signals whatever it can. */
static void test_signals(void **state)
{
	(void)state;
	check_counts("signals");
}

static void test_jumps_out_of_programs(void **state)
{
	char path[700];
	int links[2], out;
	pid_t pid;

	(void)state;
	target("work", path);
	links[0] = attach(path, "probed", LINK_UPROBE, -1);
	links[1] = attach(path, "probed", LINK_URETPROBE, -1);
	clear_cells();
	pid = start(path, "jumps", NULL, &out);
	/* Were the thread still held to be inside a program, all later calls would be missed. */
	assert_int_equal(finish(pid, out).calls, 1000);
	assert_int_equal(cell(ARGS), 499500);
	assert_int_equal(cell(RESULTS), 2 * 499500);
	close(links[0]);
	close(links[1]);
}

static void test_exceptions(void **state)
{
	char path[700];
	struct truth truth;
	int links[2], out;
	pid_t pid;

	(void)state;
	target("throws", path);
	links[0] = attach(path, "probed", LINK_UPROBE, -1);
	links[1] = attach(path, "probed", LINK_URETPROBE, -1);
	clear_cells();
	pid = start(path, NULL, NULL, &out);
	truth = finish(pid, out);
	assert_int_equal(cell(ENTER), truth.calls);
	assert_int_equal(cell(LEAVE), 0);
	close(links[0]);
	close(links[1]);
}

static void test_library_loaded_late(void **state)
{
	char work[700], library[700];
	struct truth truth;
	int link, out;
	pid_t pid;

	(void)state;
	target("work", work);
	target("library.so", library);
	link = attach(library, "library_probed", LINK_UPROBE, -1);
	clear_cells();
	pid = start(work, "dlopen", library, &out);
	truth = finish(pid, out);
	assert_int_equal(cell(ENTER), truth.calls);
	assert_int_equal(cell(ARGS), truth.sum);
	close(link);
}

static void wait_for_hits(uint64_t more)
{
	uint64_t from = cell(ENTER);

	for (int i = 0; i < 500 && cell(ENTER) < from + more; i++)
		usleep(10000);
	assert_true(cell(ENTER) >= from + more);
}

static void assert_quiet(void)
{
	uint64_t n = 0;

	for (int i = 0; i < 50 && n != cell(ENTER); i++) {
		n = cell(ENTER);
		usleep(200000);
	}
	assert_int_equal(cell(ENTER), n);
}

/* Links come and go while the process runs; a closed link is what a killed tracer leaves. */
static void test_attach_while_running(void **state)
{
	char path[700];
	int out, link;
	pid_t pid;

	(void)state;
	target("work", path);
	clear_cells();
	pid = start(path, "forever", NULL, &out);
	for (int i = 0; i < 3; i++) {
		link = attach(path, "probed", LINK_UPROBE, i ? -1 : pid);
		wait_for_hits(1000);
		close(link);
		assert_quiet();
	}
	link = attach(path, "probed", LINK_UPROBE, pid + 1);
	assert_quiet();
	close(link);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(out);
}

/* A place that cannot be probed: the process runs, and the link says why. */
static void test_trouble(void **state)
{
	char path[700];
	struct link *link;
	uint32_t id;
	int fd, out;
	pid_t pid;

	(void)state;
	target("work", path);
	fd = attach_at(path, offset_of(path, "bad_code"), LINK_UPROBE, -1, &id);
	pid = start(path, "plain", NULL, &out);
	assert_int_equal(finish(pid, out).calls, 100);
	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_non_null(strstr(link->file->trouble, "no instruction"));
	link_free(link);
	close(fd);
}

/* Nothing to do, or nothing that works: the process does not notice. */
static void test_agent_alone(void **state)
{
	static const char *const dirs[] = { NULL, "/nonexistent/x", "/proc", "/etc/passwd" };
	char path[700], kept[sizeof(dir)];
	int out;
	pid_t pid;

	(void)state;
	target("work", path);
	strcpy(kept, dir);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (dirs[i])
			strcpy(dir, dirs[i]);
		pid = start(path, "plain", NULL, &out);
		assert_int_equal(finish(pid, out).calls, 100);
	}
	strcpy(dir, kept);
}

static void test_killed_targets(void **state)
{
	char path[700];
	int link, out;
	pid_t pid;

	(void)state;
	target("work", path);
	link = attach(path, "probed", LINK_UPROBE, -1);
	for (int i = 0; i < 20; i++) {
		pid = start(path, "forever", NULL, &out);
		usleep((useconds_t)i * 2000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(out);
	}
	close(link);
	check_counts("plain");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_setuid),
		cmocka_unit_test(test_indirect),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_jumps_out_of_programs),
		cmocka_unit_test(test_library_loaded_late),
		cmocka_unit_test(test_attach_while_running),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_agent_alone),
		cmocka_unit_test(test_killed_targets),
	};
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	char self[512] = "";
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 1;
	*strstr(self, "/tests/") = 0;
	snprintf(agent, sizeof(agent), "%s/libring3_agent.so", self);
	snprintf(targets, sizeof(targets), "%s/tests/targets", self);
	if (scratch_make(dir, sizeof(dir)) || ring3_new(&opts, &rt))
		return 1;
	map_fd = make_map();
	enter_prog = make_prog(ENTER, ARGS, 112);
	leave_prog = make_prog(LEAVE, RESULTS, 80);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ring3_unref(rt);
	return failed;
}
