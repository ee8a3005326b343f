/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a program type promise: which context it gets, which helpers it may call, what it may
 * return?  One row per type in prog_types.def, one table of fields per context in ctx.def.
 * Hosts that embed the library make rows of their own at run time.
 */
#ifndef HELPER_PROG_TYPE_H
#define HELPER_PROG_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

/* Which family of helpers a program type may call (bits of helper_proto.groups). */
enum {
	HELPER_GROUP_BASE = 1 << 0,	/* everyone                                        */
	HELPER_GROUP_TRACING = 1 << 1,	/* kprobe, tracepoint, raw_tp, perf_event, tracing */
	HELPER_GROUP_KPROBE = 1 << 2,	/* get_func_ip, get_attach_cookie, override_return */
	HELPER_GROUP_TRACEPOINT = 1 << 3,
	HELPER_GROUP_RAW_TP = 1 << 4,
	HELPER_GROUP_PERF_EVENT = 1 << 5,
	HELPER_GROUP_FENTRY = 1 << 6,
	HELPER_GROUP_LSM = 1 << 7,
	HELPER_GROUP_XDP = 1 << 8,
	HELPER_GROUP_TC = 1 << 9,
	HELPER_GROUP_SOCKET = 1 << 10,	/* socket filter                                   */
	HELPER_GROUP_SKB = 1 << 11,	/* any program with a struct __sk_buff             */
	HELPER_GROUP_CGROUP_SKB = 1 << 12,
	HELPER_GROUP_CGROUP_SOCK = 1 << 13,
	HELPER_GROUP_SOCK_ADDR = 1 << 14,
	HELPER_GROUP_SOCKOPT = 1 << 15,
	HELPER_GROUP_SYSCTL = 1 << 16,
	HELPER_GROUP_SOCK_OPS = 1 << 17,
	HELPER_GROUP_SK_SKB = 1 << 18,
	HELPER_GROUP_SK_MSG = 1 << 19,
	HELPER_GROUP_SK_LOOKUP = 1 << 20,
	HELPER_GROUP_REUSEPORT = 1 << 21,
	HELPER_GROUP_FLOW = 1 << 22,
	HELPER_GROUP_LWT = 1 << 23,
	HELPER_GROUP_ITER = 1 << 24,
	HELPER_GROUP_SYSCALL = 1 << 25,
	HELPER_GROUP_STRUCT_OPS = 1 << 26,
	HELPER_GROUP_DEVICE = 1 << 27,
	HELPER_GROUP_NETFILTER = 1 << 28,
	HELPER_GROUP_LIRC = 1 << 29,
	HELPER_GROUP_HOST = 1 << 30,	/* embedding hosts                                 */
};

/* What a load of a context field yields. */
enum ctx_kind {
	CTX_SCALAR,
	CTX_PACKET,		/* data          */
	CTX_PACKET_META,	/* data_meta     */
	CTX_PACKET_END,		/* data_end      */
	CTX_MEM,		/* pointer to mem_size bytes (host contexts) */
	CTX_MEM_OR_NULL,
	CTX_SOCK_COMMON_OR_NULL,
	CTX_SOCKET,
	CTX_SOCKET_OR_NULL,
	CTX_BTF,		/* typed kernel pointer of ctx_field.btf_type */
	CTX_FLOW_KEYS,
	CTX_TP_BUFFER,
};

enum {
	CTX_READ = 1,
	CTX_WRITE = 2,
	CTX_NARROW = 4,		/* loads narrower than size are allowed                     */
	CTX_MEM_WRITE = 8,	/* memory behind CTX_MEM may be written                     */
	CTX_ANY_ALIGNED = 16,	/* an array of such fields: any aligned power-of-two access  */
};

/* One field as programs see it and where the running context keeps it.  A load of `size` bytes at
 * off + k becomes a load at real_off + k; pointer kinds become 8-byte loads at real_off. */
struct ctx_field {
	const char *name;
	uint16_t off, size;	/* what programs use; size covers a whole run of array elements */
	uint8_t kind;		/* enum ctx_kind */
	uint8_t access;		/* CTX_READ | ... */
	uint16_t real_off;
	uint32_t mem_size;	/* of CTX_MEM */
	const char *btf_type;
};

struct ctx_type {
	const char *name;	/* "pt_regs", "xdp_md": as BTF calls it */
	uint32_t size;		/* as programs see it */
	uint32_t real_size;
	const struct ctx_field *fields; /* sorted by off, not overlapping */
	uint32_t n_fields;
};

struct prog_type {
	uint32_t type;		/* BPF_PROG_TYPE_* */
	const char *name;	/* "kprobe": as bpftool prints it */
	const struct ctx_type *ctx; /* NULL: any BTF-typed or no context */
	uint32_t groups;	/* helper groups it may call */
	bool ret_checked;	/* R0 at exit must be a scalar in [ret_min, ret_max] */
	int64_t ret_min, ret_max;
	bool pkt_access;	/* direct packet access: read */
	bool pkt_write;		/* ... and write */
	bool has_skb;		/* LD_ABS and LD_IND allowed */
	bool runs;		/* there is a way to run it in user space */
};

/* Row for a type, refined by the expected attach type where the kernel does so (return ranges of
 * cgroup programs, TC egress ...).  NULL: no such type. */
const struct prog_type *prog_type_of(uint32_t type, uint32_t expected_attach_type);

/* Field that covers [off, off + size), or NULL. */
const struct ctx_field *ctx_field_at(const struct ctx_type *ctx, uint32_t off, uint32_t size);

#endif
