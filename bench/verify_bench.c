/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long does judging a program take, here and in the kernel?  One row a program that both
 * accept: instructions, instructions visited by each, then microseconds, of PROG_LOAD those of the
 * first and the best of the later: our verification alone, our PROG_LOAD, the kernel's verification
 * alone as its log has it, the kernel's PROG_LOAD (its JIT and all); our memory; the kernel's time
 * over ours, of verification and of PROG_LOAD.  One process loads all of it by turns.  At the end
 * the geometric means of the ratios, the sums, and how often we visit more than the kernel.
 *
 * Programs of which one of the two walks half a million instructions are rows of a table of their
 * own, refused for their size or not: instructions walked by each (by us: in all looks), CPU time
 * of verification in milliseconds, nanoseconds for each instruction walked, the kernel's time over
 * ours.
 *
 *      verify_bench [OBJECT...]     without arguments: those of examples, tests and bench
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "abi/abi.h"
#include "abi/bind.h"
#include "abi/interpose.h"
#include "base/os.h"
#include "run/rt.h"
#include "verify/verify.h"

enum {
	RUNS = 7,
	LOG_SIZE = 1 << 20,
	ENOUGH_NS = 200 * 1000 * 1000, /* for the runs of one program in one verifier */
	MANY = 500 * 1000              /* instructions walked of a program that is a long walk */
};

/* What one verifier did with one program. */
struct result {
	int err; /* of the first load */
	unsigned int n;
	double first, best; /* microseconds of PROG_LOAD */
	double said;        /* of verification alone, as the kernel's log has it */
	long long visits;
};

/* The program being measured, and by whom. */
struct job {
	const char *name;
	bool inside;      /* libbpf loads programs of its own, too */
	struct ring3 *rt; /* NULL: by the kernel */
	struct result result;
	struct verify_stats stats; /* ours, of the fastest run */
};

/* Over all rows. */
struct total {
	unsigned int rows, more_visits, slower, slower_verify;
	long long visited, walked, their_visits, mem_kb;
	double verify, ours, said, theirs, log_verify, log_load, log_first;
};

static struct job job;
static char kernel_log[LOG_SIZE];

static void on_load(void *arg, const struct prog_report *report)
{
	(void)arg;
	if (!job.inside || !report->stats || (report->err && report->err != -E2BIG))
		return;
	if (!job.stats.insns || report->stats->cpu_ns < job.stats.cpu_ns)
		job.stats = *report->stats;
}

static long call(const union bpf_attr *given, uint32_t size, uint32_t log_level)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	memcpy(&attr, given, size < sizeof(attr) ? size : sizeof(attr));
	attr.log_level = log_level;
	attr.log_size = log_level ? LOG_SIZE : 0;
	attr.log_buf = log_level ? (uint64_t)(uintptr_t)kernel_log : 0;
	if (size > sizeof(attr))
		size = sizeof(attr);
	if (job.rt)
		return abi_bpf(job.rt, BPF_PROG_LOAD, (uint64_t)(uintptr_t)&attr, size, NULL);
	return os_syscall(SYS_bpf, BPF_PROG_LOAD, (long)&attr, size, 0, 0, 0);
}

static long timed(const union bpf_attr *attr, uint32_t size, uint32_t log_level)
{
	struct result *r = &job.result;
	uint64_t begin = os_thread_cpu_ns();
	long fd = call(attr, size, log_level);
	double usec = (double)(os_thread_cpu_ns() - begin) / 1000;

	r->err = fd < 0 ? (int)-fd : 0;
	/* What is refused for its size was walked. */
	if (fd < 0 && fd != -E2BIG)
		return fd;
	if (!r->n++)
		r->first = usec;
	else if (r->n == 2 || usec < r->best)
		r->best = usec;
	return fd;
}

/* What the kernel's log says of its work: the time by the clock, so the best of a few. */
static void read_log(const union bpf_attr *attr, uint32_t size)
{
	struct result *r = &job.result;

	for (int run = 0; run < (r->best > ENOUGH_NS / 1000. ? 1 : RUNS); run++) {
		double usec;
		const char *at;
		long fd;

		kernel_log[0] = '\0';
		fd = call(attr, size, 4);
		if (fd >= 0)
			close((int)fd);
		else if (fd != -E2BIG)
			return;
		at = strstr(kernel_log, "verification time ");
		usec = at ? atof(at + strlen("verification time ")) : 0;
		if (!run || usec < r->said)
			r->said = usec;
		at = strstr(kernel_log, "processed ");
		r->visits = at ? atoll(at + strlen("processed ")) : 0;
	}
}

