/* SPDX-License-Identifier: BSD-2-Clause */
/* Does unmodified libbpf, in this process, load, run and read through a runtime? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/rt.h"
#include "support/scratch.h"

struct record {
	uint32_t len, number;
};

static char base[64];
static ring3 *rt;

static const char *object_path(void)
{
	static char path[256];
	const char *build = getenv("BUILD");

	snprintf(path, sizeof(path), "%s/tests/abi/basic.bpf.o", build ? build : "build/release");
	return path;
}

static void print_log(void *data, enum ring3_log_level level, const char *text)
{
	(void)data;
	(void)level;
	print_message("# %s\n", text);
}

static int begin(void **state, const char *dir)
{
	/* As many as libbpf makes perf rings for. */
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir, .log = print_log,
					    .slots = (uint32_t)libbpf_num_possible_cpus());

	(void)state;
	assert_int_equal(ring3_new(&opts, &rt), 0);
	ring3_bind_libbpf(rt);
	return 0;
}

static int begin_private(void **state)
{
	return begin(state, NULL);
}

static int begin_shared(void **state)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/rt", base);
	return begin(state, dir);
}

static int end(void **state)
{
	(void)state;
	ring3_bind_libbpf(NULL);
	rt = ring3_unref(rt);
	return 0;
}

static struct bpf_object *load(void)
{
	struct bpf_object *obj = bpf_object__open_file(object_path(), NULL);

	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	return obj;
}

static int fd_of(struct bpf_object *obj, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, name);

	assert_non_null(p);
	return bpf_program__fd(p);
}

static uint32_t run_xdp(int fd, uint32_t len)
{
	uint8_t frame[256] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = len, .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(fd, &o), 0);
	return o.retval;
}

static int take(void *arg, void *data, size_t size)
{
	struct record **next = arg;

	assert_int_equal(size, sizeof(struct record));
	memcpy((*next)++, data, size);
	return 0;
}

static void globals_maps_and_ring(void **state)
{
	struct bpf_object *obj = load();
	int fd = fd_of(obj, "count");
	int counts = bpf_object__find_map_fd_by_name(obj, "counts");
	int ring_fd = bpf_object__find_map_fd_by_name(obj, "ring");
	struct bpf_map *bss = bpf_object__find_map_by_name(obj, ".bss");
	struct record got[8], *next = got;
	struct ring_buffer *rb;
	uint32_t key = 100;
	uint64_t value, *live;

	(void)state;
	assert_int_equal(run_xdp(fd, 100), 2);
	assert_int_equal(run_xdp(fd, 100), 2);
	assert_int_equal(run_xdp(fd, 40), 1);
	assert_int_equal(bpf_map_lookup_elem(counts, &key, &value), 0);
	assert_int_equal(value, 2);
	key = 41;
	assert_int_equal(bpf_map_lookup_elem(counts, &key, &value), -ENOENT);
	/* .bss is mapped, not copied. */
	live = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(bss), 0);
	assert_ptr_not_equal(live, MAP_FAILED);
	assert_int_equal(*live, 3);
	*live = 10;
	rb = ring_buffer__new(ring_fd, take, &next, NULL);
	assert_non_null(rb);
	assert_int_equal(ring_buffer__poll(rb, 1000), 3);
	assert_int_equal(got[2].len, 40);
	assert_int_equal(got[2].number, 3);
	assert_int_equal(run_xdp(fd, 50), 1);
	assert_int_equal(ring_buffer__poll(rb, 1000), 1);
	assert_int_equal(next[-1].number, 11);
	assert_int_equal(ring_buffer__poll(rb, 10), 0);
	ring_buffer__free(rb);
	munmap(live, 4096);
	bpf_object__close(obj);
}

static void sample(void *arg, int cpu, void *data, uint32_t size)
{
	struct record r;

	(void)cpu;
	assert_true(size >= sizeof(r));
	memcpy(&r, data, sizeof(r));
	assert_int_equal(r.number, 2);
	++*(int *)arg;
}

static void perf_buffer_gets_samples(void **state)
{
	struct bpf_object *obj = load();
	int fd = fd_of(obj, "emit"), n = 0;
	struct perf_buffer *pb;
	LIBBPF_OPTS(bpf_test_run_opts, o);

	(void)state;
	pb = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "events"), 8, sample, NULL, &n,
			      NULL);
	assert_non_null(pb);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(bpf_prog_test_run_opts(fd, &o), 0);
		assert_int_equal(o.retval, 0);
		assert_true(perf_buffer__poll(pb, 1000) >= 0);
	}
	assert_int_equal(n, 5);
	assert_int_equal(perf_buffer__poll(pb, 10), 0);
	perf_buffer__free(pb);
	bpf_object__close(obj);
}

static uint32_t count_ids(int (*next)(uint32_t, uint32_t *))
{
	uint32_t id = 0, n = 0;

	while (next(id, &id) == 0)
		n++;
	return n;
}

static void closed_objects_are_gone(void **state)
{
	struct bpf_object *obj = load();

	(void)state;
	assert_int_equal(count_ids(bpf_prog_get_next_id), 2);
	assert_true(count_ids(bpf_map_get_next_id) >= 6);
	assert_int_equal(count_ids(bpf_btf_get_next_id), 1);
	bpf_object__close(obj);
	assert_int_equal(count_ids(bpf_prog_get_next_id), 0);
	assert_int_equal(count_ids(bpf_map_get_next_id), 0);
	assert_int_equal(count_ids(bpf_btf_get_next_id), 0);
	rt_sweep(rt, true);
	assert_int_equal(rt->used_bytes, 0);
}

static void a_program_keeps_its_maps(void **state)
{
	struct bpf_object *obj = load();
	int fd = dup(fd_of(obj, "count"));

	(void)state;
	bpf_object__close(obj);
	assert_int_equal(count_ids(bpf_prog_get_next_id), 1);
	/* .rodata, .data, .bss, counts and ring; not events. */
	assert_int_equal(count_ids(bpf_map_get_next_id), 5);
	assert_int_equal(run_xdp(fd, 100), 2);
	close(fd);
	assert_int_equal(count_ids(bpf_map_get_next_id), 0);
}

static int make_base(void **state)
{
	(void)state;
	return scratch_make(base, sizeof(base));
}

#define BOTH(test)                                             \
	{ #test "_private", test, begin_private, end, NULL },  \
	{                                                      \
#test "_shared", test, begin_shared, end, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(globals_maps_and_ring),
		BOTH(perf_buffer_gets_samples),
		BOTH(closed_objects_are_gone),
		BOTH(a_program_keeps_its_maps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_base, NULL);
}
