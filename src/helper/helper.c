/* SPDX-License-Identifier: BSD-2-Clause */
/* Which row of helpers.def belongs to an id or a name? */
#include "helper/helper.h"

#include <string.h>

#include <ring3/bpf.h>

#include "helper/bodies.h"
#include "helper/prog_type.h"

/* Why a helper cannot run in user space. */
#define TASK          "it reads the kernel's task_struct, which user space does not have"
#define CGROUP        "it needs the kernel's tree of cgroups"
#define SOCKET_OBJECT "it works on a socket inside the kernel"
#define SOCKMAP       "socket maps redirect between sockets inside the kernel"
#define NETSTACK      "it needs the kernel's routes, tunnels or address translation"
#define PMU           "it reads a hardware counter that belongs to the kernel"
#define KERNEL_OBJECT "it works on an object of the kernel"
#define TRAMPOLINE    "it reads arguments that only a kernel trampoline saves"
#define TIMER_THREAD  "nothing in user space would run the timer's callback"
#define USER_RING     "user ring buffers are not there yet"
#define SYSCTL_HOOK   "it serves writes to /proc/sys inside the kernel"
#define REMOTE        "it drives a remote control receiver of the kernel"
#define SYSCALLS      "a program makes no system calls here: its loader does"

/* The columns of helpers.def. */
#define GPL         HELPER_GPL
#define SLEEPABLE   HELPER_SLEEPABLE
#define ACQUIRES    HELPER_ACQUIRES
#define RELEASES    HELPER_RELEASES
#define CHANGES_PKT HELPER_CHANGES_PKT
#define RET_BOUNDED HELPER_RET_BOUNDED
#define FASTCALL    HELPER_FASTCALL
#define PKT_ARGS    HELPER_PKT_ARGS
#define PROBES      HELPER_PROBES
#define LOCKED      HELPER_LOCKED
#define CAP_BPF     HELPER_CAP_BPF
#define CAP_PERFMON HELPER_CAP_PERFMON

#define MAP(type) (UINT64_C(1) << BPF_MAP_TYPE_##type)
#define EACH                                                                             \
	(MAP(HASH) | MAP(ARRAY) | MAP(PERCPU_HASH) | MAP(PERCPU_ARRAY) | MAP(LRU_HASH) | \
	 MAP(LRU_PERCPU_HASH))
#define UPDATE (EACH | MAP(LPM_TRIE) | MAP(SOCKMAP) | MAP(SOCKHASH))
#define LOOKUP                                                                              \
	(UPDATE | MAP(ARRAY_OF_MAPS) | MAP(HASH_OF_MAPS) | MAP(DEVMAP) | MAP(DEVMAP_HASH) | \
	 MAP(XSKMAP))

#define SOCKET         HELPER_GROUP_SOCKET
#define KPROBE         HELPER_GROUP_KPROBE
#define KPROBE_SESSION HELPER_GROUP_KPROBE_SESSION
#define TRACEPOINT     HELPER_GROUP_TRACEPOINT
#define RAW_TP         HELPER_GROUP_RAW_TP
#define PERF_EVENT     HELPER_GROUP_PERF_EVENT
#define BTF_TP         HELPER_GROUP_BTF_TP
#define FENTRY         HELPER_GROUP_FENTRY
#define ITER           HELPER_GROUP_ITER
#define LSM            HELPER_GROUP_LSM
#define SYSCALL        HELPER_GROUP_SYSCALL
#define XDP            HELPER_GROUP_XDP
#define TC             HELPER_GROUP_TC
#define SK_SKB         HELPER_GROUP_SK_SKB
#define SK_MSG         HELPER_GROUP_SK_MSG
#define SK_LOOKUP      HELPER_GROUP_SK_LOOKUP
#define REUSEPORT      HELPER_GROUP_REUSEPORT
#define FLOW           HELPER_GROUP_FLOW
#define LWT_IN         HELPER_GROUP_LWT_IN
#define LWT_OUT        HELPER_GROUP_LWT_OUT
#define LWT_XMIT       HELPER_GROUP_LWT_XMIT
#define LWT_SEG6       HELPER_GROUP_LWT_SEG6
#define CGROUP_SKB     HELPER_GROUP_CGROUP_SKB
#define CGROUP_SOCK    HELPER_GROUP_CGROUP_SOCK
#define ADDR           HELPER_GROUP_ADDR
#define ADDR_CONNECT   HELPER_GROUP_ADDR_CONNECT
#define ADDR_PEER      HELPER_GROUP_ADDR_PEER
#define SOCKOPT_GET    HELPER_GROUP_SOCKOPT_GET
#define SOCKOPT_SET    HELPER_GROUP_SOCKOPT_SET
#define SYSCTL         HELPER_GROUP_SYSCTL
#define DEVICE         HELPER_GROUP_DEVICE
#define SOCK_OPS       HELPER_GROUP_SOCK_OPS
#define STRUCT_OPS     HELPER_GROUP_STRUCT_OPS
#define NETFILTER      HELPER_GROUP_NETFILTER
#define LIRC           HELPER_GROUP_LIRC
#define TRACING        HELPER_GROUP_TRACING
#define TYPED          HELPER_GROUP_TYPED
#define LWT            HELPER_GROUP_LWT
#define SOCK_ADDR      HELPER_GROUP_SOCK_ADDR
#define SOCKOPT        HELPER_GROUP_SOCKOPT
#define ALL            HELPER_GROUP_BASE
/* Groups of the kernel's program types. */
#define ALL_BUT(groups) ((HELPER_GROUP_HOST - 1) & ~(HELPER_GROUP_BASE | (groups)))

