/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the call frame instructions of one function say?  Of all registers only rsp, rbp and the
 * return address are followed: no other is needed to go on.  An instruction that we do not know
 * ends the function's rows with one that knows nothing.
 */
#include "hook/unwind_cfa.h"

#include <string.h>

#include "hook/unwind.h"

enum {
	MAX_REMEMBERED = 8,
	OP_BREG0 = 0x70,
	OP_DEREF = 0x06,
	/* Opcodes with an operand in their low six bits. */
	CFA_ADVANCE = 1,
	CFA_OFFSET = 2,
	CFA_RESTORE = 3,
};

uint64_t unwind_fixed(struct unwind_bytes *b, unsigned int n)
{
	uint64_t v = 0;

	if (b->bad || (uint64_t)(b->end - b->at) < n) {
		b->bad = true;
		return 0;
	}
	memcpy(&v, b->at, n);
	b->at += n;
	b->vaddr += n;
	return v;
}

void unwind_skip(struct unwind_bytes *b, uint64_t n)
{
	if (b->bad || (uint64_t)(b->end - b->at) < n) {
		b->bad = true;
		return;
	}
	b->at += n;
	b->vaddr += n;
}

uint64_t unwind_uleb(struct unwind_bytes *b)
{
	uint64_t v = 0, byte = 0x80;

	for (unsigned int shift = 0; byte & 0x80 && !b->bad; shift += 7) {
		byte = unwind_fixed(b, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
	}
	return v;
}

int64_t unwind_sleb(struct unwind_bytes *b)
{
	uint64_t v = 0, byte = 0x80;
	unsigned int shift = 0;

	for (; byte & 0x80 && !b->bad; shift += 7) {
		byte = unwind_fixed(b, 1);
		if (shift < 64)
			v |= (byte & 0x7f) << shift;
	}
	if (byte & 0x40 && shift < 64)
		v |= ~0ull << shift;
	return (int64_t)v;
}

enum rule {
	RULE_SAME,
	RULE_OFFSET,
	RULE_UNDEFINED,
	RULE_OTHER,
};

struct reg_rule {
	enum rule rule;
	int64_t off;
};

struct state {
	uint8_t kind; /* of the CFA: enum unwind_kind */
	uint64_t reg;
	int64_t off;
	struct reg_rule rbp, ra;
};

struct machine {
	struct unwind_cfa cfa;
	struct state now, initial, remembered[MAX_REMEMBERED];
	int n_remembered;
	struct unwind_row last;
	bool any;
	int (*on_row)(void *arg, const struct unwind_row *row);
	void *arg;
	int err;
};

static uint8_t kind_of(const struct machine *m)
{
	const struct state *s = &m->now;

	if (m->cfa.signal)
		return UNWIND_SIGNAL;
	if (s->ra.rule == RULE_UNDEFINED)
		return UNWIND_END;
	if (s->ra.rule != RULE_OFFSET || s->ra.off != -8 || s->rbp.rule == RULE_OTHER ||
	    s->off != (int32_t)s->off || s->rbp.off != (int16_t)s->rbp.off)
		return UNWIND_NONE;
	if (s->kind == UNWIND_RSP)
		return s->reg == UNWIND_REG_RSP   ? UNWIND_RSP
		       : s->reg == UNWIND_REG_RBP ? UNWIND_RBP
						  : UNWIND_NONE;
	return s->kind;
}

/* From where we are, if anything changed. */
static void put_row(struct machine *m)
{
	struct unwind_row row = { .pc = (uint32_t)m->cfa.pc, .kind = kind_of(m) };

	if (m->cfa.pc >= m->cfa.end || m->err)
		return;
	if (row.kind == UNWIND_RSP || row.kind == UNWIND_RBP || row.kind == UNWIND_RBP_DEREF) {
		row.cfa_off = (int32_t)m->now.off;
		row.rbp_off = m->now.rbp.rule == RULE_OFFSET ? (int16_t)m->now.rbp.off : 0;
	}
	if (m->any && m->last.kind == row.kind && m->last.cfa_off == row.cfa_off &&
	    m->last.rbp_off == row.rbp_off)
		return;
	m->any = true;
	m->last = row;
	m->err = m->on_row(m->arg, &row);
}

static void advance(struct machine *m, uint64_t by)
{
	put_row(m);
	by *= m->cfa.code_align;
	m->cfa.pc = by > m->cfa.end - m->cfa.pc ? m->cfa.end : m->cfa.pc + by;
}

static void set_rule(struct machine *m, uint64_t reg, enum rule rule, int64_t off)
{
	struct reg_rule r = { rule, off };

	if (reg == UNWIND_REG_RBP)
		m->now.rbp = r;
	if (reg == UNWIND_REG_RA)
		m->now.ra = r;
}

static void restore(struct machine *m, uint64_t reg)
{
	if (reg == UNWIND_REG_RBP)
		m->now.rbp = m->initial.rbp;
	if (reg == UNWIND_REG_RA)
		m->now.ra = m->initial.ra;
}

/* Two expressions are in use: what a function does that aligned its stack, and the linker's for its
 * stubs. */
static void cfa_expression(struct machine *m, struct unwind_bytes *b)
{
	static const uint8_t plt[] = { 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22 };
	uint64_t size = unwind_uleb(b);
	struct unwind_bytes e = *b;

	unwind_skip(b, size);
	m->now.kind = UNWIND_NONE;
	if (b->bad)
		return;
	e.end = e.at + size;
	if (size == sizeof(plt) && !memcmp(e.at, plt, size)) {
		m->now.kind = UNWIND_PLT;
		m->now.off = 0;
		return;
	}
	if (unwind_fixed(&e, 1) != OP_BREG0 + UNWIND_REG_RBP)
		return;
	m->now.off = unwind_sleb(&e);
	if (unwind_fixed(&e, 1) == OP_DEREF && !e.bad && e.at == e.end)
		m->now.kind = UNWIND_RBP_DEREF;
}

static void def_cfa(struct machine *m, uint64_t reg, int64_t off)
{
	m->now.kind = UNWIND_RSP;
	m->now.reg = reg;
	m->now.off = off;
}

static bool remember(struct machine *m)
{
	if (m->n_remembered == MAX_REMEMBERED)
		return false;
	m->remembered[m->n_remembered++] = m->now;
	return true;
}

static bool recall(struct machine *m)
{
	if (!m->n_remembered)
		return false;
	m->now = m->remembered[--m->n_remembered];
	return true;
}

static int64_t factored(const struct machine *m, uint64_t n)
{
	return (int64_t)(n * (uint64_t)m->cfa.data_align);
}

/* Those that define the CFA.  False: not one of them. */
static bool run_cfa(struct machine *m, struct unwind_bytes *b, uint8_t op)
{
	uint64_t reg;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = unwind_uleb(b);
		def_cfa(m, reg, (int64_t)unwind_uleb(b));
		return true;
	case 0x0d: /* def_cfa_register */ def_cfa(m, unwind_uleb(b), m->now.off); return true;
	case 0x0e: /* def_cfa_offset */ m->now.off = (int64_t)unwind_uleb(b); return true;
	case 0x0f: /* def_cfa_expression */ cfa_expression(m, b); return true;
	case 0x12: /* def_cfa_sf */
		reg = unwind_uleb(b);
		def_cfa(m, reg, factored(m, (uint64_t)unwind_sleb(b)));
		return true;
	case 0x13: /* def_cfa_offset_sf */
		m->now.off = factored(m, (uint64_t)unwind_sleb(b));
		return true;
	default: return false;
	}
}

