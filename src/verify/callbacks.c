/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is the function called that a call was given?  Within the call, any number of times; or
 * later, by itself, knowing nothing of the path that set it up.
 */
#include "verify/call.h"
#include "verify/typed_call.h"

/* Elements of hash tables hold their keys. */
static bool key_is_lent(const struct verifier *v, uint32_t map)
{
	uint32_t type = v->maps[map].desc->type;

	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static void map_element(struct verifier *v, const struct call *c, struct frame *f)
{
	reg_set_ptr(&f->reg[1], KIND_MAP_PTR);
	reg_set_ptr(&f->reg[2], KIND_MAP_KEY);
	reg_set_ptr(&f->reg[3], KIND_MAP_VALUE);
	f->reg[1].obj = f->reg[2].obj = f->reg[3].obj = c->map;
	f->reg[1].uid = f->reg[3].uid = c->map_uid;
	f->reg[3].id = new_id(v);
	/* The frame that it is lent to. */
	if (key_is_lent(v, c->map))
		f->reg[2].range = (uint16_t)f->frameno;
}

static bool is_lent_key(const struct reg *r, uint32_t frame)
{
	return r->kind == KIND_MAP_KEY && r->range == frame;
}

void callback_left(struct verifier *v, const struct frame *f)
{
	ref_invalidate_if(v, is_lent_key, f->frameno);
}

/* The task is the caller's; its memory is locked while the callback runs, no longer. */
static int memory_area(struct verifier *v, const struct call *c, struct frame *f)
{
	uint32_t type = typed_find(v, "vm_area_struct");

	if (!type)
		return reject(v, TYPED_UNKNOWN, "vm_area_struct");
	f->reg[1] = c->arg[0];
	typed_set(v, &f->reg[2], type, 0, false);
	f->reg[3] = c->arg[3];
	return 0;
}

/* What the callback gets, and what it may return. */
static int arguments(struct verifier *v, const struct call *c, struct frame *f)
{
	f->cb_ret_min = 0;
	f->cb_ret_max = 1;
	switch ((enum helper_callback)c->h->callback) {
	case CALLBACK_EACH:
		map_element(v, c, f);
		f->reg[1] = c->arg[0];
		f->reg[4] = c->arg[2];
		return 0;
	case CALLBACK_LOOP:
		reg_set_unknown(&f->reg[1]);
		f->reg[2] = c->arg[2];
		return 0;
	case CALLBACK_DRAIN:
		reg_set_ptr(&f->reg[1], KIND_DYNPTR);
		f->reg[1].flags |= REG_RDONLY;
		f->reg[1].id = new_id(v);
		f->reg[2] = c->arg[2];
		return 0;
	case CALLBACK_TIMER:
	case CALLBACK_WQ:
		map_element(v, c, f);
		f->cb_ret_max = 0;
		return 0;
	case CALLBACK_TASK_WORK:
		map_element(v, c, f);
		f->cb_ret_min = INT32_MIN;
		f->cb_ret_max = INT32_MAX;
		return 0;
	case CALLBACK_LESS: object_less_args(v, c, f); return 0;
	case CALLBACK_VMA: return memory_area(v, c, f);
	case CALLBACK_NONE: break;
	}
	return reject(v, UNSUPPORTED, c->name);
}

static int later(struct verifier *v, const struct call *c)
{
	struct state *st;
	struct frame *f;
	int err = 0;

	v->subs[c->callback].async = true;
	st = walk_push_fresh(v, c->callback, &err);
	if (!st)
		return err;
	f = state_top(st);
	f->kind = FRAME_ASYNC;
	st->sleepable = c->h->callback != CALLBACK_TIMER;
	return arguments(v, c, f);
}

/* One path goes into the callback and comes back to this call, the other goes on behind it. */
static int now(struct verifier *v, const struct call *c)
{
	struct frame *caller = top(v);
	struct state *round;
	int err = 0;

	if (c->h->callback == CALLBACK_LOOP) {
		err = precise_mark(v, BPF_REG_1);
		if (err)
			return err;
		if (caller->callback_depth >= scalar_umax(&c->arg[0].s)) {
			caller->callback_depth = 0;
			return 0;
		}
	}
	round = walk_push(v, v->cfg.subprogs[c->callback].start, &err);
	if (!round)
		return err;
	err = subprog_enter_callback(v, round, c->callback);
	if (!err)
		err = arguments(v, c, state_top(round));
	if (err)
		return err;
	round->callback_unroll++;
	round->frame[round->n_frames - 2]->callback_depth++;
	caller->callback_depth = 0;
	return 0;
}

int callback_call(struct verifier *v, const struct call *c)
{
	if (c->callback == UINT32_MAX)
		return 0;
	return helper_callback_is_async(c->h->callback) ? later(v, c) : now(v, c);
}
