/* SPDX-License-Identifier: BSD-2-Clause */
/* Is each type description sound by itself: kind, flags, names, lengths?  One row per kind. */
#include <errno.h>
#include <string.h>

#include "btf/blob.h"

enum {
	ERR_NOTSUPP = 524,
	INFO_MASK = 0x1f00ffff, /* without the kind flag */
	INT_MASK = 0x0fffffff,
	MAX_INT_BITS = 128,
};

static bool has_flag(const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info);
}

/* The kernel's idea of letters, Latin-1's included, whatever this process's locale says. */
static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static bool is_printable(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || c >= 0xa0;
}

/* Letters, digits, underscores and dots; the first is no digit. */
bool btf_identifier_ok(const struct btf_blob *btf, uint32_t off)
{
	const char *s = btf_name(btf, off);
	size_t n = 0;

	for (; s[n]; n++)
		if (!(is_letter((uint8_t)s[n]) || (n && s[n] >= '0' && s[n] <= '9')) || n >= 511)
			return false;
	return n > 0;
}

bool btf_section_name_ok(const struct btf_blob *btf, uint32_t off)
{
	const char *s = btf_name(btf, off);
	size_t n = 0;

	for (; s[n]; n++)
		if (!is_printable((uint8_t)s[n]) || n >= 511)
			return false;
	return n > 0;
}

static const uint8_t *behind(const struct btf_type *t)
{
	return (const uint8_t *)(t + 1);
}

#define BAD(...) return btf_complain(c, t, -EINVAL, __VA_ARGS__)

static int check_int(const struct btf_check *c, const struct btf_type *t)
{
	uint32_t data, bits, enc;

	memcpy(&data, behind(t), sizeof(data));
	if (data & ~(uint32_t)INT_MASK)
		BAD("Invalid int_data:%x", data);
	bits = BTF_INT_BITS(data) + BTF_INT_OFFSET(data);
	if (bits > MAX_INT_BITS)
		BAD("nr_bits exceeds %d", MAX_INT_BITS);
	if ((bits + 7) / 8 > t->size)
		BAD("nr_bits exceeds type_size");
	enc = BTF_INT_ENCODING(data);
	if (enc && enc != BTF_INT_SIGNED && enc != BTF_INT_CHAR && enc != BTF_INT_BOOL)
		return btf_complain(c, t, -ERR_NOTSUPP, "Unsupported encoding");
	return 0;
}

static int check_ref(const struct btf_check *c, const struct btf_type *t)
{
	unsigned int kind = btf_kind_of(t);

	if (t->type > BTF_MAX_IDS)
		BAD("Invalid type_id");
	if (kind == BTF_KIND_TYPEDEF    ? !btf_identifier_ok(c->btf, t->name_off)
	    : kind == BTF_KIND_TYPE_TAG ? !btf_name(c->btf, t->name_off)[0]
					: t->name_off != 0)
		BAD("Invalid name");
	return 0;
}

static int check_array(const struct btf_check *c, const struct btf_type *t)
{
	struct btf_array a;

	memcpy(&a, behind(t), sizeof(a));
	if (t->name_off)
		BAD("Invalid name");
	if (t->size)
		BAD("size != 0");
	if (!a.type || a.type > BTF_MAX_IDS)
		BAD("Invalid elem");
	if (!a.index_type || a.index_type > BTF_MAX_IDS)
		BAD("Invalid index");
	return 0;
}

static int check_aggregate(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_member *m = (const void *)behind(t);
	uint32_t last = 0;

	if (t->name_off && !btf_identifier_ok(c->btf, t->name_off))
		BAD("Invalid name");
	for (unsigned int i = 0; i < btf_vlen_of(t); i++, m++) {
		uint32_t bit = has_flag(t) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;

		if (!btf_str_ok(c->btf, m->name_off))
			BAD("Invalid member name_offset:%u", m->name_off);
		if (m->name_off && !btf_identifier_ok(c->btf, m->name_off))
			BAD("Invalid name");
		if (!m->type || m->type > BTF_MAX_IDS)
			BAD("Invalid type_id");
		if (btf_kind_of(t) == BTF_KIND_UNION ? bit != 0 : bit < last)
			BAD("Invalid member bits_offset");
		if (((uint64_t)bit + 7) / 8 > t->size)
			BAD("Member bits_offset exceeds its struct size");
		last = bit;
	}
	return 0;
}

