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

/* Which family of helpers a program type may call (bits of helper_proto.groups).  Types that may
 * call the same helpers share a bit. */
#define HELPER_GROUP_BASE         (UINT64_C(1) << 0) /* everyone */
#define HELPER_GROUP_SOCKET       (UINT64_C(1) << 1) /* socket filter */
#define HELPER_GROUP_KPROBE       (UINT64_C(1) << 2) /* kprobe and uprobe of any kind */
#define HELPER_GROUP_TRACEPOINT   (UINT64_C(1) << 3)
#define HELPER_GROUP_RAW_TP       (UINT64_C(1) << 4) /* raw tracepoint, writable or not */
#define HELPER_GROUP_PERF_EVENT   (UINT64_C(1) << 5)
#define HELPER_GROUP_BTF_TP       (UINT64_C(1) << 6) /* tracing by BTF: raw tracepoint */
#define HELPER_GROUP_FENTRY       (UINT64_C(1) << 7) /* tracing by BTF: fentry, fexit, fmod_ret */
#define HELPER_GROUP_ITER         (UINT64_C(1) << 8) /* tracing by BTF: iterator */
#define HELPER_GROUP_LSM          (UINT64_C(1) << 9)
#define HELPER_GROUP_SYSCALL      (UINT64_C(1) << 10)
#define HELPER_GROUP_XDP          (UINT64_C(1) << 11)
#define HELPER_GROUP_TC           (UINT64_C(1) << 12) /* classifier and action */
#define HELPER_GROUP_SK_SKB       (UINT64_C(1) << 13)
#define HELPER_GROUP_SK_MSG       (UINT64_C(1) << 14)
#define HELPER_GROUP_SK_LOOKUP    (UINT64_C(1) << 15)
#define HELPER_GROUP_REUSEPORT    (UINT64_C(1) << 16) /* sk_reuseport */
#define HELPER_GROUP_FLOW         (UINT64_C(1) << 17) /* flow dissector */
#define HELPER_GROUP_LWT_IN       (UINT64_C(1) << 18)
#define HELPER_GROUP_LWT_OUT      (UINT64_C(1) << 19)
#define HELPER_GROUP_LWT_XMIT     (UINT64_C(1) << 20)
#define HELPER_GROUP_LWT_SEG6     (UINT64_C(1) << 21) /* lwt_seg6local */
#define HELPER_GROUP_CGROUP_SKB   (UINT64_C(1) << 22)
#define HELPER_GROUP_CGROUP_SOCK  (UINT64_C(1) << 23)
#define HELPER_GROUP_ADDR         (UINT64_C(1) << 24) /* sock_addr: bind and sendmsg */
#define HELPER_GROUP_ADDR_CONNECT (UINT64_C(1) << 25) /* sock_addr: connect */
#define HELPER_GROUP_ADDR_PEER \
	(UINT64_C(1) << 26) /* sock_addr: recvmsg, getpeername, getsockname */
#define HELPER_GROUP_SOCKOPT_GET    (UINT64_C(1) << 27)
#define HELPER_GROUP_SOCKOPT_SET    (UINT64_C(1) << 28)
#define HELPER_GROUP_SYSCTL         (UINT64_C(1) << 29)
#define HELPER_GROUP_DEVICE         (UINT64_C(1) << 30) /* cgroup device */
#define HELPER_GROUP_SOCK_OPS       (UINT64_C(1) << 31)
#define HELPER_GROUP_STRUCT_OPS     (UINT64_C(1) << 32)
#define HELPER_GROUP_NETFILTER      (UINT64_C(1) << 33)
#define HELPER_GROUP_LIRC           (UINT64_C(1) << 34) /* lirc_mode2 */
#define HELPER_GROUP_KPROBE_SESSION (UINT64_C(1) << 35) /* kprobe and uprobe sessions */
#define HELPER_GROUP_HOST           (UINT64_C(1) << 36) /* embedding hosts */

/* Families of families. */
#define HELPER_GROUP_TRACING                                                           \
	(HELPER_GROUP_KPROBE | HELPER_GROUP_KPROBE_SESSION | HELPER_GROUP_TRACEPOINT | \
	 HELPER_GROUP_RAW_TP | HELPER_GROUP_PERF_EVENT)
#define HELPER_GROUP_TYPED \
	(HELPER_GROUP_BTF_TP | HELPER_GROUP_FENTRY | HELPER_GROUP_ITER | HELPER_GROUP_LSM)
