/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which random programs use what the others leave out?  More map types and helpers, records of ring
 * buffers that live on, packets as dynptrs, look-ups in callbacks, contexts that are not packets.
 */
#include <string.h>

#include "support/vgen_priv.h"

enum {
	PACKET_DYNPTR = -144,
	SLICE_BUFFER = -176, /* 16 bytes */
	RESULT = -184,
};

static void stack_address(struct gen *g, unsigned int r, int off)
{
	emit(g, 0xbf, r, 10, 0, 0);
	emit(g, 0x07, r, 0, 0, off);
}

static void call(struct gen *g, int32_t id)
{
	emit(g, 0x85, 0, 0, 0, id);
	clobber(g);
	set(g, 0, NUMBER, 0);
}

static void leave_if_null(struct gen *g)
{
	if (chance(g, 3))
		return;
	emit(g, 0x55, 0, 0, 2, 0);
	emit(g, 0xb7, 0, 0, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
}

static bool has_packets(const struct gen *g)
{
	return g->out->type == BPF_PROG_TYPE_XDP || g->out->type == BPF_PROG_TYPE_SCHED_CLS;
}

/* Values of other maps: per CPU, LRU. */
static void emit_other_map(struct gen *g)
{
	bool lru = chance(g, 50);

	if (chance(g, 60))
		emit(g, 0x7a, 10, 0, -72, (int32_t)below(g, 4));
	else
		emit(g, 0x7b, 10, vgen_number(g), -72, 0);
	vgen_map(g, 1, lru ? VGEN_LRU : VGEN_PERCPU);
	stack_address(g, 2, -72);
	emit(g, 0x85, 0, 0, 0, chance(g, 90) ? BPF_FUNC_map_lookup_elem : BPF_FUNC_map_delete_elem);
	clobber(g);
	if (g->out->insns[g->out->n - 1].imm == BPF_FUNC_map_delete_elem) {
		set(g, 0, NUMBER, 0);
		return;
	}
	leave_if_null(g);
	set(g, 0, VALUE, lru ? 32 : 16);
	copy(g, 7, 0);
}

/* Queues take and give values through memory of their size. */
static void emit_queue(struct gen *g)
{
	static const int32_t calls[] = { BPF_FUNC_map_push_elem, BPF_FUNC_map_pop_elem,
					 BPF_FUNC_map_peek_elem };
	uint32_t which = below(g, 3);

	vgen_map(g, 1, VGEN_QUEUE);
	if (has(g, VALUE) && chance(g, 30))
		emit(g, 0xbf, 2, find(g, VALUE), 0, 0);
	else
		stack_address(g, 2, chance(g, 90) ? RESULT : -4);
	emit(g, 0xb7, 3, 0, 0, chance(g, 90) ? 0 : BPF_EXIST);
	call(g, calls[which]);
	if (which && chance(g, 50)) {
		emit(g, 0x79, 1, 10, RESULT, 0);
		set(g, 1, NUMBER, 0);
	}
}

/* Text into numbers: a result that the helper writes to the stack. */
static void emit_strtol(struct gen *g)
{
	uint32_t jumps[4], n = 0;
	unsigned int len = chance(g, 50) ? 2 : vgen_scratch(g);

	if (len == 2)
		emit(g, 0xb7, 2, 0, 0, 1 + (int32_t)below(g, 18));
	else
		n = vgen_bound(g, len, 16, jumps);
	if (len != 2)
		emit(g, 0xbf, 2, len, 0, 0);
	emit(g, 0x7a, 10, 0, SLICE_BUFFER, 0x31);
	emit(g, 0x7a, 10, 0, SLICE_BUFFER + 8, 0);
	stack_address(g, 1, SLICE_BUFFER);
	emit(g, 0xb7, 3, 0, 0, chance(g, 80) ? 10 : 0);
	stack_address(g, 4, chance(g, 95) ? RESULT : RESULT + 4);
	call(g, chance(g, 50) ? BPF_FUNC_strtol : BPF_FUNC_strtoul);
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	clobber(g);
	emit(g, 0x79, 8, 10, RESULT, 0);
	set(g, 8, n ? NONE : NUMBER, 0);
}

/* Memory in, memory out. */
static void emit_checksum(struct gen *g)
{
	stack_address(g, 1, -16);
	emit(g, 0xb7, 2, 0, 0, 4 * (int32_t)below(g, 5));
	if (has(g, VALUE) && chance(g, 60))
		emit(g, 0xbf, 3, find(g, VALUE), 0, 0);
	else if (chance(g, 70))
		stack_address(g, 3, -32);
	else
		emit(g, 0xb7, 3, 0, 0, 0);
	emit(g, 0xb7, 4, 0, 0, 4 * (int32_t)below(g, 6));
	emit(g, 0xb7, 5, 0, 0, 0);
	call(g, BPF_FUNC_csum_diff);
}

/* Bytes between a packet and memory, with a length that is about right. */
static void emit_packet_bytes(struct gen *g)
{
	bool xdp = g->out->type == BPF_PROG_TYPE_XDP, store = chance(g, 40);
	unsigned int len = vgen_scratch(g);
	uint32_t jumps[4], n = vgen_bound(g, len, 30 + (int32_t)below(g, 4), jumps);

	if (g->kind[6] != CTX || !has_packets(g))
		return;
	emit(g, 0xbf, 4, len, 0, 0);
	emit(g, 0xbf, 1, 6, 0, 0);
	emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 20));
	if (has(g, VALUE) && chance(g, 50))
		emit(g, 0xbf, 3, find(g, VALUE), 0, 0);
	else
		stack_address(g, 3, chance(g, 70) ? -32 : -64);
	emit(g, 0xb7, 5, 0, 0, 0);
	call(g, xdp ? (store ? BPF_FUNC_xdp_store_bytes : BPF_FUNC_xdp_load_bytes)
		    : (store ? BPF_FUNC_skb_store_bytes : BPF_FUNC_skb_load_bytes));
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	clobber(g);
	for (unsigned int r = 6; r < 10; r++)
		if (g->kind[r] == PACKET && chance(g, 90))
			set(g, r, NONE, 0);
}

