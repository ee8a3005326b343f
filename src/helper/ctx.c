/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accesses to a context does its table allow?  The tables are made from ctx.def. */
#include <linux/bpf_perf_event.h>

#include "helper/ctx.h"
#include "helper/packet.h"
#include "helper/regs.h"

#define SAME(type, member) offsetof(struct type, member)
#define RIGHTS(readers, writers, more) \
	(uint16_t)(((readers)&SELF ? CTX_READ | (more) : 0) | ((writers)&SELF ? CTX_WRITE : 0))
#define F(type, member, what, readers, writers, more, real) \
	{ .name = #member,                                  \
	  .off = offsetof(struct type, member),             \
	  .size = sizeof(((struct type *)0)->member),       \
	  .kind = CTX_##what,                               \
	  .access = RIGHTS(readers, writers, more),         \
	  .real_off = (real) },
#define RUN(label, at, bytes, one, what, readers, writers, more, real) \
	{ .name = #label,                                              \
	  .off = (at),                                                 \
	  .size = (bytes),                                             \
	  .kind = CTX_##what,                                          \
	  .access = RIGHTS(readers, writers, more),                    \
	  .real_off = (real),                                          \
	  .elem = (one) },

/* Views: bits of the readers and writers columns. */
enum {
	XDP_PLAIN = 1,
	XDP_DEVMAP = 2
};
enum {
	SKB_FILTER = 1,
	SKB_TC = 2,
	SKB_CGROUP = 4,
	SKB_LWT = 8,
	SKB_SK = 16,
	SKB_FLOW = 32,
	SKB_ANY = SKB_FILTER | SKB_TC | SKB_CGROUP | SKB_LWT | SKB_SK,
	SKB_DIRECT = SKB_TC | SKB_CGROUP | SKB_LWT | SKB_SK | SKB_FLOW,
};
enum {
	SOCK_CREATE = 1,
	SOCK_POST_BIND4 = 2,
	SOCK_POST_BIND6 = 4,
	SOCK_PTR = 8,
	SOCK_COMMON_PTR = 16
};
enum {
	ADDR_4 = 1,
	ADDR_6 = 2,
	ADDR_SENDMSG4 = 4,
	ADDR_SENDMSG6 = 8,
	ADDR_UNIX = 16
};
enum {
	SOCKOPT_GET = 1,
	SOCKOPT_SET = 2
};

#define SELF         1
#define PT_REGS_MORE CTX_NARROW
#define CTX_PT_REGS
static const struct ctx_field pt_regs[] = {
#include "helper/ctx.def"
};
#undef CTX_PT_REGS
#undef PT_REGS_MORE
#undef SELF

#define SELF         1
#define PT_REGS_MORE 0
#define CTX_PT_REGS
#define CTX_PERF_EVENT
static const struct ctx_field perf_event[] = {
#include "helper/ctx.def"
};
#undef CTX_PT_REGS
#undef CTX_PERF_EVENT
#undef PT_REGS_MORE
#undef SELF

#define SELF 1
#define CTX_TRACEPOINT
static const struct ctx_field tracepoint[] = {
#include "helper/ctx.def"
};
#undef CTX_TRACEPOINT
#undef SELF

#define SELF 1
#define CTX_RAW_TP
static const struct ctx_field raw_tp[] = {
#include "helper/ctx.def"
};
#undef CTX_RAW_TP
#undef SELF

#define SELF 1
#define CTX_RAW_TP_WRITABLE
static const struct ctx_field raw_tp_writable[] = {
#include "helper/ctx.def"
};
#undef CTX_RAW_TP_WRITABLE
#undef SELF

#define SELF 1
#define CTX_SYSCALL
static const struct ctx_field syscall[] = {
#include "helper/ctx.def"
};
#undef CTX_SYSCALL
#undef SELF

#define SELF XDP_PLAIN
#define CTX_XDP
static const struct ctx_field xdp[] = {
#include "helper/ctx.def"
};
#undef CTX_XDP
#undef SELF

#define SELF XDP_DEVMAP
#define CTX_XDP
static const struct ctx_field xdp_devmap[] = {
#include "helper/ctx.def"
};
#undef CTX_XDP
#undef SELF