#define HELPER_GROUP_LWT \
	(HELPER_GROUP_LWT_IN | HELPER_GROUP_LWT_OUT | HELPER_GROUP_LWT_XMIT | HELPER_GROUP_LWT_SEG6)
#define HELPER_GROUP_SOCK_ADDR \
	(HELPER_GROUP_ADDR | HELPER_GROUP_ADDR_CONNECT | HELPER_GROUP_ADDR_PEER)
#define HELPER_GROUP_SOCKOPT (HELPER_GROUP_SOCKOPT_GET | HELPER_GROUP_SOCKOPT_SET)

/* What a load of a context field yields. */
enum ctx_kind {
	CTX_SCALAR,
	CTX_PACKET,      /* data          */
	CTX_PACKET_META, /* data_meta     */
	CTX_PACKET_END,  /* data_end      */
	CTX_MEM,         /* pointer to mem_size bytes (host contexts) */
	CTX_MEM_OR_NULL,
	CTX_SOCK_COMMON_OR_NULL,
	CTX_SOCKET,
	CTX_SOCKET_OR_NULL,
	CTX_BTF, /* typed kernel pointer of ctx_field.btf_type */
	CTX_FLOW_KEYS,
	CTX_TP_BUFFER,
};

enum {
	CTX_READ = 1,
	CTX_WRITE = 2,
	CTX_NARROW = 4,         /* loads narrower than size are allowed                     */
	CTX_MEM_WRITE = 8,      /* memory behind CTX_MEM may be written                     */
	CTX_ANY_ALIGNED = 16,   /* an array of such fields: any aligned power-of-two access  */
	CTX_WIDE = 32,          /* elements of 4 bytes: aligned pairs may be accessed as 8   */
	CTX_NO_BYTES = 64,      /* with CTX_NARROW: single bytes are refused                 */
	CTX_NARROW_START = 128, /* narrower loads at the first byte only                    */
	CTX_NARROW_HALF = 256,  /* narrower loads in the first half only                    */
	CTX_BPF_READ = 512,     /* reading needs CAP_BPF                                    */
	CTX_BPF_WRITE = 1024,   /* writing does                                             */
};

/* One field as programs see it and where the running context keeps it.  A load of `size` bytes at
 * off + k becomes a load at real_off + k; pointer kinds become 8-byte loads at real_off. */
struct ctx_field {
	const char *name;
	uint16_t off, size; /* what programs use; size covers a whole run of array elements */
	uint8_t kind;       /* enum ctx_kind */
	uint16_t access;    /* CTX_READ | ... */
	uint16_t real_off;
	uint32_t mem_size; /* of CTX_MEM */
	const char *btf_type;
	uint8_t elem; /* size of one element when size covers several; 0: size */
};

struct ctx_type {
	const char *name; /* "pt_regs", "xdp_md": as BTF calls it */
	uint32_t size;    /* as programs see it */
	uint32_t real_size;
	const struct ctx_field *fields; /* sorted by off, not overlapping */
	uint32_t n_fields;
	bool packet; /* the running context is a struct packet */
};

struct prog_type {
	uint32_t type;              /* BPF_PROG_TYPE_* */
	const char *name;           /* "kprobe": as bpftool prints it */
	const struct ctx_type *ctx; /* NULL: any BTF-typed or no context */
	uint64_t groups;            /* helper groups it may call */
	bool ret_checked;           /* R0 at exit must be a scalar in [ret_min, ret_max] */
	int64_t ret_min, ret_max;
	bool pkt_access; /* direct packet access: read */
	bool pkt_write;  /* ... and write */
	bool has_skb;    /* LD_ABS and LD_IND allowed */
	bool runs;       /* there is a way to run it in user space */
	bool sleeps;     /* only loads as sleepable */
};

/* Row for a type, refined by the expected attach type where the kernel does so (return ranges of
 * cgroup programs, TC egress ...).  NULL: no such type. */
const struct prog_type *prog_type_of(uint32_t type, uint32_t expected_attach_type);

/* Field that covers [off, off + size), or NULL. */
const struct ctx_field *ctx_field_at(const struct ctx_type *ctx, uint32_t off, uint32_t size);
/* The same, but NULL when the field's rights do not allow this access. */
const struct ctx_field *ctx_field_access(const struct ctx_type *ctx, uint32_t off, uint32_t size,
					 bool write);
/* Row n, for those who list them; the rows of one type are neighbours.  NULL after the last. */
const struct prog_type *prog_type_at(uint32_t n);

#endif
