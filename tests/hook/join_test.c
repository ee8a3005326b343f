/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are functions of a process that runs already traced, is every call counted once, and does the
 * process go on as if nothing had happened, whatever it was doing and whoever is killed?
 */
#include "hook/live.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/os.h"
#include "hook/everyone.h"
#include "ring3/bpf.h"

/* --- each kind of process --- */

static void check_exact(const char *name, const char *mode, const char *arg, const char *line)
{
	uint8_t before[16], after[16];
	struct truth first, t;
	struct live l;
	int links[2];

	print_message("# %s %s\n", name, mode);
	start_live(&l, name, mode, arg);
	first = ask(&l, line);
	read_code(&l, before);
	must_join(l.pid);
	links[0] = attach_in(&l, LINK_UPROBE);
	links[1] = attach_in(&l, LINK_URETPROBE);
	clear_cells();
	t = ask(&l, line);
	assert_true(t.calls > first.calls);
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - first.calls);
	assert_int_equal(cell(LEAVE), t.calls - first.calls);
	assert_int_equal(cell(ARGS), t.sum - first.sum);
	assert_int_equal(cell(RESULTS), 2 * (t.sum - first.sum));
	close(links[0]);
	close(links[1]);
	/* A dead link is noticed within LINK_POLL_MS. */
	for (int i = 0; i < 500; i++) {
		read_code(&l, after);
		if (!memcmp(before, after, sizeof(before)))
			break;
		usleep(10000);
	}
	assert_memory_equal(before, after, sizeof(before));
	t = ask(&l, line);
	assert_int_equal(t.bad, 0);
	end_live(&l);
}

static void test_exact(void **state)
{
	(void)state;
	check_exact("live", "threads", "4", "go 1000\n");
	check_exact("live_static", "threads", "4", "go 1000\n");
	check_exact("bare", NULL, NULL, "go\n");
}

/* While all threads are in the function all the time. */
static void attach_under_load(const char *mode)
{
	struct live l;
	struct truth t;
	int link;

	start_live(&l, "live", mode, "3");
	must_join(l.pid);
	for (int i = 0; i < 20; i++) {
		clear_cells();
		link = attach_in(&l, i & 1 ? LINK_URETPROBE : LINK_UPROBE);
		for (int k = 0; k < 500 && !cell(i & 1 ? LEAVE : ENTER); k++)
			usleep(2000);
		close(link);
		if (!cell(i & 1 ? LEAVE : ENTER))
			fail_msg("%d: nothing is counted", i);
		usleep((useconds_t)(i * 7919 % 150000));
	}
	t = ask(&l, "end\n");
	assert_int_equal(t.bad, 0);
	end_live(&l);
}

static void test_under_load(void **state)
{
	(void)state;
	attach_under_load("busy");
}

/* Handlers that have all signals blocked, among them those of a patch under way. */
static void test_in_handlers(void **state)
{
	(void)state;
	attach_under_load("handlers");
}

/* --- system calls that a thread sleeps in --- */

static void test_waits(void **state)
{
	static const char *const kinds[] = {
		"nanosleep", "clock_nanosleep", "futex",      "poll",    "ppoll", "select",
		"epoll",     "sigtimedwait",    "semtimedop", "recv",    "read",  "write",
		"wait",      "vfork",           "sigsuspend", "nothing",
	};
	struct truth t;
	struct live l;
	useconds_t turns;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		print_message("# %s\n", kinds[i]);
		/* Its alarm comes at any moment of the joining. */
		turns = strcmp(kinds[i], "sigsuspend") ? 3 : 30;
		for (useconds_t n = 0; n < turns; n++) {
			start_live(&l, "live", "wait", kinds[i]);
			usleep(5300 * n % 15000);
			must_join(l.pid);
			usleep(20000);
			t = ask(&l, "end\n");
			assert_int_equal(t.bad, 0);
			assert_true(t.calls > 0);
			end_live(&l);
		}
	}
}

/* --- a tracer that is killed --- */

/* The one who brings the agent in is killed `us` after it began. */
static void join_and_die(pid_t pid, useconds_t us)
{
	char buf[512];
	pid_t tracer = fork();

	if (tracer == 0) {
		join(pid, buf, sizeof(buf));
		_exit(0);
	}
	usleep(us);
	kill(tracer, SIGKILL);
	waitpid(tracer, NULL, 0);
}