/* Values are name and one or two words. */
static int check_enum(const struct btf_check *c, const struct btf_type *t)
{
	size_t step = btf_kind_of(t) == BTF_KIND_ENUM ? sizeof(struct btf_enum)
						      : sizeof(struct btf_enum64);
	const uint8_t *p = behind(t);

	if (t->size > 8 || !t->size || (t->size & (t->size - 1)))
		BAD("Unexpected size");
	if (t->name_off && !btf_identifier_ok(c->btf, t->name_off))
		BAD("Invalid name");
	for (unsigned int i = 0; i < btf_vlen_of(t); i++, p += step) {
		uint32_t name;

		memcpy(&name, p, sizeof(name));
		if (!btf_str_ok(c->btf, name))
			BAD("Invalid name_offset:%u", name);
		if (!btf_identifier_ok(c->btf, name))
			BAD("Invalid name");
	}
	return 0;
}

static int check_fwd(const struct btf_check *c, const struct btf_type *t)
{
	if (t->type)
		BAD("type != 0");
	if (!btf_identifier_ok(c->btf, t->name_off))
		BAD("Invalid name");
	return 0;
}

static int check_func_proto(const struct btf_check *c, const struct btf_type *t)
{
	if (t->name_off)
		BAD("Invalid name");
	return 0;
}

static int check_func(const struct btf_check *c, const struct btf_type *t)
{
	if (!btf_identifier_ok(c->btf, t->name_off))
		BAD("Invalid name");
	if (btf_vlen_of(t) > BTF_FUNC_GLOBAL)
		BAD("Invalid func linkage");
	return 0;
}

static int check_var(const struct btf_check *c, const struct btf_type *t)
{
	struct btf_var v;

	memcpy(&v, behind(t), sizeof(v));
	if (!btf_identifier_ok(c->btf, t->name_off))
		BAD("Invalid name");
	if (!t->type || t->type > BTF_MAX_IDS)
		BAD("Invalid type_id");
	if (v.linkage != BTF_VAR_STATIC && v.linkage != BTF_VAR_GLOBAL_ALLOCATED)
		BAD("Linkage not supported");
	return 0;
}

static int check_datasec(const struct btf_check *c, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = (const void *)behind(t);
	uint64_t end = 0, sum = 0;

	if (!t->size)
		BAD("size == 0");
	if (!t->name_off || !btf_section_name_ok(c->btf, t->name_off))
		BAD("Invalid name");
	for (unsigned int i = 0; i < btf_vlen_of(t); i++, v++) {
		if (!v->type || v->type > BTF_MAX_IDS)
			BAD("Invalid type_id");
		if (v->offset < end || v->offset >= t->size)
			BAD("Invalid offset");
		if (!v->size || v->size > t->size)
			BAD("Invalid size");
		end = (uint64_t)v->offset + v->size;
		if (end > t->size)
			BAD("Invalid offset+size");
		sum += v->size;
	}
	if (t->size < sum)
		BAD("Invalid btf_info size");
	return 0;
}

static int check_float(const struct btf_check *c, const struct btf_type *t)
{
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		BAD("Invalid type_size");
	return 0;
}

static int check_decl_tag(const struct btf_check *c, const struct btf_type *t)
{
	struct btf_decl_tag tag;

	memcpy(&tag, behind(t), sizeof(tag));
	if (!btf_name(c->btf, t->name_off)[0])
		BAD("Invalid value");
	if (tag.component_idx < -1)
		BAD("Invalid component_idx");
	return 0;
}

