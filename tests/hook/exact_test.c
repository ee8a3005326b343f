/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are totals exact when four threads hit at once, into a counter for each CPU, one word of a hash
 * that all add to, and a ring buffer?  RING3_HITS: how many hits; 10^8 in `make check-full`.
 *
 * To see it fail: make the atomic addition in `count` a plain one (0xdb by a load and a store), or
 * give two threads one slot in slot_keep().
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "fixture.h"
#include "ring3/ring3.h"
#include "run/rt.h"

enum {
	N_THREADS = 4,
	N_SLOTS = 32,
	RING = 1 << 20,
	RECORD = 16, /* header and eight bytes */
	TOTAL = 0,   /* keys of the hash */
	DROPPED = 1,
};

__asm__(".pushsection .text\n"
	".balign 64\n"
	"f_hit: lea (%rdi,%rsi,2), %rax\n mov %rax, %rdx\n ret\n"
	"f_hit_end:\n"
	".popsection\n");
extern const char f_hit[], f_hit_end[];

static ring3 *rt;
static struct hook_set *set;
static int cells, hash, ring;
static uint64_t hits_each;

static int make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t n)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = n
	};
	int fd = ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));

	assert_true(fd >= 0);
	return fd;
}

static long map_op(int cmd, int fd, uint32_t key, void *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)fd,
				.key = (uint64_t)(uintptr_t)&key,
				.value = (uint64_t)(uintptr_t)value };

	return ring3_bpf(rt, cmd, &attr, sizeof(attr));
}

#define MAP(reg, fd)                                                   \
	{ .code = 0x18, .dst_reg = (reg), .src_reg = 1, .imm = (fd) }, \
	{                                                              \
		.code = 0                                              \
	}
/* r0 = lookup(&fd, &key), or the program ends */
#define FIND(fd, key)                                                  \
	{ .code = 0x62, .dst_reg = 10, .off = -4, .imm = (key) },      \
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },         \
		{ .code = 0x07, .dst_reg = 2, .imm = -4 }, MAP(1, fd), \
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },     \
		{ .code = 0x55, .dst_reg = 0, .off = 1 },              \
	{                                                              \
		.code = 0x95                                           \
	}
/* lock *r0 += r7 */
#define ADD_ALL                                          \
	{                                                \
		.code = 0xdb, .dst_reg = 0, .src_reg = 7 \
	}

static struct prog *load_counter(void)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 6, .src_reg = 1, .off = 112 }, /* r6 = ctx->di */
		{ .code = 0xb7, .dst_reg = 7, .imm = 1 },
		FIND(cells, 0),
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		FIND(hash, TOTAL),
		ADD_ALL,
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 6, .off = -16 },
		MAP(1, ring),
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -16 },
		{ .code = 0xb7, .dst_reg = 3, .imm = 8 },
		{ .code = 0xb7, .dst_reg = 4, .imm = 1 /* BPF_RB_NO_WAKEUP */ },
		{ .code = 0x85, .imm = BPF_FUNC_ringbuf_output },
		{ .code = 0x55, .dst_reg = 0, .off = 2 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
		FIND(hash, DROPPED),
		ADD_ALL,
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
	struct prog *prog = NULL;
	uint32_t id;

	if (fd < 0 || rt_identify(rt, fd, &kind, &id) || prog_open_id(rt, id, &prog) ||
	    prog_ready(prog))
		fail_msg("the program does not load: %d\n%s", fd, log);
	return prog;
}

/* --- who reads the ring --- */

struct reader {
	pthread_t thread;
	uint64_t *consumer;
	const uint64_t *producer;
	const char *data;
	uint64_t n, sum;
	bool done;
};

