/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long does judging a program take, here and in the kernel?  One row a program that both
 * accept: instructions, instructions visited by each, microseconds of each (minimum and median of
 * RUNS), our memory, ratio of the minima.  The kernel's time is what its log says.  At the end the
 * geometric mean of the ratios, the sums, and how often we visit more than the kernel.
 *
 *      verify_bench [OBJECT...]     without arguments: the examples
 */
#include <bpf/libbpf.h>
#include <glob.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RUNS = 5,
	LOG_SIZE = 1 << 20,
	MAX_PROGRAMS = 64
};

struct row {
	char name[64];
	long long insns, visited, their_visits, mem_kb;
	double ours[RUNS], theirs[RUNS];
	int n_ours, n_theirs;
};

/* Over all rows. */
struct total {
	unsigned int rows, more_visits, slower;
	long long visited, their_visits, mem_kb;
	double ours, theirs, log_ratio;
};

static char kernel_log[LOG_SIZE];

static int silent(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct row *row_of(struct row *rows, unsigned int *n, const char *name)
{
	for (unsigned int i = 0; i < *n; i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	if (*n == MAX_PROGRAMS)
		return NULL;
	snprintf(rows[*n].name, sizeof(rows[*n].name), "%s", name);
	return &rows[(*n)++];
}

static long long number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void measure_ours(const char *ring3, const char *path, struct row *rows, unsigned int *n)
{
	char command[512], line[4096];
	FILE *f;

	snprintf(command, sizeof(command), "%s verify --json '%s' 2>/dev/null", ring3, path);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		json_t *o = json_loads(line, 0, NULL);
		const char *verdict = json_string_value(json_object_get(o, "verdict"));
		const char *name = json_string_value(json_object_get(o, "program"));
		struct row *r = name ? row_of(rows, n, name) : NULL;

		if (r && verdict && !strcmp(verdict, "accept") && r->n_ours < RUNS) {
			r->insns = number(o, "insns");
			r->visited = number(o, "visited");
			r->mem_kb = number(o, "mem_kb");
			r->ours[r->n_ours++] = (double)number(o, "usec");
		}
		json_decref(o);
	}
	if (f)
		pclose(f);
}

/* Microseconds the kernel needed for this program alone; negative: not accepted. */
static double kernel_usec(const char *path, const char *name, long long *ret_visits)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *p;
	struct bpf_map *m;
	double usec = -1;
	const char *at;

	if (!obj)
		return -1;
	bpf_object__for_each_map(m, obj) bpf_map__set_pin_path(m, NULL);
	bpf_object__for_each_program(p, obj)
	{
		bool wanted = !strcmp(bpf_program__name(p), name);

		bpf_program__set_autoload(p, wanted);
		if (!wanted)
			continue;
		kernel_log[0] = '\0';
		bpf_program__set_log_buf(p, kernel_log, LOG_SIZE);
		bpf_program__set_log_level(p, 4);
	}
	if (!bpf_object__load(obj)) {
		at = strstr(kernel_log, "verification time ");
		usec = at ? atof(at + strlen("verification time ")) : -1;
		at = strstr(kernel_log, "processed ");
		*ret_visits = at ? atoll(at + strlen("processed ")) : 0;
	}
	bpf_object__close(obj);
	return usec;
}

static void print_row(const char *object, struct row *r, struct total *t)
{
	double ours, theirs;

	if (!r->n_ours || !r->n_theirs)
		return;
	qsort(r->ours, (size_t)r->n_ours, sizeof(double), by_value);
	qsort(r->theirs, (size_t)r->n_theirs, sizeof(double), by_value);
	/* Neither clock shows less than a microsecond. */
	ours = r->ours[0] > 1 ? r->ours[0] : 1;
	theirs = r->theirs[0] > 1 ? r->theirs[0] : 1;
	printf("%-24.24s %-24.24s %6lld %8lld %8lld %8.0f %8.0f %8.0f %8.0f %6lld %6.1f\n", object,
	       r->name, r->insns, r->visited, r->their_visits, r->ours[0], r->ours[r->n_ours / 2],
	       r->theirs[0], r->theirs[r->n_theirs / 2], r->mem_kb, theirs / ours);
	t->rows++;
	t->more_visits += r->visited > r->their_visits;
	t->slower += ours > theirs;
	t->visited += r->visited;
	t->their_visits += r->their_visits;
	t->mem_kb = r->mem_kb > t->mem_kb ? r->mem_kb : t->mem_kb;
	t->ours += ours;
	t->theirs += theirs;
	t->log_ratio += log(theirs / ours);
}

static void measure(const char *ring3, const char *path, struct total *t)
{
	static struct row rows[MAX_PROGRAMS];
	const char *base = strrchr(path, '/');
	unsigned int n = 0;

	memset(rows, 0, sizeof(rows));
	for (int run = 0; run < RUNS; run++) {
		measure_ours(ring3, path, rows, &n);
		for (unsigned int i = 0; i < n; i++) {
			struct row *r = &rows[i];
			double usec = r->n_ours ? kernel_usec(path, r->name, &r->their_visits) : -1;

			if (usec >= 0)
				r->theirs[r->n_theirs++] = usec;
		}
	}
	for (unsigned int i = 0; i < n; i++)
		print_row(base ? base + 1 : path, &rows[i], t);
}

static void print_total(const struct total *t)
{
	if (!t->rows)
		return;
	printf("%u programs: geometric mean %.2f times the kernel's speed, %.1f of %.1f ms in all, "
	       "%u slower; visits %lld of the kernel's %lld, %u programs with more; at most %lld "
	       "KB\n",
	       t->rows, exp(t->log_ratio / t->rows), t->ours / 1000, t->theirs / 1000, t->slower,
	       t->visited, t->their_visits, t->more_visits, t->mem_kb);
}

int main(int argc, char **argv)
{
	const char *build = getenv("BUILD");
	char ring3[256], pattern[256];
	struct total total = { 0 };
	glob_t g = { 0 };

	libbpf_set_print(silent);
	snprintf(ring3, sizeof(ring3), "%s/ring3", build ? build : "build/release");
	printf("%-24s %-24s %6s %8s %8s %8s %8s %8s %8s %6s %6s\n", "object", "program", "insns",
	       "visited", "kernel", "us min", "us med", "kernel", "med", "KB", "ratio");
	for (int i = 1; i < argc; i++)
		measure(ring3, argv[i], &total);
	snprintf(pattern, sizeof(pattern), "%s/examples/*.bpf.o", build ? build : "build/release");
	if (argc < 2 && !glob(pattern, 0, NULL, &g))
		for (size_t i = 0; i < g.gl_pathc; i++)
			measure(ring3, g.gl_pathv[i], &total);
	globfree(&g);
	print_total(&total);
	return 0;
}
