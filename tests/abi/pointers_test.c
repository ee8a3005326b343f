/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does bpf(2) say of pointers that lead nowhere?  What the kernel says, for every command that
 * takes one and every way in which an address is bad; whether the process catches faults, does not,
 * or has them blocked.  The kernel's own answer is asked for beside ours where that is permitted.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"

enum side {
	KERNEL,
	OURS,
	N_SIDES
};

enum {
	PAGE = 4096,
	KEY = 8,
	VALUE = 16
};

static ring3 *rt;
static int maps[N_SIDES];
static bool kernel_answers;
static char *pages; /* one that is there, and one that is not */

static uint64_t key = 1, value[2] = { 1, 2 };
static const uint64_t ret_0[2] = { 0xb7, 0x95 };
static const uint8_t packet[64];

static int ask(enum side side, int cmd, union bpf_attr *attr)
{
	long ret = side == OURS ? ring3_bpf(rt, cmd, attr, sizeof(*attr))
				: syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return side == KERNEL && ret < 0 ? -errno : (int)ret;
}

#define FIELD(f) offsetof(union bpf_attr, f)

/* Commands that go well with what `begin` writes, and a pointer of theirs. */
static const struct row {
	const char *what;
	int cmd;
	size_t field;
	bool null_is_fine;
} rows[] = {
	{ "lookup, key", BPF_MAP_LOOKUP_ELEM, FIELD(key), false },
	{ "lookup, value", BPF_MAP_LOOKUP_ELEM, FIELD(value), false },
	{ "update, key", BPF_MAP_UPDATE_ELEM, FIELD(key), false },
	{ "update, value", BPF_MAP_UPDATE_ELEM, FIELD(value), false },
	{ "delete, key", BPF_MAP_DELETE_ELEM, FIELD(key), false },
	{ "next key, key", BPF_MAP_GET_NEXT_KEY, FIELD(key), true },
	{ "next key, next", BPF_MAP_GET_NEXT_KEY, FIELD(next_key), false },
	{ "take, key", BPF_MAP_LOOKUP_AND_DELETE_ELEM, FIELD(key), false },
	{ "batch, keys", BPF_MAP_LOOKUP_BATCH, FIELD(batch.keys), false },
	{ "batch, values", BPF_MAP_LOOKUP_BATCH, FIELD(batch.values), false },
	{ "batch, from", BPF_MAP_LOOKUP_BATCH, FIELD(batch.in_batch), true },
	{ "batch, next", BPF_MAP_LOOKUP_BATCH, FIELD(batch.out_batch), false },
	{ "batch update, keys", BPF_MAP_UPDATE_BATCH, FIELD(batch.keys), false },
	{ "batch update, values", BPF_MAP_UPDATE_BATCH, FIELD(batch.values), false },
	{ "load, instructions", BPF_PROG_LOAD, FIELD(insns), false },
	{ "load, license", BPF_PROG_LOAD, FIELD(license), false },
	{ "types", BPF_BTF_LOAD, FIELD(btf), false },
	{ "pin, path", BPF_OBJ_PIN, FIELD(pathname), false },
	{ "get, path", BPF_OBJ_GET, FIELD(pathname), false },
	{ "info", BPF_OBJ_GET_INFO_BY_FD, FIELD(info.info), false },
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0])
};

/* Kept between calls, so that a wrong write would be seen. */
static struct {
	uint64_t keys[4], values[8], next[2];
	uint32_t batch[2];
	struct bpf_map_info info;
	uint8_t types[64];
} room;

static void begin_map(enum side side, int cmd, union bpf_attr *a)
{
	if (cmd == BPF_MAP_LOOKUP_BATCH || cmd == BPF_MAP_UPDATE_BATCH) {
		a->batch.map_fd = (uint32_t)maps[side];
		a->batch.keys = (uintptr_t)room.keys;
		a->batch.values = (uintptr_t)room.values;
		a->batch.count = 1;
		if (cmd == BPF_MAP_LOOKUP_BATCH)
			a->batch.out_batch = (uintptr_t)room.batch;
		return;
	}
	a->map_fd = (uint32_t)maps[side];
	if (cmd == BPF_MAP_GET_NEXT_KEY) {
		a->next_key = (uintptr_t)room.next;
		return;
	}
	a->key = (uintptr_t)&key;
	if (cmd != BPF_MAP_DELETE_ELEM)
		a->value = (uintptr_t)value;
}

static void begin(enum side side, int cmd, union bpf_attr *a)
{
	memset(a, 0, sizeof(*a));
	switch (cmd) {
	case BPF_PROG_LOAD:
		a->prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
		a->insns = (uintptr_t)ret_0;
		a->insn_cnt = 2;
		a->license = (uintptr_t) "GPL";
		return;
	case BPF_BTF_LOAD:
		a->btf = (uintptr_t)room.types;
		a->btf_size = sizeof(room.types);
		return;
	case BPF_OBJ_PIN:
		a->bpf_fd = (uint32_t)maps[side];
		a->pathname = (uintptr_t) "/nowhere/at/all";
		return;
	case BPF_OBJ_GET: a->pathname = (uintptr_t) "/nowhere/at/all"; return;
	case BPF_OBJ_GET_INFO_BY_FD:
		a->info.bpf_fd = (uint32_t)maps[side];
		a->info.info = (uintptr_t)&room.info;
		a->info.info_len = sizeof(room.info);
		return;
	default: begin_map(side, cmd, a);
	}
}

