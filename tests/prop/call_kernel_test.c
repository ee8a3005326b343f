/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the helper tables those of the running kernel?  Which types may call which helper; which map
 * type goes with which helper; what each argument may be.  Every question is a small program in
 * both.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/helper.h"
#include "helper/prog_type.h"
#include "map/map.h"
#include "ring3/bpf.h"
#include "support/both.h"
#include "support/kernel.h"

static struct both both;

/* Maps 1..33 are of that type; these are the tests' own. */
enum {
	MAP_VALUES = 34, /* array of 64 bytes */
	MAP_TEXT,        /* the same, read only: "%d" */
	LAST_MAP_TYPE = 33,
};

static int make_maps(void)
{
	static const struct kernel_map special[LAST_MAP_TYPE + 1] = {
		[BPF_MAP_TYPE_PROG_ARRAY] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_CGROUP_ARRAY] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_STACK_TRACE] = { 0, 4, 64, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_LPM_TRIE] = { 0, 8, 64, 4, BPF_F_NO_PREALLOC, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_ARRAY_OF_MAPS] = { 0, 4, 4, 4, 0, BPF_MAP_TYPE_ARRAY + 1, 0, 0, 0 },
		[BPF_MAP_TYPE_HASH_OF_MAPS] = { 0, 4, 4, 4, 0, BPF_MAP_TYPE_ARRAY + 1, 0, 0, 0 },
		[BPF_MAP_TYPE_DEVMAP] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_SOCKMAP] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_CPUMAP] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_XSKMAP] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_SOCKHASH] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_CGROUP_STORAGE] = { 0, 8, 64, 0, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = { 0, 4, 8, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = { 0, 8, 64, 0, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_QUEUE] = { 0, 0, 64, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_STACK] = { 0, 0, 64, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_DEVMAP_HASH] = { 0, 4, 4, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_RINGBUF] = { 0, 0, 0, 4096, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_BLOOM_FILTER] = { 0, 0, 64, 4, 0, 0, 0, 0, 0 },
		[BPF_MAP_TYPE_USER_RINGBUF] = { 0, 0, 0, 4096, 0, 0, 0, 0, 0 },
	};
	static const uint32_t storages[] = { BPF_MAP_TYPE_SK_STORAGE, BPF_MAP_TYPE_INODE_STORAGE,
					     BPF_MAP_TYPE_TASK_STORAGE, BPF_MAP_TYPE_CGRP_STORAGE };
	struct kernel_map m;

	for (uint32_t t = 1; t <= LAST_MAP_TYPE; t++) {
		m = special[t];
		if (!m.key_size && !m.value_size && !m.max_entries)
			m = (struct kernel_map){ 0, 4, 64, 4, 0, 0, 0, 0, 0 };
		m.type = t;
		both_map(&both, t, &m, false);
		if (both.kernel_map[t] < 0 || both.our_map[t] < 0)
			print_message("# map type %u: Linux %d, ours %d\n", t, both.kernel_map[t],
				      both.our_map[t]);
	}
	for (size_t k = 0; k < sizeof(storages) / sizeof(storages[0]); k++) {
		m = (struct kernel_map){ storages[k], 4, 64, 0, BPF_F_NO_PREALLOC, 0, 0, 0, 0 };
		both_map(&both, storages[k], &m, true);
		assert_true(both.kernel_map[storages[k]] >= 0 && both.our_map[storages[k]] >= 0);
	}
	m = (struct kernel_map){ BPF_MAP_TYPE_ARRAY, 4, 64, 4, 0, 0, 0, 0, 0 };
	both_map(&both, MAP_VALUES, &m, false);
	m.flags = BPF_F_RDONLY_PROG;
	both_map(&both, MAP_TEXT, &m, false);
	return 0;
}

static int make(void **state)
{
	const char *why;
	int err;

	(void)state;
	if (!kernel_can_load(&why)) {
		printf("1..0 # SKIP %s\n", why);
		exit(77);
	}
	err = both_init(&both);
	return err ? err : make_maps();
}

static int unmake(void **state)
{
	(void)state;
	both_done(&both);
	return 0;
}

/* What a kernel may be configured without: such a one's verdict says nothing. */
static bool kernel_lacks(uint32_t id)
{
	return id == BPF_FUNC_probe_write_user || id == BPF_FUNC_override_return;
}

