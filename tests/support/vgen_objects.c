/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects with a life of their own does a random program use?  Iterators, dynptrs, locks,
 * tail calls, pointers that may be NULL in several places, packets that move; mostly in the right
 * order.
 */
#include <string.h>

#include "support/vgen_priv.h"

enum {
	ITER = -96, /* where objects live on the stack */
	DYNPTR = -120,
	LOCK_OFF = 8
};

const char *const vgen_kfuncs[VGEN_N_KFUNCS] = {
	[VGEN_ITER_NEW] = "bpf_iter_num_new",         [VGEN_ITER_NEXT] = "bpf_iter_num_next",
	[VGEN_ITER_DESTROY] = "bpf_iter_num_destroy", [VGEN_FROM_SKB] = "bpf_dynptr_from_skb",
	[VGEN_FROM_XDP] = "bpf_dynptr_from_xdp",      [VGEN_SLICE] = "bpf_dynptr_slice",
	[VGEN_SLICE_RDWR] = "bpf_dynptr_slice_rdwr",  [VGEN_DYNPTR_SIZE] = "bpf_dynptr_size",
	[VGEN_DYNPTR_ADJUST] = "bpf_dynptr_adjust",
};

void vgen_kfunc(struct gen *g, enum vgen_kfunc which)
{
	if (g->out->n_kfuncs == VGEN_MAX_REFS || g->out->n == VGEN_MAX_INSNS)
		return;
	g->out->kfunc_at[g->out->n_kfuncs++] = g->out->n;
	emit(g, 0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, (int32_t)which);
	clobber(g);
}

static void stack_address(struct gen *g, unsigned int r, int off)
{
	emit(g, 0xbf, r, 10, 0, 0);
	emit(g, 0x07, r, 0, 0, off);
}

static void leave_if_null(struct gen *g)
{
	if (chance(g, 3))
		return;
	emit(g, 0x55, 0, 0, 2, 0);
	emit(g, 0xb7, 0, 0, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
}

static void emit_iterator(struct gen *g, uint32_t depth)
{
	uint32_t top, out;
	uint8_t before[10];

	if (g->in_iter || g->in_loop || depth > 1)
		return;
	g->in_iter = true;
	stack_address(g, 1, ITER);
	emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 4));
	if (chance(g, 60))
		emit(g, 0xb7, 3, 0, 0, (int32_t)below(g, 20));
	else
		emit(g, 0xbf, 3, vgen_number(g), 0, 0);
	/* Millions of rounds take the checking interpreter minutes. */
	emit(g, 0x57, 3, 0, 0, 255);
	vgen_kfunc(g, VGEN_ITER_NEW);
	memcpy(before, g->kind, sizeof(before));
	top = g->out->n;
	stack_address(g, 1, ITER);
	vgen_kfunc(g, VGEN_ITER_NEXT);
	out = g->out->n;
	emit(g, chance(g, 97) ? 0x15 : 0x55, 0, 0, 0, 0);
	emit(g, 0x61, 8, 0, chance(g, 97) ? 0 : 4, 0);
	set(g, 8, NUMBER, 0);
	vgen_block(g, 1 + below(g, 4), depth + 1);
	vgen_merge(g, before);
	clobber(g);
	emit(g, 0x05, 0, 0, (int)top - (int)g->out->n - 1, 0);
	vgen_land(g, out);
	stack_address(g, 1, ITER);
	if (chance(g, 97))
		vgen_kfunc(g, VGEN_ITER_DESTROY);
	clobber(g);
	set(g, 8, NONE, 0);
	g->in_iter = false;
}

static void emit_may_goto(struct gen *g, uint32_t depth)
{
	uint32_t top = g->out->n;
	uint8_t before[10];

	if (g->in_loop || g->in_iter || depth > 1)
		return;
	memcpy(before, g->kind, sizeof(before));
	emit(g, 0xe5, 0, 0, 0, 0);
	g->in_iter = true;
	vgen_block(g, 1 + below(g, 4), depth + 1);
	g->in_iter = false;
	vgen_merge(g, before);
	emit(g, 0x05, 0, 0, (int)top - (int)g->out->n - 1, 0);
	vgen_land(g, top);
}

static void lock_call(struct gen *g, unsigned int value, bool lock)
{
	emit(g, 0xbf, 1, value, 0, 0);
	emit(g, 0x07, 1, 0, 0, chance(g, 98) ? LOCK_OFF : 0);
	emit(g, 0x85, 0, 0, 0, lock ? BPF_FUNC_spin_lock : BPF_FUNC_spin_unlock);
	clobber(g);
}

