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
 *   REACH   bytes of the packet that must be there: 0-31 id, 32-47 bytes, 48 meta data, 49-52
 *           register of the pointer
 *   LEARNT  bytes of the packet that are now known to be there: 0-48 likewise, 49 the comparison's
 *           source is the pointer, 50 it lies before the end
 *   WANT    a register of the frame has to lie between two numbers: 0-3 register, 4-31 and 32-59
 *           the signed numbers
 *   EDGE    the jump is decided, and has to stay so
 *   CONST   of two registers that were compared, one was this number: 0-31 the signed number, bit
 *           32 set: the left one
 *   ADDED   a pointer and a number were added (offsets.c): bit 0 the pointer was the source, bit 1
 *           the numbers are the number's limits and not those of the pointer's offset, 2-29 and
 *           30-57 the signed numbers, 58 it points into a packet
 *   OFFSET  a pointer's offset has to lie between two numbers, as in WANT
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
#define ENTRY_ADDED  (9ULL << 60)
#define ENTRY_OFFSET (10ULL << 60)
#define MOVED_FROM   (1ULL << 59)
#define ADDED_PACKET (1ULL << 58)
#define LEARNT_SRC   (1ULL << 49)
#define LEARNT_OPEN  (1ULL << 50)
#define ENTRY_NOTE   (15ULL << 60)
enum {
	ENTRY_STACK = 1 << 24,
	ENTRY_TOUCHES = 37,
	ASKED_SLOT = 1 << 6,
	MAX_REACH = 16,
	MAX_SAMES = 8,
	MAX_WANTS = 12,
	MAX_NEEDS = 3,  /* of one register at one checkpoint */
	MAX_TIMES = 16, /* that one of them becomes narrower, each of which walks back again */
	ARG_REGS = 0x3e
};

/* It is enough that a register or slot holds one of these numbers; `low`: its low half does; `at`:
 * the offset of the pointer there does, as a signed number. */
struct want {
	uint8_t frame, n;
	bool slot, low, at;
	struct range64 r64;
	struct range32 r32;
};

/* A want that a checkpoint remembers. */
struct need {
	struct need *next;
	struct want want;
	uint8_t times; /* that more was asked for */
};

/* Bytes behind the base of a packet pointer. */
struct reach {
	uint64_t base; /* bits 0-31 and 48 of the entry */
	struct spot at;
	uint32_t bytes;
};

/* Two packet pointers of one base that have to be as far apart as they are. */
struct same {
	struct same *next; /* of a checkpoint's */
	struct spot a, b;
};

/* What is asked for at one point of a path. */
struct request {
	uint16_t regs[STATE_FRAMES];
	uint64_t slots[STATE_FRAMES];
	uint32_t frame; /* where the walk backwards is */
	uint32_t n_reach, n_same;
	struct reach reach[MAX_REACH];
	struct same same[MAX_SAMES];
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

/* A note of what the instruction asks for. */
static inline bool entry_is_asking(uint64_t entry)
{
	const unsigned int asking = 1u << (ENTRY_ASKED >> 60) | 1u << (ENTRY_REACH >> 60) |
				    1u << (ENTRY_WANT >> 60) | 1u << (ENTRY_EDGE >> 60) |
				    1u << (ENTRY_OFFSET >> 60);

	return asking >> (entry >> 60) & 1;
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
	return !(q->n_reach | q->n_same | q->n_wants) && !request_has_exact(q);
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

/* packets.c --- */

/* False: too many. */
bool back_reach(struct request *q, const struct reach *r);
void back_same(struct request *q, struct spot a, struct spot b);
/* The comparison that the LEARNT is of. */
void back_learnt(struct request *q, const struct bpf_insn *insn, uint64_t entry);
/* What is asked behind the new base is asked behind the old one. */
void back_moved(struct request *q, uint64_t entry, uint64_t from);
/* Over one instruction, before back_insn(); added: its ADDED. */
enum back packet_back(const struct verifier *v, struct request *q, uint64_t entry, uint32_t later,
		      uint64_t added);
/* May c, of which nobody needs the offset, stand for o?  The rest is said by packet_holds(). */
bool packet_roams(const struct reg *o, const struct reg *c);
bool packet_holds(const struct state *old, const struct state *cur);
/* Marks what is asked for.  *ret_lost: of what is not there.  False: nothing is new. */
bool packet_mark(struct verifier *v, struct request *q, struct state *st, bool *ret_lost);
/* Asks in cur for the bytes that old's pointer needs.  False: too much is asked for. */
bool packet_request(const struct state *old, const struct state *cur, struct spot at,
		    struct request *q);
void packet_request_same(const struct state *old, struct request *q);

static inline uint64_t reach_base(const struct reg *r)
{
	return r->id | (uint64_t)(r->kind == KIND_PACKET_META) << 48;
}

static inline bool reg_is_packet(const struct reg *r)
{
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;
}

/* offsets.c --- */

/* From fixed offset and variable part.  False: far away. */
bool offset_limits(const struct reg *r, int64_t *ret_low, int64_t *ret_high);
bool offset_holds(const struct want *w, const struct reg *r);
/* What w, of the sum that the instruction makes, asks of the pointer and the number; note: its
 * ADDED.  False: it cannot be said. */
bool offset_before_add(const struct want *w, const struct bpf_insn *insn, uint64_t note,
		       struct want *ret_ptr, struct want *ret_num);
/* Registers that the instruction uses otherwise than by moving, adding, loading and storing. */
uint16_t offset_exact_uses(struct verifier *v, uint32_t at);

/* marks.c --- */

/* Checkpoints with new marks whose backedges have not heard of them yet. */
struct work {
	struct state *list;
};
void mark_work(struct work *w, struct state *st);
/* False: it is neither a number nor a pointer whose offset may vary, or marked already. */
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
/* Both in one.  False: it is no interval. */
bool want_meet(const struct want *a, const struct want *b, struct want *ret);
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
