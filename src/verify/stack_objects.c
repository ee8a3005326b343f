/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lives on the stack that only helpers may touch?  Dynptrs (two slots) and open-coded
 * iterators (one slot or more), from creation to end.
 */
#include "verify/typed.h"

#include <string.h>

bool stack_object_at(struct verifier *v, unsigned int r, uint32_t size, struct frame **ret_f,
		     unsigned int *ret_slot)
{
	const struct reg *reg = reg_at(v, r);
	int32_t off;

	if (reg->kind != KIND_STACK || !scalar_is_const(&reg->s))
		return false;
	off = reg->off + (int32_t)scalar_const_value(&reg->s);
	if (off % 8 || off < -STACK_BYTES || off + (int32_t)size > 0)
		return false;
	*ret_f = v->cur->frame[reg->obj];
	*ret_slot = slot_of(off);
	frame_grow(*ret_f, *ret_slot + 1);
	if (-off > v->subs[(*ret_f)->subprog].stack)
		v->subs[(*ret_f)->subprog].stack = (uint16_t)-off;
	fastcall_touch(v, *ret_f, off);
	return true;
}

int stack_objects_overwrite(struct verifier *v, struct frame *f, unsigned int slot)
{
	if (f->slot[slot].kind[7] == SLOT_DYNPTR)
		return dynptr_overwrite(v, f, slot);
	/* Bytes of an iterator: it can no longer be destroyed, which its reference tells. */
	slot_scrub(&f->slot[slot], SLOT_INVALID);
	return 0;
}

/* --- iterators --- */

/* "iter_num" of "bpf_iter_num_next". */
static void iter_name(const char *name, char *ret, size_t n)
{
	const char *end = strrchr(name, '_');
	size_t skip = strncmp(name, "bpf_", 4) ? 0 : 4, len;

	len = end ? (size_t)(end - name) - skip : 0;
	if (len >= n)
		len = n - 1;
	memcpy(ret, name + skip, len);
	ret[len] = 0;
}

/* Number of the iterator that the function belongs to. */
static uint32_t iter_number(struct verifier *v, const struct kfunc_proto *k)
{
	char name[48], other[48];
	uint32_t i;

	iter_name(k->p.name, name, sizeof(name));
	for (i = 0; i < sizeof(v->iters) / sizeof(v->iters[0]) && v->iters[i]; i++) {
		iter_name(v->iters[i], other, sizeof(other));
		if (!strcmp(name, other))
			return i;
	}
	if (i < sizeof(v->iters) / sizeof(v->iters[0]))
		v->iters[i] = k->p.name;
	return i;
}

static int check_numbers(struct verifier *v, const struct kfunc_proto *k)
{
	for (unsigned int r = 2; r <= 5 && k->p.arg[r - 1] != ARG_NONE; r++) {
		int err = rule_readable(v, r);

		if (err)
			return err;
		if (reg_at(v, r)->kind != KIND_SCALAR)
			return reject(v, CALL_ARG_TYPE, r, kind_row(reg_at(v, r)->kind)->name,
				      "scalar");
	}
	return 0;
}

int iter_new(struct verifier *v, const struct kfunc_proto *k, unsigned int trust)
{
	char name[48];
	struct frame *f;
	unsigned int s;
	uint32_t ref;
	int err = check_numbers(v, k);

	iter_name(k->p.name, name, sizeof(name));
	if (err)
		return err;
	if (!stack_object_at(v, 1, k->iter_size, &f, &s))
		return reject(v, ITER_INIT, (const char *)name, 0);
	for (unsigned int i = 0; i < k->iter_size / 8u; i++)
		if (f->slot[s - i].kind[7] == SLOT_ITER || f->slot[s - i].kind[7] == SLOT_DYNPTR)
			return reject(v, ITER_INIT, (const char *)name, 0);
	err = ref_acquire(v, REF_PTR, &ref);
	if (err)
		return err;
	for (unsigned int i = 0; i < k->iter_size / 8u; i++) {
		slot_scrub(&f->slot[s - i], SLOT_ITER);
		slot_reg(&f->slot[s - i])->kind = KIND_ITER;
		slot_reg(&f->slot[s - i])->obj = iter_number(v, k);
		slot_reg(&f->slot[s - i])->range = (uint16_t)trust;
		slot_reg(&f->slot[s - i])->ref = i ? 0 : ref;
	}
	call_clobber(v);
	reg_set_unknown(reg_at(v, BPF_REG_0));
	return STEP_NEXT;
}

