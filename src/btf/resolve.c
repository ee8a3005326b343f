/* SPDX-License-Identifier: BSD-2-Clause */
/* Do the types make sense together: references, cycles, sizes of what contains what? */
#include <errno.h>
#include <string.h>

#include "btf/blob.h"

/* Bits of btf_blob.state. */
enum {
	INSIDE = 1,
	RESOLVED = 2,
	ON_CHAIN = 4,
	CHAIN_DONE = 8
};

static int visit(struct btf_check *c, uint32_t id, unsigned int depth);

static uint8_t *state_of(const struct btf_check *c, uint32_t id)
{
	return &c->btf->state[id - c->btf->first_id];
}

static int64_t size_of(const struct btf_check *c, uint32_t id)
{
	int64_t size = btf_size_of(c->btf, id);

	return size < 0 ? BTF_NO_SIZE : size;
}

static const struct btf_type *stripped(const struct btf_check *c, uint32_t id)
{
	return btf_type(c->btf, btf_strip(c->btf, id));
}

/* Descriptions of things that are no types of values. */
static bool is_declaration(const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	return kind == BTF_KIND_VAR || kind == BTF_KIND_DATASEC || kind == BTF_KIND_DECL_TAG;
}

static bool is_plain_int(const struct btf_type *t)
{
	uint32_t data;

	if (btf_kind_of(t) != BTF_KIND_INT)
		return false;
	memcpy(&data, t + 1, sizeof(data));
	return !BTF_INT_OFFSET(data) && BTF_INT_BITS(data) == t->size * 8 &&
	       !(t->size & (t->size - 1));
}

#define BAD(...) return btf_complain(c, t, -EINVAL, __VA_ARGS__)

static int resolve_ref(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_type *to = btf_type(c->btf, t->type);

	/* The kernel lets a function be pointed to when it came first. */
	if (!to || is_declaration(to) || (btf_kind_of(to) == BTF_KIND_FUNC && t->type > c->id))
		BAD("Invalid type_id");
	*size = btf_kind_of(t) == BTF_KIND_PTR ? (int64_t)sizeof(uint64_t) : size_of(c, t->type);
	return 0;
}

static int resolve_array(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_type *elem;
	struct btf_array a;
	int64_t one;

	memcpy(&a, t + 1, sizeof(a));
	if (!btf_type(c->btf, a.index_type) || !is_plain_int(stripped(c, a.index_type)))
		BAD("Invalid index");
	elem = btf_type(c->btf, a.type);
	one = size_of(c, a.type);
	if (!elem || is_declaration(elem) || one == BTF_NO_SIZE)
		BAD("Invalid elem");
	elem = stripped(c, a.type);
	if (btf_kind_of(elem) == BTF_KIND_INT && !is_plain_int(elem))
		BAD("Invalid array of int");
	if (a.nelems && one > UINT32_MAX / a.nelems)
		BAD("Array size overflows u32");
	*size = one * a.nelems;
	return 0;
}

/* Bits of a member that has no width of its own.  In a struct with bit fields the kernel counts an
 * enumeration as an int, whatever its size. */
static uint32_t own_bits(const struct btf_type *bare, int64_t bytes, bool flagged)
{
	unsigned int kind = btf_kind_of(bare);
	uint32_t data;

	if (kind == BTF_KIND_INT && !flagged) {
		memcpy(&data, bare + 1, sizeof(data));
		return BTF_INT_BITS(data) + BTF_INT_OFFSET(data);
	}
	if ((kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64) && flagged)
		return 32;
	return (uint32_t)bytes * 8;
}

static int resolve_member(struct btf_check *c, const struct btf_type *t, const struct btf_member *m)
{
	bool flagged = BTF_INFO_KFLAG(t->info), is_bits;
	uint32_t bit = flagged ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
	uint32_t width = flagged ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0, own;
	const struct btf_type *type = btf_type(c->btf, m->type), *bare;
	int64_t bytes = size_of(c, m->type);
	unsigned int kind;

	if (!type || is_declaration(type) || bytes == BTF_NO_SIZE)
		BAD("Invalid member");
	bare = stripped(c, m->type);
	kind = btf_kind_of(bare);
	is_bits = kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
	if (flagged && kind == BTF_KIND_INT && !is_plain_int(bare))
		BAD("Invalid member base type");
	own = bytes > UINT32_MAX / 8 ? UINT32_MAX : own_bits(bare, bytes, flagged);
	if (width && (!is_bits || width > own))
		BAD("Invalid member bitfield_size");
	if (!width && bit % 8 && (flagged || kind != BTF_KIND_INT))
		BAD("Member is not byte aligned");
	if (kind == BTF_KIND_FLOAT && bit / 8 % (bytes < 8 ? (uint32_t)bytes : 8))
		BAD("Member is not properly aligned");
	if ((uint64_t)bit + (width ? width : own) > (uint64_t)t->size * 8)
		BAD("Member exceeds struct_size");
	return 0;
}

