/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the failing path do with these numbers?  What comes from outside (context, packet, map
 * values, results of calls) is an input, everything else is computed; memory that the path itself
 * wrote is read back.  See witness.c.
 */
#include "verify/witness.h"

#include <string.h>

#include "isa/alu.h"

/* Whatever it is, it lies in what the verifier knows of it. */
static void limit_input(struct input *in, const struct reg *got)
{
	if (!got || got->kind != KIND_SCALAR)
		return;
	in->limited = true;
	in->known = got->s;
	in->value = scalar_has(&got->s, 0) ? 0 : scalar_umin(&got->s);
}

/* The same bytes of packet and context are the same each time; a map may change in between. */
static struct word take_input(struct search *s, const struct input *want)
{
	bool stable = want->kind == KIND_CTX || want->kind == KIND_PACKET || want->is_len;

	for (uint32_t i = 0; i < s->n; i++) {
		struct input *in = &s->in[i];

		if ((stable && in->kind == want->kind && in->off == want->off &&
		     in->size == want->size && in->is_len == want->is_len) ||
		    (!stable && in->step == want->step && in->off == want->off))
			return (struct word){ witness_cut(in->value, in->size), UINT64_C(1) << i };
	}
	if (s->n == MAX_INPUTS) {
		s->lost = true;
		return (struct word){ 0 };
	}
	s->in[s->n] = *want;
	if (want->is_len)
		s->in[s->n].value = PACKET_LEN_DEFAULT;
	else if (want->pointer)
		s->in[s->n].value = OBJECT(FIRST_OBJECT + s->n);
	s->n++;
	return (struct word){ s->in[s->n - 1].value, UINT64_C(1) << (s->n - 1) };
}

static const struct reg *known_before(const struct search *s, uint32_t step, unsigned int r)
{
	const struct change *c =
		replay_before(&s->x->r, place_reg(s->x->r.step[step].frame, r), step);

	return c ? &c->now : NULL;
}

/* What the register holds after the step, as the verifier knows it. */
static const struct reg *known_after(const struct search *s, uint32_t step, unsigned int r)
{
	return known_before(s, step + 1, r);
}

static struct word load_stack(struct search *s, uint32_t frame, int32_t off, uint32_t size)
{
	struct word w = { 0 };

	if (off < -STACK_BYTES || off + (int32_t)size > 0) {
		s->lost = true;
		return w;
	}
	memcpy(&w.value, s->m->stack[frame] + STACK_BYTES + off, size);
	w.from = s->m->from[frame][slot_of(off)];
	return w;
}

static void store_stack(struct search *s, uint32_t frame, int32_t off, uint32_t size, struct word w)
{
	if (off < -STACK_BYTES || off + (int32_t)size > 0) {
		s->lost = true;
		return;
	}
	memcpy(s->m->stack[frame] + STACK_BYTES + off, &w.value, size);
	if (size == 8)
		s->m->from[frame][slot_of(off)] = 0;
	s->m->from[frame][slot_of(off)] |= w.from;
}

/* Frame of a stack address, or STATE_FRAMES. */
static uint32_t frame_of(uint64_t address, int32_t *ret_off)
{
	for (uint32_t f = 0; f < STATE_FRAMES; f++) {
		int64_t off = (int64_t)(address - STACK_BASE(f));

		if (off >= -STACK_BYTES && off < STACK_BYTES) {
			*ret_off = (int32_t)off;
			return f;
		}
	}
	return STATE_FRAMES;
}

static void store_memory(struct search *s, uint64_t at, uint32_t size, struct word w)
{
	if (s->m->n_mem == MAX_STORED) {
		s->lost = true;
		return;
	}
	w.value = witness_cut(w.value, size);
	s->m->mem[s->m->n_mem++] = (struct stored){ at, size, w };
}