static void emit_lock(struct gen *g)
{
	static const uint8_t offsets[] = { 0, 16, 24, 12, 8, 30 };

	if ((g->out->type != BPF_PROG_TYPE_XDP && g->out->type != BPF_PROG_TYPE_SCHED_CLS) ||
	    g->in_loop)
		return;
	emit(g, 0x62, 10, 0, -72, (int32_t)below(g, 3));
	vgen_map(g, 1, VGEN_LOCKED);
	stack_address(g, 2, -72);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	clobber(g);
	leave_if_null(g);
	emit(g, 0xbf, 7, 0, 0, 0);
	set(g, 7, LOCKED, 0);
	lock_call(g, 7, true);
	for (uint32_t i = below(g, 3); i > 0; i--) {
		if (chance(g, 90))
			vgen_access(g, 7, offsets[below(g, chance(g, 90) ? 3 : 6)], 4);
		else
			vgen_block(g, 1, 3);
	}
	if (chance(g, 95))
		lock_call(g, 7, false);
	if (chance(g, 5))
		lock_call(g, 7, false);
	vgen_access(g, 7, offsets[below(g, 3)], 4);
	set(g, 7, NONE, 0);
}

static void emit_slice(struct gen *g, uint32_t size)
{
	unsigned int r = 7 + below(g, 2);

	stack_address(g, 1, DYNPTR);
	emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 3));
	emit(g, 0xb7, 3, 0, 0, (int32_t)size);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_dynptr_data);
	clobber(g);
	leave_if_null(g);
	emit(g, 0xbf, r, 0, 0, 0);
	set(g, r, VALUE, size);
	vgen_access(g, r, (int)below(g, size + 1) & ~3, 4);
}

static void emit_dynptr_io(struct gen *g)
{
	bool read = chance(g, 50);

	stack_address(g, read ? 1 : 3, -16 - (chance(g, 10) ? 104 : 0));
	emit(g, 0xb7, read ? 2 : 4, 0, 0, 16);
	stack_address(g, read ? 3 : 1, DYNPTR);
	emit(g, 0xb7, read ? 4 : 2, 0, 0, 0);
	emit(g, 0xb7, 5, 0, 0, 0);
	emit(g, 0x85, 0, 0, 0, read ? BPF_FUNC_dynptr_read : BPF_FUNC_dynptr_write);
	clobber(g);
	set(g, 0, NUMBER, 0);
}

static void end_slices(struct gen *g)
{
	for (unsigned int r = 7; r <= 8; r++)
		if (chance(g, 90))
			set(g, r, NONE, 0);
}

static void emit_dynptr(struct gen *g)
{
	bool record = chance(g, 50);

	if (g->in_loop || g->in_iter || g->function)
		return;
	if (record) {
		vgen_map(g, 1, VGEN_RINGBUF);
		emit(g, 0xb7, 2, 0, 0, RECORD_SIZE);
		emit(g, 0xb7, 3, 0, 0, 0);
		stack_address(g, 4, DYNPTR);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_ringbuf_reserve_dynptr);
	} else {
		if (!has(g, VALUE))
			return;
		emit(g, 0xbf, 1, find(g, VALUE), 0, 0);
		emit(g, 0xb7, 2, 0, 0, RECORD_SIZE);
		emit(g, 0xb7, 3, 0, 0, 0);
		stack_address(g, 4, DYNPTR);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_dynptr_from_mem);
	}
	clobber(g);
	if (chance(g, 3)) /* some of its bytes */
		emit(g, 0x62, 10, 0, DYNPTR + 4 * (int)below(g, 4), 0);
	for (uint32_t i = below(g, 3); i > 0; i--) {
		if (record && chance(g, 60))
			continue;
		if (chance(g, 50))
			emit_dynptr_io(g);
		else if (!record || chance(g, 10))
			emit_slice(g, 8 + 4 * below(g, 3));
	}
	if (!record)
		return;
	stack_address(g, 1, DYNPTR);
	emit(g, 0xb7, 2, 0, 0, 0);
	if (chance(g, 97))
		emit(g, 0x85, 0, 0, 0,
		     chance(g, 50) ? BPF_FUNC_ringbuf_submit_dynptr
				   : BPF_FUNC_ringbuf_discard_dynptr);
	clobber(g);
	end_slices(g);
}

static void emit_tail_call(struct gen *g)
{
	if (g->kind[6] != CTX)
		return;
	emit(g, 0xbf, 1, 6, 0, 0);
	vgen_map(g, 2, VGEN_PROGS);
	emit(g, 0xb7, 3, 0, 0, (int32_t)below(g, 4));
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_tail_call);
	clobber(g);
}