/* Part of a packet as memory, in a buffer of ours where it is not contiguous. */
static void emit_packet_slice(struct gen *g)
{
	bool write = chance(g, 40), buffer = chance(g, 85);
	uint32_t size = 4 * (1 + below(g, 4));

	stack_address(g, 1, PACKET_DYNPTR);
	if (chance(g, 70))
		emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 20));
	else
		emit(g, 0xbc, 2, vgen_number(g), 0, 0);
	if (buffer)
		stack_address(g, 3, SLICE_BUFFER);
	else
		emit(g, 0xb7, 3, 0, 0, 0);
	emit(g, 0xb7, 4, 0, 0, (int32_t)size + (chance(g, 5) ? 4 : 0));
	vgen_kfunc(g, write ? VGEN_SLICE_RDWR : VGEN_SLICE);
	leave_if_null(g);
	emit(g, 0xbf, 8, 0, 0, 0);
	set(g, 8, VALUE, size);
	if (write || chance(g, 95))
		emit(g, write ? 0x62 : 0x61, write ? 8 : 7, write ? 0 : 8,
		     (int)below(g, size + 1) & ~3, write ? 7 : 0);
	if (!write)
		set(g, 7, NONE, 0);
	/* A read-only slice is no value that may be written. */
	if (!write || chance(g, 50))
		set(g, 8, NONE, 0);
}

