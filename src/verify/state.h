/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of the machine at one point of one path?  Registers, stack slots, frames,
 * references and locks, as flat values: a copy is a few memcpy()s of the used part.  States live
 * in the pool of one verification; nothing here judges.
 */
#ifndef VERIFY_STATE_H
#define VERIFY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "verify/ptr_kinds.def"
#include "verify/scalar.h"

struct btf_blob;
struct map_desc;

enum {
	STATE_REGS = 11,
	STATE_SLOTS = 64,
	STATE_FRAMES = 8,
	STATE_REFS = 512,
	STATE_FEW_REFS = 8, /* room for which most saved states have */
	STACK_BYTES = 512,
	FRAME_UNIT = 64,
	PATH_CLASSES = 32,
	SIEVES = 6,
};

enum ptr_kind {
#define K(name, ...) KIND_##name,
	PTR_KINDS(K)
#undef K
	N_PTR_KINDS
};

enum kind_arith {
	ARITH_NO,
	ARITH_CONST,
	ARITH_ANY
};
struct kind_row {
	const char *name;
	uint8_t arith, nullable, memory;
};
extern const struct kind_row kind_rows[N_PTR_KINDS];

static inline const struct kind_row *kind_row(enum ptr_kind kind)
{
	return &kind_rows[kind];
}

/* reg.flags */
enum {
	REG_NULLABLE = 1 << 0, /* NULL unless tested; `id` is shared by its copies             */
	REG_RDONLY = 1 << 1,
	REG_PRECISE = 1 << 2,    /* safety was shown with this very range: prune.c, precise.c     */
	REG_LINK_ADD = 1 << 3,   /* linked scalar: id's value plus `off`                         */
	REG_ALLOC = 1 << 4,      /* ring buffer record as reserved                               */
	REG_BEYOND = 1 << 5,     /* packet pointer proven to lie behind the end            */
	REG_AT_END = 1 << 6,     /* packet pointer proven to lie at the end or behind it   */
	REG_FIRST_SLOT = 1 << 6, /* dynptr: the lower half                                       */
	REG_LINK_LOW = 1 << 6,   /* linked scalar: the sum is cut to 32 bits, as id's value is   */
	REG_NON_OWNING = 1 << 5, /* object: a list's or tree's, while its lock is held            */
	REG_OBJ_PERCPU = 1 << 6, /* object: one for each CPU                                     */
	REG_PKT_SLICE = 1 << 6,  /* memory: of a packet, which may move                          */
	REG_DRAINED = 1 << 7,    /* iterator: next returned NULL                                 */
};

/* reg.range of KIND_BTF_OBJ.  None of TRUSTED, RCU, UNTRUSTED: valid when it was read, as far as
 * one knows; helpers take it, kfuncs do not. */
enum {
	TYPED_TRUSTED = 1 << 0,
	TYPED_RCU = 1 << 1,       /* until the end of the RCU section                    */
	TYPED_UNTRUSTED = 1 << 2, /* may be anything: loads through it may fault            */
	TYPED_USER = 1 << 3,      /* an address of user space                            */
	TYPED_PERCPU = 1 << 4,    /* an offset into per-CPU memory                       */
};

/* 64 bytes.  Scalars: `s` is the value; pointers: `s` is what was added beyond `off`. */
struct reg {
	struct scalar s;
	int32_t off;    /* fixed offset; of linked scalars the distance; of iterators the depth */
	uint32_t id;    /* registers that learn together; 0: alone                              */
	uint32_t ref;   /* reference it stands for; 0: none                                     */
	uint32_t obj;   /* map, frame, bytes of memory, subprogram or kind of dynptr             */
	uint32_t uid;   /* which inner map; which dynptr a slice is of; reg_needed()            */
	uint16_t range; /* packet: bytes proven from off 0; kernel objects: TYPED_*            */
	uint8_t kind;   /* enum ptr_kind                                                       */
	uint8_t flags;
};

/* reg.obj of dynptrs */
enum dynptr_type {
	DYNPTR_LOCAL,
	DYNPTR_RINGBUF,
	DYNPTR_SKB,
	DYNPTR_XDP,
	DYNPTR_SKB_META,
};

