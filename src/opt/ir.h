/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the optimiser know of a function?  Blocks of operations in static single assignment
 * form.  A value is the number of the operation that makes it; 0 is none.  Every value has 64 bits;
 * an operation on 32 bits clears the upper half.
 *
 * Passes, in order: step (calls written out), cfg (blocks, dominators, loops), build (with fold and
 * cse as it goes), refold (with want), prune, pair, narrow, loop, select, unroll, address, place
 * (constants), fuse on some machines, live and alloc; chain when the code of blocks is there.  Each
 * is linear but for the loops of the program.  A pass that runs out of memory sets err and leaves a
 * function that later passes can still walk.
 */
#ifndef OPT_IR_H
#define OPT_IR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "isa/isa.h"
#include "opt/op.def"

enum opt_op {
#define B(name, ...) OPT_##name,
	OPT_OP_LIST(B)
#undef B
	OPT_N_OP
};

struct opt_row {
	const char *text;
	bool value, pure, commutes, ends, floats, effect;
	uint8_t n_args;
};
extern const struct opt_row opt_rows[OPT_N_OP];

typedef uint32_t opt_ref;

/* `aux` of loads and stores. */
enum {
	OPT_SIGNED = 1,  /* sign extended */
	OPT_ORDERED = 2, /* acquires, or releases; they stay where they are in any case */
	OPT_HALF = 4,    /* with OPT_SIGNED: to 32 bits, the others are cleared */
};

/* As long as a cache line. */
struct opt_ins {
	int64_t imm;
	uint64_t may; /* bits that can be set */
	uint8_t op;   /* enum opt_op */
	uint8_t w;    /* bits of the operation, or of memory */
	uint8_t aux;
	bool folded; /* part of each of its users; no instruction of its own */
	opt_ref arg[4];
	uint32_t more; /* further operands: more[0 .. n_more) of the function's pool */
	uint32_t n_more;
	uint32_t block;
	opt_ref next;  /* in its block */
	opt_ref chain; /* of equal hash */
	uint32_t at;   /* instruction of the program that it was made for */
	uint32_t uses;
};
_Static_assert(sizeof(struct opt_ins) == 64, "places of values are found by a shift");

struct opt_block {
	uint32_t start, end; /* steps; equal: made to split an edge */
	opt_ref head, tail, phis;
	uint32_t succ[2];
	uint32_t n_succ;
	uint32_t preds, n_preds; /* in the pool */
	uint32_t nth;            /* predecessor of succ[0] */
	uint32_t idom;
	uint32_t dom_in, dom_out; /* it dominates those whose dom_in is from here to before there */
	uint32_t rpo;             /* place in the order of the walk; OPT_DEAD: never reached */
	uint32_t loop;            /* innermost header, or OPT_DEAD */
	uint32_t outer;           /* of a header: header of the loop around its own, or OPT_DEAD */
	uint32_t loop_depth;
	uint64_t reads, writes, live_in; /* variables */
	uint64_t loop_writes;            /* of a header: variables that its loop writes */
	bool is_header, is_irreducible;
};

#define OPT_DEAD UINT32_MAX

enum {
	OPT_N_REGS = 10,   /* that are variables; r10 never changes */
	OPT_MAX_DEPTH = 3, /* of calls written out in each other */
	OPT_MAX_VARS = 64,
	OPT_MAX_SLOTS = OPT_MAX_VARS - OPT_N_REGS,
	OPT_FRAME = UINT8_MAX, /* r10, where a variable is named */
	OPT_MAX_STACK = 512,
	OPT_MAX_ARGS = 5,
	OPT_MAX_ROUNDS = 64, /* of what is repeated until nothing changes */
};

/* An instruction where it stands once calls are written out.  A function inside another has
 * registers of its own. */
