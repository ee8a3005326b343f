/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program look up a key of 4 or 8 bytes in a hash map that it names?  As hash_fast.c
 * does, with all that is known of the map as constants.  What is not in the place where its tag
 * says is looked for by the function.
 */
#include <stddef.h>

#include "jit/x64_addr.h"
#include "jit/x64_priv.h"
#include "map/direct.h"
#include "map/hash.h"

enum {
	KEY = R8,
	GROUP = RCX,
	OP_XOR_RM = 0x33,
	OP_BSF = 0xbc,
};
_Static_assert(HASH_LANE_BITS == 8 && sizeof(struct hash_group) == 32, "shifts below");

/* rax: the key's sum; rcx: its home. */
static uint8_t *hash_key(uint8_t *p, const struct map_direct *d)
{
	p = x64_load(p, d->hash.key_size * 8, KEY, RSI, 0);
	p = x64_mov_ri(p, RAX, d->hash.seed ^ d->hash.key_size);
	p = x64_mov_ri(p, RDX, HASH_FACTOR);
	p = x64_alu_rr(p, true, X64_XOR, RAX, KEY);
	p = x64_unary(p, true, X64_MUL, RDX);
	p = x64_alu_rr(p, true, X64_XOR, RAX, RDX);
	p = x64_mov_rr(p, false, GROUP, RAX);
	p = x64_alu_ri(p, false, X64_AND, GROUP, (int32_t)d->hash.mask);
	p = x64_shift_ri(p, true, X64_SHL, GROUP, 5);
	p = x64_mov_ri(p, T0, (uint64_t)(uintptr_t)d->hash.groups);
	return x64_alu_rr(p, true, X64_ADD, GROUP, T0);
}

/* rdx: hash_match() of the group's tags and the sum's, with flags to tell whether it is 0. */
static uint8_t *match_tags(uint8_t *p)
{
	p = x64_shift_ri(p, true, X64_SHR, RAX, 64 - HASH_LANE_BITS + 1);
	p = x64_mov_ri(p, T0, HASH_ONES);
	p = x64_alu_ri(p, false, X64_CMP, RAX, 1);
	p = x64_alu_ri(p, false, X64_ADC, RAX, 0);
	p = x64_imul_rr(p, true, RAX, T0);
	p = x64_shift_ri(p, true, X64_SHL, T0, HASH_LANE_BITS - 1);
	p = x64_mov_rr(p, true, RDX, T0);
	p = x64_op_rm(p, true, OP_XOR_RM, RAX, GROUP, offsetof(struct hash_group, tags));
	p = x64_alu_rr(p, true, X64_SUB, RDX, RAX);
	return x64_alu_rr(p, true, X64_AND, RDX, T0);
}

static uint8_t *scale(uint8_t *p, unsigned int r, uint64_t by)
{
	if (by & (by - 1))
		return x64_imul_rri(p, true, r, r, (int32_t)by);
	return x64_shift_ri(p, true, X64_SHL, r, (unsigned int)__builtin_ctzll(by));
}

uint8_t *x64_hash_lookup(struct jit_gen *gen, uint8_t *p, const struct map_direct *d)
{
	const struct x64_addr name = { GROUP, RAX, 2, offsetof(struct hash_group, elem) };
	const struct x64_addr key = { T0, T1, 0, offsetof(struct hash_elem, key) };
	const struct x64_addr value = { T0, T1, 0, (int32_t)d->hash.value_off };
	uint8_t *absent, *to_call[4], *found, *none;
	unsigned int n = 0;

	p = match_tags(hash_key(p, d));
	absent = p = x64_jcc8(p, X64_E, 0);
	p = x64_op0f_rr(p, true, OP_BSF, RAX, RDX, false);
	p = x64_shift_ri(p, false, X64_SHR, RAX, 3);
	p = x64_load_a(p, 32, RDX, &name);
	p = x64_lea(p, false, T1, RDX, -1);
	p = x64_alu_ri(p, false, X64_CMP, T1, (int32_t)d->n);
	to_call[n++] = p = x64_jcc8(p, X64_AE, 0);
	p = scale(p, T1, d->size);
	p = x64_mov_ri(p, T0, (uint64_t)(uintptr_t)d->base);
	p = x64_alu_ar(p, true, X64_CMP, &key, KEY);
	to_call[n++] = p = x64_jcc8(p, X64_NE, 0);
	p = x64_alu_ar(p, false, X64_CMP, &name, RDX);
	to_call[n++] = p = x64_jcc8(p, X64_NE, 0);
	p = x64_lea_a(p, true, RAX, &value);
	found = p = x64_jmp8(p, 0);
	x64_land(absent, p);
	p = x64_load(p, 32, RAX, GROUP, offsetof(struct hash_group, next));
	p = x64_test_rr(p, false, RAX, RAX);
	none = p = x64_jcc8(p, X64_E, 0);
	while (n)
		x64_land(to_call[--n], p);
	p = x64_map_function(gen, p, d);
	x64_land(found, p);
	x64_land(none, p);
	return p;
}
