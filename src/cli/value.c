/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does this value say, by its BTF type?  One walker makes JSON; the text form is printed from
 * the JSON, so that both always agree.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <string.h>

enum {
	MAX_DEPTH = 16,
	MAX_ELEMENTS = 65536,
	MAX_HEX = 256
};

static json_t *walk(const struct btf *btf, uint32_t id, const uint8_t *data, uint32_t size,
		    int depth);

static json_t *hex_string(const uint8_t *data, uint32_t size)
{
	char buf[2 * MAX_HEX + 1];
	uint32_t n = size > MAX_HEX ? MAX_HEX : size;

	for (uint32_t i = 0; i < n; i++)
		snprintf(buf + 2 * i, 3, "%02x", data[i]);
	buf[2 * n] = '\0';
	return json_string(buf);
}

static uint64_t read_uint(const uint8_t *data, uint32_t size)
{
	uint64_t v = 0;

	memcpy(&v, data, size > 8 ? 8 : size);
	return v;
}

static json_t *number(uint64_t v, unsigned int bits, bool is_signed)
{
	char buf[24];

	if (is_signed && bits && bits < 64)
		v = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
	if (is_signed || v <= INT64_MAX)
		return json_integer((json_int_t)v);
	/* jansson's integers are signed: larger ones are kept exact as text. */
	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v);
	return json_string(buf);
}

static json_t *walk_int(const struct btf_type *t, const uint8_t *data, uint32_t size)
{
	uint8_t encoding = btf_int_encoding(t);

	if (t->size > size || t->size > 8)
		return hex_string(data, size < t->size ? size : t->size);
	if (encoding & BTF_INT_BOOL)
		return json_boolean(data[0] != 0);
	return number(read_uint(data, t->size), t->size * 8, encoding & BTF_INT_SIGNED);
}

static const struct btf_type *resolved_type(const struct btf *btf, uint32_t id)
{
	int resolved = btf__resolve_type(btf, id);

	return resolved > 0 ? btf__type_by_id(btf, (uint32_t)resolved) : NULL;
}

static bool is_char(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = resolved_type(btf, id);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	return t && btf_is_int(t) && t->size == 1 &&
	       (btf_int_encoding(t) & BTF_INT_CHAR || (name && !strcmp(name, "char")));
}

/* Text of a char array: up to the first NUL, only if all of it can be printed. */
static json_t *char_string(const uint8_t *data, uint32_t n)
{
	char buf[4096];
	uint32_t len = 0;

	while (len < n && len < sizeof(buf) - 1 && data[len]) {
		if (!isprint(data[len]) && data[len] != '\t' && data[len] != '\n')
			return NULL;
		buf[len] = (char)data[len];
		len++;
	}
	buf[len] = '\0';
	return json_string(buf);
}

static json_t *walk_array(const struct btf *btf, const struct btf_type *t, const uint8_t *data,
			  uint32_t size, int depth)
{
	const struct btf_array *a = btf_array(t);
	int64_t elem = btf__resolve_size(btf, a->type);
	json_t *list, *text;
	uint32_t n = a->nelems;

	if (elem <= 0)
		return hex_string(data, size);
	if (n > size / (uint32_t)elem)
		n = size / (uint32_t)elem;
	text = is_char(btf, a->type) ? char_string(data, n) : NULL;
	if (text)
		return text;
	list = json_array();
	for (uint32_t i = 0; i < n && i < MAX_ELEMENTS; i++)
		json_array_append_new(list, walk(btf, a->type, data + (uint64_t)i * (uint64_t)elem,
						 (uint32_t)elem, depth + 1));
	return list;
}

static json_t *walk_bitfield(const struct btf *btf, const struct btf_member *m, uint32_t bit_off,
			     uint32_t bits, const uint8_t *data, uint32_t size)
{
	const struct btf_type *t = resolved_type(btf, m->type);
	uint32_t first = bit_off / 8;
	uint64_t v;

	if (first >= size || bits > 57)
		return json_null();
	v = read_uint(data + first, size - first) >> (bit_off % 8);
	v &= (1ULL << bits) - 1;
	return number(v, bits, t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED);
}