#define SELF SKB_FILTER
#define CTX_SKB
static const struct ctx_field skb_filter[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SKB_TC
#define CTX_SKB
static const struct ctx_field skb_tc[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SKB_CGROUP
#define CTX_SKB
static const struct ctx_field skb_cgroup[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SKB_LWT
#define CTX_SKB
static const struct ctx_field skb_lwt[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SKB_SK
#define CTX_SKB
static const struct ctx_field skb_sk[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SKB_FLOW
#define CTX_SKB
static const struct ctx_field skb_flow[] = {
#include "helper/ctx.def"
};
#undef CTX_SKB
#undef SELF

#define SELF SOCK_CREATE
#define CTX_CGROUP_SOCK
static const struct ctx_field sock_create[] = {
#include "helper/ctx.def"
};
#undef CTX_CGROUP_SOCK
#undef SELF

#define SELF SOCK_POST_BIND4
#define CTX_CGROUP_SOCK
static const struct ctx_field sock_post_bind4[] = {
#include "helper/ctx.def"
};
#undef CTX_CGROUP_SOCK
#undef SELF

#define SELF SOCK_POST_BIND6
#define CTX_CGROUP_SOCK
static const struct ctx_field sock_post_bind6[] = {
#include "helper/ctx.def"
};
#undef CTX_CGROUP_SOCK
#undef SELF

#define SELF SOCK_PTR
#define CTX_CGROUP_SOCK
static const struct ctx_field sock_ptr[] = {
#include "helper/ctx.def"
};
#undef CTX_CGROUP_SOCK
#undef SELF

#define SELF SOCK_COMMON_PTR
#define CTX_CGROUP_SOCK
static const struct ctx_field sock_common_ptr[] = {
#include "helper/ctx.def"
};
#undef CTX_CGROUP_SOCK
#undef SELF

#define SELF 1
#define CTX_TCP_SOCK
static const struct ctx_field tcp_sock[] = {
#include "helper/ctx.def"
};
#undef CTX_TCP_SOCK
#undef SELF

#define SELF 1
#define CTX_XDP_SOCK
static const struct ctx_field xdp_sock[] = {
#include "helper/ctx.def"
};
#undef CTX_XDP_SOCK
#undef SELF

#define SELF ADDR_4
#define CTX_SOCK_ADDR
static const struct ctx_field addr_4[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_ADDR
#undef SELF

#define SELF ADDR_6
#define CTX_SOCK_ADDR
static const struct ctx_field addr_6[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_ADDR
#undef SELF

#define SELF ADDR_SENDMSG4
#define CTX_SOCK_ADDR
static const struct ctx_field addr_sendmsg4[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_ADDR
#undef SELF

#define SELF ADDR_SENDMSG6
#define CTX_SOCK_ADDR
static const struct ctx_field addr_sendmsg6[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_ADDR
#undef SELF

#define SELF ADDR_UNIX
#define CTX_SOCK_ADDR
static const struct ctx_field addr_unix[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_ADDR
#undef SELF

#define SELF 1
#define CTX_SOCK_OPS
static const struct ctx_field sock_ops[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCK_OPS
#undef SELF

#define SELF SOCKOPT_GET
#define CTX_SOCKOPT
static const struct ctx_field sockopt_get[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCKOPT
#undef SELF

#define SELF SOCKOPT_SET
#define CTX_SOCKOPT
static const struct ctx_field sockopt_set[] = {
#include "helper/ctx.def"
};
#undef CTX_SOCKOPT
#undef SELF

#define SELF 1
#define CTX_SYSCTL
static const struct ctx_field sysctl[] = {
#include "helper/ctx.def"
};
#undef CTX_SYSCTL
#undef SELF

#define SELF 1
#define CTX_SK_MSG
static const struct ctx_field sk_msg[] = {
#include "helper/ctx.def"
};
#undef CTX_SK_MSG
#undef SELF

#define SELF 1
#define CTX_REUSEPORT
static const struct ctx_field reuseport[] = {
#include "helper/ctx.def"
};
#undef CTX_REUSEPORT
#undef SELF

#define SELF 1
#define CTX_SK_LOOKUP
static const struct ctx_field sk_lookup[] = {
#include "helper/ctx.def"
};
#undef CTX_SK_LOOKUP
#undef SELF

#define SELF 1
#define CTX_DEVICE
static const struct ctx_field device[] = {
#include "helper/ctx.def"
};
#undef CTX_DEVICE
#undef SELF

#define SELF 1
#define CTX_LIRC
static const struct ctx_field lirc[] = {
#include "helper/ctx.def"
};
#undef CTX_LIRC
#undef SELF

/* As the kernel declares it. */
struct bpf_nf_ctx {
	const void *state;
	void *skb;
};

#define SELF 1
#define CTX_NETFILTER
static const struct ctx_field netfilter[] = {
#include "helper/ctx.def"
};
#undef CTX_NETFILTER
#undef SELF

#define PACKET sizeof(struct packet), .packet = true
#define VIEW(label, table, bytes, real)                                                 \
	{                                                                               \
		.name = (label), .size = (bytes), .real_size = real, .fields = (table), \
		.n_fields = sizeof(table) / sizeof(*(table))                            \
	}

const struct ctx_type ctx_types[CTX_N_TYPES] = {
	[CTX_TYPE_PT_REGS] =
		VIEW("pt_regs", pt_regs, sizeof(struct pt_regs), sizeof(struct pt_regs)),
	[CTX_TYPE_PERF_EVENT] =
		VIEW("bpf_perf_event_data", perf_event, sizeof(struct bpf_perf_event_data),
		     sizeof(struct bpf_perf_event_data)),
	[CTX_TYPE_TRACEPOINT] = VIEW("tracepoint", tracepoint, 8192, 8192),
	[CTX_TYPE_RAW_TP] = VIEW("bpf_raw_tracepoint_args", raw_tp, 96, 96),
	[CTX_TYPE_RAW_TP_WRITABLE] = VIEW("bpf_raw_tracepoint_args", raw_tp_writable, 96, 96),
	[CTX_TYPE_SYSCALL] = VIEW("syscall", syscall, 65535, 65535),
	[CTX_TYPE_XDP] = VIEW("xdp_md", xdp, sizeof(struct xdp_md), PACKET),
	[CTX_TYPE_XDP_DEVMAP] = VIEW("xdp_md", xdp_devmap, sizeof(struct xdp_md), PACKET),
	[CTX_TYPE_SKB_FILTER] = VIEW("__sk_buff", skb_filter, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SKB_TC] = VIEW("__sk_buff", skb_tc, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SKB_CGROUP] = VIEW("__sk_buff", skb_cgroup, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SKB_LWT] = VIEW("__sk_buff", skb_lwt, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SKB_SK] = VIEW("__sk_buff", skb_sk, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SKB_FLOW] = VIEW("__sk_buff", skb_flow, sizeof(struct __sk_buff), PACKET),
	[CTX_TYPE_SOCK_CREATE] =
		VIEW("bpf_sock", sock_create, sizeof(struct bpf_sock), sizeof(struct bpf_sock)),
	[CTX_TYPE_SOCK_POST_BIND4] =
		VIEW("bpf_sock", sock_post_bind4, sizeof(struct bpf_sock), sizeof(struct bpf_sock)),
	[CTX_TYPE_SOCK_POST_BIND6] =
		VIEW("bpf_sock", sock_post_bind6, sizeof(struct bpf_sock), sizeof(struct bpf_sock)),
	[CTX_TYPE_SOCK_PTR] =
		VIEW("bpf_sock", sock_ptr, sizeof(struct bpf_sock), sizeof(struct bpf_sock)),
	[CTX_TYPE_SOCK_COMMON_PTR] =
		VIEW("bpf_sock", sock_common_ptr, sizeof(struct bpf_sock), sizeof(struct bpf_sock)),
	[CTX_TYPE_TCP_SOCK] = VIEW("bpf_tcp_sock", tcp_sock, sizeof(struct bpf_tcp_sock),
				   sizeof(struct bpf_tcp_sock)),
	[CTX_TYPE_XDP_SOCK] = VIEW("bpf_xdp_sock", xdp_sock, sizeof(struct bpf_xdp_sock),
				   sizeof(struct bpf_xdp_sock)),
	[CTX_TYPE_ADDR_4] = VIEW("bpf_sock_addr", addr_4, sizeof(struct bpf_sock_addr),
				 sizeof(struct bpf_sock_addr)),
	[CTX_TYPE_ADDR_6] = VIEW("bpf_sock_addr", addr_6, sizeof(struct bpf_sock_addr),
				 sizeof(struct bpf_sock_addr)),
	[CTX_TYPE_ADDR_SENDMSG4] = VIEW("bpf_sock_addr", addr_sendmsg4,
					sizeof(struct bpf_sock_addr), sizeof(struct bpf_sock_addr)),
	[CTX_TYPE_ADDR_SENDMSG6] = VIEW("bpf_sock_addr", addr_sendmsg6,
					sizeof(struct bpf_sock_addr), sizeof(struct bpf_sock_addr)),
	[CTX_TYPE_ADDR_UNIX] = VIEW("bpf_sock_addr", addr_unix, sizeof(struct bpf_sock_addr),
				    sizeof(struct bpf_sock_addr)),
	[CTX_TYPE_SOCK_OPS] = VIEW("bpf_sock_ops", sock_ops, 224, 224),
	[CTX_TYPE_SOCKOPT_GET] = VIEW("bpf_sockopt", sockopt_get, sizeof(struct bpf_sockopt),
				      sizeof(struct bpf_sockopt)),
	[CTX_TYPE_SOCKOPT_SET] = VIEW("bpf_sockopt", sockopt_set, sizeof(struct bpf_sockopt),
				      sizeof(struct bpf_sockopt)),
	[CTX_TYPE_SYSCTL] =
		VIEW("bpf_sysctl", sysctl, sizeof(struct bpf_sysctl), sizeof(struct bpf_sysctl)),
	[CTX_TYPE_SK_MSG] =
		VIEW("sk_msg_md", sk_msg, sizeof(struct sk_msg_md), sizeof(struct sk_msg_md)),
	[CTX_TYPE_REUSEPORT] = VIEW("sk_reuseport_md", reuseport, sizeof(struct sk_reuseport_md),
				    sizeof(struct sk_reuseport_md)),
	[CTX_TYPE_SK_LOOKUP] = VIEW("bpf_sk_lookup", sk_lookup, sizeof(struct bpf_sk_lookup),
				    sizeof(struct bpf_sk_lookup)),
	[CTX_TYPE_DEVICE] = VIEW("bpf_cgroup_dev_ctx", device, sizeof(struct bpf_cgroup_dev_ctx),
				 sizeof(struct bpf_cgroup_dev_ctx)),
	[CTX_TYPE_NETFILTER] =
		VIEW("bpf_nf_ctx", netfilter, sizeof(struct bpf_nf_ctx), sizeof(struct bpf_nf_ctx)),
	[CTX_TYPE_LIRC] = VIEW("lirc_mode2", lirc, 4, 4),
};

const struct ctx_field *ctx_field_at(const struct ctx_type *ctx, uint32_t off, uint32_t size)
{
	uint32_t lo = 0, hi = ctx ? ctx->n_fields : 0;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct ctx_field *f = &ctx->fields[mid];

		if (off >= (uint32_t)f->off + f->size)
			lo = mid + 1;
		else if (off < f->off)
			hi = mid;
		else
			return size <= f->off + f->size - off ? f : NULL;
	}
	return NULL;
}

static bool width_allowed(const struct ctx_field *f, uint32_t off, uint32_t size, bool write)
{
	uint32_t elem = f->elem ? f->elem : f->size, in_elem = (off - f->off) % elem;

	if (f->access & CTX_ANY_ALIGNED)
		return true;
	if (in_elem == 0 && size == elem)
		return true;
	if ((f->access & CTX_WIDE) && in_elem == 0 && size == 2 * elem)
		return true;
	if (write || size > elem || ((f->access & CTX_NO_BYTES) && size == 1))
		return false;
	if (f->access & CTX_NARROW)
		return true;
	if (f->access & CTX_NARROW_HALF)
		return in_elem + size <= elem / 2;
	return (f->access & CTX_NARROW_START) && in_elem == 0;
}

const struct ctx_field *ctx_field_access(const struct ctx_type *ctx, uint32_t off, uint32_t size,
					 bool write)
{
	const struct ctx_field *f;

	if (size == 0 || size > 8 || (size & (size - 1)) || off % size)
		return NULL;
	f = ctx_field_at(ctx, off, size);
	if (!f || !(f->access & (write ? CTX_WRITE : CTX_READ)))
		return NULL;
	return width_allowed(f, off, size, write) ? f : NULL;
}
