/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a call give a helper what its prototype asks for, and what comes back?  The arguments are
 * judged against objects, not against what the verifier concluded.
 */
#include <inttypes.h>
#include <stddef.h>

#include "map/map.h"
#include "run/check_priv.h"
#include "run/prog.h"
#include "run/tail.h"

enum {
	FUNC_FOR_EACH_MAP_ELEM = 164,
	FUNC_LOOP = 181,
	DYNPTR_BYTES = 16
};

/* Argument `at` of a call in progress. */
struct call_arg {
	struct interp_check *ck;
	const struct helper_proto *p;
	const struct check_val *v;
	uint64_t next; /* value of the argument after it */
	unsigned int at;
};

static void check_mem_arg(const struct call_arg *a, uint64_t size, bool write, bool or_null)
{
	if ((or_null && !a->v->v) || !size)
		return;
	check_access(a->ck, a->v, 0, size, write);
}

static void check_map_arg(const struct call_arg *a)
{
	const struct check_obj *o = a->v->obj ? &a->ck->objs[a->v->obj] : NULL;

	if (o && o->map && a->v->v == (uint64_t)o->map)
		a->ck->calling_map = o->map;
	else
		check_violation(a->ck, "argument %u of bpf_%s is no map", a->at + 1, a->p->name);
}

static void check_released(const struct call_arg *a)
{
	struct check_obj *o = a->v->obj ? &a->ck->objs[a->v->obj] : NULL;

	if (!o || !o->live || !o->released || a->v->v != o->base)
		check_violation(a->ck, "argument %u of bpf_%s is not what a helper gave out",
				a->at + 1, a->p->name);
	else if (a->p->flags & HELPER_RELEASES)
		o->live = false;
}

static void check_string(const struct call_arg *a)
{
	const struct check_obj *o = check_obj_of(a->ck, a->v, a->v->v);
	uint64_t room = o ? o->size - (a->v->v - o->base) : 0;

	if (!check_access(a->ck, a->v, 0, 1, false))
		return;
	for (uint64_t i = 0; i < room; i++)
		if (!((const char *)a->v->v)[i])
			return;
	check_violation(a->ck, "argument %u of bpf_%s is a string without end", a->at + 1,
			a->p->name);
}

static void check_func_arg(const struct call_arg *a)
{
	uint64_t off = a->v->v - (uint64_t)a->ck->insns;

	if (off >= (uint64_t)a->ck->n_insns * sizeof(struct bpf_insn) || off % 8)
		check_violation(a->ck, "argument %u of bpf_%s is no function", a->at + 1,
				a->p->name);
}

static void check_ctx_arg(const struct call_arg *a, bool or_null)
{
	if (!(or_null && !a->v->v) && a->v->v != a->ck->ctx)
		check_violation(a->ck, "argument %u of bpf_%s is not the context", a->at + 1,
				a->p->name);
}

static uint64_t map_bytes(const struct call_arg *a, bool key)
{
	const struct map *map = a->ck->calling_map;

	if (!map)
		return 0;
	return key ? map->desc.key_size : map->desc.value_size;
}

