/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of a type belong to the system: locks, timers, list heads and nodes, kernel pointers?
 * Read from the BTF of a map's value or of an object that a program allocates.  A program reaches
 * them through helpers only.
 */
#ifndef BTF_RECORD_H
#define BTF_RECORD_H

#include "btf/btf.h"

enum btf_field_kind {
#define STRUCT(kind, name, size, alone, local, maps) FIELD_##kind,
#define TAGGED(kind, tag, local, maps)               FIELD_##kind,
#include "btf/fields.def"
#undef STRUCT
#undef TAGGED
	N_FIELD_KINDS
};

enum {
	RECORD_FIELDS = 11 /* the kernel's limit */
};

struct btf_field {
	uint8_t kind; /* enum btf_field_kind */
	uint32_t off, size;
	uint32_t type_id;  /* kernel pointers: what they point to; heads and roots: their items */
	uint32_t node_off; /* heads and roots: of the node in an item */
};

/* Ordered by offset; they do not overlap. */
struct btf_record {
	const struct btf_blob *btf;
	uint32_t n;
	struct btf_field field[RECORD_FIELDS];
};

/* "bpf_spin_lock", "kptr": what messages call it. */
const char *btf_field_name(enum btf_field_kind kind);

enum btf_record_of {
	RECORD_OF_MAP,
	RECORD_OF_OBJECT,
};

/* Fields of a struct or data section.  0 (none found as well) or negative errno: -E2BIG too many,
 * -EINVAL another tag than ours, an array of what cannot repeat, a head whose items have no such
 * node, or what does not go together.  In a map's value Linux then takes none for a field. */
int btf_record_read(const struct btf_blob *btf, uint32_t type_id, enum btf_record_of of,
		    struct btf_record *ret_record);
/* 0, or the errno with which the kernel refuses BTF because of a struct that cannot be allocated or
 * kept: two locks, a head without a lock or whose items are not described, items that own each
 * other in a circle.  `check` is asked about each such struct, too. */
int btf_record_check_types(const struct btf_blob *btf,
			   int (*check)(const struct btf_record *record, void *arg), void *arg);
/* 0, or the errno with which the kernel refuses a map of this type and flags with such values. */
int btf_record_fits_map(const struct btf_record *record, uint32_t map_type, uint32_t map_flags);
/* Is this an object that a program may allocate and that has fields?  False also for BTF in which
 * such objects would own each other in a circle. */
bool btf_record_fits_object(const struct btf_record *record);

/* The field of this kind, the first of several; NULL: none. */
const struct btf_field *btf_record_find(const struct btf_record *record, enum btf_field_kind kind);
/* The field at this very offset; NULL: none. */
const struct btf_field *btf_record_at(const struct btf_record *record, uint64_t off);
/* The first field that [low, high) touches; NULL: none. */
const struct btf_field *btf_record_hit(const struct btf_record *record, int64_t low, int64_t high);

#endif