enum slot_kind {
	SLOT_INVALID,
	SLOT_SPILL,
	SLOT_MISC,
	SLOT_ZERO,
	SLOT_DYNPTR,
	SLOT_ITER,
	SLOT_IRQ,
};

/* Eight bytes of stack; kind[7] is the byte at the lowest address.  Its register, slot_reg(),
 * counts when slot_has_reg(): kind[7] is SPILL (as many bytes as say so), or a dynptr's or
 * iterator's. */
struct slot {
	uint8_t kind[8];
	uint16_t at; /* of the register, in bytes from here; in a saved frame others have none */
};

enum frame_kind {
	FRAME_PLAIN,
	FRAME_CALLBACK, /* may run again: its exit goes back to the call */
	FRAME_ASYNC,    /* runs later by itself: the first frame of a path of its own */
};

struct frame {
	uint32_t callsite; /* of the call in the frame below; of the first one: summaries.c */
	uint32_t subprog;
	uint32_t frameno;
	uint32_t callback_depth; /* times the callback was entered on this path */
	int32_t cb_ret_min, cb_ret_max;
	uint8_t kind;    /* enum frame_kind */
	bool is_less;    /* compares items of a tree for a call that adds one */
	uint8_t n_slots; /* used, from the top of the stack down */
	uint8_t size;    /* saved: in units of FRAME_UNIT bytes */
	/* Of a checkpoint: where something was marked or asked for (precise.c). */
	uint16_t asked_regs;
	uint64_t asked_slots;
	/* Of a saved frame: slots that hold anything, and that hold a register. */
	uint64_t used_slots, reg_slots;
	const struct summary *due; /* summaries.c: to be compared with what it returns */
	struct reg reg[STATE_REGS];
	/* A saved frame has only n_slots of them, and behind them registers of those that hold one.
	 */
	struct slot slot[STATE_SLOTS];
	struct reg spill[STATE_SLOTS];
};

/* A register or slot. */
struct spot {
	uint8_t frame, n;
	bool slot;
};

static inline bool spot_equal(struct spot a, struct spot b)
{
	return a.frame == b.frame && a.n == b.n && a.slot == b.slot;
}

enum ref_kind {
	REF_PTR,
	REF_LOCK,
	REF_RES_LOCK,
	REF_RES_LOCK_IRQ, /* with interrupts off */
	REF_IRQ,
};
enum ref_room {
	ROOM_NONE,
	ROOM_FEW,
	ROOM_ALL,
	N_ROOMS
};
struct reference {
	uint32_t id, insn;
	uint8_t kind;
	uint32_t obj, uid;    /* of a lock: which map, which value */
	uint32_t in_callback; /* frame of the callback that acquired it; 0: none */
};

/* A number that a checkpoint covers no state without, whatever else is asked of it later: there, of
 * all or the low half of it.  More than an interval is known of it: `more`. */
struct sieve {
	struct spot at;
	bool low, more;
	uint64_t base, size;
};

/* A checkpoint's path at first sight: plan.c. */
struct stretch {
	enum {
		STRETCH_UNSEEN,
		STRETCH_MIXED,
		STRETCH_PLAIN /* in one frame and one loop, past at most one head of a loop */
	} kind;
	uint32_t frame, scc;
	uint32_t head, times; /* times: that it went past it */
};

struct state {
	/* What prune.c looks at first, in one cache line. */
	struct state *next; /* checkpoint of the same instruction; pending branch below; free */
	uint32_t calls;     /* of the frames */
	uint32_t n_frames;
	uint32_t branches; /* unfinished paths below it */
	uint32_t hits, misses;
	uint8_t far; /* while it is unfinished: a register on top where the last state differed */
	uint8_t n_sieves;
	bool sifts; /* by all numbers that count as they are, or as many as there is room for */
	struct sieve sieve[SIEVES];
	uint64_t kinds, kinds_mask; /* of the registers on top, six bits each */
	uint64_t digest;            /* of what they hold */
	uint32_t hint_at;
	uint8_t hint_frame, hint; /* where the last state differed from it */
	bool sleepable;  /* callbacks that run later may or may not, whatever the program */
	bool summarised; /* a summary stood for a call on the way here: summaries.c */