static void check_arg(const struct call_arg *a)
{
	switch ((enum helper_arg)a->p->arg[a->at]) {
	case ARG_CONST_MAP_PTR: check_map_arg(a); return;
	case ARG_MAP_KEY: check_mem_arg(a, map_bytes(a, true), false, false); return;
	case ARG_MAP_VALUE: check_mem_arg(a, map_bytes(a, false), false, false); return;
	case ARG_MAP_VALUE_OR_NULL: check_mem_arg(a, map_bytes(a, false), false, true); return;
	case ARG_UNINIT_MAP_VALUE: check_mem_arg(a, map_bytes(a, false), true, false); return;
	case ARG_MEM: check_mem_arg(a, a->next, false, false); return;
	case ARG_MEM_OR_NULL: check_mem_arg(a, a->next, false, true); return;
	case ARG_MEM_RDWR:
	case ARG_UNINIT_MEM: check_mem_arg(a, a->next, true, false); return;
	case ARG_BUFFER_OR_NULL:
	case ARG_MEM_RDWR_OR_NULL:
	case ARG_UNINIT_MEM_OR_NULL: check_mem_arg(a, a->next, true, true); return;
	case ARG_FIXED_MEM: check_mem_arg(a, a->p->fixed_size[a->at], false, false); return;
	case ARG_FIXED_UNINIT_MEM: check_mem_arg(a, a->p->fixed_size[a->at], true, false); return;
	case ARG_CTX: check_ctx_arg(a, false); return;
	case ARG_CTX_OR_NULL: check_ctx_arg(a, true); return;
	case ARG_SPIN_LOCK:
	case ARG_INT_PTR: check_mem_arg(a, 4, true, false); return;
	case ARG_LONG_PTR: check_mem_arg(a, 8, true, false); return;
	case ARG_TIMER:
	case ARG_WQ: check_mem_arg(a, 16, true, false); return;
	case ARG_TASK_WORK: check_mem_arg(a, 8, true, false); return;
	case ARG_RES_SPIN_LOCK: check_mem_arg(a, 4, true, false); return;
	case ARG_IRQ_FLAG: check_mem_arg(a, 8, true, false); return;
	case ARG_DYNPTR_UNINIT:
	case ARG_DYNPTR:
	case ARG_DYNPTR_CHANGED:
	case ARG_DYNPTR_RINGBUF: check_mem_arg(a, DYNPTR_BYTES, true, false); return;
	case ARG_FUNC: check_func_arg(a); return;
	case ARG_CONST_STR: check_string(a); return;
	case ARG_ALLOC_MEM: check_released(a); return;
	case ARG_NONE:
	case ARG_TYPE_ID:
	case ARG_PERCPU_TYPE_ID:
	case ARG_OBJECT:
	case ARG_PERCPU_OBJECT:
	case ARG_REFCOUNTED:
	case ARG_LIST_HEAD:
	case ARG_LIST_NODE:
	case ARG_RB_ROOT:
	case ARG_RB_NODE:
	case ARG_RB_NODE_IN:
	case ARG_SCALAR:
	case ARG_STACK_OR_NULL: /* only handed on to a callback, which may not use it */
	case ARG_IGNORED:
	case ARG_BUFFER_SIZE:
	case ARG_ANYTHING:
	case ARG_SIZE:
	case ARG_SIZE_OR_ZERO:
	case ARG_CONST_SIZE:
	case ARG_CONST_ALLOC_SIZE:
	case ARG_BTF_ID:
	case ARG_BTF_ID_OR_NULL:
	case ARG_SOCK_COMMON:
	case ARG_SOCKET:
	case ARG_SOCKET_OR_NULL:
	case ARG_SOCK_COMMON_OR_NULL:
	case ARG_SOCK_FIELDS:
	case ARG_PERCPU_BTF_ID:
	case ARG_KPTR:
	case ARG_KPTR_VALUE: return;
	}
}

static uint64_t size_arg(const struct helper_proto *p, const struct check_val *args,
			 enum helper_arg kind)
{
	for (unsigned int i = 0; i < 5; i++)
		if (p->arg[i] == kind)
			return args[i].v;
	return 0;
}

static struct check_val object_value(struct interp_check *ck, struct check_obj o)
{
	struct check_val v = { .v = o.base, .init = true };

	o.live = true;
	o.writable = true;
	if (o.base)
		v.obj = check_add_obj(ck, &o);
	return v;
}

/* What a lookup found: a value, or in a map of maps another map. */
static struct check_val map_value(struct interp_check *ck, const struct map *map, uint64_t addr)
{
	struct check_val inner = { .v = addr, .init = true };
	bool is_outer = map && (map->desc.type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
				map->desc.type == BPF_MAP_TYPE_HASH_OF_MAPS);

