/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a parsed BTF hold, and what do its checks share? */
#ifndef BTF_BLOB_H
#define BTF_BLOB_H

#include "btf/btf.h"

enum {
	BTF_NO_SIZE = -1, /* of void, functions and the like */
	BTF_MAX_IDS = 0xfffff,
	BTF_MAX_STRINGS = 0xffffff,
	BTF_MAX_DEPTH = 32, /* types resolved inside one another */
};

struct btf_blob {
	uint32_t refs;
	struct btf_blob *base;
	uint8_t *raw;
	size_t raw_size;
	const uint8_t *types; /* section */
	uint32_t types_len;
	const char *strings; /* section */
	uint32_t strings_len;
	uint32_t first_id, n_types; /* ids [first_id, n_types) are ours */
	uint32_t first_str;         /* offset of our first string */
	uint32_t n_tags;            /* DECL_TAGs of ours */
	uint64_t *tags;             /* each as what it is of, and (low half) its id; ascending */
	uint32_t *offs;             /* in the type section, per id of ours */
	int64_t *sizes;             /* bytes or BTF_NO_SIZE, per id of ours */
	uint8_t *state;             /* of resolving, per id of ours; freed after the checks */
};

/* One check in progress. */
struct btf_check {
	struct btf_blob *btf;
	struct text *log;
	uint32_t id; /* type being checked */
};

/* Logs "[id] KIND name details reason" as the kernel does; returns err. */
int btf_complain(const struct btf_check *c, const struct btf_type *t, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Is this offset inside the strings, and what does it name? */
bool btf_str_ok(const struct btf_blob *btf, uint32_t off);
bool btf_identifier_ok(const struct btf_blob *btf, uint32_t off);
bool btf_section_name_ok(const struct btf_blob *btf, uint32_t off);

/* Each type by itself; fills offs and n_types (btf/meta.c). */
int btf_check_types(struct btf_check *c);
/* The types together: references, cycles, sizes (btf/resolve.c). */
int btf_resolve_types(struct btf_check *c);

const char *btf_kind_name(unsigned int kind);

static inline bool btf_is_modifier_kind(unsigned int kind)
{
	return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE ||
	       kind == BTF_KIND_RESTRICT || kind == BTF_KIND_TYPE_TAG;
}

static inline bool btf_is_aggregate_kind(unsigned int kind)
{
	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

#endif
