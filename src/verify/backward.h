/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be known before an instruction so that what is asked for is known behind it?  One step
 * backwards over one entry of a path; precise.c says what a path is and walks it.
 */
#ifndef VERIFY_BACKWARD_H
#define VERIFY_BACKWARD_H

#include "verify/env.h"

/* Entries of a path.  An instruction:
 *   bits 0-23 its number, bit 24 "stack slot touched", 25-27 the slot's frame, 28-33 slot, 34-36
 *   frame that it ran in.
 * Or a note on the instruction before it:
 *   LINKED  up to six linked registers or slots of a conditional jump, ten bits each: 3 frame, 1 is
 *           slot, 6 number plus one
 *   ASKED   the exact value matters: bits 0-5 register, or slot with bit 6 set, 7-9 frame
 *   REACH   bytes of the packet that must be there: 0-31 id, 32-47 bytes, 48 meta data
 *   LEARNT  bytes of the packet that are now known to be there, likewise
 */
#define ENTRY_LINKED (1ULL << 63)
#define ENTRY_ASKED  (1ULL << 62)
#define ENTRY_REACH  (1ULL << 61)
#define ENTRY_LEARNT (1ULL << 60)
#define ENTRY_NOTE   (15ULL << 60)
enum {
	ENTRY_STACK = 1 << 24,
	ASKED_SLOT = 1 << 6,
	MAX_REACH = 8,
	ARG_REGS = 0x3e
};

/* What is asked for at one point of a path. */
struct request {
	uint16_t regs[STATE_FRAMES];
	uint64_t slots[STATE_FRAMES];
	uint32_t frame; /* where the walk backwards is */
	uint32_t n_reach;
	struct {
		uint64_t base; /* bits 0-31 and 48 of the entry */
		uint32_t bytes;
	} reach[MAX_REACH];
};

enum back {
	BACK_OK,
	BACK_UNKNOWN
};

static inline uint32_t entry_insn(uint64_t entry)
{
	return entry & 0xffffff;
}

static inline uint32_t entry_frame(uint64_t entry)
{
	return entry >> 34 & 7;
}

static inline bool request_empty(const struct request *q)
{
	uint64_t any = q->n_reach;

	for (int i = 0; i < STATE_FRAMES; i++)
		any |= q->regs[i] | q->slots[i];
	return !any;
}

/* A request for one of these registers, or any request (TOUCHES_ALL), changes behind it. */
enum {
	TOUCHES_ALL = 1 << 15
};
uint16_t back_touches(const struct bpf_insn *insn, enum isa_op op);
/* Over one instruction; `later` is what was walked after it. */
enum back back_insn(struct verifier *v, struct request *q, uint64_t entry, uint32_t later);
/* If one of them is asked for, all are. */
void back_linked(struct request *q, uint64_t linked);
void back_asked(struct request *q, uint64_t entry);
/* False: too many, or no such bytes are ever learnt. */
bool back_reach(struct request *q, uint64_t base, uint32_t bytes);
void back_learnt(struct request *q, uint64_t entry);

static inline uint64_t reach_base(const struct reg *r)
{
	return r->id | (uint64_t)(r->kind == KIND_PACKET_META) << 48;
}

#endif