static void test_killed_tracers(void **state)
{
	static const char *const kinds[] = { "nanosleep", "futex", "nothing", "read" };
	struct truth t;
	struct live l;
	int link;

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		start_live(&l, "live", "wait", kinds[i % 4]);
		for (uint32_t k = 0; k < 5; k++)
			join_and_die(l.pid, (i * 5 + k) * 2654435761u % 4000);
		must_be_in(l.pid);
		link = attach_in(&l, LINK_UPROBE);
		t = ask(&l, "end\n");
		close(link);
		if (t.bad)
			fail_msg("%s: %ld wrong answers", kinds[i % 4], t.bad);
		end_live(&l);
	}
}

/* --- refusals: the process goes on, and the text says what to do --- */

static void test_refusals(void **state)
{
	struct live l = { .pid = 0x3fffffff };
	int status;

	(void)state;
	check_refused(&l, -ESRCH, "does not exist");
	start_live(&l, "live", "threads", "1");
	assert_int_equal(ptrace(PTRACE_SEIZE, l.pid, NULL, NULL), 0);
	check_refused(&l, -EBUSY, "is traced by process");
	ptrace(PTRACE_INTERRUPT, l.pid, NULL, NULL);
	waitpid(l.pid, &status, 0);
	ptrace(PTRACE_DETACH, l.pid, NULL, NULL);
	kill(l.pid, SIGSTOP);
	waitpid(l.pid, &status, WUNTRACED);
	check_refused(&l, -EBUSY, "kill -CONT");
	kill(l.pid, SIGCONT);
	assert_int_equal(ask(&l, "go 10\n").bad, 0);
	close(l.in);
	usleep(50000);
	check_refused(&l, -ESRCH, "waits for its parent");
	fclose(l.from);
	waitpid(l.pid, NULL, 0);
}

static void become_nobody(void)
{
	if (setresuid(65534, 65534, 65534))
		_exit(1);
}

static void test_other_user(void **state)
{
	struct live l;

	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can become somebody else");
		skip();
	}
	start_with(&l, "live", "threads", "1", become_nobody);
	check_refused(&l, -EPERM, "as that user");
	end_live(&l);
}

/* Has any thread a user, group or capability that nobody has not? */
static bool has_privileges(pid_t pid)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd),
		 "grep -qE '^((Uid|Gid):.*\\<0\\>|CapPrm:.*[1-9a-f])' /proc/%d/task/*/status",
		 (int)pid);
	return system(cmd) == 0;
}

/* A process that gives up root has no thread left that has not.  Fails without guest_creds.c. */
static void test_privileges(void **state)
{
	struct live l;

	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can give up root");
		skip();
	}
	start_live(&l, "live", "drop", NULL);
	must_join(l.pid);
	assert_int_equal(ask(&l, "go\n").bad, 0);
	assert_true(has_privileges(l.pid));
	assert_int_equal(ask(&l, "drop\n").bad, 0);
	for (int i = 0; i < 500 && has_privileges(l.pid); i++)
		usleep(20000);
	assert_false(has_privileges(l.pid));
	assert_int_equal(ask(&l, "go\n").bad, 0);
	end_live(&l);
}

/* As above, of one that was nobody for a while before, as far as its threads tell. */
static void test_privileges_later(void **state)
{
	struct live l;
	int fd;

	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can give up root");
		skip();
	}
	start_live(&l, "live", "drop", NULL);
	must_join(l.pid);
	fd = attach_in(&l, LINK_UPROBE);
	assert_int_equal(ask(&l, "lower\n").bad, 0);
	usleep(400000);
	assert_int_equal(ask(&l, "raise\n").bad, 0);
	assert_int_equal(ask(&l, "drop\n").bad, 0);
	for (int i = 0; i < 500 && has_privileges(l.pid); i++)
		usleep(20000);
	assert_false(has_privileges(l.pid));
	close(fd);
	end_live(&l);
}

/* To a thread with SIGTRAP blocked a patch under way might be fatal: none is made, until it has the
 * signal blocked no more. */
static void test_blocked_signals(void **state)
{
	struct link *link;
	struct live l;
	uint32_t id;
	int fd;

	(void)state;
	start_live(&l, "live", "block", "late");
	must_join(l.pid);
	ask(&l, "now\n");
	usleep(20000);
	fd = attach_at(l.path, offset_of(l.path, "probed"), LINK_UPROBE, l.pid, &id);
	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_true(link_wait_looked(link, l.pid, rt->registry->generation, 5000));
	assert_non_null(strstr(link->file->trouble, "SIGTRAP"));
	clear_cells();
	assert_int_equal(ask(&l, "go 10\n").bad, 0);
	assert_int_equal(cell(ENTER), 0);

	/* There is an agent, which waits for that. */
	must_join(l.pid);
	for (int i = 0; i < 1000 && link->file->trouble[0]; i++)
		usleep(10000);
	assert_string_equal(link->file->trouble, "");
	assert_int_equal(ask(&l, "go 10\n").bad, 0);
	assert_int_equal(cell(ENTER), 10);
	link_free(link);
	close(fd);
	end_live(&l);
}

