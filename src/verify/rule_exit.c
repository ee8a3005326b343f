/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How may a function be left?  From the program, from a function it called, from a callback.
 */
#include "verify/summaries.h"
#include "verify/typed.h"

#include <inttypes.h>

/* A hook returns an int: the upper half of R0 does not count. */
static int check_low_range(struct verifier *v, const struct reg *r0, int64_t min, int64_t max)
{
	int err = precise_mark(v, BPF_REG_0);

	if (err || (scalar_smin32(&r0->s) >= min && scalar_smax32(&r0->s) <= max))
		return err;
	return reject(v, EXIT_RANGE, scalar_smin(&r0->s), scalar_smax(&r0->s), min, max);
}

static int reject_kind(struct verifier *v, const struct reg *r0)
{
	char type[48];
	struct text t;

	text_init(&t, type, sizeof(type));
	reg_print_type(&t, r0);
	return reject(v, EXIT_SCALAR, 0, (const char *)type);
}

static int check_range(struct verifier *v, int64_t min, int64_t max, enum frame_kind kind)
{
	const struct reg *r0 = reg_at(v, BPF_REG_0);
	int err;

	if (r0->kind != KIND_SCALAR)
		return reject_kind(v, r0);
	if (kind == FRAME_PLAIN && target_returns_int(v) && min != INT64_MIN)
		return check_low_range(v, r0, min, max);
	err = min == INT64_MIN ? 0 : precise_want(v, BPF_REG_0, min, max);
	if (err)
		return err;
	if (scalar_smin(&r0->s) >= min && scalar_smax(&r0->s) <= max)
		return 0;
	if (kind == FRAME_ASYNC)
		return reject(v, ASYNC_RETURN, scalar_smin(&r0->s), scalar_smax(&r0->s), min, max);
	if (kind == FRAME_CALLBACK)
		return reject(v, CALLBACK_RETURN, scalar_smin(&r0->s), scalar_smax(&r0->s), min,
			      max);
	return reject(v, EXIT_RANGE, scalar_smin(&r0->s), scalar_smax(&r0->s), min, max);
}

static int exit_main(struct verifier *v)
{
	const struct frame *f = top(v);
	bool hands_over = f->kind == FRAME_PLAIN && !v->in_global && owned_returned(v);
	int err = ref_check_leak_but(v, "BPF_EXIT instruction in main prog",
				     hands_over ? f->reg[BPF_REG_0].ref : 0);
	int64_t min, max;

	if (!err && f->kind == FRAME_PLAIN && !v->in_global && target_returns_nothing(v))
		return STEP_END;
	if (!err)
		err = rule_readable(v, BPF_REG_0);
	if (err)
		return err;
	if (f->kind == FRAME_ASYNC) {
		err = check_range(v, f->cb_ret_min, f->cb_ret_max, f->kind);
		return err ? err : STEP_END;
	}
	if (hands_over)
		return STEP_END;
	if (reg_is_ptr(reg_at(v, BPF_REG_0)) && !v->in->policy.leak_pointers)
		return reject(v, EXIT_LEAK, 0);
	if (v->in_global && (!v->exception_cb || f->subprog != v->exception_cb))
		err = check_range(v, INT64_MIN, INT64_MAX, FRAME_PLAIN);
	else if (owned_returns(v))
		err = check_range(v, 0, 0, FRAME_PLAIN);
	else if (target_return(v, &min, &max))
		err = check_range(v, min, max, FRAME_PLAIN);
	else if (v->type->ret_checked && !v->extends)
		err = check_range(v, v->type->ret_min, v->type->ret_max, FRAME_PLAIN);
	return err ? err : STEP_END;
}

/* Back to the call, which decides whether there is another round. */
static int exit_callback(struct verifier *v)
{
	struct frame *f = top(v);
	struct state *cur = v->cur, *before;
	int err = rule_readable(v, BPF_REG_0);

	if (!err)
		err = ref_check_callback(v, "BPF_EXIT instruction in callback");
	if (!err)
		err = check_range(v, f->cb_ret_min, f->cb_ret_max, FRAME_CALLBACK);
	if (err)
		return err;
	cur->insn = f->callsite;
	cur->n_frames--;
	callback_left(v, f);
	before = prune_previous(v, cur->insn);
	if (before)
		loop_widen(v, before, cur);
	return STEP_JUMPED;
}

int rule_exit(struct verifier *v)
{
	struct state *cur = v->cur;
	struct frame *f = top(v);
	const struct reg *r0 = &f->reg[BPF_REG_0];

	if (cur->n_frames == 1)
		return v->making ? summary_exit(v) : exit_main(v);
	if (f->kind == FRAME_CALLBACK)
		return exit_callback(v);
	if (r0->kind == KIND_STACK)
		return reject(v, EXIT_STACK);
	if (f->due && !v->auditing && summary_check(v, f->due, r0))
		return -EFAULT;
	cur->frame[cur->n_frames - 2]->reg[BPF_REG_0] = *r0;
	cur->insn = f->callsite + 1;
	cur->n_frames--;
	return STEP_JUMPED;
}
