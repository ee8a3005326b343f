/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where may nothing sleep, and what ends with that?  RCU read sections, sections without
 * preemption, sections without interrupts (whose flags lie on the stack), and calls that may sleep.
 */
#ifndef VERIFY_SECTIONS_H
#define VERIFY_SECTIONS_H

#include "verify/env.h"

/* A kfunc that begins or ends a section of RCU or without preemption.  Others: 0. */
int section_kfunc(struct verifier *v, const char *name);
/* bpf_local_irq_save() and _restore(): the flag behind register r. */
int section_irq_flag(struct verifier *v, unsigned int r, bool saves, bool of_lock);
/* Name of the innermost rule that forbids to sleep here; NULL: none but the program's own. */
const char *section_name(const struct verifier *v);
bool section_rcu(const struct verifier *v);
/* Leaving by `what` with a section open. */
int section_check_leave(struct verifier *v, const char *what);
/* Which functions may sleep: by the helpers and kfuncs that they call. */
void section_find_sleepers(struct verifier *v);

#endif