	if (is_outer && addr) {
		inner.obj = check_add_obj(ck, &(struct check_obj){ .what = "map",
								   .map = (struct map *)addr,
								   .live = true });
		return inner;
	}
	return object_value(ck, (struct check_obj){ .base = addr,
						    .size = map ? map->desc.value_size : 0,
						    .what = "map value" });
}

/* r0 after the call; `args` are the arguments as they were. */
static struct check_val result(struct interp_check *ck, const struct helper_proto *p,
			       const struct check_val *args, uint64_t r0)
{
	struct check_obj o = { .base = r0 };

	switch ((enum helper_ret)p->ret) {
	case RET_MAP_VALUE:
	case RET_MAP_VALUE_OR_NULL: return map_value(ck, ck->calling_map, r0);
	case RET_ALLOC_MEM_OR_NULL:
		o.size = size_arg(p, args, ARG_CONST_ALLOC_SIZE);
		o.what = "record of a ring buffer";
		o.released = true;
		return object_value(ck, o);
	case RET_DYNPTR_SLICE_OR_NULL:
	case RET_DYNPTR_SLICE_RDWR_OR_NULL:
		o.size = size_arg(p, args, ARG_BUFFER_SIZE);
		o.what = "slice of a dynptr";
		o.is_slice = true;
		return object_value(ck, o);
	case RET_DYNPTR_MEM_OR_NULL:
		o.size = size_arg(p, args, ARG_CONST_ALLOC_SIZE);
		o.what = "slice of a dynptr";
		o.is_slice = true;
		return object_value(ck, o);
	case RET_OBJECT_OR_NULL:
	case RET_OBJECT_SHARED:
	case RET_NODE_OR_NULL:
	case RET_NODE_PEEK_OR_NULL:
	case RET_INTEGER:
	case RET_VOID:
	case RET_SOCKET_OR_NULL:
	case RET_TCP_SOCK_OR_NULL:
	case RET_SOCK_COMMON_OR_NULL:
	case RET_BTF_ID:
	case RET_BTF_ID_TRUSTED:
	case RET_BTF_ID_OR_NULL:
	case RET_MEM_OR_BTF_ID:
	case RET_MEM_OR_BTF_ID_OR_NULL:
	case RET_KPTR_OR_NULL: break;
	}
	return (struct check_val){ .v = r0, .init = true };
}

/* The context that the program handed over comes back as what it was. */
static uint32_t object_of_context(const struct interp_check *ck, uint64_t v)
{
	for (unsigned int i = 0; ck->calling && i < 5; i++)
		if (ck->calling->arg[i] == ARG_STACK_OR_NULL && ck->calling_args[i].v == v)
			return ck->calling_args[i].obj;
	return 0;
}

/* A callback's arguments by the helper that calls it. */
static void callback_args(struct interp_check *ck, struct check_val *args)
{
	const struct map *map = ck->calling_map;

	for (unsigned int i = 0; i < 5; i++)
		args[i].obj = object_of_context(ck, args[i].v);
	if (ck->calling && ck->calling->id == FUNC_FOR_EACH_MAP_ELEM && map) {
		args[1] = object_value(ck, (struct check_obj){ .base = args[1].v,
							       .size = map->desc.key_size,
							       .what = "map key" });
		args[2] = map_value(ck, map, args[2].v);
	}
}

static uint64_t invoke(struct run *run, uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
		       uint64_t a4, uint64_t a5)
{
	struct interp_check *ck = run->engine;
	const struct helper_proto *calling = ck->calling;
	const struct check_val *calling_args = ck->calling_args;
	struct map *calling_map = ck->calling_map;
	struct check_val args[5] = {
		{ a1, 0, true }, { a2, 0, true }, { a3, 0, true }, { a4, 0, true }, { a5, 0, true }
	};
	struct check_val kept[11], r0;
	uint32_t pc = ck->pc;

	if (ck->depth + 1 >= RUN_MAX_CALLS)
		return 0;
	callback_args(ck, args);
	for (int i = 0; i < 11; i++)
		kept[i] = ck->r[i];
	ck->depth++;
	r0 = check_from(ck, (uint32_t)((fn - (uint64_t)ck->insns) / sizeof(struct bpf_insn)), args);
	ck->depth--;
	for (int i = 0; i < 11; i++)
		ck->r[i] = kept[i];
	ck->pc = pc;
	ck->calling = calling;
	ck->calling_map = calling_map;
	ck->calling_args = calling_args;
	return r0.v;
}

