/* SPDX-License-Identifier: BSD-2-Clause */
/* How does the kernel's verifier write things down?  See log.h. */
#include "verify/log.h"

#include "helper/helper.h"

enum {
	STATE_COLUMN = 38
};

static char width_letter(const struct isa_row *row)
{
	return row->bits == 64 ? 'r' : 'w';
}

static void print_alu(struct text *t, const struct bpf_insn *insn, const struct isa_row *row)
{
	char w = width_letter(row);

	text_add(t, "%c%d %s ", w, insn->dst_reg, row->text);
	if (row->form == ISA_F_ALU_X)
		text_add(t, "%c%d", w, insn->src_reg);
	else
		text_add(t, "%d", insn->imm);
}

static void print_end(struct text *t, const struct bpf_insn *insn, const struct isa_row *row)
{
	static const char *const names[] = {
		[ISA_END_LE] = "le", [ISA_END_BE] = "be", [ISA_END_BSWAP] = "bswap"
	};

	text_add(t, "r%d = %s%d r%d", insn->dst_reg, names[row->op], insn->imm, insn->dst_reg);
}

static void print_jump(struct text *t, const struct bpf_insn *insn, const struct isa_row *row)
{
	char w = width_letter(row);

	text_add(t, "if %c%d %s ", w, insn->dst_reg, row->text);
	if (row->form == ISA_F_JMP_X)
		text_add(t, "%c%d", w, insn->src_reg);
	else
		text_add(t, "0x%x", (unsigned int)insn->imm);
	text_add(t, " goto pc%+d", insn->off);
}

static void print_memory(struct text *t, char sign, const struct isa_row *row, int reg, int off)
{
	text_add(t, "*(%c%d *)(r%d %+d)", sign, row->bits, reg, off);
}

/* "atomic64_fetch_add", "atomic_xchg": 32-bit forms have no number. */
static void print_atomic(struct text *t, const struct bpf_insn *insn, const struct isa_row *row)
{
	static const char *const names[ISA_N_ATOMIC] = {
		[ISA_ATOMIC_FETCH_ADD] = "fetch_add", [ISA_ATOMIC_FETCH_OR] = "fetch_or",
		[ISA_ATOMIC_FETCH_AND] = "fetch_and", [ISA_ATOMIC_FETCH_XOR] = "fetch_xor",
		[ISA_ATOMIC_XCHG] = "xchg",           [ISA_ATOMIC_CMPXCHG] = "cmpxchg",
	};
	const char *wide = row->bits == 64 ? "64" : "";

	if (!names[row->op]) {
		text_add(t, "lock *(u%d *)(r%d %+d) %s r%d", row->bits, insn->dst_reg, insn->off,
			 row->text, insn->src_reg);
		return;
	}
	text_add(t, "r%d = atomic%s_%s((u%d *)(r%d %+d), ",
		 row->op == ISA_ATOMIC_CMPXCHG ? 0 : insn->src_reg, wide, names[row->op], row->bits,
		 insn->dst_reg, insn->off);
	text_add(t, row->op == ISA_ATOMIC_CMPXCHG ? "r0, r%d)" : "r%d)", insn->src_reg);
}

static void print_kfunc(struct text *t, const struct verify_input *in, uint32_t at)
{
	const char *name = "unknown";
	uint32_t k;

	for (k = 0; k < in->n_kfunc_refs; k++) {
		if (in->kfunc_at[k] == at && in->kfunc_names)
			name = in->kfunc_names[k];
	}
	text_add(t, "call %s#%d", name, in->insns[at].imm);
}

static void print_helper(struct text *t, const struct verify_input *in, int32_t id)
{
	const struct helper_proto *p = helper_find(in->helpers, (uint32_t)id);

	text_add(t, "call %s%s#%d", p ? "bpf_" : "unknown", p ? p->name : "", id);
}

static void print_wide(struct text *t, const struct bpf_insn *insn)
{
	uint64_t value = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;

	text_add(t, "r%d = 0x%llx", insn->dst_reg, (unsigned long long)value);
}