/* What this run stored there: the whole of what is loaded.  A part of it is not followed. */
static bool load_memory(struct search *s, uint64_t at, uint32_t size, struct word *ret)
{
	for (uint32_t i = s->m->n_mem; i-- > 0;) {
		const struct stored *m = &s->m->mem[i];

		if (at + size <= m->at || m->at + m->size <= at)
			continue;
		if (at < m->at || at + size > m->at + m->size) {
			s->lost = true;
			return false;
		}
		*ret = m->w;
		ret->value = witness_cut(m->w.value >> 8 * (at - m->at), size);
		return true;
	}
	return false;
}

static struct word load(struct search *s, uint32_t step, const struct bpf_insn *insn, uint32_t size)
{
	uint32_t frame = s->x->r.step[step].frame;
	struct word base = s->m->reg[frame][insn->src_reg];
	const struct reg *known = known_before(s, step, insn->src_reg);
	const struct reg *got = known_after(s, step, insn->dst_reg);
	struct input want = { .step = step, .off = insn->off, .size = size };
	int32_t off;
	uint32_t f = frame_of(base.value, &off);

	if (f < STATE_FRAMES)
		return load_stack(s, f, off + insn->off, size);
	if (!known || !got) {
		s->lost = true;
		return base;
	}
	want.kind = known->kind;
	if (known->kind != KIND_CTX &&
	    load_memory(s, base.value + (uint64_t)(int64_t)insn->off, size, &base))
		return base;
	limit_input(&want, got);
	if (known->kind == KIND_PACKET)
		want.off = (int32_t)(base.value - PACKET_BASE) + insn->off;
	if (got->kind == KIND_PACKET || got->kind == KIND_PACKET_META)
		return (struct word){ PACKET_BASE, 0 };
	if (got->kind == KIND_PACKET_END) {
		want = (struct input){ .kind = KIND_PACKET_END, .size = 8, .is_len = true };
		base = take_input(s, &want);
		base.value += PACKET_BASE;
		return base;
	}
	want.pointer = reg_is_ptr(got);
	if (want.pointer)
		want.size = 8;
	return take_input(s, &want);
}

/* What the callback is given: numbers are inputs, the stack is the caller's. */
static void enter_callback(struct search *s, uint32_t step)
{
	uint32_t frame = s->x->r.step[step].frame + 1;

	for (unsigned int r = 1; r <= 5; r++) {
		const struct reg *got = known_before(s, step + 1, r);
		struct input want = { .step = step, .off = (int32_t)r, .size = 8 };

		if (!got || got->kind == KIND_NOT_INIT)
			continue;
		if (got->kind == KIND_STACK && scalar_is_const(&got->s)) {
			s->m->reg[frame][r] =
				(struct word){ STACK_BASE(got->obj) + (uint64_t)(int64_t)got->off +
						       scalar_const_value(&got->s),
					       0 };
			continue;
		}
		want.pointer = reg_is_ptr(got);
		limit_input(&want, got);
		s->m->reg[frame][r] = take_input(s, &want);
	}
	s->m->reg[frame][10] = (struct word){ STACK_BASE(frame), 0 };
}

static void run_call(struct search *s, uint32_t step)
{
	const struct replay *r = &s->x->r;
	uint32_t frame = r->step[step].frame;
	const struct reg *got = known_after(s, step, 0);
	struct input want = { .step = step, .size = 8 };

	if (r->step[step + 1].frame > frame) {
		enter_callback(s, step);
		return;
	}
	/* What the helper wrote to the stack. */
	for (uint32_t i = r->step[step - 1].end; i < r->step[step].end; i++) {
		const struct change *c = &r->change[i];

		if (c->step != step || !c->at.slot || c->why != BY_INSN)
			continue;
		want.off = -8 * (c->at.n + 1);
		store_stack(s, c->at.frame, want.off, 8, take_input(s, &want));
	}
	want.off = 0;
	want.pointer = got && (reg_is_ptr(got) || got->flags & REG_NULLABLE);
	limit_input(&want, got);
	s->m->reg[frame][0] = take_input(s, &want);
}

