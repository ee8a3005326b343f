/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which maps may this program use, and which helpers go with them?  Rules of map types that depend
 * on the program.
 */
#include <ring3/bpf.h>

#include "verify/call.h"

static bool writes_map(uint32_t func)
{
	return func == BPF_FUNC_map_update_elem || func == BPF_FUNC_map_delete_elem ||
	       func == BPF_FUNC_map_push_elem || func == BPF_FUNC_map_pop_elem;
}

static bool is_sockmap(const struct map_desc *m)
{
	return m->type == BPF_MAP_TYPE_SOCKMAP || m->type == BPF_MAP_TYPE_SOCKHASH;
}

/* Programs that never run with a socket's or a map's lock held. */
static bool may_change_sockmap(const struct verifier *v, uint32_t func)
{
	switch (v->type->type) {
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SK_REUSEPORT:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case BPF_PROG_TYPE_SK_LOOKUP: return true;
	case BPF_PROG_TYPE_SOCK_OPS: return func == BPF_FUNC_map_delete_elem;
	case BPF_PROG_TYPE_TRACING: return v->in->expected_attach_type == BPF_TRACE_ITER;
	}
	return false;
}

int call_check_map(struct verifier *v, const struct call *c)
{
	const struct map_desc *m = v->maps[c->map].desc;
	uint32_t func = c->h->id;

	if (c->is_kfunc || v->info[v->at].allowed_map == c->map + 1)
		return 0;
	if (!map_type_allows(m->type, func))
		return func == BPF_FUNC_tail_call
			       ? reject(v, CALL_TAIL_MAP)
			       : reject(v, CALL_MAP_TYPE, m->type, (const char *)c->name, func);
	if (is_sockmap(m) && writes_map(func) && !may_change_sockmap(v, func))
		return reject(v, CALL_SOCKMAP, m->type, (const char *)c->name, func);
	if (m->flags & BPF_F_RDONLY_PROG && writes_map(func))
		return reject(v, MAP_WRITE, m->value_size, 0, 0);
	v->info[v->at].allowed_map = c->map + 1;
	return 0;
}

enum helper_arg call_map_value(const struct verifier *v, const struct call *c, enum helper_arg arg)
{
	if (arg == ARG_MAP_VALUE && c->map != NO_MAP && is_sockmap(v->maps[c->map].desc))
		return ARG_SOCK_COMMON;
	return arg;
}

bool call_map_acquires(const struct verifier *v, const struct call *c)
{
	return !c->is_kfunc && c->h->id == BPF_FUNC_map_lookup_elem && c->map != NO_MAP &&
	       is_sockmap(v->maps[c->map].desc);
}

/* Maps whose elements outlive whoever sleeps. */
static bool may_sleep_with(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGRP_STORAGE:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_ARENA: return true;
	}
	return false;
}

int call_map_usable(struct verifier *v, const struct map_desc *m)
{
	if (m->type == BPF_MAP_TYPE_STRUCT_OPS)
		return reject(v, MAP_PROGRAM, "bpf_struct_ops map cannot be used in prog");
	if (v->in->prog_flags & BPF_F_SLEEPABLE && !may_sleep_with(m->type))
		return reject(v, MAP_PROGRAM,
			      "Sleepable programs can only use array, hash, ringbuf and local "
			      "storage maps");
	return 0;
}
