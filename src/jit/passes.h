/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a function come to a machine's lowering as values?  The passes of opt/ in their order,
 * and what calls lead to.  Implemented in x64_opt.c.  Calls that it lowers lightly (`aux` of
 * OPT_CALL) may be made as any others.
 */
#ifndef JIT_PASSES_H
#define JIT_PASSES_H

#include "jit/gen.h"
#include "opt/ir.h"

/* *in stays where it is as long as *f is used; counts_bits: as there. */
int jit_passes(struct jit_gen *gen, const struct jit_fn *fn, bool counts_bits, struct opt_input *in,
	       struct opt_fn *f, struct arena *arena);
/* Bytes that the passes may take for the function. */
size_t jit_passes_room(const struct jit_fn *fn);
/* Does a register hold the run? */
bool jit_has_run(const struct jit_gen *gen);
/* Is there anything left that has an address on the stack? */
bool jit_needs_stack(const struct opt_fn *f);

#endif