static void run_alu(struct search *s, uint32_t frame, const struct bpf_insn *insn,
		    const struct isa_row *row)
{
	struct word *dst = &s->m->reg[frame][insn->dst_reg];
	struct word src = { (uint64_t)(int64_t)insn->imm, 0 };

	if (row->form != ISA_F_ALU_K)
		src = s->m->reg[frame][insn->src_reg];
	if (row->form == ISA_F_MOVSX) {
		unsigned int up = 64 - (unsigned int)insn->off;

		dst->value = (uint64_t)((int64_t)(src.value << up) >> up);
		if (row->bits == 32)
			dst->value = (uint32_t)dst->value;
		dst->from = src.from;
		return;
	}
	dst->from = row->op == ISA_ALU_MOV ? src.from : dst->from | src.from;
	dst->value = isa_alu(row->op, row->bits, dst->value, src.value);
}

/* False: the path goes the other way. */
static bool run_jump(struct search *s, uint32_t step, const struct bpf_insn *insn,
		     const struct isa_row *row)
{
	uint32_t frame = s->x->r.step[step].frame;
	bool holds;

	s->a = s->m->reg[frame][insn->dst_reg];
	s->b = (struct word){ (uint64_t)(int64_t)insn->imm, 0 };
	if (row->form == ISA_F_JMP_X)
		s->b = s->m->reg[frame][insn->src_reg];
	holds = isa_cond(row->op, row->bits, s->a.value, s->b.value);
	s->relevant |= s->a.from | s->b.from;
	return holds == (s->x->r.step[step].way == WAY_TAKEN);
}

static void run_store(struct search *s, uint32_t frame, const struct bpf_insn *insn,
		      const struct isa_row *row)
{
	struct word w = { (uint64_t)(int64_t)insn->imm, 0 };
	int32_t off;
	uint32_t f = frame_of(s->m->reg[frame][insn->dst_reg].value, &off);

	if (row->form != ISA_F_ST)
		w = s->m->reg[frame][insn->src_reg];
	if (f < STATE_FRAMES)
		store_stack(s, f, off + insn->off, row->bits / 8u, w);
	else
		store_memory(s,
			     s->m->reg[frame][insn->dst_reg].value + (uint64_t)(int64_t)insn->off,
			     row->bits / 8u, w);
}

/* Of memory outside, what is fetched is an input; the stack's would have to be computed. */
static void run_atomic(struct search *s, uint32_t step, const struct bpf_insn *insn)
{
	uint32_t frame = s->x->r.step[step].frame, at = s->x->r.step[step].insn;
	uint16_t writes = isa_regs_of(insn, s->x->v->cfg.op[at]).writes;
	struct input want = { .step = step, .size = isa_row(s->x->v->cfg.op[at])->bits / 8u };
	int32_t off;

	if (frame_of(s->m->reg[frame][insn->dst_reg].value, &off) < STATE_FRAMES)
		s->lost = true;
	else if (writes)
		s->m->reg[frame][__builtin_ctz(writes)] = take_input(s, &want);
}

static void run_call_sub(struct search *s, uint32_t step)
{
	uint32_t frame = s->x->r.step[step].frame;

	if (s->x->r.step[step + 1].frame == frame) {
		run_call(s, step);
		return;
	}
	memcpy(&s->m->reg[frame + 1][1], &s->m->reg[frame][1], 5 * sizeof(struct word));
	s->m->reg[frame + 1][10] = (struct word){ STACK_BASE(frame + 1), 0 };
}

