/* SPDX-License-Identifier: BSD-2-Clause */
/* What may a program do with the pointers to objects that it keeps in maps? */
#ifndef VERIFY_KPTR_H
#define VERIFY_KPTR_H

#include "verify/call.h"

/* Is this field a pointer that the program may load?  Others are out of reach. */
bool kptr_is(const struct btf_field *f);
/* A load or store of the bytes at `at` of a map's value, which touch the field. */
int kptr_access(struct verifier *v, const struct mem_op *op, const struct btf_record *rec,
		const struct btf_field *f, int64_t at);
/* bpf_kptr_xchg(): the place, what goes there, what becomes of it, what comes out. */
int kptr_slot_arg(struct verifier *v, struct call *c, unsigned int r);
int kptr_value_arg(struct verifier *v, struct call *c, unsigned int r);
void kptr_give(struct verifier *v, uint32_t ref);
int kptr_result(struct verifier *v, const struct call *c, struct reg *r0);

#endif
