/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is there an input that leads to the refused instruction and makes it go wrong?  The failing path
 * is run on numbers: what comes from outside (context, packet, map values, results of calls) is an
 * input, everything else is computed.  Where a branch would go the other way, an input that it
 * depends on is changed, and the run begins anew.  What is found is an example, checked by that
 * run; that nothing is found proves nothing.
 */
#include "verify/witness.h"

#include <inttypes.h>
#include <string.h>

static uint64_t random_next(struct search *s)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed;
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
	uint64_t from = s->a.from | s->b.from, value;
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
	value = witness_cut(candidate(s, &s->in[*ret_which]), s->in[*ret_which].size);
	if (!s->in[*ret_which].limited || scalar_has(&s->in[*ret_which].known, value))
		s->in[*ret_which].value = value;
	return true;
}

static bool search_run(struct search *s)
{
	uint32_t best = witness_run(s), which, n = s->x->r.n;
	uint32_t runs = MAX_WORK / (n + 1) < MAX_RUNS ? MAX_WORK / (n + 1) : MAX_RUNS;
	uint64_t old;

	for (uint32_t i = 0; i < runs && best < n && !s->lost; i++) {
		uint32_t came;

		if (!mutate(s, &which, &old))
			return false;
		came = witness_run(s);
		if (came >= best) {
			best = came;
		} else {
			s->in[which].value = old;
			witness_run(s);
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
	if (in->kind == KIND_NOT_INIT && in->off > 0)
		return say(x, "argument %d that %s gives its callback", in->off,
			   lineage_call_name(x, x->r.step[in->step].insn));
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
