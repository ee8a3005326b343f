/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which locks are held?  Spin locks of map values and allocated objects: one bpf_spin_lock at a
 * time, resilient ones nested but given back in order.
 */
#include "verify/env.h"

#include <string.h>

static const char *name_of(enum ref_kind kind)
{
	return kind == REF_LOCK ? "bpf_spin" : "bpf_res_spin";
}

static enum btf_field_kind field_of(enum ref_kind kind)
{
	return kind == REF_LOCK ? FIELD_SPIN_LOCK : FIELD_RES_SPIN_LOCK;
}

/* A lock is known by what it lies in: the map, or that it is an object; and which one. */
static uint32_t owner_of(const struct reg *r)
{
	return r->kind == KIND_MAP_VALUE ? r->obj : UINT32_MAX;
}

static uint32_t identity_of(const struct reg *r)
{
	return r->id;
}

static struct reference *find(struct state *st, const struct reg *r, enum ref_kind kind)
{
	for (uint32_t i = 0; i < st->n_refs; i++) {
		struct reference *ref = &st->ref[i];

		if (ref->kind == kind && ref->obj == owner_of(r) && ref->uid == identity_of(r))
			return ref;
	}
	return NULL;
}

bool lock_protects(const struct verifier *v, const struct reg *r)
{
	return find(v->cur, r, REF_LOCK) || find(v->cur, r, REF_RES_LOCK) ||
	       find(v->cur, r, REF_RES_LOCK_IRQ);
}

static int check(struct verifier *v, unsigned int r, enum ref_kind kind)
{
	const struct frame *f = state_top(v->cur);
	const struct btf_field *field;

	if (f->kind == FRAME_CALLBACK && f->is_less)
		return reject(v, LOCK_IN_LESS, "{lock,unlock}");
	return field_arg(v, r, field_of(kind), &field);
}

int lock_take(struct verifier *v, unsigned int r, enum ref_kind kind)
{
	const struct reg *reg = reg_at(v, r);
	struct reference *ref;
	uint32_t id;
	int err = check(v, r, kind);

	if (err)
		return err;
	if (find(v->cur, reg, kind) || (kind != REF_LOCK && (find(v->cur, reg, REF_RES_LOCK) ||
							     find(v->cur, reg, REF_RES_LOCK_IRQ))))
		return reject(v, LOCK_AGAIN);
	err = ref_acquire(v, kind, &id);
	if (err)
		return err;
	ref = &v->cur->ref[v->cur->n_refs - 1];
	ref->obj = owner_of(reg);
	ref->uid = identity_of(reg);
	v->cur->n_locks++;
	return 0;
}

static bool is_last(const struct state *st, const struct reference *lock)
{
	for (const struct reference *ref = lock + 1; ref < &st->ref[st->n_refs]; ref++)
		if (ref->kind != REF_PTR && ref->kind != REF_IRQ)
			return false;
	return true;
}

int lock_give(struct verifier *v, unsigned int r, enum ref_kind kind)
{
	const struct reg *reg = reg_at(v, r);
	struct state *st = v->cur;
	struct reference *ref;
	int err = check(v, r, kind);

	if (err)
		return err;
	if (!st->n_locks)
		return reject(v, LOCK_NOT_HELD, name_of(kind), "without taking a lock");
	ref = find(st, reg, kind);
	if (!ref)
		return reject(v, LOCK_NOT_HELD, name_of(kind), "of different lock");
	if (!is_last(st, ref))
		return reject(v, LOCK_ORDER, name_of(kind));
	memmove(ref, ref + 1, (size_t)(&st->ref[st->n_refs] - (ref + 1)) * sizeof(*ref));
	st->n_refs--;
	st->n_locks--;
	object_unlocked(v);
	return 0;
}

/* Two ways on: the lock is held and the call returned 0, or it is not and the call failed. */
int lock_try(struct verifier *v, enum ref_kind kind)
{
	struct state *failed;
	struct reg *r0;
	int err = 0;

	failed = walk_push(v, v->at + 1, &err);
	if (!failed)
		return err;
	memset(&state_top(failed)->reg[0], 0, 6 * sizeof(struct reg));
	r0 = &state_top(failed)->reg[BPF_REG_0];
	reg_set_scalar(r0, scalar_from_s64(-4095, -1));
	return lock_take(v, BPF_REG_1, kind);
}
