/* SPDX-License-Identifier: BSD-2-Clause */
/* Where may nothing sleep, and what ends with that? */
#include "verify/sections.h"

#include <string.h>

#include "verify/kfunc_sig.h"

/* --- RCU and preemption --- */

static void doubt(struct reg *r)
{
	if (r->kind == KIND_OBJECT && r->range & TYPED_RCU)
		reg_set_unknown(r);
	if ((r->kind != KIND_BTF_OBJ && r->kind != KIND_ITER) || !(r->range & TYPED_RCU))
		return;
	r->range = (uint16_t)((r->range & ~TYPED_RCU) | TYPED_UNTRUSTED);
	r->flags &= (uint8_t)~REG_NULLABLE;
}

/* What lived until the end of the section may be gone. */
static void end_rcu(struct state *st)
{
	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int r = 0; r < BPF_REG_10; r++)
			doubt(&fr->reg[r]);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]) || fr->slot[s].kind[7] == SLOT_ITER)
				doubt(slot_reg(&fr->slot[s]));
	}
}

int section_kfunc(struct verifier *v, const char *name)
{
	struct state *st = v->cur;

	if (!strcmp(name, "bpf_rcu_read_lock")) {
		if (st->rcu)
			return reject(v, SECTION_NESTED, name);
		st->rcu = 1;
	} else if (!strcmp(name, "bpf_rcu_read_unlock")) {
		if (!st->rcu)
			return reject(v, SECTION_UNMATCHED, "rcu read unlock", name);
		st->rcu = 0;
		end_rcu(st);
	} else if (!strcmp(name, "bpf_preempt_disable")) {
		st->no_preempt++;
	} else if (!strcmp(name, "bpf_preempt_enable")) {
		if (!st->no_preempt)
			return reject(v, SECTION_UNMATCHED, "attempt to enable preemption", name);
		st->no_preempt--;
	}
	return 0;
}

/* --- interrupts --- */

static const struct reference *last_irq(const struct state *st)
{
	for (uint32_t i = st->n_refs; i-- > 0;)
		if (st->ref[i].kind == REF_IRQ)
			return &st->ref[i];
	return NULL;
}

static struct slot *flag_slot(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	struct frame *f;
	int32_t off;

	if (reg->kind != KIND_STACK || !scalar_is_const(&reg->s))
		return NULL;
	off = reg->off + (int32_t)scalar_const_value(&reg->s);
	if (off % 8 || off < -STACK_BYTES || off > -8)
		return NULL;
	f = v->cur->frame[reg->obj];
	frame_grow(f, slot_of(off) + 1);
	if (-off > v->subs[f->subprog].stack)
		v->subs[f->subprog].stack = (uint16_t)-off;
	fastcall_touch(v, f, off);
	return &f->slot[slot_of(off)];
}

static int save(struct verifier *v, struct slot *slot, unsigned int r, bool of_lock)
{
	uint32_t id;
	int err;

	if (slot->kind[7] == SLOT_IRQ || slot->kind[7] == SLOT_ITER || slot->kind[7] == SLOT_DYNPTR)
		return reject_text(v, IRQ_FLAG, "expected uninitialized irq flag as arg#%u", r - 1);
	err = ref_acquire(v, REF_IRQ, &id);
	if (err)
		return err;
	v->cur->ref[v->cur->n_refs - 1].obj = of_lock;
	slot_scrub(slot, SLOT_IRQ);
	slot_reg(slot)->kind = KIND_ITER;
	slot_reg(slot)->ref = id;
	return 0;
}

/* What a lock saved the lock restores. */
static int check_class(struct verifier *v, uint32_t id, bool of_lock)
{
	for (uint32_t i = 0; i < v->cur->n_refs; i++)
		if (v->cur->ref[i].id == id && v->cur->ref[i].obj != (uint32_t)of_lock)
			return reject_text(v, IRQ_FLAG,
					   "irq flag acquired by %s kfuncs cannot be restored with "
					   "%s kfuncs",
					   of_lock ? "native" : "lock",
					   of_lock ? "lock" : "native");
	return 0;
}

static int restore(struct verifier *v, struct slot *slot, unsigned int r, bool of_lock)
{
	const struct reference *last = last_irq(v->cur);
	int err;

	if (slot->kind[7] != SLOT_IRQ || !last)
		return reject_text(v, IRQ_FLAG, "expected an initialized irq flag as arg#%u",
				   r - 1);
	err = check_class(v, slot_reg(slot)->ref, of_lock);
	if (err)
		return err;
	if (slot_reg(slot)->ref != last->id)
		return reject(v, IRQ_ORDER, last->id, last->insn);
	for (uint32_t i = (uint32_t)(last - v->cur->ref); i + 1 < v->cur->n_refs; i++)
		v->cur->ref[i] = v->cur->ref[i + 1];
	v->cur->n_refs--;
	slot_scrub(slot, SLOT_INVALID);
	return 0;
}

int section_irq_flag(struct verifier *v, unsigned int r, bool saves, bool of_lock)
{
	struct slot *slot = flag_slot(v, r);

	if (!slot)
		return reject_text(v, IRQ_FLAG, "arg#%u doesn't point to an irq flag on stack",
				   r - 1);
	return saves ? save(v, slot, r, of_lock) : restore(v, slot, r, of_lock);
}

/* --- both --- */

bool section_rcu(const struct verifier *v)
{
	return !v->cur->sleepable || v->cur->n_locks || v->cur->rcu;
}

const char *section_name(const struct verifier *v)
{
	if (v->cur->rcu)
		return "rcu_read_lock region";
	if (v->cur->no_preempt)
		return "non-preemptible region";
	return last_irq(v->cur) ? "IRQ-disabled region" : NULL;
}

int section_check_leave(struct verifier *v, const char *what)
{
	if (last_irq(v->cur))
		return reject(v, SECTION_LEAK, what, "bpf_local_irq_save");
	if (v->cur->rcu)
		return reject(v, SECTION_LEAK, what, "bpf_rcu_read_lock");
	return v->cur->no_preempt ? reject(v, SECTION_LEAK, what, "bpf_preempt_disable") : 0;
}

static bool sleeps(const struct verifier *v, uint32_t at)
{
	const struct kfunc_proto *k;
	const struct helper_proto *h;

	switch (v->cfg.op[at]) {
	case ISA_CALL_SUB:
	case ISA_LD_FUNC: return v->subs[v->cfg.callee[at]].may_sleep;
	case ISA_CALL:
		h = helper_find(v->in->helpers, (uint32_t)v->cfg.insns[at].imm);
		return h && h->flags & HELPER_SLEEPABLE;
	case ISA_CALL_KFUNC:
		if (v->info[at].sig)
			return v->info[at].sig->flags & KF_SLEEPABLE;
		k = v->info[at].kfunc == UINT32_MAX ? NULL : kfunc_row(v->info[at].kfunc);
		return k && k->p.flags & HELPER_SLEEPABLE;
	}
	return false;
}

void section_find_sleepers(struct verifier *v)
{
	bool again = true;

	while (again) {
		again = false;
		for (uint32_t k = 0; k < v->cfg.n_calls; k++) {
			uint32_t i = v->cfg.calls[k];
			struct subprog_info *s = &v->subs[v->cfg.subprog[i]];

			if (s->may_sleep || !sleeps(v, i))
				continue;
			s->may_sleep = true;
			again = true;
		}
	}
}
