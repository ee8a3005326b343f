/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program look up a whole IPv4 address in an LPM trie that it names?  As lpm_lookup8()
 * does, with all that is known of the map as constants; that function is for what the index leaves
 * open.
 */
#include "jit/x64_priv.h"
#include "map/direct.h"
#include "map/lpm.h"

enum {
	WORD = RCX,
	TABLE = RDX,
	AT = R8,
	SEQ = T2,
	CMOV = 0x40 /* and the condition */
};

/* dst = base + 4 * index; neither is a register of special encoding. */
static uint8_t *lea_index4(uint8_t *p, unsigned int dst, unsigned int base, unsigned int index)
{
	p = x64_rex(p, true, dst, index, base, false);
	p = x64_byte(p, 0x8d);
	p = x64_byte(p, (dst & 7) << 3 | 4);
	return x64_byte(p, 2 << 6 | (index & 7) << 3 | (base & 7));
}

/* eax: the entry of the index. */
static uint8_t *find_entry(uint8_t *p, const struct map_direct *d)
{
	uint32_t bits = d->lpm.bits, top = d->lpm.top_bits;

	p = x64_load(p, 32, WORD, RSI, 4);
	p = x64_bswap(p, false, WORD);
	p = x64_mov_ri(p, TABLE, (uint64_t)(uintptr_t)d->lpm.table);
	p = x64_mov_rr(p, false, RAX, WORD);
	p = x64_shift_ri(p, false, X64_SHR, RAX, 32 - top);
	p = lea_index4(p, AT, TABLE, RAX);
	if (bits > top) {
		p = x64_shift_ri(p, false, X64_SHR, WORD, 32 - bits);
		p = x64_load(p, 32, RAX, AT, 0);
		p = x64_alu_ri(p, false, X64_ADD, WORD, 1 << top);
		p = lea_index4(p, WORD, TABLE, WORD);
		p = x64_alu_ri(p, false, X64_CMP, RAX, LPM_BELOW);
		p = x64_op0f_rr(p, true, CMOV | X64_E, AT, WORD, false);
	}
	return x64_load(p, 32, RAX, AT, 0);
}

/* rax: the value of node number eax, NULL if there is no such node. */
static uint8_t *find_value(uint8_t *p, const struct map_direct *d)
{
	p = x64_mov_rr(p, false, RCX, RAX);
	p = x64_imul_rri(p, true, RAX, RAX, (int32_t)d->size);
	p = x64_mov_ri(p, RDX, (uint64_t)(uintptr_t)d->base);
	p = x64_alu_rr(p, true, X64_ADD, RAX, RDX);
	p = x64_alu_rr(p, false, X64_XOR, RDX, RDX);
	p = x64_alu_ri(p, false, X64_CMP, RCX, (int32_t)d->n);
	return x64_op0f_rr(p, true, CMOV | X64_AE, RAX, RDX, false);
}

uint8_t *x64_lpm_lookup(struct jit_gen *gen, uint8_t *p, const struct map_direct *d)
{
	uint8_t *to_call[3], *found;

	p = x64_mov_ri(p, SEQ, (uint64_t)(uintptr_t)d->lpm.seq);
	p = x64_load(p, 32, T0, SEQ, 0);
	p = find_entry(p, d);
	p = x64_alu_ri(p, false, X64_SUB, RAX, 1);
	to_call[0] = p = x64_jcc8(p, X64_S, 0);
	p = x64_load(p, 32, RCX, RSI, 0);
	p = x64_alu_ri(p, false, X64_CMP, RCX, 32);
	to_call[1] = p = x64_jcc8(p, X64_NE, 0);
	p = x64_alu_mr(p, false, X64_CMP, SEQ, 0, T0);
	to_call[2] = p = x64_jcc8(p, X64_NE, 0);
	p = find_value(p, d);
	found = p = x64_jmp8(p, 0);
	for (int n = 0; n < 3; n++)
		x64_land(to_call[n], p);
	p = x64_map_function(gen, p, d);
	x64_land(found, p);
	return p;
}