static void emit_packet_dynptr(struct gen *g)
{
	bool xdp = g->out->type == BPF_PROG_TYPE_XDP;

	if (g->kind[6] != CTX || g->in_loop || g->in_iter || g->function || g->dynptr_made ||
	    !has_packets(g))
		return;
	g->dynptr_made = true;
	emit(g, 0xbf, 1, 6, 0, 0);
	emit(g, 0xb7, 2, 0, 0, chance(g, 97) ? 0 : 1);
	stack_address(g, 3, PACKET_DYNPTR);
	vgen_kfunc(g, xdp ? VGEN_FROM_XDP : VGEN_FROM_SKB);
	for (uint32_t i = 1 + below(g, 3); i > 0; i--) {
		switch (below(g, 4)) {
		case 0:
			stack_address(g, 1, PACKET_DYNPTR);
			vgen_kfunc(g, VGEN_DYNPTR_SIZE);
			set(g, 0, NUMBER, 0);
			break;
		case 1:
			stack_address(g, 1, PACKET_DYNPTR);
			emit(g, 0xb7, 2, 0, 0, (int32_t)below(g, 4));
			emit(g, 0xb7, 3, 0, 0, 4 + (int32_t)below(g, 40));
			vgen_kfunc(g, VGEN_DYNPTR_ADJUST);
			set(g, 0, NUMBER, 0);
			break;
		default: emit_packet_slice(g);
		}
	}
}

/* A record that is filled in through an index, and in the end given back. */
static void emit_long_record(struct gen *g)
{
	if (g->in_loop || g->in_iter || g->function)
		return;
	vgen_map(g, 1, VGEN_RINGBUF);
	emit(g, 0xb7, 2, 0, 0, RECORD_SIZE);
	emit(g, 0xb7, 3, 0, 0, 0);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_ringbuf_reserve);
	clobber(g);
	leave_if_null(g);
	emit(g, 0x7b, 10, 0, RESULT, 0);
	emit(g, 0xbf, 8, 0, 0, 0);
	for (uint32_t i = below(g, 3); i > 0; i--) {
		if (chance(g, 60))
			vgen_indexed(g, 8, RECORD_SIZE, 0);
		else
			vgen_access(g, 8, (int)below(g, 4) * 4, 4);
	}
	emit(g, 0x79, 1, 10, RESULT, 0);
	emit(g, 0xb7, 2, 0, 0, 0);
	if (chance(g, 95))
		emit(g, 0x85, 0, 0, 0,
		     chance(g, 50) ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard);
	clobber(g);
	set(g, 8, NONE, 0);
}

/* Words of a context that is registers or arguments. */
static void emit_context_word(struct gen *g)
{
	unsigned int r = pick(g);

	if (g->kind[6] != CTX || has_packets(g))
		return;
	emit(g, 0x79, r, 6, 8 * (int)below(g, 20), 0);
	set(g, r, NUMBER, 0);
}

/* Processor, process: numbers with limits, or pointers to memory that takes a name. */
static void emit_who(struct gen *g)
{
	if (chance(g, 40)) {
		call(g, BPF_FUNC_get_smp_processor_id);
		return;
	}
	if (g->out->type != BPF_PROG_TYPE_KPROBE && g->out->type != BPF_PROG_TYPE_TRACEPOINT)
		return;
	if (chance(g, 50)) {
		call(g, BPF_FUNC_get_current_pid_tgid);
		return;
	}
	stack_address(g, 1, SLICE_BUFFER);
	emit(g, 0xb7, 2, 0, 0, chance(g, 95) ? 16 : 200);
	call(g, BPF_FUNC_get_current_comm);
}

void vgen_wide(struct gen *g)
{
	switch (below(g, 12)) {
	case 0:
	case 1: emit_other_map(g); break;
	case 2: emit_queue(g); break;
	case 3: emit_strtol(g); break;
	case 4: emit_checksum(g); break;
	case 5:
	case 6: emit_packet_bytes(g); break;
	case 7: emit_packet_dynptr(g); break;
	case 8: emit_long_record(g); break;
	case 9: emit_context_word(g); break;
	default: emit_who(g); break;
	}
}