static void call_helper(struct interp_check *ck, const struct helper_proto *p)
{
	uint64_t before = ck->violations;
	struct check_val args[5], r0;

	ck->calling = p;
	ck->calling_map = NULL;
	ck->calling_args = args;
	for (unsigned int i = 0; i < 5; i++)
		args[i] = ck->r[1 + i];
	for (unsigned int i = 0; i < 5 && p->arg[i] != ARG_NONE; i++) {
		struct call_arg a = { ck, p, &args[i], i < 4 ? args[i + 1].v : 0, i };

		if (!args[i].init)
			check_violation(ck, "argument %u of bpf_%s is not initialised", i + 1,
					p->name);
		check_arg(&a);
	}
	ck->run->engine = ck;
	ck->run->invoke = invoke;
	r0 = (struct check_val){ .init = true };
	if (ck->violations == before)
		r0.v = p->fn(args[0].v, args[1].v, args[2].v, args[3].v, args[4].v, ck->run);
	ck->calling_args = NULL;
	ck->r[0] = ck->violations == before ? result(ck, p, args, r0.v) : r0;
	ck->calling = NULL;
	if (p->flags & HELPER_CHANGES_PKT)
		check_find_ctx_objs(ck);
}

/* The rest of the function belongs to another program, with a checker of its own. */
static void tail_call(struct interp_check *ck)
{
	const struct check_obj *o = ck->r[2].obj ? &ck->objs[ck->r[2].obj] : NULL;
	struct interp_check *next = NULL;
	const struct prog *prog;
	uint64_t violations = 0;

	ck->r[0] = (struct check_val){ .v = TAIL_CALL_FAILED, .init = true };
	if (!o || !o->map || ck->r[1].v != ck->ctx) {
		check_violation(ck, "tail call without context or prog array");
		return;
	}
	prog = tail_take(o->map, ck->r[3].v, ck->run);
	if (!prog)
		return;
	ck->run->prog = prog;
	if (interp_check_new(&prog->code, &next) != 0) {
		check_violation(ck, "no memory to check the program of a tail call");
		return;
	}
	ck->r[0].v = interp_check_run(next, (void *)ck->ctx, ck->ctx_size, ck->run, &violations,
				      ck->violations ? NULL : ck->why);
	ck->violations += violations;
	interp_check_free(next);
	ck->tail_taken = true;
}

static void call_raw(struct interp_check *ck, uint64_t id)
{
	struct check_val *r = ck->r;

	if (id >= ck->raw->n_fns || !ck->raw->fns[id]) {
		check_violation(ck, "call of helper %" PRIu64 ", which does not exist", id);
		return;
	}
	r[0] = (struct check_val){ .v = ck->raw->fns[id](r[1].v, r[2].v, r[3].v, r[4].v, r[5].v),
				   .init = true };
}

void check_call(struct interp_check *ck, const struct bpf_insn *insn)
{
	const struct helper_proto *p = NULL;

	if (ck->raw) {
		call_raw(ck, insn->code == 0x8d ? ck->r[insn->dst_reg].v : (uint32_t)insn->imm);
		return;
	}
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		const struct kfunc_proto *k = kfunc_row((uint32_t)insn->imm);

		p = k ? &k->p : NULL;
	} else if (insn->imm == TAIL_CALL_HELPER) {
		tail_call(ck);
		return;
	} else {
		p = helper_find(ck->code->helpers, (uint32_t)insn->imm);
	}
	if (p && p->fn)
		call_helper(ck, p);
	else
		check_violation(ck, "call of a helper that cannot run");
	for (int i = 1; i <= 5; i++)
		ck->r[i].init = false;
}
