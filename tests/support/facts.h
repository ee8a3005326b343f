/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a test run a program on the engines without the verifier?  By facts made from text:
 * every target of a call or `func` begins a function, each with the same stack.
 */
#ifndef SUPPORT_FACTS_H
#define SUPPORT_FACTS_H

#include "run/engine.h"

struct facts {
	struct verify_facts facts;
	struct code code;
	struct verify_subprog subprogs[16];
};

/* Fails the test if the text does not assemble.  `map` becomes the value of each map_fd[0] load. */
void facts_init(struct facts *f, const char *text, uint16_t stack, const struct helper_set *helpers,
		const struct map *map);
/* The same for instructions, which are copied. */
void facts_init_insns(struct facts *f, const struct bpf_insn *insns, uint32_t n, uint16_t stack,
		      const struct helper_set *helpers, const struct map *map);
void facts_done(struct facts *f);

#endif
