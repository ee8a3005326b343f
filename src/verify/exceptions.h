/* SPDX-License-Identifier: BSD-2-Clause */
/* Where may a program give up, and what becomes of it then? */
#ifndef VERIFY_EXCEPTIONS_H
#define VERIFY_EXCEPTIONS_H

#include "verify/kfunc_sig.h"

/* The first instruction of the function that the main program's BTF names as its exception
 * callback; 0: none.  Before control flow is known. */
int exception_find(struct verifier *v, uint32_t *ret_insn);
/* Is it such a function as may be one? */
int exception_check_callback(struct verifier *v);
bool exception_is_throw(const struct kfunc_sig *sig);
/* bpf_throw(), its argument being checked: the path ends here. */
int exception_throw(struct verifier *v);
/* Nothing may be thrown out of a callback: after all paths were walked. */
int exception_check_callers(struct verifier *v);

#endif
