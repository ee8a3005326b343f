/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a type written, as C and in the messages of the checks? */
#include <string.h>

#include "btf/blob.h"

static void print_details(const struct btf_type *t, struct text *log)
{
	struct btf_array a;
	uint32_t data;

	switch (btf_kind_of(t)) {
	case BTF_KIND_INT:
		memcpy(&data, t + 1, sizeof(data));
		text_add(log, " size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size,
			 BTF_INT_OFFSET(data), BTF_INT_BITS(data),
			 BTF_INT_ENCODING(data) == BTF_INT_SIGNED ? "SIGNED"
			 : BTF_INT_ENCODING(data) == BTF_INT_CHAR ? "CHAR"
			 : BTF_INT_ENCODING(data) == BTF_INT_BOOL ? "BOOL"
			 : BTF_INT_ENCODING(data)                 ? "UNKN"
								  : "(none)");
		return;
	case BTF_KIND_ARRAY:
		memcpy(&a, t + 1, sizeof(a));
		text_add(log, " type_id=%u index_type_id=%u nr_elems=%u", a.type, a.index_type,
			 a.nelems);
		return;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC: text_add(log, " size=%u vlen=%u", t->size, btf_vlen_of(t)); return;
	case BTF_KIND_FLOAT: text_add(log, " size=%u", t->size); return;
	case BTF_KIND_FWD:
		text_add(log, " %s", BTF_INFO_KFLAG(t->info) ? "union" : "struct");
		return;
	default: text_add(log, " type_id=%u", t->type);
	}
}

int btf_complain(const struct btf_check *c, const struct btf_type *t, int err, const char *fmt, ...)
{
	const char *name = btf_name(c->btf, t->name_off);
	va_list ap;

	if (!c->log)
		return err;
	text_add(c->log, "[%u] %s %s", c->id, btf_kind_name(btf_kind_of(t)),
		 name[0] ? name : "(anon)");
	print_details(t, c->log);
	text_add(c->log, " ");
	va_start(ap, fmt);
	text_vadd(c->log, fmt, ap);
	va_end(ap);
	text_add(c->log, "\n");
	return err;
}

static void print_named(const struct btf_blob *btf, const struct btf_type *t, const char *word,
			struct text *out)
{
	const char *name = btf_name(btf, t->name_off);

	text_add(out, "%s%s%s", word, *word && *name ? " " : "", name);
}

/* Deeper than any accepted chain: a broken one ends too. */
static void print_depth(const struct btf_blob *btf, uint32_t id, struct text *out,
			unsigned int depth)
{
	const struct btf_type *t = btf_type(btf, id);
	struct btf_array a;

	if (!t || !id || depth > BTF_MAX_DEPTH) {
		text_add(out, "void");
		return;
	}
	switch (btf_kind_of(t)) {
	case BTF_KIND_PTR:
		print_depth(btf, t->type, out, depth + 1);
		text_add(out, out->len && out->buf[out->len - 1] == '*' ? "*" : " *");
		return;
	case BTF_KIND_CONST:
		text_add(out, "const ");
		print_depth(btf, t->type, out, depth + 1);
		return;
	case BTF_KIND_VOLATILE:
		text_add(out, "volatile ");
		print_depth(btf, t->type, out, depth + 1);
		return;
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG: print_depth(btf, t->type, out, depth + 1); return;
	case BTF_KIND_ARRAY:
		memcpy(&a, t + 1, sizeof(a));
		print_depth(btf, a.type, out, depth + 1);
		text_add(out, "[%u]", a.nelems);
		return;
	case BTF_KIND_STRUCT: print_named(btf, t, "struct", out); return;
	case BTF_KIND_UNION: print_named(btf, t, "union", out); return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: print_named(btf, t, "enum", out); return;
	case BTF_KIND_FWD:
		print_named(btf, t, BTF_INFO_KFLAG(t->info) ? "union" : "struct", out);
		return;
	case BTF_KIND_FUNC_PROTO: text_add(out, "function"); return;
	default: print_named(btf, t, "", out);
	}
}

void btf_print_type(const struct btf_blob *btf, uint32_t id, struct text *t)
{
	print_depth(btf, id, t, 0);
}
