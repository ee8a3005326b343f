/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a running program of any kind bear it that probes come and go at random moments?  It counts
 * its calls itself: one link that stays must see each of them, entered and left, while others are
 * attached to the same function and taken away; in the end the code is what its file says.
 *
 * RING3_CHURN: how often in each program; 125 are the thousand of `make check-full`.
 * To see it fail: replace patch_apply() by a plain write of the bytes; leave thread_quiesce() out
 * of publish() in hook.c.
 */
#include "hook/links.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "hook/inject.h"
#include "support/rng.h"

/* Cells of the map: of the links that stay, and of those that come and go. */
enum {
	STAYS_ENTER = ENTER,
	STAYS_LEAVE = LEAVE,
	COMES = ARGS,
	OTHER = RESULTS,
	MOST_ARGS = 6,
	SLOW = 60000000, /* us to wait for what must come: the machine may be busy */
};

struct kind {
	const char *name;
	const char *argv[MOST_ARGS];
	const char *func;
	long rounds; /* at a time */
	long hits;   /* for each call that the program counts */
	bool in_libc;
};

static const char in_python[] = "import os, sys\n"
				"calls = 0\n"
				"for line in sys.stdin:\n"
				"    for i in range(int(line)):\n"
				"        assert os.getppid() > 0\n"
				"        calls += 1\n"
				"    print('calls', calls, flush=True)\n";
static const char in_perl[] = "$| = 1; my $calls = 0;"
			      "while (my $n = <STDIN>) {"
			      "  for (1 .. $n) { getppid() > 0 or die; $calls++ }"
			      "  print \"calls $calls\\n\" }";
/* umask(2) once to look and once to put it back; the child's are not counted. */
static const char in_shell[] = "calls=0\n"
			       "while read -r n; do\n"
			       "  while [ $n -gt 0 ]; do\n"
			       "    n=$((n - 1)) calls=$((calls + 2))\n"
			       "    umask >/dev/null; (umask >/dev/null; exit 3)\n"
			       "    [ $? -eq 3 ] || exit 1\n"
			       "    umask >/dev/null\n"
			       "  done\n"
			       "  echo calls $calls\n"
			       "done\n";

static const struct kind kinds[] = {
	{ "server", { "@churn", "server" }, "probed", 2000, 1, false },
	{ "static", { "@churn_static", "server" }, "probed", 2000, 1, false },
	{ "recursion", { "@churn", "deep" }, "probed", 200, 1, false },
	{ "exceptions", { "@churn_throws" }, "probed", 20000, 1, false },
	{ "go", { "@churn_go" }, "main.probed", 1000, 1, false },
	{ "python", { "python3", "-c", in_python }, "getppid", 200000, 1, true },
	{ "perl", { "perl", "-e", in_perl }, "getppid", 200000, 1, true },
	{ "shell", { "sh", "-c", in_shell }, "umask", 300, 2, true },
};

static char guest[600];
static uint32_t comes_prog;

struct program {
	const struct kind *kind;
	pid_t pid;
	int in;
	FILE *from;
	char path[700]; /* of the file that is probed */
	uint64_t off;   /* of the function in it */
	int stays[2];
	long told, told_thrown; /* of calls before it was joined */
	long thrown;            /* calls that did not return */
};

/* Go's compiler is not needed to build ring3. */
static bool build_go(char path[static 700])
{
	char cmd[2000];

	snprintf(path, 700, "%s/churn_go", dir);
	snprintf(cmd, sizeof(cmd),
		 "command -v go >/dev/null && GOFLAGS=-buildvcs=false GO111MODULE=off "
		 "GOCACHE=${GOCACHE:-%s/go} go build -o %s tests/targets/churn.go",
		 dir, path);
	return system(cmd) == 0;
}

static bool find_program(const struct kind *kind, char path[static 700])
{
	char cmd[800];

	if (!strcmp(kind->name, "go"))
		return build_go(path);
	if (kind->argv[0][0] == '@') {
		target(kind->argv[0] + 1, path);
		return true;
	}
	snprintf(path, 700, "%s", kind->argv[0]);
	snprintf(cmd, sizeof(cmd), "command -v %s >/dev/null", path);
	return system(cmd) == 0;
}

