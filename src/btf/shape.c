/* SPDX-License-Identifier: BSD-2-Clause */
/* Do type ids, names and records of BTF bytes lie inside them?  See shape.h. */
#include "btf/shape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <linux/btf.h>

#include "base/alloc.h"
#include "btf/btf.h"

struct shape {
	const uint8_t *types, *strings;
	uint32_t types_len, strings_len;
	uint32_t n_types; /* the void type included */
	uint32_t id;
	struct text *why;
};

/* Bytes behind struct btf_type: fixed, and for each of vlen entries. */
static const struct {
	uint8_t fixed, entry;
} extra[] = {
	[BTF_KIND_UNKN] = { 0, 0 },
	[BTF_KIND_INT] = { 4, 0 },
	[BTF_KIND_PTR] = { 0, 0 },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum) },
	[BTF_KIND_FWD] = { 0, 0 },
	[BTF_KIND_TYPEDEF] = { 0, 0 },
	[BTF_KIND_VOLATILE] = { 0, 0 },
	[BTF_KIND_CONST] = { 0, 0 },
	[BTF_KIND_RESTRICT] = { 0, 0 },
	[BTF_KIND_FUNC] = { 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_FLOAT] = { 0, 0 },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_TYPE_TAG] = { 0, 0 },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64) },
};

static int bad(struct shape *s, const char *what)
{
	text_add(s->why, "BTF type %u: %s", s->id, what);
	return -EINVAL;
}

static bool has_kind(const struct btf_type *t, unsigned int kind)
{
	return btf_kind_of(t) == kind;
}

/* Does `type` of this kind name another type in its size field? */
static bool refers(const struct btf_type *t)
{
	static const uint32_t kinds = 1u << BTF_KIND_PTR | 1u << BTF_KIND_TYPEDEF |
				      1u << BTF_KIND_VOLATILE | 1u << BTF_KIND_CONST |
				      1u << BTF_KIND_RESTRICT | 1u << BTF_KIND_FUNC |
				      1u << BTF_KIND_FUNC_PROTO | 1u << BTF_KIND_VAR |
				      1u << BTF_KIND_DECL_TAG | 1u << BTF_KIND_TYPE_TAG;

	return kinds >> btf_kind_of(t) & 1;
}

/* Bytes of the record at p, or 0. */
static uint32_t record_size(const struct shape *s, const uint8_t *p)
{
	uint32_t left = s->types_len - (uint32_t)(p - s->types), need;
	struct btf_type t;

	if (left < sizeof(t))
		return 0;
	memcpy(&t, p, sizeof(t));
	if (btf_kind_of(&t) >= sizeof(extra) / sizeof(extra[0]) || has_kind(&t, BTF_KIND_UNKN))
		return 0;
	need = (uint32_t)sizeof(t) + extra[btf_kind_of(&t)].fixed +
	       extra[btf_kind_of(&t)].entry * btf_vlen_of(&t);
	return need <= left ? need : 0;
}

static int check_name(struct shape *s, uint32_t off)
{
	return off < s->strings_len ? 0 : bad(s, "name outside of the strings");
}

static int check_id(struct shape *s, uint32_t id)
{
	return id < s->n_types ? 0 : bad(s, "refers to a type that does not exist");
}

/* Entries that begin with a name and, at `type_off` (0: none), hold a type id. */
static int check_entries(struct shape *s, const uint8_t *p, uint32_t n, uint32_t step,
			 uint32_t type_off)
{
	uint32_t name, id;
	int err = 0;

	for (; n && !err; n--, p += step) {
		memcpy(&name, p, sizeof(name));
		memcpy(&id, p + type_off, sizeof(id));
		err = check_name(s, name);
		if (!err && type_off)
			err = check_id(s, id);
	}
	return err;
}

static int check_array(struct shape *s, const uint8_t *p)
{
	struct btf_array a;
	int err;

	memcpy(&a, p, sizeof(a));
	err = check_id(s, a.type);
	return err ? err : check_id(s, a.index_type);
}

static int check_datasec(struct shape *s, const uint8_t *p, uint32_t n)
{
	struct btf_var_secinfo v;
	int err = 0;

	for (; n && !err; n--, p += sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		err = v.type ? check_id(s, v.type) : bad(s, "section entry without a variable");
	}
	return err;
}

