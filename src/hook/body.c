/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a program's machine code stand in a trampoline, instead of being called from there?  If it is
 * short, optimised and leads nowhere else: one function whose branches stay inside.  The copy goes
 * on behind its end where the function would return.
 */
#include <string.h>
#include <Zydis/Zydis.h>

#include "base/alloc.h"
#include "hook/need.h"
#include "jit/jit.h"

enum {
	BODY_MAX = 127, /* bytes; so every branch may be short */
	JMP8 = 2,
	NOT_THERE = 0xff,
};

struct copy {
	const struct jit_image *image;
	ZydisDecoder decoder;
	uint8_t at[BODY_MAX + 1]; /* where in the copy the instruction is that begins there */
	uint8_t bytes[BODY_MAX + JMP8];
	size_t n;
};

static bool is_relative(const ZydisDecodedInstruction *z)
{
	return z->raw.imm[0].is_relative;
}

/* Does it do the same at any place, and go on here? */
static bool may_move(const ZydisDecodedInstruction *z)
{
	switch ((int)z->meta.category) {
	case ZYDIS_CATEGORY_RET: return z->length == 1;
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_UNCOND_BR: return is_relative(z);
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_INTERRUPT:
	case ZYDIS_CATEGORY_SYSCALL: return false;
	default: break;
	}
	/* By rip. */
	return !is_relative(z) && !(z->attributes & ZYDIS_ATTRIB_HAS_MODRM &&
				    z->raw.modrm.mod == 0 && z->raw.modrm.rm == 5);
}

static bool decode(const struct copy *c, size_t at, ZydisDecodedInstruction *ret)
{
	return ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&c->decoder, NULL, c->image->code + at,
							  c->image->size - at, ret));
}

static size_t length_of(const struct copy *c, size_t at, const ZydisDecodedInstruction *z)
{
	if (z->meta.category != ZYDIS_CATEGORY_RET)
		return z->length;
	return at + z->length == c->image->size ? 0 : JMP8;
}

static bool measure(struct copy *c)
{
	ZydisDecodedInstruction z;

	memset(c->at, NOT_THERE, sizeof(c->at));
	for (size_t at = 0; at < c->image->size; at += z.length) {
		if (!decode(c, at, &z) || !may_move(&z) || c->n + z.length > BODY_MAX)
			return false;
		c->at[at] = (uint8_t)c->n;
		c->n += length_of(c, at, &z);
	}
	return true;
}

/* A branch at `at` of the image, which is at `to` of the copy. */
static bool turn(struct copy *c, size_t at, size_t to, const ZydisDecodedInstruction *z)
{
	int64_t target = (int64_t)at + z->length + z->raw.imm[0].value.s;
	int32_t rel;

	if (target < 0 || target >= (int64_t)c->image->size || c->at[target] == NOT_THERE)
		return false;
	rel = c->at[target] - (int32_t)(to + z->length);
	memcpy(c->bytes + to + z->raw.imm[0].offset, &rel, z->raw.imm[0].size / 8);
	return true;
}

static bool write_copy(struct copy *c)
{
	ZydisDecodedInstruction z;

	for (size_t at = 0; at < c->image->size; at += z.length) {
		size_t to = c->at[at];

		if (!decode(c, at, &z))
			return false;
		if (z.meta.category != ZYDIS_CATEGORY_RET) {
			memcpy(c->bytes + to, c->image->code + at, z.length);
			if (is_relative(&z) && !turn(c, at, to, &z))
				return false;
		} else if (length_of(c, at, &z)) {
			c->bytes[to] = 0xeb;
			c->bytes[to + 1] = (uint8_t)(c->n - to - JMP8);
		}
	}
	return true;
}

void body_make(struct jit_image *image)
{
	struct copy c = { .image = image };

	if (image->tier != JIT_OPTIMISED || !image->closed || image->harden || image->n_fns != 1 ||
	    image->size > BODY_MAX || image->fn_off[0])
		return;
	ZydisDecoderInit(&c.decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	if (!measure(&c) || !write_copy(&c))
		return;
	image->body = mem_dup(c.bytes, c.n);
	image->n_body = image->body ? (uint32_t)c.n : 0;
}
