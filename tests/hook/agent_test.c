/* SPDX-License-Identifier: BSD-2-Clause */
/* Are the functions of another process traced, and is every call counted once, whatever the process
 * does?  Targets say how often they called; maps say how often programs ran. */
#include "hook/links.h"

static char agent[600];

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

static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	for (int i = 0; i < 6000 && child <= 0; i++) {
		f = fopen(path, "r");
		if (f && fscanf(f, "%d", &child) != 1)
			child = 0;
		if (f)
			fclose(f);
		usleep(10000);
	}
	assert_true(child > 0);
	return child;
}

/* Hits in the slots that the threads of a process keep. */
static uint64_t kept_hits(const struct link *link, pid_t pid)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < rt->registry->n_slots; i++) {
		const struct store_slot *slot = &rt->registry->slots[i];

		if (__atomic_load_n(&slot->owner, __ATOMIC_RELAXED) & STORE_SLOT_KEPT &&
		    slot->pid == (uint32_t)pid)
			n += __atomic_load_n(&link->hits[i].n, __ATOMIC_RELAXED);
	}
	return n;
}

/* A forked worker's hits are as cheap as its parent's once it has a runtime of its own: its thread
 * keeps a slot of that one.  Fails without hook_set_free() in agent_reopen(). */
static void test_forked_worker(void **state)
{
	char path[700];
	struct link *link;
	uint64_t before = 0, now = 0;
	pid_t pid, child;
	uint32_t id;
	int fd, out;

	(void)state;
	target("work", path);
	fd = attach_at(path, offset_of(path, "probed"), LINK_UPROBE, -1, &id);
	pid = start(path, "worker", NULL, &out);
	child = child_of(pid);
	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_true(link_wait_looked(link, child, rt->registry->generation, 60000));
	for (int i = 0; i < 600 && now - before < 1000; i++) {
		before = kept_hits(link, child);
		usleep(100000);
		now = kept_hits(link, child);
	}
	assert_in_range(now - before, 1000, 1u << 30);
	link_free(link);
	close(fd);
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
		cmocka_unit_test(test_forked_worker),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_agent_alone),
		cmocka_unit_test(test_killed_targets),
	};
	char build[500];
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (links_init() || !built_in(build, sizeof(build)))
		return 1;
	snprintf(agent, sizeof(agent), "%s/libring3_agent.so", build);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ring3_unref(rt);
	return failed;
}
