/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there an input that leads to the refused instruction and makes it go wrong?  The failing path
 * is run on numbers: what comes from outside (context, packet, map values, results of calls) is an
 * input, everything else is computed.  Where a branch would go the other way, an input that it
 * depends on is changed, and the run begins anew.  What is found is an example, checked by that
 * run; that nothing is found proves nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "isa/alu.h"
#include "verify/explain.h"
#include "verify/refine.h"

enum {
	MAX_INPUTS = 64, /* bits of a mask */
	MAX_RUNS = 3000,
	MAX_STEPS = 20000,
	MAX_WORK = 20000000,
	MAX_TOLD = 6,
	PACKET_LEN_DEFAULT = 1500
};

/* Objects lie this far apart, so that an address tells its object and offset. */
#define OBJECT_SHIFT  40
#define OBJECT(n)     ((uint64_t)((n) + 1) << OBJECT_SHIFT)
#define PACKET_BASE   OBJECT(0)
#define CTX_BASE      OBJECT(1)
#define STACK_BASE(f) OBJECT(8 + (f))
#define FIRST_OBJECT  32

struct input {
	uint32_t step;
	uint8_t kind; /* of what it is read from: enum ptr_kind; NOT_INIT: a call's result */
	int32_t off;
	uint32_t size;
	bool pointer, is_len;
	uint64_t value;
};

struct word {
	uint64_t value, from; /* mask of inputs */
};

struct machine {
	struct word reg[STATE_FRAMES][STATE_REGS];
	uint8_t stack[STATE_FRAMES][STACK_BYTES];
	uint64_t from[STATE_FRAMES][STATE_SLOTS];
};

struct search {
	struct explain *x;
	struct machine *m;
	struct input in[MAX_INPUTS];
	uint32_t n, n_used; /* made, and used by this run */
	uint64_t seed, relevant;
	/* Where the run stopped, and what decided. */
	uint32_t stopped;
	struct word a, b;
	bool lost; /* something that cannot be run */
};

static uint64_t random_next(struct search *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed;
}

