/* SPDX-License-Identifier: BSD-2-Clause */
/* How does control flow?  Decoding, subprograms, jumps; the graph itself is cfg_graph.c's. */
#include "verify/cfg.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "verify/cfg_graph.h"
#include "verify/diag.h"

enum {
	TAIL_CALL = 12
}; /* BPF_FUNC_tail_call */

uint32_t cfg_jump_target(const struct bpf_insn *insn, enum isa_op op, uint32_t at)
{
	int64_t delta = op == ISA_JA32 ? insn->imm : insn->off;

	return (uint32_t)((int64_t)at + 1 + delta);
}

enum {
	GOTOS = 1u << ISA_F_JA | 1u << ISA_F_JA32,
	FORKS = 1u << ISA_F_JMP_X | 1u << ISA_F_JMP_K | 1u << ISA_F_MAY_GOTO,
	CALLS = 1u << ISA_F_CALL | 1u << ISA_F_CALL_SUB | 1u << ISA_F_CALL_KFUNC |
		1u << ISA_F_CALLX,
};

static void fill_node(struct cfg *cfg, uint32_t at, enum isa_op op)
{
	struct cfg_node *node = &cfg->node[at];
	struct isa_regs regs = isa_regs_of(&cfg->insns[at], op);
	uint32_t form = 1u << isa_row(op)->form;

	cfg->forms |= form;
	node->form = isa_row(op)->form;
	node->reads = regs.reads;
	node->writes = regs.writes;
	node->n_next = 1;
	node->next[0] = at + cfg_width(cfg, at);
	node->next[1] = 0;
	if (form & (GOTOS | FORKS)) {
		uint32_t target = cfg_jump_target(&cfg->insns[at], op, at);

		node->n_next = form & FORKS ? 2 : 1;
		node->next[form & FORKS ? 1 : 0] = target;
		cfg->jumps_back |= target <= at;
	} else if (node->form == ISA_F_EXIT) {
		node->n_next = 0;
	}
}

/* The instruction class as the kernel names it in complaints about reserved fields. */
static const char *class_name(const struct bpf_insn *insn)
{
	switch (insn->code & 0xf7) {
	case 0x85: return "BPF_CALL";
	case 0x95: return "BPF_EXIT";
	case 0x05: return "BPF_JA";
	case 0xb7:
	case 0xb4: return "BPF_MOV";
	case 0xd7:
	case 0xd4: return "BPF_END";
	case 0x87:
	case 0x84: return "BPF_NEG";
	default: break;
	}
	switch (insn->code & 7) {
	case 0: return "BPF_LD";
	case 1: return "BPF_LDX";
	case 2: return "BPF_ST";
	case 3: return "BPF_STX";
	case 4:
	case 7: return "BPF_ALU";
	default: return "BPF_JMP";
	}
}

static int refuse_encoding(const struct cfg *cfg, uint32_t at, struct diag_sink *sink)
{
	const struct bpf_insn *insn = &cfg->insns[at];
	struct bpf_insn bare = { .code = insn->code }, named = *insn;
	bool wide = isa_is_wide(insn->code);

	if (!wide && isa_decode(&bare, NULL) < 0)
		return DIAG_REJECT(sink, at, INSN_OPCODE, insn->code);
	if (wide && insn->off)
		return DIAG_REJECT(sink, at, INSN_RESERVED, "BPF_LD_IMM64");
	/* A register that is not used is a reserved field, whatever it names. */
	if (insn->dst_reg > 10)
		named.dst_reg = 1;
	if (insn->src_reg > 10)
		named.src_reg = 1;
	if (!wide && isa_decode(&named, NULL) < 0)
		return DIAG_REJECT(sink, at, INSN_RESERVED, class_name(insn));
	if (insn->dst_reg > 10)
		return DIAG_REJECT(sink, at, INSN_REG, (unsigned int)insn->dst_reg);
	if (!wide)
		return DIAG_REJECT(sink, at, INSN_REG, (unsigned int)insn->src_reg);
	return DIAG_REJECT(sink, at, INSN_LDIMM);
}

