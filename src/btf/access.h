/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a load of some bytes of a struct yield?  Walks members by offset: nested structs,
 * arrays, unions, bit fields, flexible arrays at the end, pointers with their type tags.
 */
#ifndef BTF_ACCESS_H
#define BTF_ACCESS_H

#include "btf/btf.h"

enum btf_access_kind {
	BTF_ACCESS_SCALAR,
	BTF_ACCESS_PTR, /* to a struct or union that may be followed */
	BTF_ACCESS_MEM, /* a pointer to anything else */
	/* Refused: */
	BTF_ACCESS_NOT_STRUCT,
	BTF_ACCESS_BEYOND, /* the struct */
	BTF_ACCESS_MEMBER_END,
	BTF_ACCESS_NO_FIELD,
	BTF_ACCESS_PART_OF_PTR,
};

/* Type tags of the pointer, or-ed. */
enum {
	BTF_TAG_USER = 1,
	BTF_TAG_PERCPU = 2,
	BTF_TAG_RCU = 4,
	BTF_TAG_UNION = 8, /* found inside a union of several members */
};

struct btf_access {
	uint8_t kind; /* enum btf_access_kind */
	uint8_t tags;
	uint32_t type;      /* of a pointer: what it points to */
	const char *member; /* innermost that was looked at; "" */
	const char *owner;  /* the struct that it is in */
	uint32_t at;        /* its offset there, or where it ends: for messages */
	uint32_t off;       /* what was asked, relative to the owner */
};

void btf_access(const struct btf_blob *btf, uint32_t struct_id, uint32_t off, uint32_t size,
		struct btf_access *ret);
/* Is there a struct of type `want` at this offset, itself or inside?  `want` is of the same BTF. */
bool btf_access_holds(const struct btf_blob *btf, uint32_t struct_id, uint32_t off, uint32_t want);
/* The member of this name, NULL; its type's id and offset in bits. */
const struct btf_member *btf_member_named(const struct btf_blob *btf, uint32_t struct_id,
					  const char *name, uint32_t *ret_bit);
bool btf_is_struct(const struct btf_type *t); /* or union */
/* A struct of numbers and arrays of numbers only, however deep as far as the kernel looks: memory
 * that a program may make up. */
bool btf_is_plain_struct(const struct btf_blob *btf, uint32_t struct_id);

#endif