/* Casts of sockets need CAP_PERFMON, but not in syscall programs: our rows have one flag. */
static bool odd_one(uint32_t type, uint32_t id)
{
	return both.mode == BOTH_CAP_BPF && type == BPF_PROG_TYPE_SYSCALL &&
	       ((id >= BPF_FUNC_skc_to_tcp6_sock && id <= BPF_FUNC_skc_to_udp6_sock) ||
		id == BPF_FUNC_skc_to_unix_sock || id == BPF_FUNC_skc_to_mptcp_sock);
}

/* --- who may call what --- */

enum call_class {
	MAY,
	NOT_THIS_TYPE,
	NEEDS_GPL,
	NOT_HERE
};
static const char *const class_names[] = { "may", "may not", "needs GPL",
					   "may not in this context" };

static enum call_class class_of(const char *log)
{
	if (strstr(log, "cannot use helper") || strstr(log, "invalid func"))
		return NOT_THIS_TYPE;
	if (strstr(log, "GPL"))
		return NEEDS_GPL;
	if (strstr(log, "might sleep") || strstr(log, "sleepable"))
		return NOT_HERE;
	return MAY;
}

static void compare_calls(void)
{
	uint32_t type = 0, attach = 0;
	int32_t r0;

	while (both_next_type(&both, &type, &attach, &r0)) {
		for (uint32_t id = 0; id <= helper_max_id() + 1; id++) {
			if (kernel_lacks(id) || odd_one(type, id))
				continue;
			for (int gpl = 0; gpl < 2; gpl++) {
				struct both_prog p = { .type = type,
						       .attach = attach,
						       .log_level = 1,
						       .no_gpl = !gpl,
						       .flags = both_flags_of(type) };
				enum call_class k, o;

				both_put(&p, INSN(0x85, 0, 0, 0, id));
				both_put(&p, INSN(0xb7, 0, 0, 0, r0));
				both_put(&p, INSN(0x95, 0, 0, 0, 0));
				both_load(&both, &p);
				k = class_of(both.kernel_log);
				o = class_of(both.our_log);
				both_compare(
					&both, k == o, "as %d, %s/%u %s %s#%u: Linux: %s, ours: %s",
					(int)both.mode, both_type_name(type), attach,
					gpl ? "GPL" : "other",
					helper_find(NULL, id) ? helper_find(NULL, id)->name : "?",
					id, class_names[k], class_names[o]);
			}
		}
	}
}

static void every_call(void **state)
{
	static const char *const names[] = { "root", "CAP_BPF", "nobody" };

	(void)state;
	both.compared = both.differ = 0;
	for (int mode = BOTH_ROOT; mode <= BOTH_UNPRIVILEGED; mode++) {
		if (both_as(&both, (enum both_mode)mode))
			compare_calls();
		else
			print_message(
				"# not asked as %s: kernel.unprivileged_bpf_disabled is set\n",
				names[mode]);
	}
	both_as(&both, BOTH_ROOT);
	print_message("# %u calls compared, %u differ\n", both.compared, both.differ);
	assert_int_equal(both.differ, 0);
}

/* --- arguments --- */

enum {
	KEEP_CTX = 6,   /* register */
	KEEP_VALUE = 7, /* map value of 64 bytes */
	KEEP_OTHER = 8, /* packet with 16 bytes, or a socket, or 0 */
	KEEP_RANDOM = 9,
	FRAME = 10,
	CTX_SK = 168, /* of __sk_buff */
};

/* What may be put into an argument. */
enum value {
	V_RIGHT, /* what the prototype asks for */
	V_NOTHING,
	V_ZERO,
	V_EIGHT,
	V_MINUS,
	V_RANDOM,
	V_SMALL, /* in [0, 15] */
	V_CTX,
	V_STACK,
	V_STACK_UNWRITTEN,
	V_STACK_EDGE,
	V_STACK_ODD,
	V_MAP,
	V_MAP_VALUE,
	V_MAP_VALUE_END,
	V_TEXT,
	V_OTHER,
	N_VALUES
};
static const char *const value_names[N_VALUES] = {
	"what it should be",   "nothing",           "0",     "8",           "-1",
	"any number",          "a number up to 15", "ctx",   "stack",       "unwritten stack",
	"stack at its edge",   "odd stack",         "a map", "a map value", "a map value's end",
	"read-only map value", "packet or socket"
};