#define A0                 .arg = { ARG_NONE }
#define A1(a)              .arg = { ARG_##a }
#define A2(a, b)           .arg = { ARG_##a, ARG_##b }
#define A3(a, b, c)        .arg = { ARG_##a, ARG_##b, ARG_##c }
#define A4(a, b, c, d)     .arg = { ARG_##a, ARG_##b, ARG_##c, ARG_##d }
#define A5(a, b, c, d, e)  .arg = { ARG_##a, ARG_##b, ARG_##c, ARG_##d, ARG_##e }
#define TYPED_ARG(n, type) , .btf_type[n] = (type)
#define SIZED(n, size)     , .fixed_size[n] = (size)
#define RETURNS(type)      , .ret_type = (type)
#define CALLS(kind)        , .callback = CALLBACK_##kind
#define MAKES(kind)        , .dynptr = HELPER_DYNPTR_##kind

#define ROW(number, label, result, bits, may, who)                                           \
	.id = (number), .name = #label, .ret = RET_##result, .flags = (bits), .maps = (may), \
	.groups = (who)

static const struct helper_proto rows[] = {
#define RUNS(id, name, ret, args, flags, maps, who) \
	[id] = { args, ROW(id, name, ret, flags, maps, who), .fn = h_##name },
#define REFUSED(id, name, ret, args, flags, maps, who, why) \
	[id] = { args, ROW(id, name, ret, flags, maps, who), .why_not = (why) },
#define RUNS_TOO(id, name, ret, args, flags, maps, who)
#define REFUSED_TOO(id, name, ret, args, flags, maps, who, why)
#include "helper/helpers.def"
#undef RUNS
#undef REFUSED
#undef RUNS_TOO
#undef REFUSED_TOO
};

static const struct helper_proto others[] = {
#define RUNS(id, name, ret, args, flags, maps, who)
#define REFUSED(id, name, ret, args, flags, maps, who, why)
#define RUNS_TOO(id, name, ret, args, flags, maps, who) \
	{ args, ROW(id, name, ret, flags, maps, who), .fn = h_##name },
#define REFUSED_TOO(id, name, ret, args, flags, maps, who, why) \
	{ args, ROW(id, name, ret, flags, maps, who), .why_not = (why) },
#include "helper/helpers.def"
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0]),
	N_OTHERS = sizeof(others) / sizeof(others[0]),
};

const struct helper_proto *helper_find(const struct helper_set *set, uint32_t id)
{
	if (id >= HELPER_HOST_BASE)
		return set && id - HELPER_HOST_BASE < set->n_host
			       ? &set->host[id - HELPER_HOST_BASE]
			       : NULL;
	return id && id < N_ROWS && rows[id].name ? &rows[id] : NULL;
}

const struct helper_proto *helper_find_for(const struct helper_set *set, uint32_t id,
					   uint64_t groups)
{
	const struct helper_proto *row = helper_find(set, id);

	if (!row || (row->groups & groups))
		return row;
	for (uint32_t i = 0; i < N_OTHERS; i++)
		if (others[i].id == id && (others[i].groups & groups))
			return &others[i];
	return row;
}

const struct helper_proto *helper_by_name(const char *name)
{
	for (uint32_t i = 1; i < N_ROWS; i++)
		if (rows[i].name && !strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

uint32_t helper_max_id(void)
{
	return N_ROWS - 1;
}
