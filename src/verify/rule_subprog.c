/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do functions of one program call each other?  Static functions are walked in the caller's
 * context; global ones are verified once by their signature, and a call only checks arguments.
 */
#include <errno.h>

#include "verify/call.h"
#include "verify/sections.h"
#include "verify/summaries.h"
#include "verify/typed_call.h"

static struct frame *enter(struct verifier *v, struct state *st, uint32_t subprog, bool working)
{
	struct frame *f = state_add_frame(&v->pool, st, working);

	if (!f)
		return NULL;
	f->callsite = v->at;
	f->subprog = subprog;
	st->insn = v->cfg.subprogs[subprog].start;
	return f;
}

static int check_depth(struct verifier *v)
{
	return v->cur->n_frames == STATE_FRAMES ? reject(v, CALL_DEPTH, STATE_FRAMES + 1, "") : 0;
}

int subprog_enter_callback(struct verifier *v, struct state *st, uint32_t subprog)
{
	struct frame *f;
	int err = check_depth(v);

	if (err)
		return err;
	f = enter(v, st, subprog, false);
	if (!f)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	f->kind = FRAME_CALLBACK;
	return 0;
}

/* --- global functions --- */

static int check_object_arg(struct verifier *v, const struct func_sig *sig, unsigned int r)
{
	struct reg plain = *reg_at(v, r);

	if (reg_is_zero(&plain))
		return sig->arg[r - 1].nullable ? precise_mark(v, r) : -EINVAL;
	if (plain.flags & REG_NULLABLE && !sig->arg[r - 1].nullable)
		return -EINVAL;
	plain.flags &= (uint8_t)~REG_NULLABLE;
	/* As helpers do, it takes those of which nothing is said, too. */
	if (plain.kind != KIND_BTF_OBJ ||
	    plain.range & (TYPED_UNTRUSTED | TYPED_USER | TYPED_PERCPU) ||
	    typed_check_offset(v, r, false) || typed_check_type(v, r, sig->arg[r - 1].size))
		return -EINVAL;
	return 0;
}

static int check_global_arg(struct verifier *v, const struct func_sig *sig, unsigned int r)
{
	struct reg *reg = reg_at(v, r);
	int err = rule_readable(v, r);

	if (err)
		return err;
	switch ((enum sig_kind)sig->arg[r - 1].kind) {
	case SIG_SCALAR: return reg->kind == KIND_SCALAR ? 0 : -EINVAL;
	case SIG_CTX:
		return reg->kind == KIND_CTX && !reg->off && !(reg->flags & REG_NULLABLE) &&
				       scalar_is_const(&reg->s) && !scalar_const_value(&reg->s)
			       ? 0
			       : -EINVAL;
	case SIG_MEM: {
		struct reg keep = *reg;

		if (reg_is_zero(reg) || reg->flags & REG_NULLABLE) {
			if (!sig->arg[r - 1].nullable)
				return -EINVAL;
			if (reg_is_zero(reg))
				return precise_mark(v, r);
			reg->flags &= (uint8_t)~REG_NULLABLE;
		}
		if (!reg_is_ptr(reg) || !kind_row(reg->kind)->memory ||
		    (reg->kind == KIND_CTX && v->type->type != BPF_PROG_TYPE_SYSCALL))
			return -EINVAL;
		err = rule_mem_arg(v, r, sig->arg[r - 1].size, ACCESS_RW, false, false);
		*reg_at(v, r) = keep;
		return err;
	}
	case SIG_OBJECT: return check_object_arg(v, sig, r);
	case SIG_DYNPTR: {
		struct call c = { 0 };

		return reg->kind == KIND_STACK || reg->kind == KIND_DYNPTR
			       ? dynptr_arg(v, &c, r, ARG_DYNPTR)
			       : -EINVAL;
	}
	case SIG_UNTRUSTED: return 0;
	case SIG_ARENA: return reg->kind == KIND_ARENA || reg->kind == KIND_SCALAR ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int call_global(struct verifier *v, uint32_t subprog)
{
	struct subprog_info *s = &v->subs[subprog];

	if (v->cur->n_locks)
		return reject(v, CALL_GLOBAL_LOCKED);
	if (s->may_sleep && (section_name(v) || !v->cur->sleepable))
		return reject(v, CALL_GLOBAL_SLEEP);
	if (!s->sig.ok)
		return reject(v, CALL_GLOBAL_SIG, s->sig.bad_arg, s->sig.bad_type, s->sig.name);
	for (unsigned int r = 1; r <= s->sig.n; r++) {
		int err = check_global_arg(v, &s->sig, r);

		if (err && (!diag_is_set(&v->diag) || err == -EINVAL))
			return reject(v, CALL_GLOBAL_ARGS, subprog, s->sig.name);
		if (err)
			return err;
	}
	s->wanted = true;
	if (v->traces)
		trace_say(v, "Func#%u ('%s') is global and assumed valid.", subprog, s->sig.name);
	call_clobber(v);
	reg_set_unknown(reg_at(v, BPF_REG_0));
	if (s->changes_packet)
		packet_invalidate(v);
	return STEP_NEXT;
}

int rule_call_sub(struct verifier *v, const struct bpf_insn *insn)
{
	uint32_t subprog = v->cfg.callee[v->at];
	struct frame *caller = top(v), *callee;
	const struct summary *due;
	int err;

	(void)insn;
	if (v->exception_cb && subprog == v->exception_cb)
		return reject(v, EXCEPTION_CALL, v->at);
	if (v->subs[subprog].global)
		return call_global(v, subprog);
	err = check_depth(v);
	if (err)
		return err;
	if (summary_call(v, subprog, &err, &due))
		return err;
	callee = enter(v, v->cur, subprog, true);
	callee->due = due;
	for (unsigned int r = 1; r <= 5; r++)
		callee->reg[r] = caller->reg[r];
	for (unsigned int r = 0; r <= 5; r++)
		caller->reg[r].kind = KIND_NOT_INIT;
	prune_forget_dead(v, caller, v->at);
	return STEP_JUMPED;
}

bool subprog_start_global(struct verifier *v, uint32_t subprog)
{
	const struct func_sig *sig = &v->subs[subprog].sig;
	struct state *st = v->cur;
	struct frame *f;

	st->n_frames = 0;
	f = state_add_frame(&v->pool, st, true);
	if (!f)
		return false;
	f->subprog = subprog;
	st->insn = v->cfg.subprogs[subprog].start;
	for (unsigned int r = 1; r <= sig->n; r++) {
		struct reg *reg = &f->reg[r];

		switch ((enum sig_kind)sig->arg[r - 1].kind) {
		case SIG_SCALAR: reg_set_unknown(reg); break;
		case SIG_CTX: reg_set_ptr(reg, KIND_CTX); break;
		case SIG_ARENA: reg_set_ptr(reg, KIND_ARENA); break;
		case SIG_DYNPTR:
			reg_set_ptr(reg, KIND_DYNPTR);
			reg->flags |= REG_RDONLY;
			reg->id = new_id(v);
			break;
		case SIG_MEM:
			reg_set_ptr(reg, KIND_MEM);
			reg->obj = sig->arg[r - 1].size;
			if (!sig->arg[r - 1].nullable)
				break;
			reg->flags |= REG_NULLABLE;
			reg->id = new_id(v);
			break;
		case SIG_UNTRUSTED: typed_set_untrusted(v, reg, sig->arg[r - 1].size); break;
		case SIG_OBJECT:
			typed_set(v, reg, sig->arg[r - 1].size, TYPED_TRUSTED,
				  sig->arg[r - 1].nullable);
			break;
		}
	}
	return true;
}