/* Those about a register.  False: not known. */
static bool run_register(struct machine *m, struct unwind_bytes *b, uint8_t op)
{
	uint64_t reg = unwind_uleb(b);

	switch (op) {
	case 0x05: /* offset_extended */
		set_rule(m, reg, RULE_OFFSET, factored(m, unwind_uleb(b)));
		return true;
	case 0x06: /* restore_extended */ restore(m, reg); return true;
	case 0x07: /* undefined */ set_rule(m, reg, RULE_UNDEFINED, 0); return true;
	case 0x08: /* same_value */ set_rule(m, reg, RULE_SAME, 0); return true;
	case 0x09: /* register */
	case 0x14: /* val_offset */
		unwind_uleb(b);
		set_rule(m, reg, RULE_OTHER, 0);
		return true;
	case 0x15: /* val_offset_sf */
		unwind_sleb(b);
		set_rule(m, reg, RULE_OTHER, 0);
		return true;
	case 0x10: /* expression */
	case 0x16: /* val_expression */
		unwind_skip(b, unwind_uleb(b));
		set_rule(m, reg, RULE_OTHER, 0);
		return true;
	case 0x11: /* offset_extended_sf */
		set_rule(m, reg, RULE_OFFSET, factored(m, (uint64_t)unwind_sleb(b)));
		return true;
	default: return false;
	}
}

static bool run_one(struct machine *m, struct unwind_bytes *b)
{
	uint8_t op = (uint8_t)unwind_fixed(b, 1), low = op & 0x3f;

	switch (op >> 6) {
	case CFA_ADVANCE: advance(m, low); return true;
	case CFA_OFFSET: set_rule(m, low, RULE_OFFSET, factored(m, unwind_uleb(b))); return true;
	case CFA_RESTORE: restore(m, low); return true;
	default: break;
	}
	switch (op) {
	case 0x00: return true;
	case 0x02: advance(m, unwind_fixed(b, 1)); return true;
	case 0x03: advance(m, unwind_fixed(b, 2)); return true;
	case 0x04: advance(m, unwind_fixed(b, 4)); return true;
	case 0x0a: return remember(m);
	case 0x0b: return recall(m);
	case 0x2e: /* GNU_args_size */ unwind_uleb(b); return true;
	default: return run_cfa(m, b, op) || run_register(m, b, op);
	}
}

int unwind_cfa_run(const struct unwind_cfa *cfa, struct unwind_bytes common,
		   struct unwind_bytes own, int (*on_row)(void *arg, const struct unwind_row *row),
		   void *arg)
{
	struct machine m = { .cfa = *cfa, .on_row = on_row, .arg = arg };
	bool known = true;

	while (known && !common.bad && common.at < common.end)
		known = run_one(&m, &common);
	m.initial = m.now;
	while (known && !m.err && !common.bad && !own.bad && own.at < own.end)
		known = run_one(&m, &own);
	if (!known || common.bad || own.bad)
		m.now.ra.rule = RULE_OTHER;
	put_row(&m);
	return m.err;
}