void log_insn(struct text *t, const struct verify_input *in, const struct cfg *cfg, uint32_t at)
{
	const struct bpf_insn *insn = &in->insns[at];
	const struct isa_row *row = isa_row(cfg->op[at]);
	int dst = insn->dst_reg, src = insn->src_reg;

	text_add(t, "(%02x) ", insn->code);
	switch ((enum isa_form)row->form) {
	case ISA_F_ALU_X:
	case ISA_F_ALU_K: print_alu(t, insn, row); break;
	case ISA_F_MOVSX:
		text_add(t, "%c%d = (s%d)%c%d", width_letter(row), dst, insn->off,
			 width_letter(row), src);
		break;
	case ISA_F_CAST:
		text_add(t, "r%d = addr_space_cast(r%d, %u, %u)", dst, src,
			 (unsigned int)insn->imm >> 16, (unsigned int)insn->imm & 0xffff);
		break;
	case ISA_F_NEG:
		text_add(t, "%c%d = -%c%d", width_letter(row), dst, width_letter(row), dst);
		break;
	case ISA_F_END: print_end(t, insn, row); break;
	case ISA_F_JMP_X:
	case ISA_F_JMP_K: print_jump(t, insn, row); break;
	case ISA_F_JA: text_add(t, "goto pc%+d", insn->off); break;
	case ISA_F_JA32: text_add(t, "gotol pc%+d", insn->imm); break;
	case ISA_F_MAY_GOTO: text_add(t, "may_goto pc%+d", insn->off); break;
	case ISA_F_CALL: print_helper(t, in, insn->imm); break;
	case ISA_F_CALL_SUB: text_add(t, "call pc%+d", insn->imm); break;
	case ISA_F_CALL_KFUNC: print_kfunc(t, in, at); break;
	case ISA_F_CALLX: text_add(t, "callx r%d", dst); break;
	case ISA_F_EXIT: text_add(t, "exit"); break;
	case ISA_F_LDX:
		text_add(t, "r%d = ", dst);
		print_memory(t, 'u', row, src, insn->off);
		break;
	case ISA_F_LDSX:
		text_add(t, "r%d = ", dst);
		print_memory(t, 's', row, src, insn->off);
		break;
	case ISA_F_ST:
		print_memory(t, 'u', row, dst, insn->off);
		text_add(t, " = %d", insn->imm);
		break;
	case ISA_F_STX:
		print_memory(t, 'u', row, dst, insn->off);
		text_add(t, " = r%d", src);
		break;
	case ISA_F_ATOMIC: print_atomic(t, insn, row); break;
	case ISA_F_LOAD_ACQ:
		text_add(t, "r%d = load_acquire((u%d *)(r%d %+d))", dst, row->bits, src, insn->off);
		break;
	case ISA_F_STORE_REL:
		text_add(t, "store_release((u%d *)(r%d %+d), r%d)", row->bits, dst, insn->off, src);
		break;
	case ISA_F_LD_IMM64: print_wide(t, insn); break;
	case ISA_F_LD_ABS: text_add(t, "r0 = *(u%d *)skb[%d]", row->bits, insn->imm); break;
	case ISA_F_LD_IND:
		text_add(t, "r0 = *(u%d *)skb[r%d + %d]", row->bits, src, insn->imm);
		break;
	}
}

void log_insn_line(struct text *t, const struct verify_input *in, const struct cfg *cfg,
		   uint32_t at)
{
	text_add(t, "%u: ", at);
	log_insn(t, in, cfg, at);
}

void log_state_column(struct text *t, size_t line_start)
{
	size_t width = t->want - line_start;

	text_add(t, "%*s; ", width < STATE_COLUMN ? (int)(STATE_COLUMN - width) : 1, "");
}

void log_from(struct text *t, uint32_t prev, uint32_t at)
{
	text_add(t, "from %u to %u:", prev, at);
}

void log_trailer(struct text *t, const struct verify_stats *stats, uint32_t limit,
		 const uint16_t *depths, uint32_t n_depths, bool with_time)
{
	uint32_t k;

	if (with_time) {
		text_add(t, "verification time %llu usec\nstack depth ",
			 (unsigned long long)(stats->cpu_ns / 1000));
		for (k = 0; k < n_depths; k++)
			text_add(t, "%s%u", k ? "+" : "", depths[k]);
		text_add(t, "\n");
	}
	text_add(t,
		 "processed %u insns (limit %u) max_states_per_insn %u total_states %u "
		 "peak_states %u mark_read 0\n",
		 stats->visited, limit, stats->max_states_per_insn, stats->total_states,
		 stats->peak_states);
}
