/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a load of some bytes of a struct yield? */
#include "btf/access.h"

#include <string.h>

#include "btf/blob.h"

enum {
	MAX_NESTING = 64,
	PLAIN_NESTING = 3
};

/* A struct on the way down, and the bytes in question relative to it. */
struct place {
	const struct btf_blob *btf;
	const struct btf_type *t;
	uint32_t off, size;
};

bool btf_is_struct(const struct btf_type *t)
{
	return t && btf_is_aggregate_kind(btf_kind_of(t));
}

static bool is_number(const struct btf_type *t)
{
	return t && (btf_kind_of(t) == BTF_KIND_INT || btf_kind_of(t) == BTF_KIND_ENUM ||
		     btf_kind_of(t) == BTF_KIND_ENUM64);
}

static bool is_plain(const struct btf_blob *btf, const struct btf_type *t, unsigned int depth)
{
	const struct btf_member *m = (const void *)(t + 1);

	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		const struct btf_type *of = btf_type(btf, btf_strip(btf, m[i].type));
		const struct btf_array *a = (const void *)(of + 1);

		if (btf_is_struct(of)) {
			if (depth == PLAIN_NESTING || !is_plain(btf, of, depth + 1))
				return false;
			continue;
		}
		if (of && btf_kind_of(of) == BTF_KIND_ARRAY)
			of = a->nelems ? btf_type(btf, btf_strip(btf, a->type)) : NULL;
		if (!is_number(of))
			return false;
	}
	return true;
}

bool btf_is_plain_struct(const struct btf_blob *btf, uint32_t struct_id)
{
	const struct btf_type *t = btf_type(btf, btf_strip(btf, struct_id));

	return btf_is_struct(t) && is_plain(btf, t, 0);
}

static const struct btf_type *stripped(const struct btf_blob *btf, uint32_t id, uint32_t *ret_id)
{
	*ret_id = btf_strip(btf, id);
	return btf_type(btf, *ret_id);
}

static uint32_t bit_of(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}

static uint32_t bits_of(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
}

const struct btf_member *btf_member_named(const struct btf_blob *btf, uint32_t struct_id,
					  const char *name, uint32_t *ret_bit)
{
	const struct btf_type *t = btf_type(btf, struct_id);
	const struct btf_member *m = btf_is_struct(t) ? (const void *)(t + 1) : NULL;

	for (unsigned int i = 0; m && i < btf_vlen_of(t); i++)
		if (!strcmp(btf_name(btf, m[i].name_off), name)) {
			*ret_bit = bit_of(t, &m[i]);
			return &m[i];
		}
	return NULL;
}

static unsigned int tag_of(const struct btf_blob *btf, uint32_t pointed)
{
	const struct btf_type *t = btf_type(btf, pointed);
	const char *name;

	if (!t || btf_kind_of(t) != BTF_KIND_TYPE_TAG || BTF_INFO_KFLAG(t->info))
		return 0;
	name = btf_name(btf, t->name_off);
	return !strcmp(name, "user")     ? BTF_TAG_USER
	       : !strcmp(name, "percpu") ? BTF_TAG_PERCPU
	       : !strcmp(name, "rcu")    ? BTF_TAG_RCU
					 : 0;
}

/* An array member: its elements are all alike, so look at the one that is meant. */
static const struct btf_type *element(const struct btf_blob *btf, const struct btf_type *t,
				      uint32_t *id, uint32_t *ret_elem_size)
{
	struct btf_array a;
	int64_t size = 0;

	for (int n = 0; t && btf_kind_of(t) == BTF_KIND_ARRAY && n < MAX_NESTING; n++) {
		memcpy(&a, t + 1, sizeof(a));
		size = btf_size_of(btf, a.type);
		t = stripped(btf, a.type, id);
	}
	*ret_elem_size = size > 0 && size <= UINT32_MAX ? (uint32_t)size : 0;
	return t;
}

static void pointer(const struct place *p, const struct btf_type *t, uint32_t at,
		    struct btf_access *ret)
{
	const struct btf_type *to;
	uint32_t id;

	ret->at = at;
	if (p->size != 8 || p->off != at) {
		ret->kind = BTF_ACCESS_PART_OF_PTR;
		return;
	}
	to = stripped(p->btf, t->type, &id);
	if (btf_is_struct(to)) {
		ret->kind = BTF_ACCESS_PTR;
		ret->tags |= (uint8_t)tag_of(p->btf, t->type);
		ret->type = id;
		return;
	}
	ret->kind = BTF_ACCESS_MEM;
}

enum found {
	ELSEWHERE, /* go on with the next member */
	HOLE,      /* no member holds it */
	ANSWER,
	DOWN /* go on in the struct that p now is */
};

static enum found in_bits(const struct place *p, uint32_t bit, uint32_t width,
			  struct btf_access *ret)
{
	if (p->off > bit / 8 || (bit + width + 7) / 8 > p->off + p->size)
		return ELSEWHERE;
	ret->kind = BTF_ACCESS_SCALAR;
	return ANSWER;
}

