/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do maps cost that two threads use at once?  A queue that both push to and pop from, and a
 * spin lock that both take; ring_bench.c has ring buffers.  Times are of the wall: on a machine
 * that does other things as well they are longer.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bench.h"
#include "base/os.h"
#include "map_ops.h"
#include "ring3/ring3.h"

enum {
	ROUNDS = 15,
	REPEAT = 512
};
enum side {
	KERNEL,
	OURS,
	N_SIDES
};

static const char *path = "build/release/bench/map.bpf.o";
static ring3 *runtime;

static struct bpf_object *load(enum side side, const char *name, int *ret_prog)
{
	struct bpf_object *object;

	ring3_bind_libbpf(side == OURS ? runtime : NULL);
	object = load_one(path, name);
	if (!object)
		return NULL;
	*ret_prog = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	return object;
}

struct runner {
	enum side side;
	int prog, cpu, repeat;
	pthread_barrier_t *start;
	double ns; /* a run */
};

static void *run(void *arg)
{
	static uint8_t packet[64];
	struct runner *r = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = r->repeat);
	int err;

	ring3_bind_libbpf(r->side == OURS ? runtime : NULL);
	stay_on(r->cpu);
	pthread_barrier_wait(r->start);
	err = bpf_prog_test_run_opts(r->prog, &opts);
	if (err)
		die("BPF_PROG_TEST_RUN", err);
	r->ns = opts.duration;
	return NULL;
}

/* ns an operation of each of two threads, 0: this side cannot.  The median, since those rounds are
 * the fastest in which the two did not meet. */
static double together(enum side side, const char *name)
{
	struct runner r[2];
	pthread_barrier_t start;
	pthread_t threads[2];
	double ns[ROUNDS];
	int prog;
	struct bpf_object *object = load(side, name, &prog);

	if (!object)
		return 0;
	pthread_barrier_init(&start, NULL, 2);
	for (int round = 0; round < ROUNDS; round++) {
		for (int k = 0; k < 2; k++) {
			r[k] = (struct runner){ side, prog, k, REPEAT, &start, 0 };
			pthread_create(&threads[k], NULL, run, &r[k]);
		}
		for (int k = 0; k < 2; k++)
			pthread_join(threads[k], NULL);
		ns[round] = (r[0].ns + r[1].ns) / 2 / MAP_OPS;
	}
	bpf_object__close(object);
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return ns[ROUNDS / 2];
}

static void print(const char *what, const double value[N_SIDES])
{
	printf("| %s |", what);
	for (int side = KERNEL; side < N_SIDES; side++) {
		if (value[side] > 0)
			printf(" %.1f |", value[side]);
		else
			printf(" - |");
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	static const struct {
		const char *program, *what;
	} rows[] = {
		{ "queue_push_pop", "queue push+pop, ns for each of two threads" },
		{ "spin_lock", "spin lock+unlock, ns for each of two threads" },
	};
	double value[N_SIDES];
	int err = ring3_new(NULL, &runtime);

	if (err)
		die("runtime", err);
	path = argc > 1 ? argv[1] : path;
	libbpf_set_print(silent);
	printf("## Maps that two threads share (%d rounds)\n\n", ROUNDS);
	printf("| operation | kernel | ring3 |\n|---|---|---|\n");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int side = KERNEL; side < N_SIDES; side++)
			value[side] = together((enum side)side, rows[i].program);
		print(rows[i].what, value);
	}
	ring3_bind_libbpf(NULL);
	ring3_unref(runtime);
	return 0;
}