/* Threads that leave all signals to others: jemalloc's, for one. */
static void test_blocked_for_good(void **state)
{
	struct live l;
	int fd;

	(void)state;
	for (int i = 0; i < 5; i++) {
		start_live(&l, "live", "block", "1");
		must_join(l.pid);
		clear_cells();
		fd = attach_in(&l, LINK_UPROBE);
		assert_int_equal(ask(&l, "go 10\n").bad, 0);
		assert_int_equal(cell(ENTER), 10);
		close(fd);
		end_live(&l);
	}
}

/* Threads that cannot be stopped are not waited for while others run: that takes 1 s each, not 60.
 */
static void test_not_stopped(void **state)
{
	uint64_t begin = os_now_ns();
	struct live l;

	(void)state;
	start_live(&l, "live", "block", "vfork");
	must_join(l.pid);
	assert_true(os_now_ns() - begin < 40000000000ull);
	assert_int_equal(ask(&l, "go 10\n").bad, 0);
	end_live(&l);
	start_live(&l, "live", "block", "alone");
	check_refused(&l, -EAGAIN, "uninterruptible");
	end_live(&l);
}

/* What /proc says of a process is what it says of its first thread, which may have ended. */
static void test_without_leader(void **state)
{
	struct live l;
	uint32_t id;
	int fd;

	(void)state;
	start_live(&l, "live", "leader", NULL);
	must_join(l.pid);
	assert_int_equal(ask(&l, "end\n").bad, 0);
	clear_cells();
	fd = attach_at(l.path, offset_of(l.path, "probed"), LINK_UPROBE, l.pid, &id);
	for (int i = 0; i < 100 && !cell(ENTER); i++) {
		assert_int_equal(ask(&l, "go 10\n").bad, 0);
		usleep(100000);
	}
	assert_int_not_equal(cell(ENTER), 0);
	close(fd);
	end_live(&l);
}

/* --- children, name spaces, what it costs --- */

/* A forked child has no agent: its probes do nothing, and nothing of it is counted. */
static void test_forks(void **state)
{
	struct live l;
	struct truth t;
	int links[2];

	(void)state;
	start_live(&l, "live", "forks", NULL);
	must_join(l.pid);
	clear_cells();
	links[0] = attach_in(&l, LINK_UPROBE);
	links[1] = attach_in(&l, LINK_URETPROBE);
	usleep(200000);
	t = ask(&l, "end\n");
	assert_int_equal(t.bad, 0);
	assert_true(cell(ENTER) > 0);
	assert_true(cell(ENTER) <= (uint64_t)t.calls);
	assert_true(cell(LEAVE) > 0);
	assert_true(cell(LEAVE) <= cell(ENTER));
	close(links[0]);
	close(links[1]);
	end_live(&l);
}

/* Every process that maps a file, those that come later and forked children of joined ones. */
static void look_until(struct everyone *e, uint32_t n)
{
	for (int i = 0; i < 600 && everyone_joined(e) < n; i++) {
		everyone_look(e);
		usleep(10000);
	}
	assert_int_equal(everyone_joined(e), n);
}

static void test_everyone(void **state)
{
	struct everyone *e;
	struct live l[3];
	uint32_t id;
	long calls;
	int link;

	(void)state;
	start_live(&l[0], "live_static", "threads", "2");
	start_live(&l[1], "bare", NULL, NULL);
	assert_int_equal(everyone_new(rt->store, guest, &e), 0);
	link = attach_at(l[0].path, offset_of(l[0].path, "probed"), LINK_UPROBE, -1, &id);
	clear_cells();
	look_until(e, 1);
	start_live(&l[2], "live_static", "threads", "1");
	look_until(e, 2);
	assert_false(inject_is_in(l[1].pid, dir));
	calls = ask(&l[0], "go 100\n").calls + ask(&l[2], "go 10\n").calls;
	assert_int_equal(calls, 210);
	assert_int_equal(cell(ENTER), calls);
	close(link);
	everyone_free(e);
	for (int i = 0; i < 3; i++)
		end_live(&l[i]);
}

