/* SPDX-License-Identifier: BSD-2-Clause */
/* By which of its features does the verifier accept more than Linux?  See vfeature.h. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vfeature.h"

enum {
	MAX_LINE = 1024
};

const char *const vfeature_names[N_VFEATURES] = {
	[VFEATURE_DIVIDE] = "division and modulo",
	[VFEATURE_SHIFT] = "shifts",
	[VFEATURE_MULTIPLY] = "multiplication",
	[VFEATURE_SUM] = "sums, differences, negation",
	[VFEATURE_BITS] = "bitwise operations",
	[VFEATURE_EXTEND] = "moves that extend or cut",
	[VFEATURE_END] = "byte swaps",
	[VFEATURE_SPILL] = "parts of spilled numbers",
	[VFEATURE_ATOMIC] = "atomic operations",
	[VFEATURE_LOAD] = "loads that extend",
	[VFEATURE_CALL] = "array keys that are known",
	[VFEATURE_COMPARE] = "what comparisons leave",
	[VFEATURE_DEAD_WAY] = "comparisons decided",
	[VFEATURE_STACK_SUB] = "constants subtracted from stack pointers",
	[VFEATURE_SEARCH] = "the search",
	[VFEATURE_RULE] = "the refused instruction's rule",
	[VFEATURE_PIECES] = "numbers in two pieces",
	[VFEATURE_DEFECT] = "what Linux forgets at a defect of its own",
	[VFEATURE_NONE] = "no feature",
};

/* Names of values count differently in two walks: without them, from the text to the state. */
static void plain(const char *line, size_t n, char *out, size_t size)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k + 1 < size; i++) {
		if (!strncmp(line + i, "id=", 3)) {
			i += 3;
			while (i < n && isdigit((unsigned char)line[i]))
				i++;
			if (i < n && line[i] == ',')
				continue;
			i--;
			continue;
		}
		/* Nor slots: what is read of them, a load shows. */
		if (line[i] == ' ' && !strncmp(line + i, " fp-", 4)) {
			while (i + 1 < n && line[i + 1] != ' ')
				i++;
			continue;
		}
		if (line[i] == ' ' && k && out[k - 1] == ' ')
			continue;
		out[k++] = line[i];
	}
	while (k && out[k - 1] == ' ')
		k--;
	out[k] = '\0';
}

/* The next line that begins with the number of an instruction; NULL: none. */
static const char *next_line(const char **at, char *out, size_t size, uint32_t *ret_insn)
{
	while (**at) {
		const char *line = *at;
		size_t n = strcspn(line, "\n");
		char *end;

		*at = line + n + (line[n] != '\0');
		*ret_insn = (uint32_t)strtoul(line, &end, 10);
		if (end == line || strncmp(end, ": (", 3) != 0)
			continue;
		plain(line, n, out, size);
		return out;
	}
	return NULL;
}

static bool is_in(const char *log, uint32_t insn, const char *line)
{
	char other[MAX_LINE];
	uint32_t at;

	while (next_line(&log, other, sizeof(other), &at))
		if (at == insn && !strcmp(other, line))
			return true;
	return false;
}

static bool comes_to(const char *log, uint32_t insn)
{
	char other[MAX_LINE];
	uint32_t at;

	while (next_line(&log, other, sizeof(other), &at))
		if (at == insn)
			return true;
	return false;
}

static enum vfeature of_alu(const struct bpf_insn *i)
{
	switch (BPF_OP(i->code)) {
	case BPF_DIV:
	case BPF_MOD: return VFEATURE_DIVIDE;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH: return VFEATURE_SHIFT;
	case BPF_MUL: return VFEATURE_MULTIPLY;
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR: return VFEATURE_BITS;
	case BPF_MOV: return VFEATURE_EXTEND;
	case BPF_END: return VFEATURE_END;
	default: return VFEATURE_SUM;
	}
}

static enum vfeature of_insn(const struct bpf_insn *i)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
	case BPF_ALU64: return of_alu(i);
	case BPF_LDX: return i->src_reg == BPF_REG_10 ? VFEATURE_SPILL : VFEATURE_LOAD;
	case BPF_STX:
	case BPF_ST: return BPF_MODE(i->code) == 0xc0 ? VFEATURE_ATOMIC : VFEATURE_SPILL;
	case BPF_JMP: return BPF_OP(i->code) == BPF_CALL ? VFEATURE_CALL : VFEATURE_COMPARE;
	case BPF_JMP32: return VFEATURE_COMPARE;
	default: return VFEATURE_NONE;
	}
}

/* A jump that was taken, with the state that it leads to: what is known there, the lines behind
 * it show. */
static bool is_taken(const char *line)
{
	const char *to = strstr(line, " goto pc");

	return to && strstr(to, ": R");
}

enum vfeature vfeature_of(const struct bpf_insn *insns, const char *ours, const char *exact,
			  const char *reason, uint32_t insn)
{
	const char *at = exact;
	char line[MAX_LINE];
	uint32_t k;

	if (!strcmp(reason, "ptr.sub_stack"))
		return VFEATURE_STACK_SUB;
	/* No number decides of these. */
	if (comes_to(ours, insn) &&
	    (!strcmp(reason, "call.arg_type") || !strcmp(reason, "mem.atomic_kind") ||
	     !strcmp(reason, "ptr.offset_large")))
		return VFEATURE_RULE;
	if (!strncmp(reason, "limit.", 6) || !strcmp(reason, "loop.infinite"))
		return VFEATURE_SEARCH;
	while (next_line(&at, line, sizeof(line), &k)) {
		/* The last line is of the refused one, without a state. */
		if (k == insn && !strstr(at, ": ("))
			break;
		if (is_in(ours, k, line) || (is_taken(line) && comes_to(ours, k)))
			continue;
		if (!comes_to(ours, k))
			return VFEATURE_DEAD_WAY;
		return of_insn(&insns[k]);
	}
	return comes_to(ours, insn) ? VFEATURE_RULE : VFEATURE_DEAD_WAY;
}

bool vfeature_is_parted(const struct bpf_insn *insns, const char *log)
{
	char line[MAX_LINE];
	uint32_t at, before = UINT32_MAX;

	for (; next_line(&log, line, sizeof(line), &at); before = at) {
		unsigned int class = BPF_CLASS(insns[at].code);

		/* But for a jump to itself, only such a comparison comes twice in a row. */
		if (at == before && (class == BPF_JMP || class == BPF_JMP32) && insns[at].off != -1)
			return true;
	}
	return false;
}