/* True: the step goes where the path goes. */
static bool run_step(struct search *s, uint32_t step)
{
	const struct path_step *p = &s->x->r.step[step];
	const struct bpf_insn *insn = &s->x->v->cfg.insns[p->insn];
	const struct isa_row *row = isa_row(s->x->v->cfg.op[p->insn]);
	struct word *reg = s->m->reg[p->frame];
	struct input want = { .step = step, .size = 8 };

	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K:
	case ISA_F_MOVSX: run_alu(s, p->frame, insn, row); break;
	case ISA_F_NEG:
		reg[insn->dst_reg].value = row->bits == 64 ? -reg[insn->dst_reg].value
							   : (uint32_t)-reg[insn->dst_reg].value;
		break;
	case ISA_F_END:
		reg[insn->dst_reg].value =
			isa_end(row->op, (unsigned int)insn->imm, reg[insn->dst_reg].value);
		break;
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: return run_jump(s, step, insn, row);
	case ISA_F_JA:
	case ISA_F_JA32:
	case ISA_F_MAY_GOTO: break;
	case ISA_F_LDX:
	case ISA_F_LDSX:
	case ISA_F_LOAD_ACQ:
		reg[insn->dst_reg] = load(s, step, insn, row->bits / 8u);
		if (row->form == ISA_F_LDSX)
			reg[insn->dst_reg].value = (uint64_t)((int64_t)(reg[insn->dst_reg].value
									<< (64 - row->bits)) >>
							      (64 - row->bits));
		break;
	case ISA_F_ST:
	case ISA_F_STX:
	case ISA_F_STORE_REL: run_store(s, p->frame, insn, row); break;
	case ISA_F_LD_IMM64:
		reg[insn->dst_reg] =
			(struct word){ (uint32_t)insn->imm | (uint64_t)(uint32_t)insn[1].imm << 32,
				       0 };
		if (s->x->v->cfg.op[p->insn] != ISA_LD_IMM64) {
			want.pointer = true;
			reg[insn->dst_reg].value = OBJECT(4) + (uint32_t)insn[1].imm;
		}
		break;
	case ISA_F_CALL:
	case ISA_F_CALL_KFUNC: run_call(s, step); break;
	case ISA_F_CALL_SUB: run_call_sub(s, step); break;
	case ISA_F_EXIT:
		if (p->frame)
			s->m->reg[p->frame - 1][0] = reg[0];
		break;
	case ISA_F_LD_ABS:
	case ISA_F_LD_IND:
		want.kind = KIND_PACKET;
		want.off = -1;
		want.size = row->bits / 8u;
		reg[0] = take_input(s, &want);
		break;
	case ISA_F_ATOMIC: run_atomic(s, step, insn); break;
	case ISA_F_CAST:
	case ISA_F_CALLX: s->lost = true; break;
	}
	return true;
}

/* Does the refused instruction go wrong with these numbers? */
static bool violated(struct search *s)
{
	const struct explain *x = s->x;
	const struct reg *r;
	struct word w;
	int64_t off;

	if (!x->has_subject || x->subject.slot)
		return true;
	r = replay_reg(x, x->subject.n);
	w = s->m->reg[x->subject.frame][x->subject.n];
	s->a = w;
	s->b = (struct word){ 0, 0 };
	s->relevant |= w.from;
	if (r->flags & REG_NULLABLE)
		return !w.value;
	if (x->v->diag.reason == REASON_PKT_OOB) {
		struct input len = { .kind = KIND_PACKET_END, .size = 8, .is_len = true };
		struct word end = take_input(s, &len);

		s->relevant |= end.from;
		s->b = (struct word){ w.value - PACKET_BASE + (uint64_t)x->refused.off +
					      (x->refused.size ? x->refused.size - 1 : 0),
				      end.from };
		return x->refused.memory && s->b.value + 1 > end.value;
	}
	if (!x->has_range)
		return true;
	off = (int64_t)w.value;
	if (r->kind != KIND_SCALAR) {
		/* Objects are far apart: the nearest multiple is where this one begins. */
		off = (int64_t)(w.value << (64 - OBJECT_SHIFT)) >> (64 - OBJECT_SHIFT);
		off += x->refused.memory ? x->refused.off : 0;
	}
	return off < x->allowed.low || off > x->allowed.high;
}

uint32_t witness_run(struct search *s)
{
	const struct replay *r = &s->x->r;

	memset(s->m, 0, offsetof(struct machine, mem));
	s->m->n_mem = 0;
	s->relevant = 0;
	s->m->reg[0][1] = (struct word){ CTX_BASE, 0 };
	s->m->reg[0][10] = (struct word){ STACK_BASE(0), 0 };
	for (uint32_t k = 1; k + 1 < r->n; k++) {
		if (!run_step(s, k) || s->lost)
			return k;
	}
	return violated(s) ? r->n : r->n - 1;
}
