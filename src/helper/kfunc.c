/* SPDX-License-Identifier: BSD-2-Clause */
/* Which row of kfuncs.def belongs to a name?  And the bodies that need nothing else. */
#include "helper/kfuncs.h"
#include "helper/prog_type.h"

#include <errno.h>
#include <string.h>

/* The kernel's limit for counted loops. */
enum {
	MAX_LOOPS = 8 * 1024 * 1024
};

/* What struct bpf_iter_num holds, seen by nobody but these three. */
struct iter_num {
	int32_t cur, end;
};

KBODY(bpf_iter_num_new)
{
	struct iter_num *it = (struct iter_num *)r1;
	int32_t start = (int32_t)r2, end = (int32_t)r3;

	it->cur = it->end = 0;
	if (start > end)
		return (uint64_t)-EINVAL;
	if ((int64_t)end - start > MAX_LOOPS)
		return (uint64_t)-E2BIG;
	it->cur = (int32_t)((uint32_t)start - 1);
	it->end = end;
	return 0;
}

KBODY(bpf_iter_num_next)
{
	struct iter_num *it = (struct iter_num *)r1;
	int32_t next = (int32_t)((uint32_t)it->cur + 1);

	if (next >= it->end) {
		it->cur = it->end = 0;
		return 0;
	}
	it->cur = next;
	return (uint64_t)&it->cur;
}

KBODY(bpf_iter_num_destroy)
{
	struct iter_num *it = (struct iter_num *)r1;

	it->cur = it->end = 0;
	return 0;
}

/* Read sections and disabled preemption: a run on a slot is undisturbed anyway, and what it reads
 * outlives it. */
KBODY(bpf_rcu_read_lock)
{
	return 0;
}

KBODY(bpf_rcu_read_unlock)
{
	return 0;
}

KBODY(bpf_preempt_disable)
{
	return 0;
}

KBODY(bpf_preempt_enable)
{
	return 0;
}

enum {
#define KFUNC(label, result, args, bits)            ROW_##label,
#define KFUNC_ONLY(label, result, args, bits, why)  ROW_##label,
#define ITER(label, result, args, step, size, item) ROW_##label,
#include "helper/kfuncs.def"
#undef KFUNC
#undef KFUNC_ONLY
#undef ITER
	N_ROWS
};

#define SKB_TYPES                                                                                \
	(HELPER_GROUP_TC | HELPER_GROUP_SOCKET | HELPER_GROUP_CGROUP_SKB | HELPER_GROUP_SK_SKB | \
	 HELPER_GROUP_LWT | HELPER_GROUP_NETFILTER | HELPER_GROUP_BTF_TP)
#define OBJECTS "allocated objects are not there yet"
#define ARENAS  "arenas are not there yet"
/* Types that the kernel offers its general functions to. */
#define GENERIC                                                                                \
	(HELPER_GROUP_TYPED | HELPER_GROUP_TRACEPOINT | HELPER_GROUP_PERF_EVENT |              \
	 HELPER_GROUP_TC | HELPER_GROUP_XDP | HELPER_GROUP_STRUCT_OPS | HELPER_GROUP_SYSCALL | \
	 HELPER_GROUP_CGROUP_SKB | HELPER_GROUP_CGROUP_SOCK | HELPER_GROUP_DEVICE |            \
	 HELPER_GROUP_SOCK_ADDR | HELPER_GROUP_SOCKOPT | HELPER_GROUP_SYSCTL |                 \
	 HELPER_GROUP_SOCK_OPS)
#define RES_LOCK           "resilient locks are not there yet"
#define WORKERS            "nothing in user space would run the callback"
#define A0                 .arg = { ARG_NONE }
#define A1(a)              .arg = { ARG_##a }
#define A2(a, b)           .arg = { ARG_##a, ARG_##b }
#define A4(a, b, c, d)     .arg = { ARG_##a, ARG_##b, ARG_##c, ARG_##d }
#define A5(a, b, c, d, e)  .arg = { ARG_##a, ARG_##b, ARG_##c, ARG_##d, ARG_##e }
#define TYPED_ARG(n, type) , .btf_type[n] = (type)
#define CALLS(kind)        , .callback = CALLBACK_##kind
#define MAKES(kind)        , .dynptr = HELPER_DYNPTR_##kind
#define FOR(types)         , .groups = (types)
#define LOCKED             HELPER_LOCKED
#define SLEEPABLE          HELPER_SLEEPABLE
#define PROBES             HELPER_PROBES
#define A3(a, b, c)        .arg = { ARG_##a, ARG_##b, ARG_##c }
#define ROW(label, result) .id = ROW_##label, .name = #label, .ret = RET_##result
#define KFUNC(label, result, args, bits) \
	[ROW_##label] = { .p = { ROW(label, result), args, .flags = (bits), .fn = k_##label } },
#define KFUNC_ONLY(label, result, args, bits, why) \
	[ROW_##label] = { .p = { ROW(label, result), args, .flags = (bits), .why_not = (why) } },
#define ITER(label, result, args, step, size, item)                                            \
	[ROW_##label] = { .p = { ROW(label, result), args, .flags = LOCKED, .fn = k_##label }, \
			  .iter = KFUNC_ITER_##step,                                           \
			  .iter_size = (size),                                                 \
			  .iter_item_size = (item) },

static const struct kfunc_proto rows[N_ROWS] = {
#include "helper/kfuncs.def"
};

const struct kfunc_proto *kfunc_by_name(const char *name)
{
	for (uint32_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].p.name, name))
			return &rows[i];
	return NULL;
}

const struct kfunc_proto *kfunc_row(uint32_t row)
{
	return row < N_ROWS ? &rows[row] : NULL;
}