static void put(enum side side)
{
	union bpf_attr a;

	begin(side, BPF_MAP_UPDATE_ELEM, &a);
	assert_int_equal(ask(side, BPF_MAP_UPDATE_ELEM, &a), 0);
}

static void try_row(const struct row *row, uint64_t bad)
{
	int got[N_SIDES] = { -EFAULT, -EFAULT };

	for (enum side side = kernel_answers ? KERNEL : OURS; side < N_SIDES; side++) {
		union bpf_attr a;

		put(side);
		begin(side, row->cmd, &a);
		memcpy((char *)&a + row->field, &bad, sizeof(bad));
		got[side] = ask(side, row->cmd, &a);
	}
	if (got[OURS] != got[KERNEL] || got[OURS] != -EFAULT)
		fail_msg("%s at 0x%llx: kernel %d, ring3 %d", row->what, (unsigned long long)bad,
			 got[KERNEL], got[OURS]);
}

static void try_all(void)
{
	const uint64_t bad[] = {
		0,
		1,
		PAGE - 1,
		(uintptr_t)pages + PAGE,
		(uintptr_t)pages + 2 * PAGE - 2, /* goes on behind */
		(uintptr_t)pages + PAGE - 1,     /* begins well */
		0x0000800000000000,              /* no address */
		0x8000000000000000,
		0xffff888000000000, /* the kernel's */
		0xffffffffffffffff,
	};

	for (int r = 0; r < N_ROWS; r++) {
		for (size_t i = !!rows[r].null_is_fine; i < sizeof(bad) / sizeof(bad[0]); i++)
			try_row(&rows[r], bad[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (enum side side = kernel_answers ? KERNEL : OURS; side < N_SIDES; side++)
			assert_int_equal(ask(side, BPF_MAP_CREATE, (union bpf_attr *)bad[i]),
					 -EFAULT);
	}
	assert_memory_equal(pages, packet, sizeof(packet));
}

/* What is good up to the last byte is taken. */
static void good_to_the_end(void)
{
	for (enum side side = kernel_answers ? KERNEL : OURS; side < N_SIDES; side++) {
		union bpf_attr a;
		uint64_t *at = (uint64_t *)(void *)(pages + PAGE - VALUE);

		put(side);
		begin(side, BPF_MAP_LOOKUP_ELEM, &a);
		a.value = (uintptr_t)at;
		assert_int_equal(ask(side, BPF_MAP_LOOKUP_ELEM, &a), 0);
		assert_memory_equal(at, value, VALUE);
		memset(at, 0, VALUE);
	}
}

static void by_the_kernel(void **state)
{
	(void)state;
	try_all();
	good_to_the_end();
}

static void by_faults(void **state)
{
	(void)state;
	assert_int_equal(ring3_catch_faults(rt), 0);
	try_all();
	good_to_the_end();
}

static void faults_blocked(void **state)
{
	sigset_t faults, before;

	(void)state;
	/* The runner has put handlers of its own in the place of ours. */
	assert_int_equal(ring3_catch_faults(rt), 0);
	sigemptyset(&faults);
	sigaddset(&faults, SIGSEGV);
	sigaddset(&faults, SIGBUS);
	assert_int_equal(sigprocmask(SIG_BLOCK, &faults, &before), 0);
	try_all();
	good_to_the_end();
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	try_all();
}

static int make_world(void **state)
{
	struct ring3_opts opts = { .size = sizeof(opts) };

	(void)state;
	if (ring3_new(&opts, &rt))
		return -1;
	for (enum side side = KERNEL; side < N_SIDES; side++) {
		union bpf_attr a = { .map_type = BPF_MAP_TYPE_HASH,
				     .key_size = KEY,
				     .value_size = VALUE,
				     .max_entries = 8 };

		maps[side] = ask(side, BPF_MAP_CREATE, &a);
	}
	kernel_answers = maps[KERNEL] >= 0;
	if (!kernel_answers)
		puts("# the kernel's eBPF is not permitted here: not asked");
	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_NONE))
		return -1;
	return maps[OURS] < 0;
}

static int end_world(void **state)
{
	(void)state;
	for (enum side side = KERNEL; side < N_SIDES; side++) {
		if (maps[side] >= 0)
			close(maps[side]);
	}
	munmap(pages, 2 * PAGE);
	ring3_unref(rt);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_kernel),
		cmocka_unit_test(by_faults),
		cmocka_unit_test(faults_blocked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_world, end_world);
}
