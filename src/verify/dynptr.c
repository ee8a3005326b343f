/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of memory whose size is checked when the program runs?  A dynptr takes two slots of
 * the stack that only helpers may touch, from creation to end; slices of it die with it, and those
 * of a packet when the packet may move.
 */
#include "verify/call.h"

#include <string.h>

enum {
	DYNPTR_BYTES = 16
};

static void clear(struct verifier *v, struct frame *f, unsigned int s)
{
	uint32_t id = slot_reg(&f->slot[s])->id;

	slot_scrub(&f->slot[s], SLOT_INVALID);
	slot_scrub(&f->slot[s - 1], SLOT_INVALID);
	slice_invalidate(v, id);
}

int dynptr_overwrite(struct verifier *v, struct frame *f, unsigned int slot)
{
	unsigned int first = slot_reg(&f->slot[slot])->flags & REG_FIRST_SLOT ? slot : slot + 1;

	if (slot_reg(&f->slot[first])->ref)
		return reject(v, DYNPTR_OVERWRITE);
	clear(v, f, first);
	return 0;
}

static bool is_dynptr(const struct slot *s)
{
	return s->kind[7] == SLOT_DYNPTR && slot_reg(s)->flags & REG_FIRST_SLOT;
}

int dynptr_make(struct verifier *v, unsigned int r, enum dynptr_type type, uint32_t ref)
{
	struct frame *f;
	unsigned int s;

	if (!stack_object_at(v, r, DYNPTR_BYTES, &f, &s))
		return reject(v, DYNPTR_PLACE);
	for (unsigned int i = 0; i < 2; i++) {
		struct slot *slot = &f->slot[s - i];
		int err = 0;

		if (slot->kind[7] == SLOT_DYNPTR || slot->kind[7] == SLOT_ITER ||
		    slot->kind[7] == SLOT_IRQ)
			err = stack_objects_overwrite(v, f, s - i);
		if (err)
			return err;
	}
	for (unsigned int i = 0; i < 2; i++) {
		slot_scrub(&f->slot[s - i], SLOT_DYNPTR);
		slot_reg(&f->slot[s - i])->kind = KIND_DYNPTR;
		slot_reg(&f->slot[s - i])->ref = ref;
		slot_reg(&f->slot[s - i])->obj = type;
	}
	slot_reg(&f->slot[s])->flags = REG_FIRST_SLOT;
	slot_reg(&f->slot[s])->id = slot_reg(&f->slot[s - 1])->id = new_id(v);
	return 0;
}

/* The dynptr that register r is or points at. */
static const struct reg *find(struct verifier *v, unsigned int r)
{
	struct frame *f;
	unsigned int s;

	if (reg_at(v, r)->kind == KIND_DYNPTR)
		return reg_at(v, r);
	if (!stack_object_at(v, r, DYNPTR_BYTES, &f, &s) || !is_dynptr(&f->slot[s]))
		return NULL;
	return slot_reg(&f->slot[s]);
}

int dynptr_arg(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg)
{
	const struct reg *d = find(v, r);

	if (arg == ARG_DYNPTR_RINGBUF && reg_at(v, r)->kind == KIND_DYNPTR)
		return reject(v, DYNPTR_LENT);
	if (arg == ARG_DYNPTR_RINGBUF && !d)
		return reject(v, REF_UNACQUIRED, r);
	if (!d)
		return reject(v, DYNPTR_UNINIT, r - 1);
	if (reg_at(v, r)->kind == KIND_DYNPTR && arg == ARG_DYNPTR_CHANGED)
		return reject(v, DYNPTR_CONST);
	if (arg == ARG_DYNPTR_RINGBUF) {
		if (!d->ref)
			return reject(v, REF_UNACQUIRED, r);
		c->releases[r - 1] = true;
	}
	/* Of two, the first is what slices and copies are made of. */
	if (c->dynptr)
		return 0;
	c->dynptr = d->obj + 1;
	c->dynptr_id = d->id;
	c->dynptr_ref = d->ref;
	return 0;
}

int dynptr_new_arg(struct verifier *v, struct call *c, unsigned int r)
{
	struct frame *f;
	unsigned int s;

	if (reg_at(v, r)->kind == KIND_DYNPTR || !stack_object_at(v, r, DYNPTR_BYTES, &f, &s))
		return reject(v, DYNPTR_PLACE);
	c->dynptr_new = r;
	return 0;
}

static enum dynptr_type type_made(const struct call *c)
{
	switch ((enum helper_dynptr)c->h->dynptr) {
	case HELPER_DYNPTR_SKB: return DYNPTR_SKB;
	case HELPER_DYNPTR_XDP: return DYNPTR_XDP;
	case HELPER_DYNPTR_META: return DYNPTR_SKB_META;
	case HELPER_DYNPTR_RING: return DYNPTR_RINGBUF;
	case HELPER_DYNPTR_CLONE: return c->dynptr - 1;
	case HELPER_DYNPTR_LOCAL: break;
	}
	return DYNPTR_LOCAL;
}

int dynptr_apply(struct verifier *v, const struct call *c)
{
	bool clones = c->h->dynptr == HELPER_DYNPTR_CLONE;
	uint32_t ref = clones ? c->dynptr_ref : 0;
	int err = 0;

	if (!c->dynptr_new)
		return 0;
	if (c->h->flags & HELPER_ACQUIRES)
		err = ref_acquire(v, REF_PTR, &ref);
	return err ? err : dynptr_make(v, c->dynptr_new, type_made(c), ref);
}

/* All clones of a record end with it, wherever they are. */
static void end_clones(struct verifier *v, uint32_t ref)
{
	for (uint32_t f = 0; f < v->cur->n_frames; f++) {
		struct frame *fr = v->cur->frame[f];

		for (unsigned int s = 0; s < fr->n_slots; s++)
			if (is_dynptr(&fr->slot[s]) && slot_reg(&fr->slot[s])->ref == ref)
				clear(v, fr, s);
	}
}

int dynptr_end(struct verifier *v, unsigned int r)
{
	const struct reg *d = find(v, r);
	uint32_t ref = d ? d->ref : 0;

	if (!d)
		return reject(v, DYNPTR_UNINIT, r - 1);
	end_clones(v, ref);
	return ref_release(v, ref, r);
}

bool dynptr_is_packet(uint32_t type)
{
	return type == DYNPTR_SKB || type == DYNPTR_XDP || type == DYNPTR_SKB_META;
}

bool dynptr_write_moves(uint32_t type)
{
	return type == DYNPTR_SKB || type == DYNPTR_SKB_META;
}

/* A pointer to some of its bytes, NULL if it has not as many. */
int dynptr_slice(struct verifier *v, const struct call *c, struct reg *r0)
{
	bool slices = c->h->ret != RET_DYNPTR_MEM_OR_NULL;

	if (c->h->ret == RET_DYNPTR_SLICE_RDWR_OR_NULL && !v->type->pkt_write)
		return reject(v, DYNPTR_RDONLY);
	reg_set_ptr(r0, KIND_MEM);
	r0->flags = REG_NULLABLE;
	if (c->h->ret == RET_DYNPTR_SLICE_OR_NULL)
		r0->flags |= REG_RDONLY;
	if (slices && dynptr_is_packet(c->dynptr - 1))
		r0->flags |= REG_PKT_SLICE;
	r0->id = new_id(v);
	r0->obj = c->alloc_size;
	r0->uid = c->dynptr_id;
	/* The dynptr's place may be gone before the record is. */
	r0->ref = c->dynptr_ref;
	return 0;
}