/* False: there is nothing now. */
static bool read_one(struct reader *r)
{
	uint64_t at = *r->consumer;
	const uint32_t *header = (const uint32_t *)(const void *)(r->data + at % RING);
	uint32_t len;

	if (at == __atomic_load_n(r->producer, __ATOMIC_ACQUIRE))
		return false;
	len = __atomic_load_n(header, __ATOMIC_ACQUIRE);
	if (len & BPF_RINGBUF_BUSY_BIT)
		return false;
	if (len != 8)
		abort();
	r->n++;
	r->sum += *(const uint64_t *)(const void *)(header + 2);
	__atomic_store_n(r->consumer, at + RECORD, __ATOMIC_RELEASE);
	return true;
}

static void *read_all(void *arg)
{
	struct reader *r = arg;

	for (;;) {
		bool done = __atomic_load_n(&r->done, __ATOMIC_ACQUIRE);

		while (read_one(r))
			;
		if (done)
			return NULL;
		sched_yield();
	}
}

static void start_reader(struct reader *r)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, 0);
	char *q = mmap(NULL, 4096 + 2 * RING, PROT_READ, MAP_SHARED, ring, 4096);

	assert_true(p != MAP_FAILED && q != MAP_FAILED);
	*r = (struct reader){ .consumer = (uint64_t *)(void *)p,
			      .producer = (const uint64_t *)(const void *)q,
			      .data = q + 4096 };
	assert_int_equal(pthread_create(&r->thread, NULL, read_all, r), 0);
}

/* --- who hits --- */

static void *hit(void *arg)
{
	uint64_t (*fn)(uint64_t, uint64_t) = (uint64_t(*)(uint64_t, uint64_t))(uintptr_t)f_hit;

	for (uint64_t i = 0; i < hits_each; i++)
		if (fn(i, 3) != i + 6)
			abort();
	return arg;
}

static uint64_t counted(void)
{
	uint64_t values[N_SLOTS], n = 0;

	assert_int_equal(map_op(BPF_MAP_LOOKUP_ELEM, cells, 0, values), 0);
	for (int i = 0; i < N_SLOTS; i++)
		n += values[i];
	return n;
}

static void test_exact(void **state)
{
	uint64_t zero = 0, total = 0, dropped = 0, all = hits_each * N_THREADS;
	pthread_t threads[N_THREADS];
	struct reader reader;
	struct hook *hook;

	(void)state;
	assert_int_equal(map_op(BPF_MAP_UPDATE_ELEM, hash, TOTAL, &zero), 0);
	assert_int_equal(map_op(BPF_MAP_UPDATE_ELEM, hash, DROPPED, &zero), 0);
	hook = attach_in(set, HOOK_UPROBE, f_hit, 0, (size_t)(f_hit_end - f_hit), load_counter());
	assert_true(hook_is_lean(hook));
	start_reader(&reader);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hit, NULL), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&reader.done, true, __ATOMIC_RELEASE);
	pthread_join(reader.thread, NULL);
	hook_remove(hook);
	assert_int_equal(map_op(BPF_MAP_LOOKUP_ELEM, hash, TOTAL, &total), 0);
	assert_int_equal(map_op(BPF_MAP_LOOKUP_ELEM, hash, DROPPED, &dropped), 0);
	print_message("# %lu hits, %lu records read, %lu found no room\n", (unsigned long)all,
		      (unsigned long)reader.n, (unsigned long)dropped);
	assert_int_equal(counted(), all);
	assert_int_equal(total, all);
	assert_int_equal(reader.n + dropped, all);
	if (!dropped)
		assert_int_equal(reader.sum, N_THREADS * (hits_each * (hits_each - 1) / 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_exact) };
	struct ring3_opts opts = { .size = sizeof(opts), .slots = N_SLOTS };
	const char *hits = getenv("RING3_HITS");

	cmocka_set_message_output(CM_OUTPUT_TAP);
	hits_each = (hits ? strtoull(hits, NULL, 10) : 2000000) / N_THREADS;
	if (ring3_new(&opts, &rt) || hook_set_new(store_registry(rt->store), &set))
		return 1;
	cells = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1);
	hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 16);
	ring = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