	uint8_t room;  /* for references, in a saved state: enum ref_room */
	uint32_t insn; /* about to be walked */
	struct frame *frame[STATE_FRAMES];
	uint32_t prev_insn;
	uint32_t soonest; /* pending: first instruction of this path and of those below it */
	uint32_t n_refs;
	uint32_t may_goto_depth, callback_unroll;
	uint32_t n_locks;
	uint16_t rcu, no_preempt; /* sections: sections.c */

	/* Where the path came from: prune.c and precise.c. */
	struct state *parent; /* checkpoint before it */
	uint64_t *path;       /* instructions walked since the parent */
	uint32_t n_path, cap_path;
	struct fork *fork;  /* the last of it; NULL: none since the parent (fork.h) */
	uint32_t n_walked;  /* instructions of the path; it has notes too */
	uint32_t n_noted;   /* exact_kernel: of those, what Linux notes (prune.c) */
	uint64_t path_sum;  /* of a checkpoint: what its path has to do with (precise.c) */
	uint32_t n_asked;   /* of the path since the fork: what instructions asked for, unsettled */
	uint32_t unsettled; /* of a checkpoint: likewise, of those above it, too */
	uint32_t made_at;   /* visits when the checkpoint was made */
	uint32_t depth;     /* checkpoints above it */
	struct state *wait; /* unfinished checkpoint that its precision depends on */
	struct backedge *backedges;
	struct need *needs;      /* of the checkpoint's scalars: intervals that were enough */
	struct same *sames;      /* likewise: packet pointers whose distance matters */
	struct state *made_next; /* audit.c: checkpoint made before it */
	struct state *work_next; /* precise.c: waits to pass its marks on */
	struct loop *loop;       /* general.c: it stands for all rounds to come */
	struct track *tracks;    /* rounds.c: what counts the rounds of such above it */
	uint16_t rounds;         /* of a loop, walked until here: general.c */
	struct state *repeat;    /* of a checkpoint: prune.c, repeat_of() above it */
	struct stretch stretch;
	bool queued;
	bool off_list, is_awaited; /* checkpoint: keep.c */

	struct reference ref[STATE_REFS]; /* only n_refs of them exist in a saved state */
};

/* A path that ended in `from` because the state that owns the list covers it. */
struct backedge {
	struct backedge *next;
	struct state *from;
};

struct state_pool {
	struct arena *arena;
	struct frame *free_frames[sizeof(struct frame) / FRAME_UNIT + 2]; /* by size */
	struct state *free_states[N_ROOMS];
	struct fork *free_forks;
	struct passed *free_passed;
	uint64_t *free_paths[PATH_CLASSES], *free_long_paths[32]; /* by room */
	size_t live, peak;                                        /* states saved and not dropped */
};

static inline struct frame *state_top(const struct state *st)
{
	return st->frame[st->n_frames - 1];
}

static inline bool reg_is_ptr(const struct reg *r)
{
	return r->kind > KIND_SCALAR;
}

/* Does only so much of its offset matter as somebody asked for (offsets.c)? */
static inline bool reg_roams(const struct reg *r)
{
	return r->kind == KIND_MAP_VALUE || r->kind == KIND_MEM || r->kind == KIND_PACKET;
}

static inline bool reg_is_const(const struct reg *r)
{
	return r->kind == KIND_SCALAR && scalar_is_const(&r->s);
}

static inline void reg_set_scalar(struct reg *r, struct scalar s)
{
	*r = (struct reg){ .s = s, .kind = KIND_SCALAR };
}

static inline void reg_set_unknown(struct reg *r)
{
	reg_set_scalar(r, scalar_unknown());
}

static inline void reg_set_const(struct reg *r, uint64_t v)
{
	reg_set_scalar(r, scalar_const(v));
}

/* Of a checkpoint's packet pointer: bytes that somebody asked for, of those in `range`. */
static inline uint32_t reg_needed(const struct reg *r)
{
	return r->uid;
}

/* Fresh pointer of a kind, all else zero. */
static inline void reg_set_ptr(struct reg *r, enum ptr_kind kind)
{
	reg_set_scalar(r, scalar_const(0));
	r->kind = (uint8_t)kind;
}

static inline bool reg_is_zero(const struct reg *r)
{
	return reg_is_const(r) && !scalar_const_value(&r->s);
}

