/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the program hold?  References that must be released, and what becomes of pointers when
 * what they point to is gone.
 */
#include "verify/sections.h"

#include <string.h>

static uint32_t callback_frame(const struct state *st)
{
	for (uint32_t f = st->n_frames; f-- > 0;)
		if (st->frame[f]->kind == FRAME_CALLBACK)
			return f;
	return 0;
}

int ref_acquire(struct verifier *v, enum ref_kind kind, uint32_t *ret_id)
{
	struct state *st = v->cur;
	struct reference *r;

	if (st->n_refs == STATE_REFS)
		return reject(v, UNSUPPORTED, "holding more than 512 references");
	r = &st->ref[st->n_refs++];
	memset(r, 0, sizeof(*r));
	r->id = new_id(v);
	r->insn = v->at;
	r->kind = (uint8_t)kind;
	r->in_callback = callback_frame(st);
	*ret_id = r->id;
	return 0;
}

/* What a pointer was stays secret where pointers are. */
static void forget(const struct verifier *v, struct reg *r)
{
	if (v->in->policy.leak_pointers)
		reg_set_unknown(r);
	else
		memset(r, 0, sizeof(*r));
}

void ref_invalidate_if(struct verifier *v, ref_dead_fn dead, uint32_t arg)
{
	struct state *st = v->cur;
	uint8_t kind = v->in->policy.leak_pointers ? SLOT_MISC : SLOT_INVALID;

	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int i = 0; i < BPF_REG_10; i++)
			if (dead(&fr->reg[i], arg))
				forget(v, &fr->reg[i]);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]) && dead(slot_reg(&fr->slot[s]), arg)) {
				memset(fr->slot[s].kind, kind, sizeof(fr->slot[s].kind));
				memset(slot_reg(&fr->slot[s]), 0, sizeof(struct reg));
			}
	}
}

static bool has_ref(const struct reg *r, uint32_t ref)
{
	return reg_is_ptr(r) && r->ref == ref;
}

static bool is_slice(const struct reg *r, uint32_t dynptr)
{
	return r->kind == KIND_MEM && r->uid == dynptr;
}

static bool is_packet(const struct reg *r, uint32_t arg)
{
	(void)arg;
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META ||
	       r->kind == KIND_PACKET_END || (r->kind == KIND_MEM && r->flags & REG_PKT_SLICE);
}

void ref_invalidate(struct verifier *v, uint32_t ref)
{
	ref_invalidate_if(v, has_ref, ref);
}

void slice_invalidate(struct verifier *v, uint32_t dynptr)
{
	if (dynptr)
		ref_invalidate_if(v, is_slice, dynptr);
}

void packet_invalidate(struct verifier *v)
{
	ref_invalidate_if(v, is_packet, 0);
}

int ref_release(struct verifier *v, uint32_t id, unsigned int r)
{
	struct state *st = v->cur;

	for (uint32_t i = 0; i < st->n_refs; i++) {
		if (st->ref[i].id != id || st->ref[i].kind != REF_PTR)
			continue;
		/* Order matters to comparisons: keep it. */
		memmove(&st->ref[i], &st->ref[i + 1], (st->n_refs - i - 1) * sizeof(st->ref[0]));
		st->n_refs--;
		ref_invalidate(v, id);
		return 0;
	}
	return reject(v, REF_RELEASE, r);
}

enum {
	LEAKS_TOLD = 3 /* beside the first */
};

int ref_leak(struct verifier *v, uint32_t first, const char *what)
{
	const struct state *st = v->cur;
	char buf[160];
	struct text others;
	uint32_t told = 0;

	text_init(&others, buf, sizeof(buf));
	for (uint32_t i = first + 1; i < st->n_refs && told < LEAKS_TOLD; i++) {
		if (st->ref[i].kind != REF_PTR)
			continue;
		text_add(&others, "Unreleased reference id=%u alloc_insn=%u\n", st->ref[i].id,
			 st->ref[i].insn);
		told++;
	}
	return reject(v, REF_LEAK, st->ref[first].id, st->ref[first].insn, what, (const char *)buf);
}

int ref_check_leak(struct verifier *v, const char *what)
{
	return ref_check_leak_but(v, what, 0);
}

int ref_check_leak_but(struct verifier *v, const char *what, uint32_t id)
{
	const struct state *st = v->cur;

	for (uint32_t i = 0; i < st->n_refs; i++) {
		if (st->ref[i].kind == REF_IRQ || (id && st->ref[i].id == id))
			continue;
		if (st->ref[i].kind != REF_PTR)
			return reject(v, LOCK_LEAK, what);
		/* Who called goes on with it. */
		if (st->n_frames == 1)
			return ref_leak(v, i, what);
	}
	return section_check_leave(v, what);
}

int ref_check_callback(struct verifier *v, const char *what)
{
	const struct state *st = v->cur;

	for (uint32_t i = 0; i < st->n_refs; i++)
		if (st->ref[i].kind != REF_PTR && st->ref[i].kind != REF_IRQ &&
		    st->ref[i].in_callback >= st->n_frames - 1)
			return reject(v, LOCK_LEAK, what);
	return 0;
}