struct opt_step {
	struct bpf_insn insn;
	uint32_t at;      /* instruction of the program that it was made for */
	uint32_t to;      /* step that a jump leads to */
	uint16_t op;      /* enum isa_op */
	uint16_t fp;      /* r10 is so many bytes below that of the function */
	uint8_t base;     /* variable that r0 is */
	uint8_t dst, src; /* variables, or OPT_FRAME */
	bool is_made;     /* says what a call does; jumps to where it says already */
};

/* Bytes of the stack that no pointer leads to: a variable. */
struct opt_slot {
	int16_t off;
	uint8_t bytes;
};

/* index < n ? base + size * index : 0; not plain: plus something that is known when it runs, and
 * may be 0 for any index. */
struct opt_index {
	uint64_t base, size;
	uint32_t n;
	bool is_plain;
};

/* What a call instruction leads to. */
struct opt_callee {
	uint64_t addr;
	uint8_t light; /* enum opt_light */
	uint8_t n_args;
	uint8_t reads[OPT_MAX_ARGS]; /* see opt_reads */
	uint32_t size[OPT_MAX_ARGS];
	struct opt_index index; /* of an OPT_LIGHT_INDEX, whose second argument it is */
};

/* Calls that are written out instead, and keep most registers: `aux` of an OPT_CALL. */
enum opt_light {
	OPT_NOT_LIGHT,
	OPT_LIGHT_INDEX, /* the address of an array's element, by its index */
	OPT_LIGHT_SLOT,  /* on which slot this runs */
};

/* What can be reached on the stack through an argument? */
enum opt_reads {
	OPT_READS_ANY,   /* everything of the frame */
	OPT_READS_UP,    /* everything from there up */
	OPT_READS_BYTES, /* `size` bytes */
	OPT_READS_VALUE, /* those as well; what is called is given them rather than the address */
};

/* A function of the program. */
struct opt_function {
	uint32_t start, end;
	uint32_t stack; /* bytes below r10 that it touches */
	uint32_t n_params;
	uint32_t n_refs; /* instructions that name it */
};

/* bpf_loop() without flags. */
struct opt_loop_call {
	uint32_t callback; /* its first instruction */
	uint32_t n_rounds; /* 0: not known */
	uint32_t max_rounds;
};

struct opt_input {
	const struct bpf_insn *insns;
	const uint16_t *ops;
	uint32_t start, end; /* of the function */
	uint32_t stack;
	uint32_t n_params;
	bool counts_bits; /* the machine has OPT_POPCNT */
	bool hides; /* what the program says is not to be trusted: see jit.h on hardened code */
	void *arg;
	/* 0, or an error: there is no such thing here */
	int (*callee)(void *arg, uint32_t at, enum isa_form form, struct opt_callee *ret);
	/* Both may be NULL: no call is written out. */
	void (*function)(void *arg, uint32_t start, struct opt_function *ret);
	bool (*loop)(void *arg, uint32_t at, struct opt_loop_call *ret);
};

struct opt_fn {
	const struct opt_input *in;
	struct arena *arena;
	struct opt_step *steps;
	uint32_t n_steps, step_room;
	uint32_t n_regs; /* variables that are registers; slots are those behind */
	uint32_t stack;  /* bytes below r10, with those of functions written out here */
	struct opt_ins *ins;
	uint32_t n_ins, room;
	uint32_t *pool;
	uint32_t n_pool, pool_room;
	struct opt_block *blocks; /* in the order of the program; 0 is the entry */
	uint32_t n_blocks;
	uint32_t *order; /* blocks as the walk reaches them: dominators first */
	uint32_t n_order;
	uint32_t n_straight; /* of them, before the first that a later one leads to */
	opt_ref *buckets;
	uint32_t n_buckets;
	struct opt_slot slots[OPT_MAX_SLOTS];
	uint32_t n_slots;
	uint8_t is_variable[OPT_MAX_STACK / 8]; /* bytes that only slots are known of */
	int16_t *known; /* by block and register: see opt_known(); NULL: nothing is */
	uint32_t block; /* where new operations go */
	uint32_t at;
	bool counted;    /* `uses` are known: folding may depend on them */
	bool waits;      /* something would have been folded if they had been */
	const char *why; /* why it cannot be done here; else NULL */
	int err;
};

