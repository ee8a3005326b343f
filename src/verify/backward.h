/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be known before an instruction so that what is asked for is known behind it?  One step
 * backwards over one entry of a path; precise.c says what a path is and walks it.
 */
#ifndef VERIFY_BACKWARD_H
#define VERIFY_BACKWARD_H

#include <string.h>

#include "verify/env.h"

/* Entries of a path.  An instruction:
 *   bits 0-23 its number, bit 24 "stack slot touched", 25-27 the slot's frame, 28-33 slot, 34-36
 *   frame that it ran in, 37-58 TOUCHES_*.
 * Or a note on the instruction before it:
 *   LINKED  up to six linked registers or slots of a conditional jump, ten bits each: 3 frame, 1 is
 *           slot, 6 number plus one
 *   ASKED   the exact value matters: bits 0-5 register, or slot with bit 6 set, 7-9 frame
 *   REACH   bytes of the packet that must be there: 0-31 id, 32-47 bytes, 48 meta data
 *   LEARNT  bytes of the packet that are now known to be there, likewise
 *   WANT    a register of the frame has to lie between two numbers: 0-3 register, 4-31 and 32-59
 *           the signed numbers
 *   EDGE    the jump is decided, and has to stay so
 *   CONST   of two registers that were compared, one was this number: 0-31 the signed number, bit
 *           32 set: the left one
 *   MOVED   a number was added to a packet pointer.  First: 0-31 its new id, 32-47 how many bytes
 *           less are behind it than behind the old one.  Second: the old one, as in REACH
 */
#define ENTRY_LINKED (1ULL << 63)
#define ENTRY_ASKED  (1ULL << 62)
#define ENTRY_REACH  (1ULL << 61)
#define ENTRY_LEARNT (1ULL << 60)
#define ENTRY_WANT   (3ULL << 60)
#define ENTRY_EDGE   (5ULL << 60)
#define ENTRY_CONST  (6ULL << 60)
#define ENTRY_MOVED  (7ULL << 60)
#define MOVED_FROM   (1ULL << 59)
#define ENTRY_NOTE   (15ULL << 60)
enum {
	ENTRY_STACK = 1 << 24,
	ENTRY_TOUCHES = 37,
	ASKED_SLOT = 1 << 6,
	MAX_REACH = 8,
	MAX_WANTS = 12,
	MAX_NEEDS = 3, /* of one register at one checkpoint */
	ARG_REGS = 0x3e
};

/* It is enough that a register or slot holds one of these numbers; `low`: its low half does. */
struct want {
	uint8_t frame, n;
	bool slot, low;
	struct range64 r64;
	struct range32 r32;
};

/* A want that a checkpoint remembers. */
struct need {
	struct need *next;
	struct want want;
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
	uint32_t n_wants;
	struct want want[MAX_WANTS];
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

/* Exact values. */
static inline bool request_has_exact(const struct request *q)
{
	uint64_t regs[2], any;

	_Static_assert(sizeof(q->regs) == sizeof(regs), "all of them in two words");
	memcpy(regs, q->regs, sizeof(regs));
	any = regs[0] | regs[1];
	for (int i = 0; i < STATE_FRAMES && !any; i++)
		any = q->slots[i];
	return any;
}

static inline bool request_empty(const struct request *q)
{
	return !(q->n_reach | q->n_wants) && !request_has_exact(q);
}

/* What changes behind an instruction: requests for the exact values of registers, wants of them, or
 * (TOUCHES_ALL) any request.  Of a path as a whole also TOUCHES_REACH, requests for bytes. */
enum {
	TOUCHES_REGS = (1 << BPF_REG_10) - 1,
	WANT_SHIFT = 10,
	TOUCHES_ALL = 1 << 20,
	TOUCHES_REACH = 1 << 21,
};
uint32_t back_touches(const struct bpf_insn *insn, enum isa_op op);
/* Over one instruction; `later` is what was walked after it. */
enum back back_insn(struct verifier *v, struct request *q, uint64_t entry, uint32_t later);
/* If one of them is asked for, all are. */
void back_linked(struct request *q, uint64_t linked);
void back_asked(struct request *q, uint64_t entry);
/* False: too many, or no such bytes are ever learnt. */
bool back_reach(struct request *q, uint64_t base, uint32_t bytes);
void back_learnt(struct request *q, uint64_t entry);
/* What is asked behind the new pointer is asked behind the old one.  False: as for back_reach(). */
bool back_moved(struct request *q, uint64_t entry, uint64_t from);

static inline uint64_t reach_base(const struct reg *r)
{
	return r->id | (uint64_t)(r->kind == KIND_PACKET_META) << 48;
}

static inline bool reg_is_packet(const struct reg *r)
{
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;
}

/* marks.c --- */

/* Checkpoints with new marks whose backedges have not heard of them yet. */
struct work {
	struct state *list;
};
void mark_work(struct work *w, struct state *st);
/* False: it is no number, or marked already. */
bool mark_exact(struct reg *r);
/* Marks what is asked for in a checkpoint; what was marked before needs no further walk. */
bool mark_checkpoint(struct verifier *v, struct request *q, struct state *st);
/* All that st and those above it know. */
void mark_path_all(struct state *st, struct work *w);

/* wanted.c --- */

/* Over one instruction, before back_insn(): wants that have no simple inverse ask for the exact
 * value instead. */
void want_back(struct verifier *v, struct request *q, uint64_t entry, uint32_t later,
	       uint64_t linked, uint64_t constant);
/* When there is no room, for the exact value. */
void want_add(struct request *q, const struct want *w);
/* For the exact value instead of want i. */
void want_exact(struct request *q, uint32_t i);
bool want_holds(const struct want *w, const struct state *st);
/* Wants of a subset of numbers. */
bool want_implies(const struct want *a, const struct want *b);
/* Numbers for which the comparison holds, of `bits` bits.  False: none, or no interval. */
bool want_where(enum isa_cond cond, unsigned int bits, uint64_t k, uint64_t *ret_first,
		uint64_t *ret_last);

/* A comparison of a register with a number. */
struct compare {
	enum isa_cond cond;
	unsigned int bits;
	uint8_t reg, other; /* other: the register that holds the number, or BPF_REG_10 */
	uint64_t k;
};
/* `constant`: the CONST of a jump that compares registers, or 0.  False: it is none. */
bool want_compare(const struct bpf_insn *insn, const struct isa_row *row, uint64_t constant,
		  struct compare *ret);
/* The CONST for two registers that are compared; 0: both may vary. */
uint64_t want_constant(const struct verifier *v, const struct bpf_insn *insn,
		       const struct isa_row *row);
/* What an edge asks of the register.  False: it cannot be said. */
bool want_of_edge(const struct compare *c, bool taken, struct want *ret);
/* ... and of the one that holds the number.  False: none does. */
bool want_of_other(const struct compare *c, struct want *ret);

#endif