static int decode(struct cfg *cfg, struct diag_sink *sink)
{
	uint32_t at;

	for (at = 0; at < cfg->n; at++) {
		int op = isa_decode(&cfg->insns[at], NULL);

		if (op < 0)
			return refuse_encoding(cfg, at, sink);
		cfg->op[at] = (uint16_t)op;
		fill_node(cfg, at, op);
		if (CALLS >> cfg->node[at].form & 1 || op == ISA_LD_FUNC)
			cfg->calls[cfg->n_calls++] = at;
		cfg->names_functions |= op == ISA_CALL_SUB || op == ISA_LD_FUNC;
		if (!isa_is_wide(cfg->insns[at].code))
			continue;
		if (at + 1 >= cfg->n || isa_check_wide(&cfg->insns[at + 1]))
			return DIAG_REJECT(sink, at, INSN_LDIMM);
		cfg->op[++at] = CFG_NO_OP;
		cfg->node[at] = (struct cfg_node){ 0 };
	}
	return 0;
}

/* Does the instruction name a function of the program?  Its first instruction. */
static bool names_function(const struct cfg *cfg, uint32_t at, int64_t *ret_target)
{
	if (cfg->op[at] != ISA_CALL_SUB && cfg->op[at] != ISA_LD_FUNC)
		return false;
	*ret_target = (int64_t)at + 1 + cfg->insns[at].imm;
	return true;
}

/* Marks the first instructions of all functions in `starts`; how many there are, or an errno. */
static int mark_starts(struct cfg *cfg, uint8_t *starts, const struct cfg_limits *limits,
		       struct diag_sink *sink)
{
	uint32_t at, k, n = 1, max = limits->max_subprogs;
	int64_t target;

	starts[0] = 1;
	if (limits->entry && limits->entry < cfg->n) {
		starts[limits->entry] = 1;
		n++;
	}
	for (k = 0; k < cfg->n_calls; k++) {
		at = cfg->calls[k];
		if (!names_function(cfg, at, &target))
			continue;
		if (target < 0 || target >= cfg->n)
			return DIAG_REJECT(sink, at, CFG_CALL_TARGET, at, target);
		n += !starts[target];
		starts[target] = 1;
	}
	if (n > max || n > UINT16_MAX)
		return DIAG_REJECT(sink, 0, CFG_SUBPROGS, max);
	return (int)n;
}

static void number_subprogs(struct cfg *cfg, const uint8_t *starts)
{
	uint32_t at, k = 0;

	for (at = 0; at < cfg->n; at++) {
		if (starts[at] && at)
			cfg->subprogs[k++].end = at;
		if (starts[at])
			cfg->subprogs[k].start = at;
		cfg->subprog[at] = (uint16_t)k;
	}
	cfg->subprogs[k].end = cfg->n;
}

static void link_calls(struct cfg *cfg)
{
	int64_t target;

	for (uint32_t k = 0; k < cfg->n_calls; k++) {
		uint32_t at = cfg->calls[k];
		struct cfg_subprog *callee;

		if (!names_function(cfg, at, &target))
			continue;
		cfg->callee[at] = cfg->subprog[target];
		callee = &cfg->subprogs[cfg->callee[at]];
		if (cfg->op[at] == ISA_LD_FUNC) {
			callee->is_callback = true;
			cfg->flags[at] |= CFG_LD_FUNC;
		} else {
			callee->is_called = true;
		}
	}
}

static int find_subprogs(struct cfg *cfg, const struct cfg_limits *limits, struct arena *arena,
			 struct diag_sink *sink)
{
	uint8_t *starts = NULL;
	int n = 1;