static void put_wide(struct both_prog *p, unsigned int reg, unsigned int pseudo, int32_t imm,
		     int32_t high)
{
	both_put(p, INSN(0x18, reg, pseudo, 0, imm));
	both_put(p, INSN(0, 0, 0, 0, high));
}

static void put_frame(struct both_prog *p, unsigned int reg, int off)
{
	both_put(p, INSN(0xbf, reg, FRAME, 0, 0));
	both_put(p, INSN(0x07, reg, 0, 0, off));
}

static void put_value(struct both_prog *p, unsigned int reg, enum value v)
{
	switch (v) {
	case V_RIGHT:
	case V_NOTHING:
	case N_VALUES: return;
	case V_ZERO: both_put(p, INSN(0xb7, reg, 0, 0, 0)); return;
	case V_EIGHT: both_put(p, INSN(0xb7, reg, 0, 0, 8)); return;
	case V_MINUS: both_put(p, INSN(0xb7, reg, 0, 0, -1)); return;
	case V_RANDOM: both_put(p, INSN(0xbf, reg, KEEP_RANDOM, 0, 0)); return;
	case V_SMALL:
		both_put(p, INSN(0xbf, reg, KEEP_RANDOM, 0, 0));
		both_put(p, INSN(0x57, reg, 0, 0, 15));
		return;
	case V_CTX: both_put(p, INSN(0xbf, reg, KEEP_CTX, 0, 0)); return;
	case V_STACK: put_frame(p, reg, -64); return;
	case V_STACK_UNWRITTEN: put_frame(p, reg, -128); return;
	case V_STACK_EDGE: put_frame(p, reg, -4); return;
	case V_STACK_ODD: put_frame(p, reg, -59); return;
	case V_MAP: put_wide(p, reg, BPF_PSEUDO_MAP_FD, BPF_MAP_TYPE_ARRAY, 0); return;
	case V_MAP_VALUE: both_put(p, INSN(0xbf, reg, KEEP_VALUE, 0, 0)); return;
	case V_MAP_VALUE_END:
		both_put(p, INSN(0xbf, reg, KEEP_VALUE, 0, 0));
		both_put(p, INSN(0x07, reg, 0, 0, 60));
		return;
	case V_TEXT: put_wide(p, reg, BPF_PSEUDO_MAP_VALUE, MAP_TEXT, 0); return;
	case V_OTHER: both_put(p, INSN(0xbf, reg, KEEP_OTHER, 0, 0)); return;
	}
}

static uint32_t first_map(uint64_t maps)
{
	for (uint32_t t = 1; t <= LAST_MAP_TYPE; t++)
		if (maps >> t & 1)
			return t;
	return BPF_MAP_TYPE_ARRAY;
}

/* What an argument wants; others, which take more than one instruction, get 0. */
static const struct {
	uint8_t arg, value;
} wants[] = {
	{ ARG_CTX, V_CTX },
	{ ARG_CTX_OR_NULL, V_CTX },
	{ ARG_MAP_KEY, V_STACK },
	{ ARG_MAP_VALUE, V_STACK },
	{ ARG_MAP_VALUE_OR_NULL, V_STACK },
	{ ARG_UNINIT_MAP_VALUE, V_STACK },
	{ ARG_MEM, V_STACK },
	{ ARG_MEM_OR_NULL, V_STACK },
	{ ARG_MEM_RDWR, V_STACK },
	{ ARG_MEM_RDWR_OR_NULL, V_STACK },
	{ ARG_UNINIT_MEM, V_STACK },
	{ ARG_UNINIT_MEM_OR_NULL, V_STACK },
	{ ARG_FIXED_MEM, V_STACK },
	{ ARG_FIXED_UNINIT_MEM, V_STACK },
	{ ARG_LONG_PTR, V_STACK },
	{ ARG_INT_PTR, V_STACK },
	{ ARG_SIZE, V_EIGHT },
	{ ARG_SIZE_OR_ZERO, V_EIGHT },
	{ ARG_CONST_SIZE, V_EIGHT },
	{ ARG_CONST_ALLOC_SIZE, V_EIGHT },
	{ ARG_CONST_STR, V_TEXT },
	{ ARG_SOCK_COMMON, V_OTHER },
	{ ARG_SOCKET, V_OTHER },
	{ ARG_SOCKET_OR_NULL, V_OTHER },
	{ ARG_SOCK_COMMON_OR_NULL, V_OTHER },
};

