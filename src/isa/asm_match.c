/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which row of isa.def is one statement, and with which fields?  Tries the pattern of each row in
 * turn; a field that occurs twice in a pattern must be the same both times.
 */
#include "isa/asm_match.h"

#include <stddef.h>
#include <string.h>

#include "isa/disasm.h"

enum {
	SET_DST = 1,
	SET_SRC = 2
};

struct reader {
	const struct isa_row *row;
	const char *at, *end;
	const char *why; /* what is wrong at `at` */
	unsigned int set;
	struct asm_stmt stmt;
};

bool asm_is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.';
}

uint32_t asm_name_len(const char *p, const char *end)
{
	const char *q = p;

	if (p < end && *p >= '0' && *p <= '9')
		return 0;
	while (q < end && asm_is_word(*q) && q - p < UINT16_MAX)
		q++;
	return (uint32_t)(q - p);
}

static bool refuse(struct reader *r, const char *why)
{
	r->why = why;
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool read_text(struct reader *r, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, s, n) != 0)
		return refuse(r, NULL);
	r->at += n;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Magnitude of a number: decimal or 0x. */
static bool read_magnitude(struct reader *r, uint64_t *ret_value)
{
	uint64_t value = 0, base = 10;
	const char *start;

	if (r->end - r->at > 2 && r->at[0] == '0' && (r->at[1] | 0x20) == 'x') {
		r->at += 2;
		base = 16;
	}
	start = r->at;
	for (; r->at < r->end && (unsigned int)digit(*r->at) < base; r->at++) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit(*r->at), &value))
			return refuse(r, "number does not fit in 64 bits");
	}
	if (r->at == start)
		return refuse(r, "operand expected");
	if (r->at < r->end && asm_is_word(*r->at))
		return refuse(r, "malformed number");
	*ret_value = value;
	return true;
}

/* A number in [-low, high], as two's complement. */
static bool read_number(struct reader *r, uint64_t low, uint64_t high, uint64_t *ret_value)
{
	const char *start = r->at;
	bool minus = take(r, '-');
	uint64_t value;

	if (!minus)
		take(r, '+');
	if (!read_magnitude(r, &value))
		return false;
	if (value > (minus ? low : high)) {
		r->at = start;
		return refuse(r, "number out of range for this field");
	}
	*ret_value = minus ? 0 - value : value;
	return true;
}

static bool read_reg(struct reader *r, bool wide, bool narrow, uint64_t *ret_reg)
{
	const char *start = r->at;

	if (!(wide && take(r, 'r')) && !(narrow && take(r, 'w')))
		return refuse(r, NULL);
	if (!read_magnitude(r, ret_reg) || *ret_reg > 10) {
		r->at = start;
		return refuse(r, "no such register");
	}
	return true;
}

static bool set_reg(struct reader *r, unsigned int which, uint64_t reg)
{
	struct bpf_insn *insn = &r->stmt.insn;
	unsigned int was = which == SET_DST ? insn->dst_reg : insn->src_reg;

	if (r->set & which && was != reg)
		return refuse(r, "must be the register named before");
	r->set |= which;
	if (which == SET_DST)
		insn->dst_reg = (uint8_t)reg & 0xf;
	else
		insn->src_reg = (uint8_t)reg & 0xf;
	return true;
}

static bool read_register_field(struct reader *r, char field)
{
	bool is_64 = r->row->bits == 64;
	uint64_t reg = 0;

	switch (field) {
	case 'd': return read_reg(r, is_64, !is_64, &reg) && set_reg(r, SET_DST, reg);
	case 's': return read_reg(r, is_64, !is_64, &reg) && set_reg(r, SET_SRC, reg);
	case 'D': return read_reg(r, true, false, &reg) && set_reg(r, SET_DST, reg);
	case 'S': return read_reg(r, true, false, &reg) && set_reg(r, SET_SRC, reg);
	case 'v': return read_reg(r, true, !is_64, &reg) && set_reg(r, SET_DST, reg);
	case 'V': return read_reg(r, true, !is_64, &reg) && set_reg(r, SET_SRC, reg);
	case '0': return read_reg(r, is_64, !is_64, &reg) && (!reg || refuse(r, "r0 expected"));
	}
	return false;
}

/* "+ N" or "- N"; nothing means 0. */
static bool read_offset(struct reader *r, uint64_t low, uint64_t high, uint64_t *ret_value)
{
	const char *start = r->at;
	bool minus = take(r, '-');
	uint64_t value;

	*ret_value = 0;
	if (!minus && !take(r, '+'))
		return true;
	skip_blanks(r);
	if (!read_magnitude(r, &value))
		return false;
	if (value > (minus ? low : high)) {
		r->at = start;
		return refuse(r, "offset out of range");
	}
	*ret_value = minus ? 0 - value : value;
	return true;
}

/* A distance or the name of a label. */
static bool read_target(struct reader *r, enum asm_target target, uint64_t *ret_value)
{
	uint64_t high = target == ASM_IN_OFF ? INT16_MAX : INT32_MAX;
	uint32_t n = asm_name_len(r->at, r->end);

	*ret_value = 0;
	if (!n)
		return read_number(r, high + 1, high, ret_value);
	r->stmt.target = target;
	r->stmt.label = r->at;
	r->stmt.label_len = n;
	r->at += n;
	return true;
}

static bool read_call_target(struct reader *r, uint64_t *ret_value)
{
	bool is_pc = r->end - r->at > 2 && r->at[0] == 'p' && r->at[1] == 'c' &&
		     (r->at[2] == '+' || r->at[2] == '-');

	if (is_pc)
		r->at += 2;
	else if (!asm_name_len(r->at, r->end))
		return refuse(r, "label or pc+N expected");
	return read_target(r, ASM_IN_IMM, ret_value);
}

