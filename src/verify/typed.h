/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may a program do with the objects of a kernel?  Pointers typed by the kernel's BTF: where
 * they come from (the attach target's arguments, helpers, members of other objects), how far they
 * are to be trusted, what may be read through them.  A program that has one is verified, and runs
 * in no engine of ours.
 */
#ifndef VERIFY_TYPED_H
#define VERIFY_TYPED_H

#include "btf/access.h"
#include "btf/kernel.h"
#include "verify/env.h"

/* What one load of a typed context yields. */
struct typed_value {
	bool is_scalar, nullable;
	uint8_t trust; /* TYPED_* */
	uint32_t type; /* what the pointer points to */
	uint32_t ref;  /* of an object that the program owns; 0: none */
	bool is_buffer, rdonly;
};

/* The kernel that the program is for; NULL: there is none. */
const struct btf_kernel *typed_kernel(struct verifier *v);
/* Its types.  Whoever has a typed register has them. */
static inline const struct btf_blob *typed_btf(const struct verifier *v)
{
	return btf_kernel_types(v->kernel);
}
/* Name of the type behind a register, for messages. */
const char *typed_name(const struct verifier *v, const struct reg *r);
void typed_set(struct verifier *v, struct reg *dst, uint32_t type, unsigned int trust,
	       bool nullable);
/* An object of the type, or memory (0), that nobody vouches for: the kernel's loads may fail. */
void typed_set_untrusted(struct verifier *v, struct reg *dst, uint32_t type);
/* May be handed to who relies on the object to live: trusted, or referenced. */
bool typed_is_trusted(const struct reg *r);
/* Only a kernel can run this: remembered once. */
void typed_needs_kernel(struct verifier *v, const char *why);

/* target.c: what the program attaches to.  Sets v->target. */
int target_resolve(struct verifier *v);
int target_arg(struct verifier *v, const struct mem_op *op, uint32_t off, struct typed_value *ret);
/* What may be returned; false: anything. */
bool target_return(const struct verifier *v, int64_t *ret_min, int64_t *ret_max);

/* ... an int, of which the upper half of R0 is no part. */
bool target_returns_int(const struct verifier *v);

/* Nothing is returned: whatever R0 holds will do. */
bool target_returns_nothing(const struct verifier *v);

/* attach.c: may the program be attached to v->target?  Hooks of security modules; sets how far
 * their arguments are trusted. */
int attach_hook(struct verifier *v);
int attach_function(struct verifier *v);
/* 0 or 1, no errno. */
bool attach_returns_bool(const struct verifier *v);
/* May bpf_setsockopt() be called in this hook? */
bool attach_has_sockopt(const struct verifier *v);
/* May bpf_d_path() be called there? */
bool attach_may_ask_path(const struct verifier *v);

/* struct_ops.c: the program is a member of a struct of functions.  Sets v->target. */
int struct_ops_resolve(struct verifier *v);
/* The name that tells most of a parameter. */
const char *struct_ops_param(const struct target *target, uint32_t arg, const char *name);
/* The type as which an object of this type is given. */
uint32_t struct_ops_object(struct verifier *v, uint32_t type);
bool struct_ops_may_call(const struct verifier *v, uint32_t helper);
bool struct_ops_may_call_kfunc(const struct verifier *v, const char *name);
/* The type of object that this argument is given as, whatever it is declared as; 0: as declared. */
uint32_t struct_ops_given(struct verifier *v, uint32_t arg);
/* May these bytes of an object be written?  The register's trust does not matter. */
int struct_ops_write(struct verifier *v, uint32_t type, int64_t off, uint32_t size);

/* A load at this offset of an object of the type, of which nothing else is known. */
int typed_read(struct verifier *v, const struct mem_op *op, uint32_t type, uint32_t off);

/* owned.c: arguments that a member of a struct is given for good, and what it may return of them.
 * owned_begin(): it has them.  owned_arg(): the reference to this one, 0: it is none of them. */
int owned_begin(struct verifier *v);
int owned_arg(struct verifier *v, uint32_t arg, uint32_t off, uint32_t *ret_ref);
/* Is R0 an object of the type that is returned, owned, which the caller takes? */
bool owned_returned(const struct verifier *v);
/* Does the member return pointers: one that it owns, or NULL? */
bool owned_returns(const struct verifier *v);

int region_typed_ctx(struct verifier *v, const struct mem_op *op, uint32_t off);

#endif