static void put_right(struct both_prog *p, unsigned int reg, const struct helper_proto *h,
		      unsigned int arg, uint32_t map)
{
	if (h->arg[arg] == ARG_CONST_MAP_PTR) {
		put_wide(p, reg, BPF_PSEUDO_MAP_FD, (int32_t)map, 0);
		return;
	}
	for (size_t k = 0; k < sizeof(wants) / sizeof(wants[0]); k++) {
		if (wants[k].arg == h->arg[arg]) {
			put_value(p, reg, (enum value)wants[k].value);
			return;
		}
	}
	put_value(p, reg, V_ZERO);
}

static bool wants_socket(const struct helper_proto *h)
{
	for (int i = 0; i < 5; i++)
		if (h->arg[i] == ARG_SOCK_COMMON || h->arg[i] == ARG_SOCKET ||
		    h->arg[i] == ARG_SOCKET_OR_NULL || h->arg[i] == ARG_SOCK_COMMON_OR_NULL)
			return true;
	return false;
}

/* r8: a packet of 16 bytes or the socket of the context, where the type has them. */
static void put_other(struct both_prog *p, const struct helper_proto *h, const struct prog_type *t)
{
	bool xdp = t->type == BPF_PROG_TYPE_XDP, skb = t->ctx && !strcmp(t->ctx->name, "__sk_buff");

	if (skb && wants_socket(h)) {
		both_put(p, INSN(0x79, KEEP_OTHER, KEEP_CTX, CTX_SK, 0));
		both_put(p, INSN(0x55, KEEP_OTHER, 0, 2, 0));
	} else if (t->pkt_access && (xdp || skb)) {
		both_put(p, INSN(0x61, KEEP_OTHER, KEEP_CTX, xdp ? 0 : 76, 0));
		both_put(p, INSN(0x61, 2, KEEP_CTX, xdp ? 4 : 80, 0));
		both_put(p, INSN(0xbf, 3, KEEP_OTHER, 0, 0));
		both_put(p, INSN(0x07, 3, 0, 0, 16));
		both_put(p, INSN(0xbd, 3, 2, 2, 0));
	} else {
		both_put(p, INSN(0xb7, KEEP_OTHER, 0, 0, 0));
		return;
	}
	both_put(p, INSN(0xb7, 0, 0, 0, 0));
	both_put(p, INSN(0x95, 0, 0, 0, 0));
}

/* r6 = ctx, r7 = map value, r8, r9 = a number, 64 bytes of stack written. */
static void put_start(struct both_prog *p, const struct helper_proto *h, const struct prog_type *t,
		      int32_t r0)
{
	both_put(p, INSN(0xbf, KEEP_CTX, 1, 0, 0));
	for (int off = -8; off >= -64; off -= 8)
		both_put(p, INSN(0x7a, FRAME, 0, off, 0));
	both_put(p, INSN(0x85, 0, 0, 0, BPF_FUNC_get_prandom_u32));
	both_put(p, INSN(0xbf, KEEP_RANDOM, 0, 0, 0));
	put_wide(p, 1, BPF_PSEUDO_MAP_FD, MAP_VALUES, 0);
	put_frame(p, 2, -64);
	both_put(p, INSN(0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem));
	both_put(p, INSN(0x55, 0, 0, 2, 0));
	both_put(p, INSN(0xb7, 0, 0, 0, r0));
	both_put(p, INSN(0x95, 0, 0, 0, 0));
	both_put(p, INSN(0xbf, KEEP_VALUE, 0, 0, 0));
	put_other(p, h, t);
}

static struct both_verdict try_call(const struct prog_type *t, uint32_t attach, int32_t r0,
				    const struct helper_proto *h, uint32_t map, int arg,
				    enum value v, uint32_t log_level)
{
	struct both_prog p = { .type = t->type,
			       .attach = attach,
			       .log_level = log_level,
			       .flags = both_flags_of(t->type) };

