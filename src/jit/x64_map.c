/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a helper call on a map that the program names lowered?  See map/direct.h. */
#include <stddef.h>

#include "jit/x64_priv.h"
#include "map/direct.h"

/* SysV's arguments, from the first. */
static const uint8_t arg_reg[] = { RDI, RSI, RDX, RCX, R8, R9 };

uint8_t *x64_map_function(struct jit_gen *gen, uint8_t *p, const struct map_direct *direct)
{
	if (direct->slot_arg)
		p = x64_load(p, 32, arg_reg[direct->slot_arg - 1], RUN, offsetof(struct run, slot));
	p = x64_call_addr(gen, p, (uint64_t)(uintptr_t)direct->fn);
	return direct->ret_int ? x64_movsx_rr(p, true, 32, RAX, RAX) : p;
}

/* r = r * by, in 64 bits; the other register is free. */
static uint8_t *scale(struct jit_gen *gen, uint8_t *p, unsigned int r, uint64_t by,
		      unsigned int other)
{
	if (by & (by - 1) && x64_hides(gen, (int64_t)by))
		return x64_imul_rr(x64_put(gen, p, other, by), true, r, other);
	if (by & (by - 1))
		return x64_imul_rri(p, true, r, r, (int32_t)by);
	return by == 1 ? p : x64_shift_ri(p, true, X64_SHL, r, (unsigned int)__builtin_ctzll(by));
}

/* Flags: is there a copy for the slot that r gets? */
static uint8_t *load_slot(uint8_t *p, unsigned int r, const struct map_direct *d)
{
	p = x64_load(p, 32, r, RUN, offsetof(struct run, slot));
	return x64_alu_ri(p, false, X64_CMP, r, (int32_t)d->n_slots);
}

/* An index out of range falls through to where r0 is cleared. */
uint8_t *x64_map_index(struct jit_gen *gen, uint8_t *p, const struct map_direct *d)
{
	bool slots = d->how == MAP_DIRECT_SLOT_INDEX;
	uint8_t *outside, *no_slot = NULL, *found;

	if (x64_hides(gen, (int64_t)d->n))
		p = x64_alu_rr(x64_put(gen, p, T0, (uint32_t)d->n), false, X64_CMP, RAX, T0);
	else
		p = x64_alu_ri(p, false, X64_CMP, RAX, (int32_t)d->n);
	outside = p = x64_jcc8(p, X64_AE, 0);
	if (slots) {
		p = load_slot(p, T0, d);
		no_slot = p = x64_jcc8(p, X64_AE, 0);
		p = scale(gen, p, T0, d->row_size, T1);
	}
	p = x64_mov_ri(p, T1, (uint64_t)(uintptr_t)d->base);
	if (slots)
		p = x64_alu_rr(p, true, X64_ADD, T1, T0);
	p = scale(gen, p, RAX, d->size, T0);
	p = x64_alu_rr(p, true, X64_ADD, RAX, T1);
	found = p = x64_jmp8(p, 0);
	x64_land(outside, p);
	if (slots)
		x64_land(no_slot, p);
	p = x64_alu_rr(p, false, X64_XOR, RAX, RAX);
	x64_land(found, p);
	return p;
}

uint8_t *x64_map_copy(struct jit_gen *gen, uint8_t *p, const struct map_direct *d, uint32_t index)
{
	uint8_t *no_slot;

	p = x64_alu_rr(p, false, X64_XOR, RAX, RAX);
	p = load_slot(p, T0, d);
	no_slot = p = x64_jcc8(p, X64_AE, 0);
	p = scale(gen, p, T0, d->row_size, T1);
	p = x64_put(gen, p, RAX, (uint64_t)(uintptr_t)d->base + d->size * index);
	p = x64_alu_rr(p, true, X64_ADD, RAX, T0);
	x64_land(no_slot, p);
	return p;
}

static bool fits(const struct map_direct *d)
{
	return d->size <= INT32_MAX && d->row_size <= INT32_MAX;
}

bool x64_map_is_index(struct jit_gen *gen, uint32_t at, struct map_direct *ret)
{
	const struct map *map = jit_known_map(gen, at);

	return map && map_direct(map, (uint32_t)gen->insns[at].imm, ret) &&
	       (ret->how == MAP_DIRECT_INDEX || ret->how == MAP_DIRECT_SLOT_INDEX) && fits(ret);
}

uint8_t *x64_map_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn)
{
	const struct map *map = jit_known_map(gen, (uint32_t)(insn - gen->insns));
	struct map_direct direct;

	if (!map || !map_direct(map, (uint32_t)insn->imm, &direct))
		return NULL;
	switch (direct.how) {
	case MAP_DIRECT_CALL: break;
	case MAP_DIRECT_INDEX:
	case MAP_DIRECT_SLOT_INDEX:
		if (fits(&direct))
			return x64_map_index(gen, x64_load(p, 32, RAX, RSI, 0), &direct);
		break;
	case MAP_DIRECT_HASH:
		if (!gen->harden)
			return x64_hash_lookup(gen, p, &direct);
		break;
	case MAP_DIRECT_LPM:
		if (fits(&direct) && !gen->harden)
			return x64_lpm_lookup(gen, p, &direct);
		break;
	}
	return x64_map_function(gen, p, &direct);
}