static int check_type(struct shape *s, const uint8_t *p)
{
	struct btf_type t;
	uint32_t n;
	int err;

	memcpy(&t, p, sizeof(t));
	p += sizeof(t);
	n = btf_vlen_of(&t);
	err = check_name(s, t.name_off);
	if (!err && refers(&t))
		err = check_id(s, t.type);
	if (err)
		return err;
	switch (btf_kind_of(&t)) {
	case BTF_KIND_ARRAY: return check_array(s, p);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: return check_entries(s, p, n, sizeof(struct btf_member), 4);
	case BTF_KIND_FUNC_PROTO: return check_entries(s, p, n, sizeof(struct btf_param), 4);
	case BTF_KIND_ENUM: return check_entries(s, p, n, sizeof(struct btf_enum), 0);
	case BTF_KIND_ENUM64: return check_entries(s, p, n, sizeof(struct btf_enum64), 0);
	case BTF_KIND_DATASEC: return check_datasec(s, p, n);
	default: return 0;
	}
}

/* What a section's entries and functions point to must be of the right kind: loaders take their
 * word. */
static int check_kinds(struct shape *s, const uint32_t *offs)
{
	for (s->id = 1; s->id < s->n_types; s->id++) {
		struct btf_type t, other;
		struct btf_var_secinfo v;
		const uint8_t *p = s->types + offs[s->id];

		memcpy(&t, p, sizeof(t));
		if (has_kind(&t, BTF_KIND_FUNC)) {
			memcpy(&other, s->types + offs[t.type], sizeof(other));
			if (!t.type || !has_kind(&other, BTF_KIND_FUNC_PROTO))
				return bad(s, "function without a prototype");
		}
		for (uint32_t i = 0; has_kind(&t, BTF_KIND_DATASEC) && i < btf_vlen_of(&t); i++) {
			memcpy(&v, p + sizeof(t) + i * sizeof(v), sizeof(v));
			memcpy(&other, s->types + offs[v.type], sizeof(other));
			if (!has_kind(&other, BTF_KIND_VAR) && !has_kind(&other, BTF_KIND_FUNC))
				return bad(s, "section entry that is no variable");
		}
	}
	return 0;
}

static int check_header(struct shape *s, const uint8_t *data, size_t size)
{
	struct btf_header h;

	if (size < sizeof(h)) {
		text_add(s->why, "BTF is too short for its header");
		return -EINVAL;
	}
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len < sizeof(h) || h.hdr_len > size ||
	    h.type_off > size - h.hdr_len || h.type_len > size - h.hdr_len - h.type_off ||
	    h.str_off > size - h.hdr_len || h.str_len > size - h.hdr_len - h.str_off ||
	    !h.str_len || h.type_off & 3) {
		text_add(s->why, "BTF header does not fit its bytes");
		return -EINVAL;
	}
	s->types = data + h.hdr_len + h.type_off;
	s->types_len = h.type_len;
	s->strings = data + h.hdr_len + h.str_off;
	s->strings_len = h.str_len;
	if (s->strings[0] || s->strings[h.str_len - 1]) {
		text_add(s->why, "BTF strings do not begin and end with NUL");
		return -EINVAL;
	}
	return 0;
}

static int index_types(struct shape *s, uint32_t *offs, uint32_t max)
{
	uint32_t at = 0, step;

	for (s->id = 1; at < s->types_len; s->id++, at += step) {
		step = record_size(s, s->types + at);
		if (!step || s->id >= max)
			return bad(s, "record of an unknown kind, or cut off");
		offs[s->id] = at;
	}
	s->n_types = s->id;
	return 0;
}

int btf_shape_check(const void *data, size_t size, struct text *why)
{
	struct shape s = { .why = why };
	uint32_t *offs, max;
	int err;

	err = check_header(&s, data, size);
	if (err)
		return err;
	max = s.types_len / (uint32_t)sizeof(struct btf_type) + 2;
	offs = mem_array(max, sizeof(*offs));
	if (!offs)
		return -ENOMEM;
	err = index_types(&s, offs, max);
	for (s.id = 1; !err && s.id < s.n_types; s.id++)
		err = check_type(&s, s.types + offs[s.id]);
	if (!err)
		err = check_kinds(&s, offs);
	mem_free(offs);
	return err;
}