static inline struct opt_ins *opt_at(const struct opt_fn *f, opt_ref v)
{
	return &f->ins[v];
}

/* The value behind copies. */
static inline opt_ref opt_val(const struct opt_fn *f, opt_ref v)
{
	while (f->ins[v].op == OPT_COPY)
		v = f->ins[v].arg[0];
	return v;
}

static inline bool opt_is_k(const struct opt_fn *f, opt_ref v)
{
	return f->ins[v].op == OPT_K;
}

static inline bool opt_is_imm32(const struct opt_fn *f, opt_ref v)
{
	return opt_is_k(f, v) && f->ins[v].imm == (int32_t)f->ins[v].imm;
}

/* The upper half of a product. */
static inline uint64_t opt_mulh(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)(product >> 64);
}

static inline uint64_t opt_mask(unsigned int bits)
{
	return bits >= 64 ? UINT64_MAX : (1ULL << bits) - 1;
}

/* ir.c */
int opt_fn_init(struct opt_fn *f, const struct opt_input *in, struct arena *arena);
/* A new operation at the end of f->block; 0 when there is no memory. */
opt_ref opt_append(struct opt_fn *f, const struct opt_ins *ins);
opt_ref opt_new(struct opt_fn *f, const struct opt_ins *ins); /* in no block */
void opt_link(struct opt_fn *f, uint32_t block, opt_ref v);   /* at its end */
uint32_t opt_pool(struct opt_fn *f, uint32_t n);              /* n more words */
opt_ref opt_k(struct opt_fn *f, uint64_t value);
opt_ref opt_fp(struct opt_fn *f, int64_t off);
/* The same operation if one dominates f->block, else a new one. */
opt_ref opt_share(struct opt_fn *f, const struct opt_ins *ins);
/* Of an operation that is in no block: it stands at the end of f->block as *ins, or is a copy. */
void opt_share_again(struct opt_fn *f, opt_ref v, const struct opt_ins *ins);
bool opt_dominates(const struct opt_fn *f, uint32_t a, uint32_t b);
/* Says why the function cannot be compiled here. */
void opt_refuse(struct opt_fn *f, const char *why);
/* Operands as they are used: those of folded operations instead of their results.  At most
 * OPT_MAX_OPERANDS. */
enum {
	OPT_MAX_OPERANDS = 16
};
uint32_t opt_operands(const struct opt_fn *f, opt_ref v, opt_ref *ret);
void opt_count_uses(struct opt_fn *f);
/* Operations whose results nobody wants are gone. */
void opt_sweep(struct opt_fn *f);

/* step.c: small functions, those that are called once, and callbacks of bpf_loop() are written out
 * where they are called. */
int opt_steps(struct opt_fn *f);

/* cfg.c */
int opt_cfg(struct opt_fn *f);

/* slot.c: which parts of the stack are variables?  Adds them to what blocks read and write. */
void opt_slots(struct opt_fn *f);
/* Is what is stored there in slots, as far as anybody loads it? */
bool opt_is_variable(const struct opt_fn *f, int64_t off);
/* Slot of a load by a constant offset, or -1. */
int opt_slot_at(const struct opt_fn *f, int32_t off, uint32_t bytes);
/* What a slot has of bytes that are stored at an offset: none, or from where in both. */
struct opt_overlap {
	uint32_t bytes, in_slot, in_value;
};
struct opt_overlap opt_overlap(const struct opt_slot *slot, int32_t off, uint32_t bytes);
/* Offset from r10 that a register holds when the block begins, or OPT_NOWHERE. */
#define OPT_NOWHERE INT16_MIN
static inline int opt_known(const struct opt_fn *f, uint32_t block, unsigned int var)
{
	return f->known ? f->known[(size_t)block * f->n_regs + var] : OPT_NOWHERE;
}