/* Loads again and again; the last one is libbpf's. */
static long load(const union bpf_attr *attr, uint32_t size)
{
	uint64_t begin = os_thread_cpu_ns();
	long fd;

	/* Refused: libbpf asks again, for the log. */
	if (job.result.err && job.result.n)
		return -job.result.err;
	job.inside = true;
	fd = timed(attr, size, 0);
	for (int run = 1; run < RUNS && (fd >= 0 || fd == -E2BIG); run++) {
		if (run > 1 && os_thread_cpu_ns() - begin > ENOUGH_NS)
			break;
		if (fd >= 0)
			close((int)fd);
		fd = timed(attr, size, 0);
	}
	if ((fd >= 0 || fd == -E2BIG) && !job.rt)
		read_log(attr, size);
	job.inside = false;
	return fd;
}

/* libbpf's own programs, which ask what the kernel can do, have other names. */
static bool is_measured(const union bpf_attr *attr, uint32_t size)
{
	char name[BPF_OBJ_NAME_LEN] = "";

	if (!job.name || size < offsetof(union bpf_attr, prog_ifindex))
		return false;
	memcpy(name, attr->prog_name, sizeof(name) - 1);
	return name[0] && !strncmp(job.name, name, sizeof(name) - 1);
}

static long on_call(long nr, const long a[6])
{
	const union bpf_attr *attr = (const union bpf_attr *)a[1];

	if (nr == SYS_bpf && a[0] == BPF_PROG_LOAD && is_measured(attr, (uint32_t)a[2]))
		return load(attr, (uint32_t)a[2]);
	return job.rt ? bind_ops()->call(nr, a) : INTERPOSE_PASS;
}

static long on_map(size_t len, int prot, int flags, int fd, off_t off)
{
	return job.rt ? bind_ops()->map(len, prot, flags, fd, off) : 0;
}

static long on_control(int fd, unsigned long request, long arg)
{
	return job.rt ? bind_ops()->control(fd, request, arg) : INTERPOSE_PASS;
}

static long on_watch(int *fd, struct epoll_event *event)
{
	return job.rt ? bind_ops()->watch(fd, event) : 0;
}

static void on_sleep(void)
{
}

static const struct interpose_ops ops = { on_call, on_map, on_control, on_watch, on_sleep };

/* Program `at` of the object; false: there is none. */
static bool measure_by(const char *path, int at, struct ring3 *rt, struct job *ret_job, char *name)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *p, *wanted = NULL;
	struct bpf_map *m;
	int k = 0;

	if (!obj)
		return false;
	bpf_object__for_each_map(m, obj) bpf_map__set_pin_path(m, NULL);
	bpf_object__for_each_program(p, obj)
	{
		bpf_program__set_autoload(p, k == at);
		if (k++ == at)
			wanted = p;
	}
	if (wanted) {
		snprintf(name, 64, "%s", bpf_program__name(wanted));
		job = (struct job){ .name = name, .rt = rt, .result = { .err = ENOENT } };
		bind_thread(rt, NULL);
		interpose_thread()->ops = &ops;
		bpf_object__load(obj);
		*ret_job = job;
	}
	bpf_object__close(obj);
	bind_thread(NULL, NULL);
	job.name = NULL;
	return wanted;
}

static double at_least_one(double usec)
{
	return usec > 1 ? usec : 1;
}

static void print_row(const char *object, const char *name, const struct job *ours,
		      const struct job *theirs, struct total *t)
{
	double verify = at_least_one((double)ours->stats.cpu_ns / 1000);
	double load = at_least_one(ours->result.best);
	double kernel = at_least_one(theirs->result.best);
	double said = at_least_one(theirs->result.said);
	long long kb = (long long)ours->stats.mem_bytes / 1024;

	printf("%-24.24s %-24.24s %6u %8u %8lld %8.1f %8.1f %8.1f %8.0f %8.1f %8.1f %6lld %6.2f "
	       "%6.2f\n",
	       object, name, ours->stats.insns, ours->stats.visited, theirs->result.visits, verify,
	       ours->result.first, load, said, theirs->result.first, kernel, kb, said / verify,
	       kernel / load);
	t->rows++;
	t->more_visits += ours->stats.visited > theirs->result.visits;
	t->slower += load > kernel;
	t->slower_verify += verify > said;
	t->visited += ours->stats.visited;
	t->walked += (long long)ours->stats.walked;
	t->their_visits += theirs->result.visits;
	t->mem_kb = kb > t->mem_kb ? kb : t->mem_kb;
	t->verify += verify;
	t->ours += load;
	t->said += said;
	t->theirs += kernel;
	t->log_verify += log(said / verify);
	t->log_load += log(kernel / load);
	t->log_first += log(theirs->result.first / ours->result.first);
}

