/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does hardened code do that other code does not?  Constants that a program's author chose are
 * sums of random numbers, and who jumps to an address looks first whether a function begins there.
 * Neither changes flags or any register but the one that is written and T0.
 */
#include <string.h>

#include "jit/machine.h"
#include "jit/x64_priv.h"

/* The smallest negative number whose difference with a key of 30 bits still has 32. */
enum {
	HALF = 1 << 30
};

uint8_t *x64_put(struct jit_gen *gen, uint8_t *p, unsigned int reg, uint64_t value)
{
	uint64_t key = jit_random(gen), first = value;
	int32_t low = (int32_t)key, high = (int32_t)(key >> 32);

	if (!gen->harden || jit_is_tame((int64_t)value))
		return x64_mov_ri(p, reg, value);
	if (value <= UINT32_MAX) {
		p = x64_mov_ri(p, reg, (uint32_t)value - (uint32_t)low);
		return x64_lea(p, false, reg, reg, low);
	}
	if ((int64_t)value < 0 && (int64_t)value > -HALF) {
		low &= HALF - 1;
		p = x64_mov_ri(p, reg, value - (uint64_t)low);
		return x64_lea(p, true, reg, reg, low);
	}
	first = __builtin_bswap64(value - (uint64_t)(int64_t)high) - (uint64_t)(int64_t)low;
	p = x64_mov_ri(p, reg, first);
	p = x64_lea(p, true, reg, reg, low);
	p = x64_bswap(p, true, reg);
	return x64_lea(p, true, reg, reg, high);
}

uint8_t *x64_check_target(const struct jit_gen *gen, uint8_t *p, unsigned int reg)
{
	uint8_t *right;

	if (!gen->harden || gen->raw)
		return p;
	p = x64_mov_ri(p, T0, (uint32_t)0 - gen->tag);
	p = x64_op_rm(p, false, X64_ADD << 3 | 3, T0, reg, -JIT_TAG_BYTES);
	right = p = x64_jcc8(p, X64_E, 0);
	*p++ = x64_machine.trap;
	x64_land(right, p);
	return p;
}

uint8_t *x64_fence(uint8_t *p)
{
	static const uint8_t lfence[] = { 0x0f, 0xae, 0xe8 };

	memcpy(p, lfence, sizeof(lfence));
	return p + sizeof(lfence);
}
