/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is this instruction written?  Walks the pattern of its form and replaces each field.
 */
#include "isa/disasm.h"

#include <errno.h>
#include <inttypes.h>

#include "isa/form.def"

/* What a pattern's fields are taken from. */
struct source {
	const struct isa_row *row;
	struct bpf_insn insn;
	uint32_t high; /* imm of the second slot */
};

const char *disasm_pattern(const struct isa_row *row)
{
	enum {
		LAST = UINT8_MAX
	};
	static const struct {
		uint8_t form, last_op;
		const char *text;
	} patterns[] = {
#define P(form, last_op, text) { ISA_F_##form, last_op, text },
		ISA_PATTERN_LIST(P)
#undef P
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (patterns[i].form == row->form && row->op <= patterns[i].last_op)
			return patterns[i].text;
	return "";
}

static void put_reg(struct text *t, bool wide, unsigned int reg)
{
	text_add(t, "%c%u", wide ? 'r' : 'w', reg);
}

static void put_offset(struct text *t, int off)
{
	text_add(t, off < 0 ? "- %d" : "+ %d", off < 0 ? -off : off);
}

static void put_register_field(char field, const struct source *s, struct text *t)
{
	bool wide = s->row->bits == 64;

	switch (field) {
	case 'd': put_reg(t, wide, s->insn.dst_reg); break;
	case 's': put_reg(t, wide, s->insn.src_reg); break;
	case 'D':
	case 'v': put_reg(t, true, s->insn.dst_reg); break;
	case 'S':
	case 'V': put_reg(t, true, s->insn.src_reg); break;
	case '0': put_reg(t, wide, 0); break;
	}
}

static void put_field(char field, const struct source *s, struct text *t)
{
	uint32_t imm = (uint32_t)s->insn.imm;

	switch (field) {
	case 'o': text_add(t, "%s", s->row->text); break;
	case 'b': text_add(t, "%u", s->row->bits); break;
	case 'x': text_add(t, "%d", s->row->sel_value); break;
	case 'm': put_offset(t, s->insn.off); break;
	case 'i': text_add(t, "%d", s->insn.imm); break;
	case 'n': text_add(t, "%" PRIu32, imm); break;
	case 'a': text_add(t, "%" PRIu32, imm >> 16); break;
	case 'A': text_add(t, "%" PRIu32, imm & 0xffff); break;
	case 'j': text_add(t, "%+d", s->insn.off); break;
	case 'J': text_add(t, "%+d", s->insn.imm); break;
	case 'p': text_add(t, "pc%+d", s->insn.imm); break;
	case 'l': text_add(t, "0x%" PRIx64, (uint64_t)s->high << 32 | imm); break;
	case 'w':
		if (s->row->bits != 64)
			text_add(t, "%u", s->row->bits);
		break;
	case 'k':
		if (imm)
			text_add(t, " + %" PRIu32, imm);
		break;
	case 'f':
		if (s->insn.off)
			text_add(t, "fd %d ", s->insn.off);
		break;
	case 'h':
		if (s->high)
			text_add(t, "+%" PRIu32, s->high);
		break;
	default: put_register_field(field, s, t); break;
	}
}

static int slots(const struct bpf_insn *insns, uint32_t n, const char **ret_why)
{
	if (!isa_is_wide(insns[0].code))
		return 1;
	if (n >= 2 && isa_check_wide(&insns[1]) == 0)
		return 2;
	*ret_why = n < 2 ? "second half of a wide load is missing"
			 : "second half of a wide load has more than an imm";
	return -EINVAL;
}

int disasm_insn(const struct bpf_insn *insns, uint32_t n, struct text *t)
{
	const char *why = "nothing there";
	int op = n ? isa_decode(&insns[0], &why) : -EINVAL;
	int n_slots = op < 0 ? op : slots(insns, n, &why);
	struct source s;

	if (n_slots < 0) {
		text_add(t, "invalid: %s", why);
		return n_slots;
	}
	s = (struct source){ .row = isa_row((enum isa_op)op), .insn = insns[0] };
	if (n_slots == 2)
		s.high = (uint32_t)insns[1].imm;
	for (const char *p = disasm_pattern(s.row); *p; p++) {
		if (*p == '%')
			put_field(*++p, &s, t);
		else
			text_put(t, p, 1);
	}
	return n_slots;
}