static bool is_long_walk(const struct job *ours, const struct job *theirs)
{
	return ours->stats.walked >= MANY || theirs->result.visits >= MANY;
}

static void print_walk(FILE *out, const char *object, const char *name, const struct job *ours,
		       const struct job *theirs)
{
	double verify = (double)ours->stats.cpu_ns, said = theirs->result.said * 1000;
	long long visits = theirs->result.visits ? theirs->result.visits : 1;

	fprintf(out, "%-24.24s %-24.24s %-8s %8llu %8.1f %6.0f   %-8s %8lld %8.1f %6.0f %6.2f\n",
		object, name, ours->result.err ? "refused" : "accepted",
		(unsigned long long)ours->stats.walked, verify / 1e6,
		verify / (double)ours->stats.walked, theirs->result.err ? "refused" : "accepted",
		visits, said / 1e6, said / (double)visits, said / verify);
}

static void measure(struct ring3 *rt, const char *path, struct total *t, FILE *walks)
{
	const char *base = strrchr(path, '/'), *object = base ? base + 1 : path;
	struct job ours, theirs;
	char name[64];

	for (int at = 0; measure_by(path, at, NULL, &theirs, name); at++) {
		if (theirs.result.n < 2 || !measure_by(path, at, rt, &ours, name))
			continue;
		if (ours.result.n >= 2 && is_long_walk(&ours, &theirs))
			print_walk(walks, object, name, &ours, &theirs);
		else if (theirs.result.err)
			continue;
		else if (ours.result.n >= 2 && !ours.result.err)
			print_row(object, name, &ours, &theirs, t);
		else
			printf("%-24.24s %-24.24s refused here: %s\n", object, name,
			       strerror(ours.result.err));
	}
}

static void print_total(const struct total *t)
{
	if (!t->rows)
		return;
	printf("%u programs; the kernel's time over ours, geometric mean: verification %.2f, "
	       "PROG_LOAD %.2f (first time %.2f)\n"
	       "in all: verification %.1f of %.1f ms, PROG_LOAD %.1f of %.1f ms\n"
	       "slower: verification %u programs, PROG_LOAD %u\n"
	       "visits %lld (%lld with those given up) of %lld, %u programs with more; "
	       "at most %lld KB\n",
	       t->rows, exp(t->log_verify / t->rows), exp(t->log_load / t->rows),
	       exp(t->log_first / t->rows), t->verify / 1000, t->said / 1000, t->ours / 1000,
	       t->theirs / 1000, t->slower_verify, t->slower, t->visited, t->walked,
	       t->their_visits, t->more_visits, t->mem_kb);
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "examples", "tests/*", "bench" };
	const char *build = getenv("BUILD");
	struct rt_opts opts = { 0 };
	struct total total = { 0 };
	char pattern[256], *long_walks = NULL;
	size_t size = 0;
	FILE *walks = open_memstream(&long_walks, &size);
	struct ring3 *rt;

	if (!walks || rt_new(&opts, NULL, &rt))
		return 1;
	/* A verdict is wanted of what only a kernel runs, too. */
	rt->only_verify = true;
	rt->on_load = on_load;
	libbpf_set_print(silent);
	printf("%-24s %-24s %6s %8s %8s %8s %8s %8s %8s %8s %8s %6s %6s %6s\n", "object", "program",
	       "insns", "visited", "kernel", "verify", "load 1st", "load", "k.verify", "k. 1st",
	       "kernel", "KB", "ratio", "ratio");
	for (int i = 1; i < argc; i++)
		measure(rt, argv[i], &total, walks);
	for (size_t d = 0; d < sizeof(folders) / sizeof(folders[0]) && argc < 2; d++) {
		glob_t g = { 0 };

		snprintf(pattern, sizeof(pattern), "%s/%s/*.bpf.o", build ? build : "build/release",
			 folders[d]);
		if (!glob(pattern, 0, NULL, &g))
			for (size_t i = 0; i < g.gl_pathc; i++)
				measure(rt, g.gl_pathv[i], &total, walks);
		globfree(&g);
	}
	print_total(&total);
	fclose(walks);
	if (size)
		printf("\n%-24s %-24s %-8s %8s %8s %6s   %-8s %8s %8s %6s %6s\n%s", "long walks",
		       "program", "here", "walked", "ms", "ns", "kernel", "walked", "ms", "ns",
		       "ratio", long_walks);
	free(long_walks);
	rt_free(rt);
	return 0;
}
