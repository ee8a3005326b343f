/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does BPF_PROG_TEST_RUN do?  A context is built from what the caller gave, in the layout of
 * the program's type; the program runs `repeat` times on one slot; packet, context, result and time
 * go back.  Which fields may be given, and the errors, are the kernel's.  For kprobe, tracepoint
 * and perf_event programs, which the kernel does not run so, the context is taken as it is.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "abi/abi.h"
#include "base/alloc.h"
#include "base/os.h"
#include "base/text.h"
#include "helper/packet.h"
#include "helper/probe.h"
#include "run/prog.h"
#include "run/slot.h"

enum {
	ETH_LEN = 14,
	HEADROOM = 256,
	TAILROOM = 320,
	ONE_PAGE = 4096 - HEADROOM - TAILROOM,
	MAX_FRAME = 65535,
	MAX_TP_ARGS = 12 * 8,
	LOOPBACK = 1,
};

struct run_call {
	struct call *c;
	struct prog *prog;
	uint32_t repeat, retval, duration;
	struct packet *packet;
	void *ctx;
	uint64_t violations;
};

/* --- engines --- */

static uint64_t loop(struct run_call *r, struct run *run, struct interp_check *check, size_t size,
		     struct text *why)
{
	uint64_t r0 = 0, found;

	if (!check && r->c->rt->engine != PROG_INTERP)
		return prog_run_times(r->prog, r->ctx, run, r->repeat);
	for (uint32_t i = 0; i < r->repeat; i++) {
		run->tail_calls = 0;
		run->fuel = 0;
		if (check) {
			run->prog = r->prog;
			run->rt = r->c->rt;
			run->ctx = r->ctx;
			run->fuel = 1 << 23;
			found = 0;
			r0 = interp_check_run(check, r->ctx, size, run, &found, why);
			r->violations += found;
		} else {
			r0 = prog_interpret(r->prog, r->ctx, run);
		}
	}
	return r0;
}

static int execute(struct run_call *r, size_t ctx_size)
{
	struct ring3 *rt = r->c->rt;
	struct interp_check *check = NULL;
	struct run run = { .packet = r->packet };
	char buf[256];
	struct text why;
	uint64_t begin;
	int err;

	text_init(&why, buf, sizeof(buf));
	probe_forget();
	if (rt->engine == PROG_CHECK) {
		err = interp_check_new(&r->prog->code, &check);
		if (err)
			return err;
	}
	run.slot = slot_enter(rt->registry);
	if (run.slot == SLOT_NONE) {
		interp_check_free(check);
		return -EBUSY;
	}
	begin = os_now_ns();
	r->retval = (uint32_t)loop(r, &run, check, ctx_size, &why);
	r->duration = (uint32_t)((os_now_ns() - begin) / r->repeat);
	slot_leave(rt->registry, run.slot);
	interp_check_free(check);
	if (!r->violations)
		return 0;
	rt_log(rt, RING3_LOG_ERROR, "checking interpreter: %llu violations, the first: %s",
	       (unsigned long long)r->violations, buf);
	return -EFAULT;
}

/* --- results --- */

static int finish(struct run_call *r)
{
	int err = CALL_PUT(r->c, k.test.retval, r->retval);

	return err ? err : CALL_PUT(r->c, k.test.duration, r->duration);
}

/* As much as the caller has room for, and how much there is. */
static int put_out(struct call *c, uint64_t to, uint32_t room, const void *from, uint32_t size,
		   size_t size_at)
{
	uint32_t n = room && room < size ? room : size;
	int err = 0;

	if (to)
		err = user_write(to, from, n);
	if (!err)
		err = call_put(c, size_at, &size, sizeof(size));
	if (err)
		return err;
	return to && n < size ? -ENOSPC : 0;
}

static int put_data(struct run_call *r, const void *data, uint32_t size)
{
	const union bpf_attr *a = &r->c->attr.k;

	return put_out(r->c, a->test.data_out, a->test.data_size_out, data, size,
		       offsetof(union abi_attr, k.test.data_size_out));
}

static int put_ctx(struct run_call *r, const void *ctx, uint32_t size)
{
	const union bpf_attr *a = &r->c->attr.k;

	if (!a->test.ctx_out)
		return 0;
	return put_out(r->c, a->test.ctx_out, a->test.ctx_size_out, ctx, size,
		       offsetof(union abi_attr, k.test.ctx_size_out));
}