/* The bytes below are kinds of the slot that holds stack byte `off` (negative, from r10). */
static inline unsigned int slot_of(int32_t off)
{
	return (unsigned int)(-off - 1) / 8;
}
static inline unsigned int slot_byte(int32_t off)
{
	return (unsigned int)(-off - 1) % 8;
}
/* Of all its bytes; zero: nobody wrote any. */
static inline uint64_t slot_kinds(const struct slot *s)
{
	uint64_t kinds;

	memcpy(&kinds, s->kind, sizeof(kinds));
	return kinds;
}
static inline struct reg *slot_reg(const struct slot *s)
{
	return (struct reg *)((uintptr_t)s + s->at);
}
static inline bool slot_has_reg(const struct slot *s)
{
	const unsigned int holding =
		1u << SLOT_SPILL | 1u << SLOT_DYNPTR | 1u << SLOT_ITER | 1u << SLOT_IRQ;

	return holding >> s->kind[7] & 1;
}
static inline bool slot_is_spill(const struct slot *s)
{
	return s->kind[7] == SLOT_SPILL;
}
static inline bool slot_is_full_spill(const struct slot *s)
{
	return s->kind[7] == SLOT_SPILL && s->kind[0] == SLOT_SPILL;
}
void frame_reset(struct frame *f);
/* Makes slots [0, n) exist in a working frame. */
void frame_grow(struct frame *f, unsigned int n);
void slot_scrub(struct slot *s, uint8_t kind);
/* The same bytes and the same register? */
bool slot_same(const struct slot *a, const struct slot *b);
/* Into a frame of full size. */
void frame_copy(struct frame *to, const struct frame *from);

/* A working state owns full frames; a saved one (checkpoint, pending branch) frames of the size
 * used.  NULL: out of memory. */
struct state *state_new_working(struct state_pool *pool);
struct state *state_new_saved(struct state_pool *pool); /* without frames */
struct state *state_save(struct state_pool *pool, const struct state *from);
/* A fresh frame on top; NULL: out of memory.  The eight frames are the caller's to count. */
struct frame *state_add_frame(struct state_pool *pool, struct state *st, bool working);
/* False: out of memory. */
bool state_load(struct state_pool *pool, struct state *working, const struct state *saved);
void state_drop(struct state_pool *pool, struct state *saved);
void state_drop_path(struct state_pool *pool, struct state *st);
/* Without its forks. */
void state_join_path(struct state_pool *pool, struct state *st);
/* It is not walked back over any more. */
void state_end_path(struct state_pool *pool, struct state *st);
/* Not filled in; NULL: out of memory. */
struct fork *state_new_fork(struct state_pool *pool);
struct passed *state_new_passed(struct state_pool *pool);
/* Room for n path entries.  False: out of memory. */
bool state_grow_path(struct state_pool *pool, struct state *st, uint32_t n);
/* The path too, which state_save() and state_load() leave alone. */
bool state_copy_path(struct state_pool *pool, struct state *to, const struct state *from);
/* from begins anew.  False: out of memory. */
bool state_move_path(struct state_pool *pool, struct state *to, struct state *from);
/* Only where it is and how it came there is left: it has no frames. */
void state_strip(struct state_pool *pool, struct state *saved);

/* What the log calls things: maps[reg.obj], and types of kernel objects (NULL: none). */
struct state_names {
	const struct map_desc *const *maps;
	const struct btf_blob *types; /* the kernel's */
	const struct btf_blob *own;   /* the program's */
	const char *const *iters;     /* by their numbers */
};
/* The kernel's rendering: " R1=ctx() R10=fp0 fp-8=mmmmmmmm". */
void state_print(struct text *t, const struct state *st, uint32_t frame, uint32_t reg_mask,
		 uint64_t slot_mask, const struct state_names *names);
/* The same of a frame that is no longer one of its state. */
void state_print_frame(struct text *t, const struct state *st, const struct frame *f,
		       uint32_t reg_mask, uint64_t slot_mask, const struct state_names *names);
void reg_print(struct text *t, const struct reg *r, uint32_t frame,
	       const struct state_names *names);
/* "map_value_or_null": what the log calls the type of a register; static storage or t's buffer. */
void reg_print_type(struct text *t, const struct reg *r);

#endif
