/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does control flow through the program?  Decoded instructions, subprograms, the call graph,
 * loops and the places where states are worth remembering.  Knows no values.  Arrays are indexed by
 * instruction slot and live in the arena they were built in.
 */
#ifndef VERIFY_CFG_H
#define VERIFY_CFG_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "isa/isa.h"

struct arena;
struct diag_sink;

enum {
	CFG_NO_OP = UINT16_MAX
}; /* second slot of a wide load */

/* cfg.flags */
enum {
	CFG_JUMP_TARGET = 1 << 0, /* a jump (not a fall-through) comes here                    */
	CFG_MERGE = 1 << 1,       /* two or more edges come here                               */
	CFG_LOOP_HEAD = 1 << 2,   /* target of a back edge                                     */
	CFG_PRUNE = 1 << 3,       /* states are compared and remembered here                   */
	CFG_FORCE = 1 << 4,       /* ... always (may_goto, calls that repeat a callback)       */
	CFG_REACHED = 1 << 5,
	CFG_LD_FUNC = 1 << 6, /* LD_FUNC: imm is relative, cfg.callee says which           */
	CFG_NOTED = 1 << 7,   /* exact_kernel: Linux notes that a path came here           */
};

struct cfg_subprog {
	uint32_t start, end; /* [start, end) */
	bool is_called;      /* by CALL_SUB   */
	bool is_callback;    /* by LD_FUNC    */
	bool is_recursive;   /* on a cycle of the call graph */
	bool has_tail_call, has_ld_abs, has_loop;
	uint16_t max_depth; /* longest chain of calls below it, 0 for a leaf; recursion aside */
};

/* What the passes ask of an instruction again and again. */
struct cfg_node {
	uint32_t next[2];       /* fall-through first */
	uint16_t reads, writes; /* isa_regs_of() */
	uint8_t n_next;
	uint8_t form; /* enum isa_form */
};

struct cfg {
	const struct bpf_insn *insns;
	uint32_t n;
	uint16_t *op; /* enum isa_op or CFG_NO_OP */
	struct cfg_node *node;
	uint8_t *flags;
	uint16_t *subprog; /* which subprogram the slot is in */
	uint16_t *callee;  /* of CALL_SUB and LD_FUNC: subprogram number */
	uint32_t *scc;     /* 0: not in a loop; else number of the loop (component) */
	uint32_t n_scc;
	uint32_t *postorder; /* reached instructions, each after its successors but for loops */
	uint32_t n_postorder;
	struct cfg_subprog *subprogs; /* ascending by start; [0] is the main program */
	uint32_t n_subprogs;
	uint32_t forms;  /* bit f: of enum isa_form f there is an instruction */
	uint32_t *calls; /* instructions that call or name a function, ascending */
	uint32_t n_calls;
	bool names_functions; /* CALL_SUB or LD_FUNC */
	bool jumps_back;      /* somewhere, reached or not */
	bool has_loop, has_callx;
};

struct cfg_limits {
	uint32_t max_subprogs;
	bool allow_loops; /* false: a back edge is refused (unprivileged) */
	uint32_t entry;   /* of a function that nothing calls; 0: none */
};

/* Decodes, finds subprograms, checks jumps and reachability.  0 or the errno of the reason recorded
 * in sink (-ENOMEM: the arena is exhausted). */
int cfg_build(struct cfg *cfg, const struct bpf_insn *insns, uint32_t n,
	      const struct cfg_limits *limits, struct arena *arena, struct diag_sink *sink);

/* Is there an instruction of this form? */
static inline bool cfg_has(const struct cfg *cfg, enum isa_form form)
{
	return cfg->forms >> form & 1;
}

/* Slots of the instruction at `at`: 1 or 2. */
static inline uint32_t cfg_width(const struct cfg *cfg, uint32_t at)
{
	return isa_is_wide(cfg->insns[at].code) ? 2 : 1;
}
/* Where control may go next within the subprogram (calls fall through): count, fall-through first.
 */
static inline unsigned int cfg_successors(const struct cfg *cfg, uint32_t at, uint32_t ret_succ[2])
{
	ret_succ[0] = cfg->node[at].next[0];
	ret_succ[1] = cfg->node[at].next[1];
	return cfg->node[at].n_next;
}
/* Target of a jump, whatever its form (JA, JA32, conditional, may_goto). */
uint32_t cfg_jump_target(const struct bpf_insn *insn, enum isa_op op, uint32_t at);

#endif
