/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a helper call on a map that the program names lowered?  See map/direct.h. */
#include <stddef.h>

#include "jit/a64.h"
#include "map/direct.h"

static uint8_t *load_slot(uint8_t *p, unsigned int d)
{
	return a64_access(p, A64_LOAD, 32, d, A64_RUN, offsetof(struct run, slot));
}

static uint8_t *call(struct jit_gen *gen, uint8_t *p, const struct map_direct *direct)
{
	if (direct->slot_arg)
		p = load_slot(p, X0 + direct->slot_arg - 1);
	p = a64_call_addr(gen, p, (uint64_t)(uintptr_t)direct->fn);
	return direct->ret_int ? a64_extend(p, true, A64_SIGNED, 32, A64_R0, X0)
			       : a64_mov_rr(p, true, A64_R0, X0);
}

/* d = r * by + a */
static uint8_t *scale_add(uint8_t *p, unsigned int d, unsigned int r, uint64_t by, unsigned int a)
{
	if (by && !(by & (by - 1)))
		return a64_alu_shifted(p, true, A64_ADD, d, a, r,
				       (unsigned int)__builtin_ctzll(by));
	p = a64_mov_ri(p, A64_T1, by);
	return a64_madd(p, true, d, r, A64_T1, a);
}

/* An index out of range falls through to where r0 is cleared; it is in r0 before. */
static uint8_t *lookup_index(uint8_t *p, const struct map_direct *d)
{
	bool slots = d->how == MAP_DIRECT_SLOT_INDEX;
	uint8_t *outside, *no_slot = NULL, *found;

	p = a64_compare_k(p, false, A64_R0, d->n);
	outside = p = a64_bcc(p, A64_HS, 0);
	if (slots) {
		p = load_slot(p, A64_T2);
		p = a64_compare_k(p, false, A64_T2, d->n_slots);
		no_slot = p = a64_bcc(p, A64_HS, 0);
	}
	p = a64_mov_ri(p, A64_T0, (uint64_t)(uintptr_t)d->base);
	if (slots)
		p = scale_add(p, A64_T0, A64_T2, d->row_size, A64_T0);
	p = scale_add(p, A64_R0, A64_R0, d->size, A64_T0);
	found = p = a64_b(p, 0);
	a64_land(outside, p);
	if (slots)
		a64_land(no_slot, p);
	p = a64_mov_ri(p, A64_R0, 0);
	a64_b(found - 4, p - (found - 4));
	return p;
}

uint8_t *a64_map_call(struct jit_gen *gen, uint8_t *p, const struct bpf_insn *insn, bool by_index)
{
	const struct map *map = jit_known_map(gen, (uint32_t)(insn - gen->insns));
	struct map_direct direct;

	if (!map || !map_direct(map, (uint32_t)insn->imm, &direct))
		return NULL;
	switch (direct.how) {
	case MAP_DIRECT_CALL:
	case MAP_DIRECT_HASH:
	case MAP_DIRECT_LPM: break;
	case MAP_DIRECT_INDEX:
	case MAP_DIRECT_SLOT_INDEX:
		p = by_index ? a64_mov_rr(p, false, A64_R0, X1)
			     : a64_mem(p, A64_LOAD, 32, A64_R0, X1, 0);
		return lookup_index(p, &direct);
	}
	return call(gen, p, &direct);
}