static void start(struct program *p, const struct kind *kind, const char *path)
{
	int in[2], out[2];

	*p = (struct program){ .kind = kind, .stays = { -1, -1 } };
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	p->pid = fork();
	if (p->pid == 0) {
		const char *argv[MOST_ARGS + 1] = { path };

		for (int i = 1; i < MOST_ARGS; i++)
			argv[i] = kind->argv[i];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execvp(path, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->from = fdopen(out[0], "r");
}

static void tell(struct program *p, long rounds)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%ld\n", rounds);

	assert_int_equal(write(p->in, line, (size_t)n), n);
}

static long hear(struct program *p)
{
	char line[128] = "";
	long calls = -1, bad = 0, thrown = 0;

	if (!fgets(line, sizeof(line), p->from) ||
	    sscanf(line, "calls %ld bad %ld thrown %ld", &calls, &bad, &thrown) < 1 || bad)
		fail_msg("%s: says '%s'", p->kind->name, line);
	p->thrown = thrown;
	return calls * p->kind->hits;
}

/* The path and the mapping of what is probed. */
static void find_mapping(const struct program *p, const char *part, char path[static 700],
			 uint64_t *ret_start, uint64_t *ret_size, uint64_t *ret_off)
{
	char maps[64], line[1200], perms[8];
	uint64_t start, end, off, next;
	char other[700];
	bool found = false;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)p->pid);
	f = fopen(maps, "r");
	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx-%lx %7s %lx %*s %*s %699s", &start, &end, perms, &off,
			       path) == 5 &&
			perms[2] == 'x' && strstr(path, part);
	*ret_size = found ? end - start : 0;
	/* Patched pages are mappings of their own. */
	while (found && fgets(line, sizeof(line), f) &&
	       sscanf(line, "%lx-%lx %7s %*s %*s %*s %699s", &next, &end, perms, other) == 4 &&
	       perms[2] == 'x' && !strcmp(other, path))
		*ret_size = end - start;
	fclose(f);
	if (!found)
		fail_msg("%s: maps no %s", p->kind->name, part);
	*ret_start = start;
	*ret_off = off;
}

static const char *file_part(const struct program *p)
{
	return p->kind->in_libc ? "/libc.so.6" : p->kind->argv[0] + 1;
}

