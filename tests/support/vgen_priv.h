/* SPDX-License-Identifier: BSD-2-Clause */
/* What does the generator know about the program it writes?  Shared by the vgen*.c files. */
#ifndef SUPPORT_VGEN_PRIV_H
#define SUPPORT_VGEN_PRIV_H

#include "support/vgen.h"

enum kind {
	NONE,
	NUMBER,
	CTX,
	STACK,
	VALUE,
	PACKET,
	PACKET_END,
	RECORD,
	LOCKED, /* a map value with a lock */
	N_KINDS
};

enum {
	ARRAY_VALUE = 24,
	HASH_VALUE = 32,
	RECORD_SIZE = 16,
	MAX_FIXES = 64
};

struct gen {
	struct rng *rng;
	struct vgen_prog *out;
	uint8_t kind[10];
	uint32_t size[10]; /* bytes behind a pointer */
	uint8_t slot[8];   /* kind of the value at r10 - 8 * (n + 1) */
	uint32_t slot_size[8];
	uint32_t function;
	enum vgen_sub sub; /* how this function is called */
	bool in_loop, in_iter;
	bool wide, dynptr_made;
	struct {
		uint32_t at;
		enum vgen_sub sub;
	} calls[MAX_FIXES];
	uint32_t n_calls;
};

static inline uint32_t below(struct gen *g, uint32_t n)
{
	return rng_below(g->rng, n);
}

static inline bool chance(struct gen *g, uint32_t percent)
{
	return below(g, 100) < percent;
}

static inline void emit(struct gen *g, uint8_t code, unsigned int dst, unsigned int src, int off,
			int32_t imm)
{
	if (g->out->n < VGEN_MAX_INSNS)
		g->out->insns[g->out->n++] = (struct bpf_insn){ .code = code,
								.dst_reg = dst & 0xf,
								.src_reg = src & 0xf,
								.off = (int16_t)off,
								.imm = imm };
}

/* --- registers --- */

/* A register of this kind, or one of any kind: 10 is the frame. */
static inline unsigned int find(struct gen *g, enum kind kind)
{
	unsigned int start = below(g, 10);

	if (chance(g, 1))
		return start;
	for (unsigned int i = 0; i < 10; i++)
		if (g->kind[(start + i) % 10] == kind)
			return (start + i) % 10;
	return start;
}

static inline bool has(const struct gen *g, enum kind kind)
{
	for (unsigned int i = 0; i < 10; i++)
		if (g->kind[i] == kind)
			return true;
	return false;
}

static inline unsigned int pick(struct gen *g)
{
	unsigned int r = below(g, 10);

	/* r9 counts loops, r6 keeps the context: both are spared mostly. */
	while ((r == 9 && g->in_loop) || (r == 6 && !chance(g, 3)))
		r = below(g, 10);
	return r;
}

static inline void set(struct gen *g, unsigned int r, enum kind kind, uint32_t size)
{
	if (r > 9)
		return;
	g->kind[r] = (uint8_t)kind;
	g->size[r] = size;
}

static inline void copy(struct gen *g, unsigned int dst, unsigned int src)
{
	emit(g, 0xbf, dst, src, 0, 0);
	if (src < 10)
		set(g, dst, g->kind[src], g->size[src]);
	else
		set(g, dst, STACK, 0);
}

static inline void clobber(struct gen *g)
{
	for (unsigned int r = 0; r <= 5; r++)
		set(g, r, NONE, 0);
}

static inline int32_t edge(struct gen *g)
{
	return chance(g, 50) ? (int32_t)below(g, 70) - 3 : (int32_t)(uint32_t)rng_value(g->rng);
}

/* vgen.c */
unsigned int vgen_number(struct gen *g);
unsigned int vgen_scratch(struct gen *g);
unsigned int vgen_emit_number(struct gen *g);
uint32_t vgen_condition(struct gen *g, unsigned int r, int32_t k);
void vgen_land(struct gen *g, uint32_t jump);
/* Leaves in r a number that is about at most k; jumps that leave the block go into jumps[]. */
uint32_t vgen_bound(struct gen *g, unsigned int r, int32_t k, uint32_t *jumps);
void vgen_access(struct gen *g, unsigned int base, int off, uint32_t bytes);
void vgen_indexed(struct gen *g, unsigned int base, uint32_t size, int bottom);
void vgen_block(struct gen *g, uint32_t n, uint32_t depth);
void vgen_merge(struct gen *g, const uint8_t *kinds);

/* vgen_calls.c */
void vgen_map(struct gen *g, unsigned int dst, enum vgen_map map);
void vgen_lookup(struct gen *g);
void vgen_update(struct gen *g);
void vgen_sized_call(struct gen *g);
void vgen_record(struct gen *g);
void vgen_packet(struct gen *g);
void vgen_call_sub(struct gen *g, enum vgen_sub sub);

/* vgen_wide.c */
void vgen_wide(struct gen *g);

/* vgen_objects.c */
void vgen_kfunc(struct gen *g, enum vgen_kfunc which);
void vgen_object(struct gen *g, uint32_t depth);

#endif