/* The caller's context of at most `size` bytes; what is beyond must be zero. */
static int get_ctx(struct run_call *r, void *ctx, uint32_t size, bool *ret_given)
{
	const union bpf_attr *a = &r->c->attr.k;
	uint32_t n = a->test.ctx_size_in;
	uint8_t byte;

	*ret_given = a->test.ctx_in != 0;
	memset(ctx, 0, size);
	if (!a->test.ctx_in)
		return a->test.ctx_size_in ? -EINVAL : 0;
	for (uint32_t i = size; i < n && i < 4096; i++) {
		if (user_read(&byte, a->test.ctx_in + i, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return user_read(ctx, a->test.ctx_in, n < size ? n : size);
}

/* --- packets --- */

static int get_frame(struct run_call *r, struct packet *p, uint32_t max, uint8_t **ret_buf)
{
	const union bpf_attr *a = &r->c->attr.k;
	uint32_t size = a->test.data_size_in;
	uint8_t *buf;
	int err;

	if (size < ETH_LEN || size > max)
		return -EINVAL;
	buf = mem_alloc((size_t)HEADROOM + size + TAILROOM);
	if (!buf)
		return -ENOMEM;
	p->head = buf;
	p->data = p->data_meta = buf + HEADROOM;
	p->data_end = p->data + size;
	p->end_room = p->data_end + TAILROOM;
	p->len = size;
	err = user_read(p->data, a->test.data_in, size);
	if (err)
		mem_free(buf);
	else
		*ret_buf = buf;
	return err;
}

static int xdp_ctx_in(struct packet *p, const struct xdp_md *md, uint32_t size)
{
	if (md->data_meta > md->data || md->data_end != size || md->data % 4 ||
	    md->data - md->data_meta > 32 || md->data + ETH_LEN > size || md->egress_ifindex)
		return -EINVAL;
	if (md->data_meta)
		return -EINVAL;
	if (!md->ingress_ifindex && md->rx_queue_index)
		return -EINVAL;
	p->data += md->data;
	p->ingress_ifindex = md->ingress_ifindex ? md->ingress_ifindex : LOOPBACK;
	p->rx_queue_index = md->rx_queue_index;
	p->len = (uint32_t)(p->data_end - p->data);
	return 0;
}

static int run_xdp(struct run_call *r)
{
	const union bpf_attr *a = &r->c->attr.k;
	bool frags = r->prog->flags & BPF_F_XDP_HAS_FRAGS, given;
	struct packet p = { .is_xdp = true, .ingress_ifindex = LOOPBACK };
	struct xdp_md md;
	uint8_t *buf;
	int err, out;

	if (a->test.flags || a->test.batch_size)
		return -EINVAL;
	err = get_ctx(r, &md, sizeof(md), &given);
	if (!err)
		err = get_frame(r, &p, frags ? MAX_FRAME : ONE_PAGE, &buf);
	if (err)
		return err;
	if (given)
		err = xdp_ctx_in(&p, &md, a->test.data_size_in);
	r->packet = r->ctx = &p;
	if (!err)
		err = execute(r, sizeof(p));
	if (!err) {
		uint8_t *from = p.data_meta < p.data ? p.data_meta : p.data;

		err = finish(r);
		out = put_data(r, from, (uint32_t)(p.data_end - from));
		if (!err)
			err = out;
		md.data_meta = 0;
		md.data = (uint32_t)(p.data - from);
		md.data_end = (uint32_t)(p.data_end - from);
		out = given ? put_ctx(r, &md, sizeof(md)) : 0;
		if (!err)
			err = out;
	}
	mem_free(buf);
	return err;
}

/* Only what the kernel lets the caller preset may differ from zero. */
static int skb_ctx_in(struct packet *p, const struct __sk_buff *skb)
{
	struct __sk_buff rest = *skb;

	rest.mark = rest.priority = rest.ingress_ifindex = rest.ifindex = 0;
	memset(rest.cb, 0, sizeof(rest.cb));
	rest.tstamp = rest.wire_len = rest.gso_segs = rest.gso_size = rest.hwtstamp = 0;
	for (size_t i = 0; i < sizeof(rest); i++)
		if (((const uint8_t *)&rest)[i])
			return -EINVAL;
	if (skb->wire_len && (skb->wire_len < p->len || skb->wire_len > 65536))
		return -EINVAL;
	p->mark = skb->mark;
	p->priority = skb->priority;
	p->ingress_ifindex = skb->ingress_ifindex;
	p->ifindex = skb->ifindex ? skb->ifindex : LOOPBACK;
	memcpy(p->cb, skb->cb, sizeof(p->cb));
	p->tstamp = skb->tstamp;
	p->hwtstamp = skb->hwtstamp;
	p->gso_segs = skb->gso_segs;
	p->gso_size = skb->gso_size;
	p->wire_len = skb->wire_len ? skb->wire_len : p->len;
	return 0;
}

static void skb_ctx_out(const struct packet *p, struct __sk_buff *skb)
{
	skb->mark = p->mark;
	skb->priority = p->priority;
	skb->ingress_ifindex = p->ingress_ifindex;
	skb->ifindex = p->ifindex;
	memcpy(skb->cb, p->cb, sizeof(skb->cb));
	skb->tstamp = p->tstamp;
	skb->hwtstamp = p->hwtstamp;
	skb->wire_len = p->wire_len;
	skb->gso_segs = p->gso_segs;
	skb->gso_size = p->gso_size;
}

static void skb_describe(struct packet *p)
{
	p->mac = p->data;
	p->net = p->data + ETH_LEN;
	memcpy(&p->protocol, p->data + 12, 2);
	p->ifindex = LOOPBACK;
}

/* Programs below the link layer see the packet without its link header. */
static bool is_l2(uint32_t type)
{
	return type == BPF_PROG_TYPE_SCHED_CLS || type == BPF_PROG_TYPE_SCHED_ACT;
}

static int run_skb(struct run_call *r)
{
	const union bpf_attr *a = &r->c->attr.k;
	bool l2 = is_l2(r->prog->type->type), given;
	struct packet p = { 0 };
	struct __sk_buff skb;
	uint8_t *buf;
	int err, out;

	if (a->test.flags || a->test.cpu || a->test.batch_size)
		return -EINVAL;
	err = get_ctx(r, &skb, sizeof(skb), &given);
	if (!err)
		err = get_frame(r, &p, ONE_PAGE, &buf);
	if (err)
		return err;
	skb_describe(&p);
	if (given)
		err = skb_ctx_in(&p, &skb);
	if (!l2) {
		p.data += ETH_LEN;
		p.data_meta = p.data;
		p.len -= ETH_LEN;
	}
	r->packet = r->ctx = &p;
	if (!err)
		err = execute(r, sizeof(p));
	if (!err) {
		if (!l2 && p.data - p.head >= ETH_LEN) {
			p.data -= ETH_LEN;
			memset(p.data, 0, ETH_LEN);
		}
		err = finish(r);
		out = put_data(r, p.data, (uint32_t)(p.data_end - p.data));
		if (!err)
			err = out;
		skb_ctx_out(&p, &skb);
		out = given ? put_ctx(r, &skb, sizeof(skb)) : 0;
		if (!err)
			err = out;
	}
	mem_free(buf);
	return err;
}

/* --- contexts that are plain memory --- */

enum {
	COPY_BACK = 1,
	TIMED = 2
};

static int run_memory(struct run_call *r, uint32_t max, unsigned int how)
{
	const union bpf_attr *a = &r->c->attr.k;
	uint32_t size = a->test.ctx_size_in, room = r->prog->type->ctx->real_size;
	int err;

	if (size > max)
		return -EINVAL;
	if (size < r->prog->facts->ctx_bytes && r->prog->type->type != BPF_PROG_TYPE_KPROBE)
		return -EINVAL;
	r->ctx = mem_alloc((room > size ? room : size) + 8);
	if (!r->ctx)
		return -ENOMEM;
	err = user_read(r->ctx, a->test.ctx_in, size);
	if (!err)
		err = execute(r, room > size ? room : size);
	if (!err && how & COPY_BACK)
		err = user_write(a->test.ctx_in, r->ctx, size);
	mem_free(r->ctx);
	if (err)
		return err;
	return how & TIMED ? finish(r) : CALL_PUT(r->c, k.test.retval, r->retval);
}

static int run_raw_tp(struct run_call *r)
{
	const union bpf_attr *a = &r->c->attr.k;

	if (a->test.data_in || a->test.data_out || a->test.ctx_out || a->test.duration ||
	    a->test.repeat || a->test.batch_size ||
	    a->test.flags & ~(uint32_t)BPF_F_TEST_RUN_ON_CPU)
		return -EINVAL;
	if (!(a->test.flags & BPF_F_TEST_RUN_ON_CPU) && a->test.cpu)
		return -EINVAL;
	if (a->test.flags && a->test.cpu >= r->c->rt->n_slots)
		return -ENXIO;
	return run_memory(r, MAX_TP_ARGS, 0);
}

static int run_syscall(struct run_call *r)
{
	const union bpf_attr *a = &r->c->attr.k;

	if (a->test.data_in || a->test.data_out || a->test.ctx_out || a->test.duration ||
	    a->test.repeat || a->test.flags || a->test.batch_size)
		return -EINVAL;
	return run_memory(r, UINT16_MAX, COPY_BACK);
}

static int run_by_type(struct run_call *r)
{
	switch (r->prog->type->type) {
	case BPF_PROG_TYPE_XDP: return run_xdp(r);
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL: return run_skb(r);
	case BPF_PROG_TYPE_RAW_TRACEPOINT: return run_raw_tp(r);
	case BPF_PROG_TYPE_SYSCALL: return run_syscall(r);
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT: return run_memory(r, r->prog->type->ctx->real_size, TIMED);
	default: return -ABI_ENOTSUPP;
	}
}

int cmd_prog_test_run(struct call *c)
{
	const union bpf_attr *a = &c->attr.k;
	struct run_call r = { .c = c, .repeat = a->test.repeat ? a->test.repeat : 1 };
	int err;

	if ((a->test.ctx_size_in && !a->test.ctx_in) || (!a->test.ctx_size_in && a->test.ctx_in) ||
	    (a->test.ctx_size_out && !a->test.ctx_out) ||
	    (!a->test.ctx_size_out && a->test.ctx_out))
		return -EINVAL;
	err = rt_prog_of_fd(c->rt, (int)a->test.prog_fd, &r.prog);
	if (err)
		return err;
	err = prog_ready(r.prog);
	if (!err && c->rt->engine == PROG_JIT)
		prog_note_test_runs(r.prog, r.repeat);
	if (!err)
		err = run_by_type(&r);
	prog_unref(r.prog);
	return err;
}
