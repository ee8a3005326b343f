/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stack slots are there only because a compiler saved registers around a call that keeps
 * them?  Linux writes some calls out in place, and then drops such stores and loads: the frame ends
 * above them.  The pairs enclose the call, from its lowest slot up, inside out:
 *
 *	*(u64 *)(r10 - 16) = r2
 *	*(u64 *)(r10 - 24) = r1
 *	call
 *	r1 = *(u64 *)(r10 - 24)
 *	r2 = *(u64 *)(r10 - 16)
 *
 * Whatever else loads from or stores to one of these slots, or saves registers there around another
 * call, makes them slots like any other.  Here the frame stays as it is; it is only counted so.
 */
#include "verify/env.h"
#include "verify/kfunc_sig.h"

enum {
	CALLER_SAVED = 0x3f /* R0 to R5 */
};

static bool is_store(const struct bpf_insn *i)
{
	return i->code == (BPF_STX | BPF_MEM | BPF_DW) && i->dst_reg == BPF_REG_10;
}

static bool is_pair(const struct bpf_insn *store, const struct bpf_insn *load, int off)
{
	return is_store(store) && load->code == (BPF_LDX | BPF_MEM | BPF_DW) &&
	       load->src_reg == BPF_REG_10 && load->dst_reg == store->src_reg &&
	       store->off == off && load->off == off;
}

static int lowest_store(const struct verifier *v, uint32_t sub)
{
	int lowest = 0;

	for (uint32_t i = v->cfg.subprogs[sub].start; i < v->cfg.subprogs[sub].end; i++)
		if (is_store(&v->cfg.insns[i]) && v->cfg.insns[i].off < lowest)
			lowest = v->cfg.insns[i].off;
	return lowest;
}

/* The end of the slots that registers are saved in around this call; `lowest`: none are. */
static int mark_pairs(struct verifier *v, uint32_t at, uint16_t kept, int lowest)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	uint32_t k;

	for (k = 1; k <= 6 && k <= at && at + k < v->cfg.n; k++, lowest += 8) {
		const struct bpf_insn *store = insn - k;

		if (!is_pair(store, insn + k, lowest) || !(kept >> store->src_reg & 1))
			break;
		kept &= (uint16_t) ~(1u << store->src_reg);
		v->info[at - k].saves = v->info[at + k].saves = true;
	}
	return lowest;
}

/* Does any pair, at whatever offset, enclose the instruction? */
static bool is_enclosed(const struct verifier *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];

	return at && at + 1 < v->cfg.n && is_pair(insn - 1, insn + 1, insn[-1].off);
}

/* k: its first one of cfg.calls; returns the next function's. */
static uint32_t find_in(struct verifier *v, uint32_t sub, uint32_t k)
{
	struct subprog_info *s = &v->subs[sub];
	int lowest = 0, below = 0;
	bool keeps = false, all = true;

	for (; k < v->cfg.n_calls && v->cfg.calls[k] < v->cfg.subprogs[sub].end; k++) {
		uint32_t at = v->cfg.calls[k];
		uint16_t kept = CALLER_SAVED;
		bool fast;
		int end;

		if ((v->cfg.op[at] != ISA_CALL && v->cfg.op[at] != ISA_CALL_KFUNC) ||
		    !is_enclosed(v, at) || !call_keeps(v, at, &kept, &fast))
			continue;
		lowest = lowest ? lowest : lowest_store(v, sub);
		end = mark_pairs(v, at, kept, lowest);
		if (end == lowest)
			continue;
		below = end < below ? end : below;
		keeps |= fast;
		all &= fast;
	}
	s->saved_below = (int16_t)(keeps && all ? below : INT16_MIN);
	return k;
}

int fastcall_find(struct verifier *v)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < v->cfg.n_subprogs; i++)
		k = find_in(v, i, k);
	return 0;
}

void fastcall_touch(struct verifier *v, const struct frame *f, int off)
{
	struct subprog_info *s = &v->subs[f->subprog];

	if (off < s->saved_below && !v->info[v->at].saves)
		s->saved_below = INT16_MIN;
}

uint16_t fastcall_stack(const struct subprog_info *s)
{
	return s->saved_below == INT16_MIN ? s->stack : (uint16_t)-s->saved_below;
}