/* Copies of a pointer that may be NULL, in registers and on the stack; one of them is tested. */
static void emit_nullable(struct gen *g)
{
	unsigned int tested, used;

	if (g->in_loop || g->in_iter)
		return;
	emit(g, 0x7a, 10, 0, -72, (int32_t)below(g, 4));
	vgen_map(g, 1, VGEN_HASH);
	stack_address(g, 2, -72);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	clobber(g);
	emit(g, 0xbf, 7, 0, 0, 0);
	emit(g, 0x7b, 10, 0, -80, 0);
	if (chance(g, 30))
		emit(g, chance(g, 80) ? 0xbf : 0xbc, 8, 7, 0, 0);
	else
		emit(g, 0xbf, 8, 7, 0, 0);
	if (chance(g, 5))
		emit(g, 0x07, 8, 0, 0, 4);
	tested = chance(g, 30) ? 0 : 7;
	used = chance(g, 50) ? 8 : 7;
	if (chance(g, 20))
		emit(g, 0xb7, 9, 0, 0, chance(g, 90) ? 0 : 1);
	else
		emit(g, 0x79, 9, 10, -80, 0);
	if (chance(g, 20) && !g->in_loop)
		emit(g, 0x1d, tested, 9, 0, 0);
	else
		emit(g, chance(g, 95) ? 0x55 : 0x56, tested, 0, 2, 0);
	if (g->out->insns[g->out->n - 1].code == 0x1d)
		g->out->insns[g->out->n - 1].off = 0;
	emit(g, 0xb7, 0, 0, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
	if (chance(g, 30))
		emit(g, 0x79, used, 10, -80, 0);
	set(g, 9, NONE, 0);
	set(g, used, VALUE, HASH_VALUE);
	vgen_access(g, used, (int)below(g, HASH_VALUE) & ~3, 4);
}

static void emit_move_packet(struct gen *g)
{
	if (g->kind[6] != CTX ||
	    (g->out->type != BPF_PROG_TYPE_XDP && g->out->type != BPF_PROG_TYPE_SCHED_CLS))
		return;
	emit(g, 0xbf, 1, 6, 0, 0);
	emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 8));
	emit(g, 0x85, 0, 0, 0,
	     g->out->type == BPF_PROG_TYPE_XDP ? BPF_FUNC_xdp_adjust_head : BPF_FUNC_skb_pull_data);
	clobber(g);
	set(g, 0, NUMBER, 0);
	for (unsigned int r = 6; r < 10; r++)
		if (g->kind[r] == PACKET && chance(g, 90))
			set(g, r, NONE, 0);
}

/* A bounded number through a slot by stores and loads of different widths. */
static void emit_narrow(struct gen *g)
{
	static const uint8_t sizes[] = { 0x10, 0x08, 0x00, 0x18 };
	int off = -8 * (int)(1 + below(g, 8));
	unsigned int r = vgen_scratch(g), to = 1 + below(g, 5);
	uint32_t jumps[4], n = vgen_bound(g, r, 15, jumps), in = below(g, 4), out = below(g, 4);

	if (chance(g, 30))
		emit(g, chance(g, 50) ? 0xbc : 0xbf, r, r, 8 << below(g, 2), 0);
	if (chance(g, 30))
		emit(g, 0x62 | sizes[below(g, 4)], 10, 0, off, (int32_t)below(g, 2) - 1);
	emit(g, 0x63 | sizes[in], 10, r, off + (chance(g, 20) ? 4 : 0) * (in < 3), 0);
	if (chance(g, 20))
		emit(g, 0x63 | sizes[in], 10, r, off, 0);
	emit(g, (chance(g, 80) || out == 3 ? 0x61 : 0x81) | sizes[out], to, 10,
	     off + (chance(g, 20) && out < 3 ? 4 : 0), 0);
	set(g, to, NUMBER, 0);
	if (has(g, VALUE)) {
		unsigned int base = find(g, VALUE), p = to == 2 ? 3 : 2;

		if (base < 10 && base != p) {
			emit(g, 0xbf, p, base, 0, 0);
			emit(g, 0x0f, p, to, 0, 0);
			vgen_access(g, p, 0, 4);
			set(g, p, NONE, 0);
		}
	}
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	if (n) {
		set(g, to, NONE, 0);
		set(g, 2, NONE, 0);
		set(g, 3, NONE, 0);
	}
}

void vgen_object(struct gen *g, uint32_t depth)
{
	switch (below(g, 12)) {
	case 0:
	case 1: emit_iterator(g, depth); break;
	case 2: emit_may_goto(g, depth); break;
	case 3: emit_lock(g); break;
	case 4:
	case 5: emit_dynptr(g); break;
	case 6: emit_tail_call(g); break;
	case 7: emit_nullable(g); break;
	case 8: emit_move_packet(g); break;
	default: emit_narrow(g); break;
	}
}
