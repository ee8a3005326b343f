/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a program attach to that is a function of another program?  Extensions (freplace)
 * replace it, tracing programs see its arguments.
 */
#ifndef VERIFY_EXTEND_H
#define VERIFY_EXTEND_H

#include "verify/typed.h"

/* An extension is judged as a program of the type that it extends: sets v->type and v->extends,
 * before anything is judged. */
void extend_begin(struct verifier *v);
/* The function that attach_btf_id names in the target's types.  Sets v->target. */
int extend_resolve(struct verifier *v);
/* May it stand in for that function, once it is known what its own functions do? */
int extend_check(struct verifier *v);
/* Nothing says what is extended, and it would matter here: refused. */
int extend_unnamed(struct verifier *v);
/* A pointer among the arguments of the function: only the context is one that can be followed. */
int extend_arg(struct verifier *v, const struct btf_type *to, struct typed_value *ret);

#endif