static json_t *walk_struct(const struct btf *btf, const struct btf_type *t, const uint8_t *data,
			   uint32_t size, int depth)
{
	const struct btf_member *m = btf_members(t);
	json_t *obj = json_object(), *v;

	for (uint32_t i = 0; i < btf_vlen(t); i++, m++) {
		uint32_t bit_off = btf_member_bit_offset(t, i);
		uint32_t bits = btf_member_bitfield_size(t, i);
		const char *name = btf__name_by_offset(btf, m->name_off);
		uint32_t off = bit_off / 8;
		char anonymous[16];

		if (off >= size)
			continue;
		v = bits ? walk_bitfield(btf, m, bit_off, bits, data, size)
			 : walk(btf, m->type, data + off, size - off, depth + 1);
		if ((!name || !*name) && json_is_object(v)) {
			json_object_update(obj, v);
			json_decref(v);
			continue;
		}
		snprintf(anonymous, sizeof(anonymous), "_%u", i);
		json_object_set_new(obj, name && *name ? name : anonymous, v);
	}
	return obj;
}

static json_t *walk_enum(const struct btf *btf, const struct btf_type *t, const uint8_t *data,
			 uint32_t size)
{
	uint64_t v = read_uint(data, t->size < size ? t->size : size);

	if (btf_is_enum(t)) {
		const struct btf_enum *e = btf_enum(t);

		for (uint32_t i = 0; i < btf_vlen(t); i++, e++)
			if ((uint32_t)e->val == (uint32_t)v)
				return json_string(btf__name_by_offset(btf, e->name_off));
	}
	return number(v, t->size * 8, btf_kflag(t));
}

static json_t *walk_pointer(const uint8_t *data, uint32_t size)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)read_uint(data, size));
	return json_string(buf);
}

static json_t *walk_float(const struct btf_type *t, const uint8_t *data, uint32_t size)
{
	double d;
	float f;

	if (t->size == 8 && size >= 8) {
		memcpy(&d, data, 8);
		return json_real(d);
	}
	if (t->size == 4 && size >= 4) {
		memcpy(&f, data, 4);
		return json_real((double)f);
	}
	return hex_string(data, size);
}

static json_t *walk(const struct btf *btf, uint32_t id, const uint8_t *data, uint32_t size,
		    int depth)
{
	const struct btf_type *t = resolved_type(btf, id);
	json_t *v = NULL;

	if (!t || depth > MAX_DEPTH)
		return hex_string(data, size);
	if (btf_is_int(t))
		v = walk_int(t, data, size);
	else if (btf_is_array(t))
		v = walk_array(btf, t, data, size, depth);
	else if (btf_is_composite(t))
		v = walk_struct(btf, t, data, t->size < size ? t->size : size, depth);
	else if (btf_is_any_enum(t))
		v = walk_enum(btf, t, data, size);
	else if (btf_is_ptr(t))
		v = walk_pointer(data, size);
	else if (btf_is_float(t))
		v = walk_float(t, data, size);
	return v ? v : hex_string(data, size);
}

json_t *value_json(const struct btf *btf, uint32_t type_id, const void *data, uint32_t size)
{
	if (!btf || !type_id)
		return size <= 8 ? number(read_uint(data, size), size * 8, false)
				 : hex_string(data, size);
	return walk(btf, type_id, data, size, 0);
}

static void print_list(FILE *out, json_t *list)
{
	fputc('[', out);
	for (size_t i = 0; i < json_array_size(list); i++) {
		fputs(i ? ", " : "", out);
		value_print(out, json_array_get(list, i));
	}
	fputc(']', out);
}

static void print_object(FILE *out, json_t *obj)
{
	const char *key, *sep = "";
	json_t *v;

	fputc('{', out);
	json_object_foreach(obj, key, v)
	{
		fprintf(out, "%s%s=", sep, key);
		value_print(out, v);
		sep = " ";
	}
	fputc('}', out);
}

void value_print(FILE *out, json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: print_object(out, value); break;
	case JSON_ARRAY: print_list(out, value); break;
	case JSON_STRING: fputs(json_string_value(value), out); break;
	case JSON_INTEGER: fprintf(out, "%lld", (long long)json_integer_value(value)); break;
	case JSON_REAL: fprintf(out, "%g", json_real_value(value)); break;
	case JSON_TRUE: fputs("true", out); break;
	case JSON_FALSE: fputs("false", out); break;
	case JSON_NULL: fputs("null", out); break;
	}
}