/* Has the process the code that the file has? */
static bool is_original(struct program *p)
{
	uint64_t start, size, off;
	char path[700], mem[64];
	uint8_t *a, *b;
	bool same;
	int fd;

	find_mapping(p, file_part(p), path, &start, &size, &off);
	a = malloc(size);
	b = malloc(size);
	assert_true(a && b);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(a, 0, size);
	memset(b, 0, size);
	assert_true(pread(fd, a, size, (off_t)off) > 0);
	close(fd);
	snprintf(mem, sizeof(mem), "/proc/%d/mem", (int)p->pid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	assert_true(pread(fd, b, size, (off_t)start) > 0);
	close(fd);
	same = !memcmp(a, b, size);
	free(a);
	free(b);
	return same;
}

static int attach(struct program *p, enum link_kind kind, uint32_t prog, bool wait)
{
	struct link *link;
	uint32_t id;
	int fd = attach_prog(p->path, p->off, kind, p->pid, prog, &id);

	if (!wait)
		return fd;
	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_true(link_wait_looked(link, p->pid, rt->registry->generation, SLOW / 1000));
	assert_string_equal(link->file->trouble, "");
	link_free(link);
	return fd;
}

static void join(struct program *p)
{
	struct inject_opts opts = { .pid = p->pid, .dir = dir, .guest = guest };
	uint64_t start, size, off;
	char buf[512] = "";
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (inject_agent(&opts, &why))
		fail_msg("%s: %s", p->kind->name, buf);
	find_mapping(p, file_part(p), p->path, &start, &size, &off);
	p->off = offset_of(p->path, p->kind->func);
	p->stays[0] = attach(p, LINK_UPROBE, enter_prog, true);
	p->stays[1] = attach(p, LINK_URETPROBE, leave_prog, true);
}

static void check_counts(struct program *p, long calls)
{
	long returns;

	if (cell(STAYS_ENTER) != (uint64_t)(calls - p->told))
		fail_msg("%s: %ld calls, %lu seen", p->kind->name, calls - p->told,
			 (unsigned long)cell(STAYS_ENTER));
	returns = calls - p->told - (p->thrown - p->told_thrown);
	if (cell(STAYS_LEAVE) != (uint64_t)returns)
		fail_msg("%s: %ld returns, %lu seen", p->kind->name, returns,
			 (unsigned long)cell(STAYS_LEAVE));
}

static bool has_answered(struct program *p)
{
	struct pollfd fd = { .fd = fileno(p->from), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

/* Links come and go while it works, as long as that takes, `times` in all. */
static void churn(struct program *p, long times, struct rng *rng)
{
	int links[3] = { -1, -1, -1 };
	long calls = p->told, done = 0;

	while (done < times || (cell(COMES) == 0 && done < 100 * times)) {
		tell(p, p->kind->rounds);
		while (!has_answered(p)) {
			int i = (int)(rng_next(rng) % 3);

			if (links[i] >= 0) {
				close(links[i]);
				links[i] = -1;
				done++;
			} else {
				bool ret = rng_next(rng) & 1;

				links[i] = attach(p, ret ? LINK_URETPROBE : LINK_UPROBE, comes_prog,
						  rng_next(rng) & 1);
			}
			usleep((useconds_t)(rng_next(rng) % 20000));
		}
		calls = hear(p);
		check_counts(p, calls);
	}
	for (int i = 0; i < 3; i++)
		if (links[i] >= 0)
			close(links[i]);
	if (cell(COMES) == 0)
		fail_msg("%s: those that come and go saw nothing", p->kind->name);
	if (cell(COMES) > 3 * (uint64_t)(calls - p->told))
		fail_msg("%s: those that come and go saw more than there was", p->kind->name);
}

static void check_restored(struct program *p)
{
	long waited = 0;

	for (int i = 0; i < 2; i++)
		if (p->stays[i] >= 0) {
			close(p->stays[i]);
			p->stays[i] = -1;
		}
	for (; waited < SLOW && !is_original(p); waited += 20000)
		usleep(20000);
	if (!is_original(p))
		fail_msg("%s: the code is not what it was", p->kind->name);
	clear_cells();
	tell(p, 10);
	hear(p);
	assert_int_equal(cell(STAYS_ENTER) + cell(COMES), 0);
}

static struct program p = { .stays = { -1, -1 } };

/* What is left over of a test that failed must not count in the next one's cells. */
static int end_program(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		if (p.stays[i] >= 0)
			close(p.stays[i]);
	if (p.pid > 0) {
		kill(p.pid, SIGKILL);
		waitpid(p.pid, NULL, 0);
	}
	p = (struct program){ .stays = { -1, -1 } };
	return 0;
}

static void test_churn(void **state)
{
	const struct kind *kind = *state;
	const char *times = getenv("RING3_CHURN");
	struct rng rng;
	char path[700];
	int status;

	if (!find_program(kind, path)) {
		print_message("# SKIP %s is not installed\n", kind->name);
		skip();
	}
	rng = (struct rng){ (uint64_t)getpid() * 2654435761u + 1 };
	start(&p, kind, path);
	/* It has begun when it answers. */
	tell(&p, 1);
	p.told = hear(&p);
	p.told_thrown = p.thrown;
	clear_cells();
	join(&p);
	churn(&p, times ? atol(times) : 5, &rng);
	check_restored(&p);
	close(p.in);
	fclose(p.from);
	assert_int_equal(waitpid(p.pid, &status, 0), p.pid);
	p.pid = 0;
	if (status)
		fail_msg("%s: ended with %#x", kind->name, (unsigned int)status);
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[sizeof(kinds) / sizeof(kinds[0])];
	char build[500];

	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		tests[i] = (struct CMUnitTest){
			.name = kinds[i].name,
			.test_func = test_churn,
			.teardown_func = end_program,
			.initial_state = (void *)(uintptr_t)&kinds[i],
		};
	if (links_init() || !built_in(build, sizeof(build)))
		return 1;
	enter_prog = make_prog(STAYS_ENTER, OTHER, 112);
	leave_prog = make_prog(STAYS_LEAVE, OTHER, 80);
	comes_prog = make_prog(COMES, OTHER, 112);
	snprintf(guest, sizeof(guest), "%s/ring3_guest", build);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