	if (cfg->names_functions || limits->entry) {
		starts = arena_alloc(arena, cfg->n);
		n = starts ? mark_starts(cfg, starts, limits, sink) : -ENOMEM;
	}
	if (n < 0)
		return n;
	cfg->n_subprogs = (uint32_t)n;
	cfg->subprogs = arena_alloc(arena, cfg->n_subprogs * sizeof(*cfg->subprogs));
	if (!cfg->subprogs)
		return -ENOMEM;
	cfg->subprogs[0].end = cfg->n;
	if (starts) {
		number_subprogs(cfg, starts);
		link_calls(cfg);
	}
	return 0;
}

static bool is_goto(uint16_t op)
{
	return op == ISA_JA || op == ISA_JA32;
}

/* Jumps stay inside the function, and the function does not run off its end. */
static int check_subprog(struct cfg *cfg, struct cfg_subprog *sub, struct diag_sink *sink)
{
	const uint32_t looked_at = GOTOS | FORKS | 1u << ISA_F_CALL | 1u << ISA_F_CALLX |
				   1u << ISA_F_LD_ABS | 1u << ISA_F_LD_IND;
	uint32_t at, succ[2], i, n, target;

	for (at = sub->start; at < sub->end; at++) {
		if (!(looked_at >> cfg->node[at].form & 1) || cfg->op[at] == CFG_NO_OP)
			continue;
		sub->has_tail_call |= cfg->op[at] == ISA_CALL && cfg->insns[at].imm == TAIL_CALL;
		sub->has_ld_abs |=
			cfg->node[at].form == ISA_F_LD_ABS || cfg->node[at].form == ISA_F_LD_IND;
		cfg->has_callx |= cfg->op[at] == ISA_CALLX;
		n = cfg_successors(cfg, at, succ);
		for (i = 0; i < n; i++) {
			target = succ[i];
			if (target == at + cfg_width(cfg, at) && !is_goto(cfg->op[at]))
				continue;
			if (target < sub->start || target >= sub->end)
				return DIAG_REJECT(sink, at, CFG_JUMP_RANGE, at, (int32_t)target);
		}
	}
	at = sub->end - 1;
	if (cfg->op[at] != ISA_EXIT && !is_goto(cfg->op[at]))
		return DIAG_REJECT(sink, at, CFG_FALLS_OFF);
	return 0;
}

static int alloc_arrays(struct cfg *cfg, struct arena *arena)
{
	size_t n = cfg->n;
	/* These begin as zeroes. */
	size_t zeroes = n * (sizeof(*cfg->scc) + sizeof(*cfg->subprog) + sizeof(*cfg->callee) +
			     sizeof(*cfg->flags));

	cfg->op = arena_alloc_raw(arena, n * sizeof(*cfg->op));
	cfg->node = arena_alloc_raw(arena, n * sizeof(*cfg->node));
	cfg->postorder = arena_alloc_raw(arena, n * sizeof(*cfg->postorder));
	cfg->calls = arena_alloc_raw(arena, n * sizeof(*cfg->calls));
	cfg->scc = arena_alloc(arena, zeroes);
	if (!cfg->op || !cfg->node || !cfg->postorder || !cfg->calls || !cfg->scc)
		return -ENOMEM;
	cfg->subprog = (uint16_t *)(cfg->scc + n);
	cfg->callee = cfg->subprog + n;
	cfg->flags = (uint8_t *)(cfg->callee + n);
	return 0;
}

int cfg_build(struct cfg *cfg, const struct bpf_insn *insns, uint32_t n,
	      const struct cfg_limits *limits, struct arena *arena, struct diag_sink *sink)
{
	uint32_t k;
	int r;

	memset(cfg, 0, sizeof(*cfg));
	cfg->insns = insns;
	cfg->n = n;
	if (!n)
		return DIAG_REJECT(sink, 0, CFG_FALLS_OFF);
	r = alloc_arrays(cfg, arena);
	if (!r)
		r = decode(cfg, sink);
	if (!r)
		r = find_subprogs(cfg, limits, arena, sink);
	for (k = 0; !r && k < cfg->n_subprogs; k++)
		r = check_subprog(cfg, &cfg->subprogs[k], sink);
	if (!r)
		r = cfg_graph_build(cfg, limits, arena, sink);
	return r;
}