static struct slot *iter_slot(struct state *st, const struct reg *r)
{
	return &st->frame[r->obj]->slot[slot_of(r->off + (int32_t)scalar_const_value(&r->s))];
}

static int iter_expect(struct verifier *v, const struct kfunc_proto *k, struct slot **ret)
{
	char name[48];
	struct frame *f;
	unsigned int s;
	int err = rule_readable(v, 1);

	iter_name(k->p.name, name, sizeof(name));
	if (err)
		return err;
	if (!stack_object_at(v, 1, k->iter_size, &f, &s) || f->slot[s].kind[7] != SLOT_ITER ||
	    !slot_reg(&f->slot[s])->ref || slot_reg(&f->slot[s])->obj != iter_number(v, k))
		return reject(v, ITER_UNINIT, (const char *)name, 0);
	for (unsigned int i = 1; i < k->iter_size / 8u; i++)
		if (f->slot[s - i].kind[7] != SLOT_ITER)
			return reject(v, ITER_UNINIT, (const char *)name, 0);
	if (slot_reg(&f->slot[s])->range & TYPED_UNTRUSTED)
		return reject(v, ITER_RCU, k->p.name);
	*ret = &f->slot[s];
	return 0;
}

/* Where another iterator was walked before, the loop around both is what changed. */
static bool holds_iter(const struct state *st, const struct reg *r, uint32_t ref)
{
	const struct frame *f = st->frame[r->obj];
	unsigned int s = slot_of(r->off + (int32_t)scalar_const_value(&r->s));

	return s < f->n_slots && f->slot[s].kind[7] == SLOT_ITER &&
	       slot_reg(&f->slot[s])->ref == ref;
}

/* Two ways on: there is another item, or there is none. */
int iter_next(struct verifier *v, const struct kfunc_proto *k, uint32_t type)
{
	struct state *more, *before;
	struct reg it = *reg_at(v, 1);
	struct slot *slot;
	int err = iter_expect(v, k, &slot);

	if (err)
		return err;
	call_clobber(v);
	if (!(slot_reg(slot)->flags & REG_DRAINED)) {
		struct reg *r0;

		more = walk_push(v, v->at + 1, &err);
		if (!more)
			return err;
		slot_reg(iter_slot(more, &it))->off++;
		before = prune_previous(v, v->at);
		if (before &&
		    (v->in->policy.exact_kernel || holds_iter(before, &it, slot_reg(slot)->ref)))
			loop_widen(v, before, more);
		r0 = &state_top(more)->reg[BPF_REG_0];
		if (type) {
			typed_set(v, r0, type, slot_reg(slot)->range, false);
		} else {
			reg_set_ptr(r0, KIND_MEM);
			r0->flags |= REG_RDONLY;
			r0->obj = k->iter_item_size;
			r0->ref = slot_reg(slot)->ref;
		}
	}
	slot_reg(slot)->flags |= REG_DRAINED;
	reg_set_const(reg_at(v, BPF_REG_0), 0);
	return STEP_NEXT;
}

int iter_destroy(struct verifier *v, const struct kfunc_proto *k)
{
	struct slot *slot;
	uint32_t ref;
	int err = iter_expect(v, k, &slot);

	if (err)
		return err;
	ref = slot_reg(slot)->ref;
	for (unsigned int i = 0; i < k->iter_size / 8u; i++)
		slot_scrub(slot - i, SLOT_INVALID);
	err = ref_release(v, ref, 1);
	call_clobber(v);
	return err ? err : STEP_NEXT;
}

int iter_arg(struct verifier *v, const struct kfunc_proto *k)
{
	struct slot *slot;

	return iter_expect(v, k, &slot);
}
