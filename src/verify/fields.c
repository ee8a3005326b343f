/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does this argument point at the special field that the call works on?  Fields lie in map values
 * and in objects that the program allocated; records say where.
 */
#include "verify/env.h"

const struct btf_record *field_record(struct verifier *v, const struct reg *r)
{
	if (r->kind == KIND_OBJECT)
		return object_record(v, r->obj);
	return r->kind == KIND_MAP_VALUE ? &v->maps[r->obj].record : NULL;
}

static int refuse(struct verifier *v, enum btf_field_kind kind, const char *why)
{
	if (kind == FIELD_SPIN_LOCK || kind == FIELD_RES_SPIN_LOCK)
		return reject(v, LOCK_FIELD, why);
	return reject(v, CALL_FIELD, why);
}

static int no_field(struct verifier *v, const struct reg *r, enum btf_field_kind kind)
{
	char why[128];
	struct text t;

	text_init(&t, why, sizeof(why));
	if (r->kind == KIND_MAP_VALUE)
		text_add(&t, "map '%.15s' has no valid %s", map_of(v, r)->name,
			 btf_field_name(kind));
	else
		text_add(&t, "local object has no valid %s", btf_field_name(kind));
	return refuse(v, kind, why);
}

int field_arg(struct verifier *v, unsigned int r, enum btf_field_kind kind,
	      const struct btf_field **ret_field)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec = field_record(v, reg);
	const char *name = btf_field_name(kind);
	const struct btf_field *f;
	char why[128];
	struct text t;
	int64_t off;

	text_init(&t, why, sizeof(why));
	if (!scalar_is_const(&reg->s)) {
		text_add(&t,
			 "R%u doesn't have constant offset. %s has to be at the constant offset", r,
			 name);
		return refuse(v, kind, why);
	}
	f = rec ? btf_record_find(rec, kind) : NULL;
	if (!f)
		return no_field(v, reg, kind);
	off = reg->off + (int64_t)scalar_const_value(&reg->s);
	*ret_field = off < 0 ? NULL : btf_record_at(rec, (uint64_t)off);
	if (*ret_field && (*ret_field)->kind == kind)
		return 0;
	text_add(&t, "off %lld doesn't point to 'struct %s' that is at %u", (long long)off, name,
		 f->off);
	return refuse(v, kind, why);
}

static const struct {
	uint8_t kind; /* enum btf_field_kind */
	const char *name;
	bool in_sockets; /* refused to socket filters too */
} not_traced[] = {
	{ FIELD_SPIN_LOCK, "bpf_spin_lock", true },
	{ FIELD_RES_SPIN_LOCK, "bpf_spin_lock", true },
	{ FIELD_LIST_HEAD, "bpf_{list_head,rb_root}", false },
	{ FIELD_RB_ROOT, "bpf_{list_head,rb_root}", false },
	{ FIELD_TIMER, "bpf_timer", false },
	{ FIELD_WORKQUEUE, "bpf_wq", false },
};

int field_check_map(struct verifier *v, const struct vmap *m)
{
	bool traces = v->type->groups & HELPER_GROUP_TRACING;
	bool filters = v->type->groups & HELPER_GROUP_SOCKET;

	for (size_t i = 0; i < sizeof(not_traced) / sizeof(not_traced[0]); i++) {
		if (!btf_record_find(&m->record, not_traced[i].kind))
			continue;
		if (traces)
			return reject(v, PROG_FIELD, "tracing", not_traced[i].name);
		if (filters && not_traced[i].in_sockets)
			return reject(v, PROG_FIELD, "socket filter", not_traced[i].name);
	}
	return 0;
}