static enum found in_member(struct place *p, const struct btf_member *m, struct btf_access *ret)
{
	uint32_t bit = bit_of(p->t, m), width = bits_of(p->t, m), at = bit / 8, id, elem_size;
	const struct btf_type *t;
	uint64_t end;
	int64_t size;

	if (p->off + p->size <= at)
		return HOLE;
	if (width)
		return in_bits(p, bit, width, ret);
	if (p->off < at)
		return HOLE;
	size = btf_size_of(p->btf, m->type);
	end = at + (uint64_t)size;
	if (size < 0 || p->off >= end)
		return ELSEWHERE;
	t = stripped(p->btf, m->type, &id);
	ret->member = btf_name(p->btf, m->name_off);
	if (btf_kind_of(t) == BTF_KIND_ARRAY) {
		t = element(p->btf, t, &id, &elem_size);
		if (!t || !elem_size)
			return ELSEWHERE;
		at += (p->off - at) / elem_size * elem_size;
	}
	if (btf_is_struct(t)) {
		p->t = t;
		p->off -= at;
		return DOWN;
	}
	if (btf_kind_of(t) == BTF_KIND_PTR) {
		pointer(p, t, at, ret);
		return ANSWER;
	}
	/* Several small elements, or part of one: all of them numbers. */
	ret->at = (uint32_t)end;
	ret->kind = p->off + (uint64_t)p->size > end && !(ret->tags & BTF_TAG_UNION)
			    ? BTF_ACCESS_MEMBER_END
			    : BTF_ACCESS_SCALAR;
	return ANSWER;
}

/* Behind the struct lies what its last member, an array without length, begins. */
static enum found in_flexible(struct place *p, struct btf_access *ret)
{
	unsigned int n = btf_vlen_of(p->t);
	const struct btf_member *m = (const struct btf_member *)(p->t + 1) + n - 1;
	const struct btf_type *t, *e;
	struct btf_array a;
	uint32_t id, at;

	if (!n)
		return ELSEWHERE;
	t = stripped(p->btf, m->type, &id);
	if (btf_kind_of(t) != BTF_KIND_ARRAY)
		return ELSEWHERE;
	memcpy(&a, t + 1, sizeof(a));
	at = bit_of(p->t, m) / 8;
	e = stripped(p->btf, a.type, &id);
	if (a.nelems || at > p->off)
		return ELSEWHERE;
	ret->member = btf_name(p->btf, m->name_off);
	if (btf_kind_of(e) == BTF_KIND_INT) {
		ret->kind = BTF_ACCESS_SCALAR;
		return ANSWER;
	}
	if (!btf_is_struct(e) || !e->size)
		return ELSEWHERE;
	p->off = (p->off - at) % e->size;
	p->t = e;
	return DOWN;
}

/* One struct of the way.  True: go on in the struct that p now is. */
static bool step(struct place *p, struct btf_access *ret)
{
	const struct btf_member *m = (const struct btf_member *)(p->t + 1);
	enum found found;

	ret->owner = btf_name(p->btf, p->t->name_off);
	ret->off = p->off;
	if (btf_kind_of(p->t) == BTF_KIND_UNION && btf_vlen_of(p->t) != 1)
		ret->tags |= BTF_TAG_UNION;
	if ((uint64_t)p->off + p->size > p->t->size) {
		ret->kind = BTF_ACCESS_BEYOND;
		return in_flexible(p, ret) == DOWN;
	}
	for (unsigned int i = 0; i < btf_vlen_of(p->t); i++) {
		found = in_member(p, &m[i], ret);
		if (found == ANSWER || found == DOWN)
			return found == DOWN;
		if (found == HOLE)
			break;
	}
	ret->kind = BTF_ACCESS_NO_FIELD;
	return false;
}

void btf_access(const struct btf_blob *btf, uint32_t struct_id, uint32_t off, uint32_t size,
		struct btf_access *ret)
{
	uint32_t id;
	struct place p = {
		.btf = btf, .t = stripped(btf, struct_id, &id), .off = off, .size = size
	};

	*ret = (struct btf_access){ .kind = BTF_ACCESS_NOT_STRUCT, .member = "", .owner = "" };
	if (!btf_is_struct(p.t))
		return;
	for (int n = 0; n < MAX_NESTING; n++)
		if (!step(&p, ret))
			return;
	ret->kind = BTF_ACCESS_NOT_STRUCT;
}

bool btf_access_holds(const struct btf_blob *btf, uint32_t struct_id, uint32_t off, uint32_t want)
{
	uint32_t id;
	const struct btf_type *wanted = btf_type(btf, btf_strip(btf, want));
	struct place p = { .btf = btf, .t = stripped(btf, struct_id, &id), .off = off, .size = 1 };
	struct btf_access ignored = { 0 };

	for (int n = 0; n < MAX_NESTING && btf_is_struct(p.t); n++) {
		if (!p.off && p.t == wanted)
			return true;
		if (!step(&p, &ignored))
			return false;
	}
	return false;
}
