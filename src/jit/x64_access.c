/* SPDX-License-Identifier: BSD-2-Clause */
/* How does x86-64 load, store and change memory in one step? */
#include "jit/x64_opt.h"

static const uint8_t atomic_op[ISA_N_ATOMIC] = {
	[ISA_ATOMIC_ADD] = X64_ADD,       [ISA_ATOMIC_OR] = X64_OR,
	[ISA_ATOMIC_AND] = X64_AND,       [ISA_ATOMIC_XOR] = X64_XOR,
	[ISA_ATOMIC_FETCH_OR] = X64_OR,   [ISA_ATOMIC_FETCH_AND] = X64_AND,
	[ISA_ATOMIC_FETCH_XOR] = X64_XOR,
};

/* The operand; what has no register is collected in r10, by way of r11. */
static struct x64_addr address(struct x64_fn *x, const struct opt_ins *i)
{
	struct opt_address from = opt_address_of(x->f, i);
	struct x64_addr a = { .base = X64_NONE, .index = X64_NONE, .scale = from.scale };
	const struct opt_ins *base = opt_at(x->f, from.base);
	int64_t disp = from.disp;

	if (base->op == OPT_FP) {
		a.base = RSP;
		disp += x->fp;
	} else {
		a.base = (uint8_t)x64_use(x, from.base, S1);
	}
	a.disp = (int32_t)disp;
	if (!from.index)
		return a;
	if (x64_in_reg(x, from.index) || a.base != S1) {
		a.index = (uint8_t)x64_use(x, from.index, S1);
		return a;
	}
	a.index = (uint8_t)x64_use(x, from.index, S0);
	x->p = x64_lea_a(x->p, true, S1, &a);
	return (struct x64_addr){ .base = S1, .index = X64_NONE };
}

struct x64_operand x64_operand(struct x64_fn *x, opt_ref v)
{
	struct x64_operand o = { .in_memory = true };

	if (x64_is_fused(x, v)) {
		o.at = address(x, opt_at(x->f, v));
		if (o.at.base != S1 && o.at.index != S1)
			return o;
		x->p = x64_load_a(x->p, opt_at(x->f, v)->w, S1, &o.at);
		return (struct x64_operand){ .reg = S1 };
	}
	if (x64_is_stored(x, v)) {
		o.at = x64_place(x, v);
		return o;
	}
	return (struct x64_operand){ .reg = (uint8_t)x64_use(x, v, S1) };
}

bool x64_reads_reg(const struct x64_fn *x, opt_ref v, unsigned int reg)
{
	struct opt_address from;

	if (!x64_is_fused(x, v))
		return x->alloc.reg[v] == reg;
	from = opt_address_of(x->f, opt_at(x->f, v));
	return x->alloc.reg[from.base] == reg || (from.index && x->alloc.reg[from.index] == reg);
}

void x64_lower_load(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	struct x64_addr a = address(x, i);
	unsigned int d = x64_result(x, v);

	if (i->aux & OPT_SIGNED)
		x->p = x64_load_sx_a(x->p, !(i->aux & OPT_HALF), i->w, d, &a);
	else
		x->p = x64_load_a(x->p, i->w, d, &a);
	x64_keep(x, v, d);
}

void x64_lower_store(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	struct x64_addr a = address(x, i);
	unsigned int value;

	if (opt_is_k(x->f, i->arg[1])) {
		x->p = x64_store_ia(x->p, i->w, &a, (int32_t)opt_at(x->f, i->arg[1])->imm);
		return;
	}
	value = x64_use(x, i->arg[1], S0);
	x->p = x64_store_a(x->p, i->w, &a, value);
}

/* A register of ours that holds the operand's address. */
static unsigned int one_register(struct x64_fn *x, struct x64_addr *a)
{
	if (a->index != X64_NONE || a->base == X64_NONE) {
		x->p = x64_lea_a(x->p, true, S1, a);
		*a = (struct x64_addr){ .base = S1, .index = X64_NONE };
	}
	return a->base;
}

/* rax is the machine's comparand, and no operand's register. */
static void fetch_loop(struct x64_fn *x, const struct opt_ins *i, bool w)
{
	struct x64_addr a = address(x, i);
	unsigned int base = one_register(x, &a);
	uint8_t *again;

	x->p = x64_load_a(x->p, w ? 64 : 32, RAX, &a);
	again = x->p;
	x64_fetch(x, S0, i->arg[1]);
	x->p = x64_alu_rr(x->p, w, atomic_op[i->aux], S0, RAX);
	x->p = x64_cmpxchg_mr(x64_lock(x->p), w, base, a.disp, S0);
	x->p = x64_jcc8(x->p, X64_NE, (int32_t)(again - (x->p + 2)));
}

static void exchange(struct x64_fn *x, opt_ref v, const struct opt_ins *i, bool w)
{
	struct x64_addr a = address(x, i);
	unsigned int base = one_register(x, &a);

	x64_fetch(x, S0, i->arg[1]);
	if (i->aux == ISA_ATOMIC_XCHG)
		x->p = x64_xchg_mr(x->p, w, base, a.disp, S0);
	else
		x->p = x64_xadd_mr(x64_lock(x->p), w, base, a.disp, S0);
	x64_keep(x, v, S0);
}

void x64_lower_atomic(struct x64_fn *x, opt_ref v)
{
	const struct opt_ins *i = opt_at(x->f, v);
	bool w = i->w == 64;
	struct x64_addr a;
	unsigned int src;

	switch ((enum isa_atomic)i->aux) {
	case ISA_ATOMIC_ADD:
	case ISA_ATOMIC_OR:
	case ISA_ATOMIC_AND:
	case ISA_ATOMIC_XOR:
		a = address(x, i);
		src = x64_use(x, i->arg[1], S0);
		x->p = x64_alu_ar(x64_lock(x->p), w, atomic_op[i->aux], &a, src);
		break;
	case ISA_ATOMIC_FETCH_ADD:
	case ISA_ATOMIC_XCHG: exchange(x, v, i, w); break;
	case ISA_ATOMIC_FETCH_OR:
	case ISA_ATOMIC_FETCH_AND:
	case ISA_ATOMIC_FETCH_XOR:
		fetch_loop(x, i, w);
		x64_keep(x, v, RAX);
		break;
	case ISA_ATOMIC_CMPXCHG:
		a = address(x, i);
		one_register(x, &a);
		x64_fetch(x, S0, i->arg[1]);
		x64_fetch(x, RAX, i->arg[2]);
		x->p = x64_cmpxchg_mr(x64_lock(x->p), w, a.base, a.disp, S0);
		if (!w)
			x->p = x64_mov_rr(x->p, false, RAX, RAX);
		x64_keep(x, v, RAX);
		break;
	case ISA_N_ATOMIC: break;
	}
}