static uint64_t cut(uint64_t value, uint32_t size)
{
	return size < 8 ? value & ((UINT64_C(1) << size * 8) - 1) : value;
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
			return (struct word){ cut(in->value, in->size), UINT64_C(1) << i };
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

static void run_call(struct search *s, uint32_t step)
{
	const struct replay *r = &s->x->r;
	uint32_t frame = r->step[step].frame;
	const struct reg *got = known_after(s, step, 0);
	struct input want = { .step = step, .size = 8 };

	if (r->step[step + 1].frame > frame) {
		s->lost = true;
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

/* Runs the path; returns how far it came: n - 1 is the refused step, n with its violation. */
static uint32_t run_once(struct search *s)
{
	const struct replay *r = &s->x->r;

	memset(s->m, 0, sizeof(*s->m));
	s->relevant = 0;
	s->m->reg[0][1] = (struct word){ CTX_BASE, 0 };
	s->m->reg[0][10] = (struct word){ STACK_BASE(0), 0 };
	for (uint32_t k = 1; k + 1 < r->n; k++) {
		if (!run_step(s, k) || s->lost)
			return k;
	}
	return violated(s) ? r->n : r->n - 1;
}

/* A value that makes more of a difference than a random one. */
static uint64_t candidate(struct search *s, const struct input *in)
{
	const struct explain *x = s->x;
	uint64_t other = random_next(s) & 1 ? s->a.value : s->b.value;
	uint64_t near = other + random_next(s) % 3 - 1;

	if (in->is_len)
		return random_next(s) % 3
			       ? (s->b.value - (s->b.value >= PACKET_BASE ? PACKET_BASE : 0) +
				  random_next(s) % 3 - 1) &
					 0xffff
			       : random_next(s) % 256;
	if (in->pointer)
		return random_next(s) & 1 ? 0 : OBJECT(FIRST_OBJECT + (uint32_t)(in - s->in));
	switch (random_next(s) % 10) {
	case 0: return 0;
	case 1: return (uint64_t)-1;
	case 2: return random_next(s) % 256;
	case 3: return random_next(s) % 4096;
	case 4: return __builtin_bswap16((uint16_t)near);
	case 5: return __builtin_bswap32((uint32_t)near);
	case 6: return (uint64_t)(x->has_fits ? x->fits.high + 1 : x->allowed.high + 1);
	case 7: return (uint64_t)(x->has_fits ? x->fits.low - 1 : x->allowed.low - 1);
	case 8: return random_next(s);
	}
	return near;
}

/* Changes one of the inputs that decided where the run stopped. */
static bool mutate(struct search *s, uint32_t *ret_which, uint64_t *ret_old)
{
	uint64_t from = s->a.from | s->b.from;
	uint32_t nth;

	if (!from)
		from = s->relevant;
	if (!from)
		return false;
	nth = (uint32_t)(random_next(s) % (uint32_t)__builtin_popcountll(from));
	while (nth--)
		from &= from - 1;
	*ret_which = (uint32_t)__builtin_ctzll(from);
	*ret_old = s->in[*ret_which].value;
	s->in[*ret_which].value = cut(candidate(s, &s->in[*ret_which]), s->in[*ret_which].size);
	return true;
}

static bool search_run(struct search *s)
{
	uint32_t best = run_once(s), which, n = s->x->r.n;
	uint32_t runs = MAX_WORK / (n + 1) < MAX_RUNS ? MAX_WORK / (n + 1) : MAX_RUNS;
	uint64_t old;

	for (uint32_t i = 0; i < runs && best < n && !s->lost; i++) {
		uint32_t came;

		if (!mutate(s, &which, &old))
			return false;
		came = run_once(s);
		if (came >= best) {
			best = came;
		} else {
			s->in[which].value = old;
			run_once(s);
		}
	}
	return best == n && !s->lost;
}

/* --- telling --- */

static const char *input_name(struct explain *x, const struct input *in)
{
	struct source at = source_of(x->v, x->r.step[in->step].insn);
	const struct ctx_field *f;

	if (in->is_len)
		return "length of the packet";
	if (in->kind == KIND_CTX) {
		f = x->v->type->ctx ? ctx_field_at(x->v->type->ctx, (uint32_t)in->off, in->size)
				    : NULL;
		return f && f->size <= 8
			       ? say(x, "ctx->%s", f->name)
			       : say(x, "the context's %u bytes at %d", in->size, in->off);
	}
	if (in->kind == KIND_PACKET)
		return in->size == 1 ? say(x, "packet byte %d", in->off)
				     : say(x, "packet bytes %d to %d", in->off,
					   in->off + (int32_t)in->size - 1);
	if (in->kind == KIND_NOT_INIT && !in->off)
		return say(x, "what %s returns at line %u",
			   lineage_call_name(x, x->r.step[in->step].insn), at.line);
	if (in->kind == KIND_NOT_INIT)
		return say(x, "what %s writes to fp%d at line %u",
			   lineage_call_name(x, x->r.step[in->step].insn), in->off, at.line);
	return say(x, "what line %u reads (%u bytes at offset %d)", at.line, in->size, in->off);
}

static const char *input_value(struct explain *x, const struct input *in)
{
	const char *text = "";

	if (in->pointer)
		return in->value ? "a pointer" : "NULL";
	if (in->kind == KIND_PACKET) {
		for (uint32_t i = 0; i < in->size; i++)
			text = say(x, "%s%s%02x", text, i ? " " : "",
				   (unsigned int)(in->value >> i * 8 & 0xff));
		return text;
	}
	if (in->size == 8)
		return say(x, "%" PRId64, (int64_t)in->value);
	return say(x, "%" PRIu64, in->value);
}

static void publish(struct search *s)
{
	struct explain *x = s->x;
	struct verify_input_value *v = arena_alloc(&x->a, MAX_TOLD * sizeof(*v));

	if (!v)
		return;
	/* The latest decide most. */
	for (uint32_t i = 0; i < s->n && x->out.n_inputs < MAX_TOLD; i++) {
		if (!(s->relevant >> i & 1))
			continue;
		v[x->out.n_inputs++] = (struct verify_input_value){
			input_name(x, &s->in[i]),
			input_value(x, &s->in[i]),
		};
	}
	x->out.inputs = v;
	x->out.witness = x->out.n_inputs ? "this input leads there:" : "any input leads there";
}

void witness_tell(struct explain *x)
{
	struct search *s = arena_alloc(&x->a, sizeof(*s));

	if (!s || !x->r.complete || x->r.left_out || x->r.n < 2 || x->r.n > MAX_STEPS ||
	    x->v->in_global || x->v->diag.reason == REASON_LOOP_INFINITE)
		return;
	s->x = x;
	s->seed = 0x9e3779b97f4a7c15;
	s->m = arena_alloc(&x->a, sizeof(*s->m));
	if (s->m && search_run(s))
		publish(s);
	else
		x->out.witness =
			"none found by trying: the program may be right, and this a limit of "
			"the analysis";
}
