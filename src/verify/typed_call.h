/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernel objects may a call be given, and which does it return? */
#ifndef VERIFY_TYPED_CALL_H
#define VERIFY_TYPED_CALL_H

#include "verify/typed.h"

/* Id of a struct of the kernel; 0: none, or no kernel. */
uint32_t typed_find(struct verifier *v, const char *name);
/* Is register r an object of this type, or does it point to one inside its object? */
int typed_check_type(struct verifier *v, unsigned int r, uint32_t want);
int typed_check_offset(struct verifier *v, unsigned int r, bool must_be_zero);
/* An argument of a helper whose kind was checked. */
int typed_arg(struct verifier *v, unsigned int r, const char *type, bool released);
/* Programs of this type are given packets as objects, not as contexts. */
bool typed_packets(const struct verifier *v);
/* Such an object in the place of a context. */
int typed_packet_arg(struct verifier *v, unsigned int r);
/* An object in the place of a map, which functions of arenas take. */
int typed_map_arg(struct verifier *v, const struct helper_proto *h, unsigned int r);
/* What a kernel calls the contexts that programs of this type see in another layout; NULL: they see
 * none such. */
const char *typed_ctx_name(const struct prog_type *type);
int typed_result(struct verifier *v, const char *type, unsigned int trust, bool nullable,
		 struct reg *r0);
/* ldimm64 of a BTF id: a variable or function of the kernel. */
int typed_variable(struct verifier *v, const struct bpf_insn *insn);
void typed_percpu_copy(struct verifier *v, const struct reg *of, bool nullable, struct reg *r0);

#endif