/* vars.c: registers, as bits, that a step reads and writes; what is live where. */
struct opt_regs {
	uint64_t reads, writes;
};
struct opt_regs opt_regs_of(const struct opt_fn *f, uint32_t step);
void opt_vars(struct opt_fn *f);
void opt_vars_live(struct opt_fn *f);

/* build.c */
int opt_build(struct opt_fn *f);

/* fold.c: the value of an operation; a new one only if nothing simpler is known. */
opt_ref opt_fold(struct opt_fn *f, struct opt_ins ins);
/* A simpler value; 0: there is none, but *ins may have become simpler. */
opt_ref opt_simplify(struct opt_fn *f, struct opt_ins *ins);
opt_ref opt_binary(struct opt_fn *f, enum opt_op op, unsigned int w, opt_ref a, opt_ref b);
opt_ref opt_unary(struct opt_fn *f, enum opt_op op, unsigned int w, unsigned int aux, opt_ref a);
/* 1, 0, or -1: not known */
int opt_decide(const struct opt_fn *f, const struct opt_ins *cond);
/* Simplifies a comparison in place.  True: it now says the opposite. */
bool opt_fold_cond(struct opt_fn *f, struct opt_ins *cond);

/* divide.c: DIV or MOD by a constant that is no power of two. */
opt_ref opt_divide(struct opt_fn *f, const struct opt_ins *i, uint64_t k);

/* popcount.c: a logical shift to the right that ends the counting of bits is OPT_POPCNT; else 0. */
opt_ref opt_popcount(struct opt_fn *f, const struct opt_ins *shift);

/* may.c: bits that a result can have. */
uint64_t opt_may(const struct opt_fn *f, const struct opt_ins *ins);
void opt_may_all(struct opt_fn *f);

/* want.c: by value, bits of its result that anybody wants; NULL: that is not known.  `may` is. */
const uint64_t *opt_want(struct opt_fn *f);
/* Is there anything that wants less than 64 bits of 64? */
bool opt_cuts(const struct opt_fn *f);

/* refold.c: everything once more, since the loops' ends and who uses what are known. */
void opt_refold(struct opt_fn *f);

/* prune.c: what constants branch around is gone. */
bool opt_prune(struct opt_fn *f);

/* loop.c: what ends loops asks for the counter that goes on, not for the one before. */
void opt_loops(struct opt_fn *f);

/* pair.c: halves that are loaded and put together are loaded at once. */
bool opt_pairs(struct opt_fn *f);

/* narrow.c: loads of no more than is wanted. */
bool opt_narrow(struct opt_fn *f);

/* select.c: what branches around little becomes a choice between values. */
bool opt_select(struct opt_fn *f);

/* unroll.c: small loops do several rounds at once. */
bool opt_unroll(struct opt_fn *f);

/* address.c: what is added up in the operand of a load or store; large constants in registers. */
struct opt_address {
	opt_ref base, index; /* base may be OPT_FP or 0 */
	uint8_t scale;       /* index << scale */
	int64_t disp;
};
struct opt_address opt_address_of(const struct opt_fn *f, const struct opt_ins *ins);
void opt_addresses(struct opt_fn *f);
void opt_place(struct opt_fn *f);

/* fence.c: where hardened code waits for branches. */
void opt_fences(struct opt_fn *f);

/* fuse.c: loads become operands of what uses them; after all that looks at uses. */
void opt_fuse(struct opt_fn *f);

/* chain.c: the order of blocks that machines keep; with how they end there. */
struct opt_exits {
	uint32_t to[2];
	uint8_t n;
	bool gone; /* nothing is left of it but a jump to to[0] */
};
/* Room for n_blocks; block 0 comes first. */
int opt_chain(struct opt_fn *f, const struct opt_exits *exits, uint32_t *ret_order,
	      uint32_t *ret_n);
/* Is the block that stands behind `before` the first of its loop there? */
bool opt_begins_loop(const struct opt_fn *f, uint32_t block, uint32_t before);

/* print.c */
void opt_print(struct opt_fn *f, struct text *out);

#endif