static int resolve_aggregate(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_member *m = (const void *)(t + 1);

	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		int err = resolve_member(c, t, &m[i]);

		if (err)
			return err;
	}
	*size = t->size;
	return 0;
}

static int resolve_var(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_type *to = btf_type(c->btf, t->type);

	*size = size_of(c, t->type);
	if (!to || is_declaration(to) || *size == BTF_NO_SIZE)
		BAD("Invalid type_id");
	return 0;
}

static int resolve_datasec(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_var_secinfo *v = (const void *)(t + 1);

	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		const struct btf_type *var = btf_type(c->btf, v[i].type);

		if (!var || btf_kind_of(var) != BTF_KIND_VAR)
			BAD("Not a VAR kind member");
		if (size_of(c, v[i].type) > v[i].size)
			BAD("Invalid size");
	}
	*size = t->size;
	return 0;
}

static int resolve_func_proto(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_param *p = (const void *)(t + 1);
	const struct btf_type *ret = btf_type(c->btf, t->type);
	unsigned int n = btf_vlen_of(t);

	*size = BTF_NO_SIZE;
	if (!ret || is_declaration(ret) ||
	    (btf_strip(c->btf, t->type) && size_of(c, t->type) == BTF_NO_SIZE))
		BAD("Invalid return type");
	if (n && !p[n - 1].type) { /* variable arguments */
		if (p[n - 1].name_off)
			BAD("Invalid arg#%u", n);
		n--;
	}
	for (unsigned int i = 0; i < n; i++) {
		const struct btf_type *arg = btf_type(c->btf, p[i].type);

		if (!p[i].type || !arg || is_declaration(arg) ||
		    size_of(c, p[i].type) == BTF_NO_SIZE)
			BAD("Invalid arg#%u", i + 1);
		if (!btf_str_ok(c->btf, p[i].name_off) ||
		    (p[i].name_off && !btf_identifier_ok(c->btf, p[i].name_off)))
			BAD("Invalid arg#%u", i + 1);
	}
	return 0;
}

static int resolve_func(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_type *proto = btf_type(c->btf, t->type);
	const struct btf_param *p;

	*size = BTF_NO_SIZE;
	if (!t->type || !proto || btf_kind_of(proto) != BTF_KIND_FUNC_PROTO)
		BAD("Invalid type_id");
	p = (const void *)(proto + 1);
	for (unsigned int i = 0; i < btf_vlen_of(proto); i++)
		if (!p[i].name_off && p[i].type)
			BAD("Invalid arg#%u", i + 1);
	return 0;
}

static int resolve_decl_tag(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	const struct btf_type *to = t->type ? btf_type(c->btf, t->type) : NULL;
	unsigned int kind = to ? btf_kind_of(to) : BTF_KIND_UNKN, most = 0;
	struct btf_decl_tag tag;

	*size = BTF_NO_SIZE;
	memcpy(&tag, t + 1, sizeof(tag));
	if (btf_is_aggregate_kind(kind))
		most = btf_vlen_of(to);
	else if (kind == BTF_KIND_FUNC && btf_type(c->btf, to->type))
		most = btf_vlen_of(btf_type(c->btf, to->type));
	else if (kind != BTF_KIND_FUNC && kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF)
		BAD("Invalid type_id");
	if (tag.component_idx >= 0 && (uint32_t)tag.component_idx >= most)
		BAD("Invalid component_idx");
	return 0;
}