/* A child of a joined process is joined itself: each call of either is counted once. */
static void test_joined_child(void **state)
{
	struct truth t;
	struct live l;
	char line[64];
	int links[2];
	uint32_t id;
	pid_t child;
	long calls;

	(void)state;
	start_live(&l, "live", "child", NULL);
	must_join(l.pid);
	links[0] = attach_at(l.path, offset_of(l.path, "probed"), LINK_UPROBE, -1, &id);
	links[1] = attach_at(l.path, offset_of(l.path, "probed"), LINK_URETPROBE, -1, &id);
	for (int i = 0; i < 500 && !cell(LEAVE); i++) {
		ask(&l, "go\n");
		usleep(10000);
	}
	assert_int_equal(write(l.in, "fork\n", 5), 5);
	assert_non_null(fgets(line, sizeof(line), l.from));
	child = atoi(line);
	assert_false(inject_is_in(child, dir));
	clear_cells();
	t = ask(&l, "go\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), 0);
	must_join(child);
	clear_cells();
	calls = t.calls;
	t = ask(&l, "go\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - calls);
	assert_int_equal(cell(LEAVE), t.calls - calls);
	close(links[0]);
	close(links[1]);
	end_live(&l);
}

/* bpf(2) itself brings the agent in, and answers when the process has attached it. */
static int create_multi(struct live *l, int prog)
{
	uint64_t off = offset_of(l->path, "probed");
	struct ring3_attr_link_create a = {
		.prog_fd = (uint32_t)prog,
		.attach_type = BPF_TRACE_UPROBE_MULTI,
		.uprobe_multi = {
			.path = (uint64_t)(uintptr_t)l->path,
			.offsets = (uint64_t)(uintptr_t)&off,
			.cnt = 1,
			.pid = (uint32_t)l->pid,
		},
	};

	return ring3_bpf(rt, BPF_LINK_CREATE, (union bpf_attr *)(void *)&a, sizeof(a));
}

static void forbid_membarrier(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = 4, .filter = code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0))
		_exit(1);
}

static void test_link_create(void **state)
{
	int prog = load_prog(ENTER, ARGS, 112, BPF_TRACE_UPROBE_MULTI), link;
	struct truth t;
	struct live l;

	(void)state;
	rt->guest = strdup(guest);
	start_live(&l, "live", "threads", "2");
	link = create_multi(&l, prog);
	assert_true(link >= 0);
	clear_cells();
	t = ask(&l, "go 100\n");
	assert_int_equal(cell(ENTER), t.calls);
	close(link);
	end_live(&l);
	start_with(&l, "live", "threads", "1", forbid_membarrier);
	assert_int_equal(create_multi(&l, prog), -EPERM);
	end_live(&l);
	close(prog);
	free(rt->guest);
	rt->guest = NULL;
}

static void other_mounts(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev/shm", "tmpfs", 0, NULL))
		_exit(3);
}

static void test_other_mounts(void **state)
{
	struct truth t;
	struct live l;
	int link;

	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can mount");
		skip();
	}
	start_with(&l, "live", "threads", "2", other_mounts);
	must_join(l.pid);
	clear_cells();
	link = attach_in(&l, LINK_UPROBE);
	t = ask(&l, "go 100\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls);
	close(link);
	end_live(&l);
}

/* In kB; the least of some looks, since the agent may be at work. */
static long resident(pid_t pid)
{
	char path[64], line[256];
	long least = LONG_MAX, kb;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	for (int i = 0; i < 20; i++) {
		f = fopen(path, "r");
		assert_non_null(f);
		kb = LONG_MAX;
		while (fgets(line, sizeof(line), f))
			sscanf(line, "Rss: %ld", &kb);
		fclose(f);
		least = kb < least ? kb : least;
		usleep(10000);
	}
	return least;
}

/* Where nothing matches: less than a megabyte. */
static void test_cost(void **state)
{
	long before, after;
	struct live l;

	(void)state;
	start_live(&l, "live", "threads", "1");
	ask(&l, "go 10\n");
	before = resident(l.pid);
	must_join(l.pid);
	after = resident(l.pid);
	print_message("# resident: %ld kB more\n", after - before);
	assert_true(after - before < 1024);
	end_live(&l);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_under_load),
		cmocka_unit_test(test_in_handlers),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_killed_tracers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_other_user),
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_privileges_later),
		cmocka_unit_test(test_blocked_signals),
		cmocka_unit_test(test_blocked_for_good),
		cmocka_unit_test(test_not_stopped),
		cmocka_unit_test(test_without_leader),
		cmocka_unit_test(test_forks),
		cmocka_unit_test(test_link_create),
		cmocka_unit_test(test_everyone),
		cmocka_unit_test(test_joined_child),
		cmocka_unit_test(test_other_mounts),
		cmocka_unit_test(test_cost),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (live_init())
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