/* "fd N ", or nothing. */
static bool read_fd(struct reader *r)
{
	uint64_t value = 0;

	if (r->end - r->at < 3 || memcmp(r->at, "fd ", 3) != 0)
		return true;
	r->at += 3;
	skip_blanks(r);
	if (!read_number(r, (uint64_t)INT16_MAX + 1, INT16_MAX, &value))
		return false;
	r->stmt.insn.off = (int16_t)value;
	skip_blanks(r);
	return true;
}

static bool read_imm_field(struct reader *r, char field)
{
	struct bpf_insn *insn = &r->stmt.insn;
	uint64_t v = 0;

	switch (field) {
	case 'i':
		if (!read_number(r, (uint64_t)INT32_MAX + 1, UINT32_MAX, &v))
			return false;
		break;
	case 'n':
		if (!read_number(r, 0, UINT32_MAX, &v))
			return false;
		break;
	case 'k':
		if (!read_offset(r, 0, UINT32_MAX, &v))
			return false;
		break;
	case 'a':
		if (!read_number(r, 0, UINT16_MAX, &v))
			return false;
		v = v << 16 | ((uint32_t)insn->imm & 0xffff);
		break;
	case 'A':
		if (!read_number(r, 0, UINT16_MAX, &v))
			return false;
		v |= (uint32_t)insn->imm & 0xffff0000;
		break;
	case 'J':
		if (!read_target(r, ASM_IN_IMM, &v))
			return false;
		break;
	case 'p':
		if (!read_call_target(r, &v))
			return false;
		break;
	case 'l':
		if (!read_number(r, (uint64_t)INT64_MAX + 1, UINT64_MAX, &v))
			return false;
		r->stmt.high = (uint32_t)(v >> 32);
		break;
	default: return read_register_field(r, field);
	}
	insn->imm = (int32_t)(uint32_t)v;
	return true;
}

static bool read_width(struct reader *r, unsigned int bits)
{
	char s[4] = { (char)('0' + bits / 10), (char)('0' + bits % 10), 0 };

	return read_text(r, bits < 10 ? s + 1 : s);
}

static bool read_field(struct reader *r, char field)
{
	uint64_t v;

	switch (field) {
	case 'b': return read_width(r, r->row->bits);
	case 'w': return r->row->bits == 64 || read_width(r, r->row->bits);
	case 'x': return read_width(r, (unsigned int)r->row->sel_value);
	}
	skip_blanks(r);
	switch (field) {
	case 'o': return read_text(r, r->row->text);
	case 'f': return read_fd(r);
	case 'm':
		if (!read_offset(r, (uint64_t)INT16_MAX + 1, INT16_MAX, &v))
			return false;
		break;
	case 'j':
		if (!read_target(r, ASM_IN_OFF, &v))
			return false;
		break;
	case 'h':
		if (!read_offset(r, 0, UINT32_MAX, &v))
			return false;
		r->stmt.high = (uint32_t)v;
		return true;
	default: return read_imm_field(r, field);
	}
	r->stmt.insn.off = (int16_t)v;
	return true;
}

static void start_row(struct reader *r, const struct isa_row *row)
{
	r->row = row;
	r->set = 0;
	r->why = NULL;
	r->stmt = (struct asm_stmt){ .insn.code = row->opcode, .wide = isa_is_wide(row->opcode) };
	if (row->sel == ISA_SEL_OFF)
		r->stmt.insn.off = (int16_t)row->sel_value;
	if (row->sel == ISA_SEL_IMM)
		r->stmt.insn.imm = row->sel_value;
	if (row->sel == ISA_SEL_SRC)
		r->stmt.insn.src_reg = (uint8_t)row->sel_value & 0xf;
}

static bool match_pattern(struct reader *r, const char *begin)
{
	const char *pattern = disasm_pattern(r->row);

	for (const char *p = pattern; *p; p++) {
		bool inside_word = p > pattern && asm_is_word(*p) && asm_is_word(p[-1]);

		if (*p == '%') {
			if (!read_field(r, *++p))
				return false;
			continue;
		}
		if (*p == ' ') {
			const char *was = r->at;

			skip_blanks(r);
			if (r->at == was && r->at > begin && r->at < r->end &&
			    asm_is_word(r->at[-1]) && asm_is_word(*r->at))
				return refuse(r, NULL);
			continue;
		}
		if (!inside_word)
			skip_blanks(r);
		if (!take(r, *p))
			return refuse(r, NULL);
	}
	skip_blanks(r);
	return r->at == r->end || refuse(r, "unexpected text after the instruction");
}

bool asm_match(const char *begin, const char *end, struct asm_stmt *ret_stmt,
	       const char **reterr_at, const char **reterr_why)
{
	const char *best_at = begin, *best_why = "unknown instruction";
	struct reader r = { .end = end };
	bool is_known = false;

	for (int op = 0; op < ISA_N_OP; op++) {
		start_row(&r, isa_row((enum isa_op)op));
		r.at = begin;
		if (match_pattern(&r, begin)) {
			*ret_stmt = r.stmt;
			return true;
		}
		if (r.why ? !is_known || r.at >= best_at : !is_known && r.at > best_at) {
			best_at = r.at;
			best_why = r.why ? r.why : "not understood";
			is_known = r.why;
		}
	}
	*reterr_at = best_at;
	*reterr_why = best_why;
	return false;
}