	put_start(&p, h, t, r0);
	for (int i = 0; i < 5 && h->arg[i] != ARG_NONE; i++) {
		if (i == arg)
			put_value(&p, (unsigned int)i + 1, v);
		else
			put_right(&p, (unsigned int)i + 1, h, (unsigned int)i, map);
	}
	both_put(&p, INSN(0x85, 0, 0, 0, h->id));
	both_put(&p, INSN(0xb7, 0, 0, 0, r0));
	both_put(&p, INSN(0x95, 0, 0, 0, 0));
	return both_load(&both, &p);
}

static void compare_call(const struct prog_type *t, uint32_t attach, int32_t r0,
			 const struct helper_proto *h, uint32_t map, int arg, enum value v)
{
	struct both_verdict x = try_call(t, attach, r0, h, map, arg, v, 0);
	char theirs[200], mine[200];

	if (!x.kernel == !x.ours) {
		both_compare(&both, true, "-");
		return;
	}
	try_call(t, attach, r0, h, map, arg, v, 1);
	both_compare(&both, false, "%s/%u %s#%u map %u, argument %d is %s: Linux %s, ours %s",
		     t->name, attach, h->name, h->id, map, arg + 1, value_names[v],
		     x.kernel ? both_reason(both.kernel_log, theirs, sizeof(theirs)) : "accepts",
		     x.ours ? both_reason(both.our_log, mine, sizeof(mine)) : "accepts");
}

/* Runs fn for each type and the helpers that it may call, a prototype once or per type. */
static void each_helper(bool per_type, void (*fn)(const struct prog_type *t, uint32_t attach,
						  int32_t r0, const struct helper_proto *h))
{
	static const struct helper_proto *seen[1024];
	uint32_t type = 0, attach = 0, n_seen = 0;
	int32_t r0;

	while (both_next_type(&both, &type, &attach, &r0)) {
		const struct prog_type *t = prog_type_of(type, attach);

		for (uint32_t id = 1; t && id <= helper_max_id(); id++) {
			const struct helper_proto *h = helper_find_for(NULL, id, t->groups);
			bool known = false;

			if (!h || !(h->groups & t->groups) || kernel_lacks(id))
				continue;
			for (uint32_t i = 0; i < n_seen && !per_type; i++)
				known |= seen[i] == h;
			if (known)
				continue;
			if (n_seen < 1024)
				seen[n_seen++] = h;
			fn(t, attach, r0, h);
		}
	}
}

static void try_arguments(const struct prog_type *t, uint32_t attach, int32_t r0,
			  const struct helper_proto *h)
{
	uint32_t map = first_map(h->maps);

	compare_call(t, attach, r0, h, map, -1, V_RIGHT);
	for (int arg = 0; arg < 5 && h->arg[arg] != ARG_NONE; arg++)
		for (int v = V_NOTHING; v < N_VALUES; v++)
			compare_call(t, attach, r0, h, map, arg, (enum value)v);
}

static void every_argument(void **state)
{
	(void)state;
	both.compared = both.differ = 0;
	each_helper(false, try_arguments);
	print_message("# %u arguments compared, %u differ\n", both.compared, both.differ);
	assert_int_equal(both.differ, 0);
}

static void try_maps(const struct prog_type *t, uint32_t attach, int32_t r0,
		     const struct helper_proto *h)
{
	bool has_map = false;

	for (int arg = 0; arg < 5; arg++)
		has_map |= h->arg[arg] == ARG_CONST_MAP_PTR;
	for (uint32_t map = 1; has_map && map <= LAST_MAP_TYPE; map++)
		if (both.kernel_map[map] >= 0 && both.our_map[map] >= 0)
			compare_call(t, attach, r0, h, map, -1, V_RIGHT);
}

static void every_map(void **state)
{
	(void)state;
	both.compared = both.differ = 0;
	each_helper(true, try_maps);
	print_message("# %u maps compared, %u differ\n", both.compared, both.differ);
	assert_int_equal(both.differ, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call),
		cmocka_unit_test(every_argument),
		cmocka_unit_test(every_map),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