static int resolve_one(struct btf_check *c, const struct btf_type *t, int64_t *size)
{
	switch (btf_kind_of(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG: return resolve_ref(c, t, size);
	case BTF_KIND_ARRAY: return resolve_array(c, t, size);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return resolve_aggregate(c, t, size);
	case BTF_KIND_VAR: return resolve_var(c, t, size);
	case BTF_KIND_DATASEC: return resolve_datasec(c, t, size);
	case BTF_KIND_FUNC_PROTO: return resolve_func_proto(c, t, size);
	case BTF_KIND_FUNC: return resolve_func(c, t, size);
	case BTF_KIND_DECL_TAG: return resolve_decl_tag(c, t, size);
	case BTF_KIND_FWD: *size = BTF_NO_SIZE; return 0;
	default: *size = t->size; return 0; /* integers, enumerations, floats */
	}
}

/* Visits what must be known before t's own size is. */
static int visit_parts(struct btf_check *c, const struct btf_type *t, unsigned int depth)
{
	unsigned int kind = btf_kind_of(t), n = btf_vlen_of(t);
	int err = 0;

	if (btf_is_modifier_kind(kind) || kind == BTF_KIND_VAR || kind == BTF_KIND_FUNC ||
	    kind == BTF_KIND_DECL_TAG)
		return visit(c, t->type, depth);
	if (kind == BTF_KIND_ARRAY) {
		struct btf_array a;

		memcpy(&a, t + 1, sizeof(a));
		err = visit(c, a.index_type, depth);
		return err ? err : visit(c, a.type, depth);
	}
	if (btf_is_aggregate_kind(kind))
		for (unsigned int i = 0; i < n && !err; i++)
			err = visit(c, ((const struct btf_member *)(t + 1))[i].type, depth);
	if (kind == BTF_KIND_DATASEC)
		for (unsigned int i = 0; i < n && !err; i++)
			err = visit(c, ((const struct btf_var_secinfo *)(t + 1))[i].type, depth);
	if (kind == BTF_KIND_FUNC_PROTO) {
		err = visit(c, t->type, depth);
		for (unsigned int i = 0; i < n && !err; i++)
			err = visit(c, ((const struct btf_param *)(t + 1))[i].type, depth);
	}
	return err;
}

static int visit(struct btf_check *c, uint32_t id, unsigned int depth)
{
	const struct btf_type *t = btf_type(c->btf, id);
	uint8_t *state;
	int64_t size = BTF_NO_SIZE;
	int err;

	if (!t || id < c->btf->first_id)
		return 0; /* a bad reference is its user's to name */
	state = state_of(c, id);
	if (*state & RESOLVED)
		return 0;
	c->id = id;
	if (*state & INSIDE)
		return btf_complain(c, t, -EEXIST, "Loop detected");
	if (depth >= BTF_MAX_DEPTH)
		return btf_complain(c, t, -E2BIG, "Exceeded max resolving depth:%d", BTF_MAX_DEPTH);
	*state |= INSIDE;
	err = visit_parts(c, t, depth + 1);
	c->id = id;
	if (!err)
		err = resolve_one(c, t, &size);
	if (err)
		return err;
	c->btf->sizes[id - c->btf->first_id] = size;
	*state |= RESOLVED;
	return 0;
}

static bool on_chain(const struct btf_type *t)
{
	return btf_kind_of(t) == BTF_KIND_PTR || btf_is_modifier_kind(btf_kind_of(t));
}

/* A pointer may point to what contains it, but not, through pointers and qualifiers only, to
 * itself. */
static int check_chain(struct btf_check *c, uint32_t start)
{
	const struct btf_type *t;
	uint32_t id, n = 0;

	for (id = start; id >= c->btf->first_id; id = t->type) {
		t = btf_type(c->btf, id);
		if (!on_chain(t) || (*state_of(c, id) & CHAIN_DONE))
			break;
		c->id = id;
		if (*state_of(c, id) & ON_CHAIN)
			return btf_complain(c, t, -EEXIST, "Loop detected");
		if (++n > BTF_MAX_DEPTH)
			return btf_complain(c, t, -E2BIG, "Exceeded max resolving depth:%d",
					    BTF_MAX_DEPTH);
		*state_of(c, id) |= ON_CHAIN;
	}
	for (id = start; id >= c->btf->first_id; id = t->type) {
		t = btf_type(c->btf, id);
		if (!on_chain(t) || (*state_of(c, id) & CHAIN_DONE))
			break;
		*state_of(c, id) |= CHAIN_DONE;
	}
	return 0;
}

/* Type tags come before qualifiers and names. */
static int check_tags(struct btf_check *c, uint32_t id)
{
	const struct btf_type *t = btf_type(c->btf, id);
	bool in_tags = btf_kind_of(t) == BTF_KIND_TYPE_TAG;

	for (unsigned int n = 0; btf_is_modifier_kind(btf_kind_of(t)); n++) {
		if (n >= BTF_MAX_DEPTH) {
			if (c->log)
				text_add(c->log, "Max chain length or cycle detected\n");
			return -ELOOP;
		}
		if (btf_kind_of(t) != BTF_KIND_TYPE_TAG)
			in_tags = false;
		else if (!in_tags) {
			if (c->log)
				text_add(c->log, "Type tags don't precede modifiers\n");
			return -EINVAL;
		}
		t = btf_type(c->btf, t->type);
	}
	return 0;
}

int btf_resolve_types(struct btf_check *c)
{
	int err = 0;

	for (uint32_t id = c->btf->first_id; id < c->btf->n_types && !err; id++)
		c->btf->sizes[id - c->btf->first_id] = BTF_NO_SIZE;
	for (uint32_t id = c->btf->first_id; id < c->btf->n_types && !err; id++)
		err = visit(c, id, 0);
	for (uint32_t id = c->btf->first_id; id < c->btf->n_types && !err; id++)
		err = check_chain(c, id);
	for (uint32_t id = c->btf->first_id; id < c->btf->n_types && !err; id++)
		err = check_tags(c, id);
	return err;
}