static const struct {
	const char *name;
	int (*check)(const struct btf_check *c, const struct btf_type *t);
	uint8_t fixed, per_entry; /* bytes behind struct btf_type */
	bool flag_ok, vlen_ok;
} kinds[NR_BTF_KINDS] = {
	[BTF_KIND_UNKN] = { .name = "UNKNOWN" },
	[BTF_KIND_INT] = { "INT", check_int, 4, 0, false, false },
	[BTF_KIND_PTR] = { "PTR", check_ref, 0, 0, false, false },
	[BTF_KIND_ARRAY] = { "ARRAY", check_array, sizeof(struct btf_array), 0, false, false },
	[BTF_KIND_STRUCT] = { "STRUCT", check_aggregate, 0, sizeof(struct btf_member), true, true },
	[BTF_KIND_UNION] = { "UNION", check_aggregate, 0, sizeof(struct btf_member), true, true },
	[BTF_KIND_ENUM] = { "ENUM", check_enum, 0, sizeof(struct btf_enum), true, true },
	[BTF_KIND_FWD] = { "FWD", check_fwd, 0, 0, true, false },
	[BTF_KIND_TYPEDEF] = { "TYPEDEF", check_ref, 0, 0, false, false },
	[BTF_KIND_VOLATILE] = { "VOLATILE", check_ref, 0, 0, false, false },
	[BTF_KIND_CONST] = { "CONST", check_ref, 0, 0, false, false },
	[BTF_KIND_RESTRICT] = { "RESTRICT", check_ref, 0, 0, false, false },
	[BTF_KIND_FUNC] = { "FUNC", check_func, 0, 0, false, true },
	[BTF_KIND_FUNC_PROTO] = { "FUNC_PROTO", check_func_proto, 0, sizeof(struct btf_param),
				  false, true },
	[BTF_KIND_VAR] = { "VAR", check_var, sizeof(struct btf_var), 0, false, false },
	[BTF_KIND_DATASEC] = { "DATASEC", check_datasec, 0, sizeof(struct btf_var_secinfo), false,
			       true },
	[BTF_KIND_FLOAT] = { "FLOAT", check_float, 0, 0, false, false },
	[BTF_KIND_DECL_TAG] = { "DECL_TAG", check_decl_tag, sizeof(struct btf_decl_tag), 0, true,
				false },
	[BTF_KIND_TYPE_TAG] = { "TYPE_TAG", check_ref, 0, 0, true, false },
	[BTF_KIND_ENUM64] = { "ENUM64", check_enum, 0, sizeof(struct btf_enum64), true, true },
};

const char *btf_kind_name(unsigned int kind)
{
	return kind < NR_BTF_KINDS ? kinds[kind].name : "UNKNOWN";
}

static int check_one(struct btf_check *c, uint32_t off, uint32_t *ret_len)
{
	const struct btf_type *t = (const void *)(c->btf->types + off);
	uint32_t left = c->btf->types_len - off, kind, need;

	if (left < sizeof(*t)) {
		if (c->log)
			text_add(c->log, "[%u] meta_left:%u meta_needed:%zu\n", c->id, left,
				 sizeof(*t));
		return -EINVAL;
	}
	kind = btf_kind_of(t);
	if ((t->info & 0x7fffffff & ~(uint32_t)INFO_MASK) != 0) {
		if (c->log)
			text_add(c->log, "[%u] Invalid btf_info:%x\n", c->id, t->info);
		return -EINVAL;
	}
	if (kind == BTF_KIND_UNKN || kind >= NR_BTF_KINDS) {
		if (c->log)
			text_add(c->log, "[%u] Invalid kind:%u\n", c->id, kind);
		return -EINVAL;
	}
	if (!btf_str_ok(c->btf, t->name_off)) {
		if (c->log)
			text_add(c->log, "[%u] Invalid name_offset:%u\n", c->id, t->name_off);
		return -EINVAL;
	}
	need = kinds[kind].fixed + kinds[kind].per_entry * btf_vlen_of(t);
	if (left - sizeof(*t) < need)
		BAD("meta_left:%u meta_needed:%u", left, (uint32_t)sizeof(*t) + need);
	if (!kinds[kind].vlen_ok && btf_vlen_of(t))
		BAD("vlen != 0");
	if (!kinds[kind].flag_ok && has_flag(t))
		BAD("Invalid btf_info kind_flag");
	*ret_len = (uint32_t)sizeof(*t) + need;
	return kinds[kind].check(c, t);
}

int btf_check_types(struct btf_check *c)
{
	struct btf_blob *btf = c->btf;
	uint32_t off = 0, len = 0;

	for (c->id = btf->first_id; off < btf->types_len; c->id++, off += len) {
		int err;

		if (c->id > BTF_MAX_IDS)
			return -E2BIG;
		err = check_one(c, off, &len);
		if (err)
			return err;
		btf->offs[c->id - btf->first_id] = off;
		btf->n_types = c->id + 1;
		btf->n_tags += btf_kind_of(btf_type(btf, c->id)) == BTF_KIND_DECL_TAG;
	}
	return 0;
}
