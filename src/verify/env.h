/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the parts of one verification share?  The verifier's environment and the internal
 * contract between rules, exploration and talk.  Rules call reject() once or return 0 and never
 * print; nothing but rewrite.c changes instructions.
 */
#ifndef VERIFY_ENV_H
#define VERIFY_ENV_H

#include <errno.h>

#include "btf/record.h"
#include "helper/helper.h"
#include "helper/prog_type.h"
#include "map/map.h"
#include "verify/cfg.h"
#include "verify/diag.h"
#include "verify/lineinfo.h"
#include "verify/live.h"
#include "verify/state.h"
#include "verify/verify.h"

struct callargs;
struct kfunc_sig;

/* Signature of a global function, as its callers and its own verification see it. */
enum sig_kind {
	SIG_SCALAR,
	SIG_CTX,
	SIG_MEM,
	SIG_OBJECT, /* of a kernel, trusted */
	SIG_DYNPTR,
	SIG_ARENA,
	SIG_UNTRUSTED, /* whatever it is: only read, by loads that may fail */
};
struct func_sig {
	const char *name;
	uint32_t n;
	bool ok;
	struct {
		uint8_t kind; /* enum sig_kind */
		bool nullable;
		uint32_t size; /* of memory; of an object its type; untrusted: 0 is memory */
	} arg[5];
	uint32_t bad_arg; /* when not ok */
	const char *bad_type;
};

#define NO_MAP UINT32_MAX

/* What the program attaches to in a kernel, by the kernel's BTF (target.c). */
struct target {
	const struct btf_blob *btf;
	const struct btf_type *proto; /* NULL: no typed context, or only numbers */
	bool numbers;                 /* of a program's function whose types cannot be relied on */
	const char *name;
	uint32_t skip;   /* parameters that the program is not given */
	uint32_t n_args; /* that it is given */
	bool trusted;    /* arguments stay valid while the program runs */
	/* Of a member of a struct of functions: struct_ops.c. */
	const char *ops;             /* the struct's name; NULL: something else */
	const struct btf_type *stub; /* prototype whose parameter names tell more; may be NULL */
};

/* A map as the rules see it: one that the program names, or the inner map of one. */
struct vmap {
	const struct map_desc *desc;
	const struct map *map; /* NULL for inner maps: the template is all that is known */
	struct map_desc inner;
	uint32_t inner_at; /* number of its inner map, NO_MAP */
	bool frozen;
	struct btf_record record; /* what of its values belongs to the system */
};

/* What the walk learnt about one instruction, for consistency and for rewrite.c. */
struct insn_info {
	bool visited;
	bool is_iter_next, repeats_callback; /* calls */
	bool saves;                          /* one of a pair around a call: fastcall.c */
	uint8_t mem_kind;            /* kind of pointer it goes through; NOT_INIT: none yet */
	uint32_t map;                /* LD_MAP: number of the map */
	uint32_t kfunc;              /* row of a kfunc call */
	const struct kfunc_sig *sig; /* of a kfunc that only a kernel has */
	uint8_t alu_state;           /* speculate.c: how its arithmetic would be masked */
	uint32_t alu_limit;
	uint32_t tail_map;             /* of a tail call: 1 + map */
	const struct ctx_field *field; /* context access */
	struct state *seen;            /* checkpoints here */
	uint32_t visits;               /* of prune_visit() */
	uint32_t allowed_map;          /* 1 + map that the helper called here may have */
	uint16_t next_try;             /* rounds before it is generalised; 0: as usual */
	uint8_t fails;                 /* tries that were undone */
};

struct subprog_info {
	uint16_t stack;      /* bytes used */
	int16_t saved_below; /* there slots begin that do not count; INT16_MIN: nowhere */
	bool global, verified, wanted, changes_packet, may_sleep;
	bool private_stack;     /* its frame does not count: stack_depth.c */
	bool async;             /* set up as an asynchronous callback somewhere */
	uint32_t deep;          /* bytes of frames above it, private ones too */
	uint32_t above, frames; /* deepest chain of calls that leads here */
	struct func_sig sig;
	/* summaries.c */
	struct summary *summaries;
	uint32_t n_calls, n_summaries, hits, swept;
	uint8_t fit;
};

/* What a register held before instruction `at` shifted it up by 32. */
struct shifted {
	uint32_t at;
	struct reg was;
};

/* Visits, and those of them that do not count: tries that were undone. */
struct spent {
	uint32_t visited, wasted;
};

struct verifier {
	struct verify_input input;     /* as given, but for what flags say of the policy */
	const struct verify_input *in; /* the same */
	const struct prog_type *type;
	struct arena arena;
	struct cfg cfg;
	struct live live;
	struct lineinfo lines;
	struct diag_sink diag;
	struct state_pool pool;
	struct insn_info *info;
	struct subprog_info *subs;
	struct vmap *maps;
	uint32_t arena_map;                /* the one arena, NO_MAP */
	uint32_t exception_cb;             /* subprogram; 0: none */
	struct object_type *object_types;  /* objects.c */
	const struct map_desc **map_names; /* desc of maps[i], for printing */
	struct state_names names;
	uint32_t n_maps;
	const struct btf_kernel *kernel; /* typed_kernel(); NULL: not asked for, or none */
	struct target target;
	const char *iters[16]; /* names of iterators: slots hold their numbers */

	/* The walk. */
	struct state *cur;
	uint32_t at; /* instruction being judged */
	struct state *pending;
	uint32_t n_pending;
	uint32_t last_id;
	uint32_t jumps, prev_jumps, prev_visited;
	uint32_t noted_at;         /* visits when an instruction was noted last */
	uint64_t *entries;         /* per instruction, of paths: precise.c */
	uint16_t *exact_uses;      /* likewise: offset_exact_uses() */
	struct shifted shifted;    /* rule_alu.c */
	struct memo *memo;         /* of arithmetic, memo.c; NULL: not yet */
	struct passages *passages; /* of paths, passage.c; likewise */
	bool traces;               /* every instruction walked is written to the log */
	bool all_precise;          /* every scalar counts as precise */
	bool exact_observed;       /* what was proven matters, not what was needed */
	bool auditing;             /* walking from a checkpoint once more: audit.c */
	bool misremembers;         /* ... and what passage.c knew was not so */
	bool widened;              /* numbers lost their limits in a loop: loops.c */
	struct state *made;        /* checkpoints of this walk; NULL: nobody audits */
	/* general.c */
	bool generalises, generalised; /* loops may be, have been */
	uint32_t *order;               /* plan.c: of instructions; NULL: not made */
	uint32_t n_fails, wasted;      /* tries that were undone, their visits */
	struct attempt *tries;         /* innermost first */
	struct attempt *free_tries;
	struct loop *loop; /* of the checkpoint that is about to be made */
	uint16_t rounds;   /* likewise */
	/* summaries.c */
	bool summarises, checks_summaries;
	bool summarised; /* some path of this walk is */
	bool gave_up;    /* on a summary: this look gives no verdict */
	struct summary *making;
	uint32_t n_making, n_summaries, frames_below;
	struct state *views[STATE_FRAMES + 1]; /* of functions being called, by n_making */
	bool as_linux;                         /* a second look, with no more than Linux knows */
	bool goes_down;      /* no path comes to an instruction that it has passed */
	bool leaves_behind;  /* ... and nobody asks later what was known there */
	bool has_parts;      /* a number was of two pieces, of which one interval is not made */
	uint8_t parts;       /* how many of them may be parted */
	bool in_global;      /* verifying a global function by its contract */
	bool extends;        /* a program of type EXT: v->type is the extended one's */
	bool unnamed;        /* ... of which nothing says which it is */
	bool keeps_all;      /* checkpoints: somebody looks at them later */
	size_t spare_at;     /* keep.c: memory in use when some is given back */
	uint32_t spare_hits; /* and how often a checkpoint was of use that is */

	struct verify_stats stats;
	struct verify_facts *facts;   /* being gathered */
	struct verify_claims *claims; /* NULL: not wanted */
	/* Of processor time, once it is worth a system call; before that, by the clock. */
	uint64_t start_ns, clock_ns, cpu_from_ns;
	uint32_t look_at; /* visits when the budget is looked at again */
	const struct bpf_line_info *last_line;
	/* For the log: the frame before the instruction, and of a branch when it was taken up. */
	struct frame *traced, *taken;
	struct text log_start; /* what was in the log before */
	bool resumed;          /* a pending branch was just taken up */
	bool told;             /* something was said of the instruction: its state comes below */
	bool shown;            /* the last instruction's state is the end of the log */
	struct text unshown;   /* the log without it */
	const char *both;      /* of an endless loop: its state now and then, for the log */
	struct state *launch;  /* for explain.c: where the walk began; NULL: not walking */
	uint32_t launch_id;    /* last_id there */
	struct explain *why;   /* explain.c: of a refused program, once somebody asked */

	/* Of walks by several threads: globals.c, crew.c. */
	struct spent others;     /* by walks that this verifier knows nothing of */
	const uint32_t *stop;    /* once it is not 0, this walk is for nothing; NULL: it is not */
	struct text unsaid;      /* in place of the log */
	char no_text[1];         /* its buffer */
	struct verifier *lender; /* whose program it is, where that is another's */
	uint64_t helped_ns;      /* processor time of other threads */
	size_t helped_mem;       /* memory of the largest walk beside this one */
};

#define reject(v, ...) DIAG_REJECT(&(v)->diag, (v)->at, __VA_ARGS__)
/* With a row whose only operand is a text that is made here. */
#define reject_text(v, ID, ...) diag_reject_text(&(v)->diag, (v)->at, REASON_##ID, __VA_ARGS__)

/* A defect of the verifier itself: the load fails, nothing is accepted by mistake. */
#define BUG_ON(v, cond) ((cond) ? reject(v, INTERNAL, #cond) : 0)

/* Will no pending path come to the instruction, which the current one has passed or is at? */
static inline bool is_left_behind(const struct verifier *v, uint32_t insn)
{
	return v->leaves_behind && (!v->pending || v->pending->soonest > insn);
}

static inline struct frame *top(struct verifier *v)
{
	return state_top(v->cur);
}
static inline struct reg *reg_at(struct verifier *v, unsigned int r)
{
	return &top(v)->reg[r];
}
static inline uint32_t new_id(struct verifier *v)
{
	return ++v->last_id;
}
static inline const struct map_desc *map_of(const struct verifier *v, const struct reg *r)
{
	return v->maps[r->obj].desc;
}

/* Is there a lock in the map value, that tells it from others of its kind? */
static inline bool map_value_has_lock(const struct verifier *v, const struct reg *r)
{
	const struct btf_record *rec = &v->maps[r->obj].record;

	return btf_record_find(rec, FIELD_SPIN_LOCK) || btf_record_find(rec, FIELD_RES_SPIN_LOCK);
}

/* rule_mem.c ---------------------------------------------------------------------------------- */

enum access {
	ACCESS_READ = 1,
	ACCESS_WRITE = 2,
	ACCESS_RW = 3
};

/* One memory access by an instruction: through register `reg` at `off`, `size` bytes. */
struct mem_op {
	unsigned int reg; /* base register */
	int32_t off;
	uint32_t size;
	enum access access;
	int value; /* register stored or loaded; -1: none (ST, atomics) */
	bool sign_extend;
	bool is_st; /* a constant is stored */
	bool is_atomic;
	int32_t imm;
};
int rule_readable(struct verifier *v, unsigned int r); /* R!read_ok */
int rule_writable(struct verifier *v, unsigned int r); /* frame pointer is read only */
int rule_mem(struct verifier *v, const struct mem_op *op);
int rule_load(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_store(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_atomic(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_ld_imm64(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_ld_abs(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_align(struct verifier *v, const struct mem_op *op);

/* Each region judges [base + off, + size) and, for loads, sets the value register. */
int region_stack_read(struct verifier *v, const struct mem_op *op);
int region_stack_write(struct verifier *v, const struct mem_op *op);
int region_map(struct verifier *v, const struct mem_op *op);
int region_map_struct(struct verifier *v, const struct mem_op *op);
int region_map_key(struct verifier *v, const struct mem_op *op);
int region_ctx(struct verifier *v, const struct mem_op *op);
int region_ctx_arg(struct verifier *v, const struct mem_op *arg);
int region_packet(struct verifier *v, const struct mem_op *op);
int region_mem(struct verifier *v, const struct mem_op *op);
int region_sock(struct verifier *v, const struct mem_op *op);
int region_typed(struct verifier *v, const struct mem_op *op); /* typed.h */
int region_buffer(struct verifier *v, const struct mem_op *op);
/* Variable part and fixed offset against a size, with the region's own reason. */
int region_bounds(struct verifier *v, const struct mem_op *op, uint32_t limit);
/* Stack bytes handed to a helper: readable, or about to be written. */
int region_stack_arg(struct verifier *v, unsigned int r, int32_t off, uint32_t size,
		     enum access access, bool fills);
/* Any memory handed to a helper. */
int rule_mem_arg(struct verifier *v, unsigned int r, uint32_t size, enum access access, bool fills,
		 bool zero_ok);

/* rule_alu.c ---------------------------------------------------------------------------------- */
int rule_alu(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_movsx(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int rule_unary(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
int alu_pointer(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		const struct reg *ptr, const struct reg *num, struct reg *ret);

/* speculate.c: what policies that guard speculation ask of arithmetic ------------------------- */
struct speculation {
	uint8_t state;
	uint32_t limit;
	bool left;
};
/* Before a number is added to or subtracted from a pointer. */
int speculate_pointer(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		      const struct reg *ptr, const struct reg *num, struct speculation *ret);
/* ... and after: `moved` is the result. */
int speculate_moved(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		    const struct reg *moved, const struct reg *num, const struct speculation *s);
int speculate_number(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);

/* rule_jump.c --------------------------------------------------------------------------------- */
int rule_jump(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
/* A register of a NULL test: all that share its id lose the doubt, or become 0. */
void jump_mark_null(const struct verifier *v, struct state *st, uint32_t id, uint32_t ref,
		    bool is_null);

/* rule_call.c, call_args.c -------------------------------------------------------------------- */
int rule_call(struct verifier *v, const struct bpf_insn *insn);
int rule_kfunc(struct verifier *v, const struct bpf_insn *insn);
int rule_kfunc_typed(struct verifier *v, const struct kfunc_sig *sig); /* kfunc.c */
int call_clobber(struct verifier *v);                                  /* r0-r5 hold nothing */
/* Number of arguments that the call at `at` reads; for live.c. */
unsigned int call_n_args(void *verifier, uint32_t at);
/* Takes from *kept what the call at `at` leaves nothing of; *ret_fast: Linux writes it out in
 * place. False: nothing is known of what it calls. */
bool call_keeps(struct verifier *v, uint32_t at, uint16_t *kept, bool *ret_fast);
/* Registers that the call uses otherwise than as a number, or as memory by rule_mem_arg(). */
uint16_t call_exact_args(struct verifier *v, uint32_t at);
/* Marks where states are compared beyond what cfg.c knows: forks, calls that repeat code. */
void call_mark_prune(struct verifier *v);

/* program.c */
int program_check_flags(struct verifier *v);

/* call_map.c: may this program name the map? */
int call_map_usable(struct verifier *v, const struct map_desc *m);

/* rule_subprog.c ------------------------------------------------------------------------------ */
int rule_call_sub(struct verifier *v, const struct bpf_insn *insn);
int rule_exit(struct verifier *v); /* rule_exit.c */
int subprog_enter_callback(struct verifier *v, struct state *st, uint32_t subprog);
int subprog_check_stack(struct verifier *v);
/* fastcall.c: a pass; a slot is used (Linux blames the function that reads, and the owner of the
 * slot for what is written); bytes of the frame as Linux counts them. */
int fastcall_find(struct verifier *v);
void fastcall_touch(struct verifier *v, const struct frame *f, int off);
uint16_t fastcall_stack(const struct subprog_info *s);
void subprog_prepare(struct verifier *v); /* signatures of global functions: signature.c */
/* Are programs of this type given such a struct as their context? */
bool subprog_ctx_struct(const struct prog_type *type, const struct btf_blob *btf,
			const struct btf_type *t);
/* Sets up v->cur; false: out of memory. */
bool subprog_start_global(struct verifier *v, uint32_t subprog);

/* refs.c -------------------------------------------------------------------------------------- */
int ref_acquire(struct verifier *v, enum ref_kind kind, uint32_t *ret_id);
int ref_release(struct verifier *v, uint32_t id, unsigned int r);
/* Nothing may be held: leaving by `what`.  Functions that were called leave references to their
 * callers, no locks. */
int ref_check_leak(struct verifier *v, const char *what);
/* The same, but this reference is handed over. */
int ref_check_leak_but(struct verifier *v, const char *what, uint32_t id);
/* A callback gives back the locks that it takes; with what else it holds its call goes on. */
int ref_check_callback(struct verifier *v, const char *what);
/* Refused for reference number `first` of the state and those after it. */
int ref_leak(struct verifier *v, uint32_t first, const char *what);
/* callbacks.c: forgets what was lent to the callback that ran in this frame. */
void callback_left(struct verifier *v, const struct frame *f);
/* Forgets every register and slice whose reference or dynptr is gone. */
void ref_invalidate(struct verifier *v, uint32_t ref);
typedef bool (*ref_dead_fn)(const struct reg *r, uint32_t arg);
void ref_invalidate_if(struct verifier *v, ref_dead_fn dead, uint32_t arg);
void packet_invalidate(struct verifier *v);
void slice_invalidate(struct verifier *v, uint32_t dynptr);

/* locks.c, fields.c, callbacks.c --------------------------------------------------------------- */
struct call;
int lock_take(struct verifier *v, unsigned int r, enum ref_kind kind);
/* The resilient lock in r1: taken, or an errno. */
int lock_try(struct verifier *v, enum ref_kind kind);
int lock_give(struct verifier *v, unsigned int r, enum ref_kind kind);
/* Is the lock held that protects the value or object that r points into? */
bool lock_protects(const struct verifier *v, const struct reg *r);
/* The field of this kind that register r points at. */
int field_arg(struct verifier *v, unsigned int r, enum btf_field_kind kind,
	      const struct btf_field **ret_field);
/* Fields of what r points at; NULL: it has no types. */
const struct btf_record *field_record(struct verifier *v, const struct reg *r);
/* May a program of this type use a map with such fields? */
int field_check_map(struct verifier *v, const struct vmap *m);
/* objects.c, arena.c */
const struct btf_record *object_record(struct verifier *v, uint32_t type_id); /* NULL: no memory */
int object_arg(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg);
int object_apply(struct verifier *v, const struct call *c);
int alloc_result(struct verifier *v, const struct call *c, struct reg *r0);
void object_less_args(struct verifier *v, const struct call *c, struct frame *f);
/* No lock is held any more: what it protected is out of reach. */
void object_unlocked(struct verifier *v);
int region_object(struct verifier *v, const struct mem_op *op);
int region_arena(struct verifier *v, const struct mem_op *op);
int rule_cast(struct verifier *v, const struct bpf_insn *insn);
int arena_use(struct verifier *v, uint32_t map);
/* The callback of a call: walked as often as it may be called, or later by itself. */
int callback_call(struct verifier *v, const struct call *c);

/* stack_objects.c, dynptr.c ---------------------------------------------------------------------
 */
/* The slots of an object of `size` bytes that r points to: *ret_slot is the lowest address's. */
bool stack_object_at(struct verifier *v, unsigned int r, uint32_t size, struct frame **ret_f,
		     unsigned int *ret_slot);
int dynptr_overwrite(struct verifier *v, struct frame *f, unsigned int slot);
int dynptr_make(struct verifier *v, unsigned int r, enum dynptr_type type, uint32_t ref);
int dynptr_arg(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg);
int dynptr_new_arg(struct verifier *v, struct call *c, unsigned int r);
int dynptr_apply(struct verifier *v, const struct call *c);
int dynptr_end(struct verifier *v, unsigned int r);
int dynptr_slice(struct verifier *v, const struct call *c, struct reg *r0);
bool dynptr_is_packet(uint32_t type);
/* Does bpf_dynptr_write() make the packet writable by copying it? */
bool dynptr_write_moves(uint32_t type);
/* A store over these slots ends the objects in them, or is refused. */
int stack_objects_overwrite(struct verifier *v, struct frame *f, unsigned int slot);
/* Items are objects of this trust. */
int iter_new(struct verifier *v, const struct kfunc_proto *k, unsigned int trust);
/* type: of the object that is the next item; 0: memory. */
int iter_next(struct verifier *v, const struct kfunc_proto *k, uint32_t type);
int iter_destroy(struct verifier *v, const struct kfunc_proto *k);
/* Register 1 is the iterator of a call that only looks at it. */
int iter_arg(struct verifier *v, const struct kfunc_proto *k);

/* walk.c -------------------------------------------------------------------------------------- */
enum step {
	STEP_NEXT,
	STEP_JUMPED,
	STEP_END
}; /* negative: errno */

/* Walks everything that can be reached from v->cur.  0 or negative errno. */
/* A state to begin with, without frames; NULL: out of memory. */
struct state *walk_entry(struct verifier *v);
int walk_run(struct verifier *v);
/* Part of it: v->cur and what is pending. */
int walk_paths(struct verifier *v);
/* Remembers a copy of the current state to be walked later from `insn`; NULL: reject recorded in
 * *ret_err.  The caller may change the copy's registers. */
struct state *walk_push(struct verifier *v, uint32_t insn, int *ret_err);
/* The same for a path that begins with a function and knows nothing of this one. */
struct state *walk_push_fresh(struct verifier *v, uint32_t subprog, int *ret_err);
int walk_step(struct verifier *v);
/* Time and visits begin to count. */
void walk_budget(struct verifier *v);
void walk_count_cpu(struct verifier *v); /* from here on: of this thread */
uint64_t walk_spent_ns(const struct verifier *v);

/* prune.c ------------------------------------------------------------------------------------- */
/* 1: what follows was already shown safe; 0: go on. */
int prune_visit(struct verifier *v);
void prune_path_done(struct verifier *v);
enum prune_mode {
	PRUNE_LOOSE,
	PRUNE_WITHIN,
	PRUNE_EXACT
};
bool prune_states_equal(struct verifier *v, struct state *old, const struct state *cur,
			enum prune_mode mode);
bool prune_same_calls(const struct state *a, const struct state *b);
/* Linux notes this instruction in the history of its path. */
void prune_note(struct verifier *v);
/* Earlier checkpoint on the current path, at `insn` with the same calls; NULL: none. */
struct state *prune_previous(struct verifier *v, uint32_t insn);
/* By its type; false where it has none.  signature.c */
bool subprog_returns_number(const struct verifier *v, uint32_t subprog);
void prune_forget_dead(struct verifier *v, struct frame *f, uint32_t at);

/* offsets.c ----------------------------------------------------------------------------------- */
/* The offset of r decided something. */
int offset_exact(struct verifier *v, unsigned int r);
/* So do those of pointers that the instruction uses otherwise than for loads, stores and sums. */
int offset_operands(struct verifier *v, uint32_t at);
/* An access through op->reg was found to lie within [0, limit). */
int offset_accessed(struct verifier *v, const struct mem_op *op, uint32_t limit);
/* Before ptr and num are added.  *ret_done: nothing else has to be asked for. */
int offset_added(struct verifier *v, const struct bpf_insn *insn, const struct reg *ptr,
		 const struct reg *num, bool *ret_done);
/* May the offset of a pointer of which nobody asked anything be this one? */
bool offset_is_near(const struct reg *r);

/* audit.c: once nothing was refused. */
int audit_walk(struct verifier *v);

/* keep.c -------------------------------------------------------------------------------------- */
/* A checkpoint starts its life: nothing is asked of it yet. */
void keep_begin(struct state *st);
/* Are the marks of the checkpoint, which has no unfinished path, final? */
bool keep_is_final(struct verifier *v, struct state *st);
/* Its last path ended. */
void keep_finished(struct verifier *v, struct state *st);
/* It was taken off its instruction's list. */
void keep_off_list(struct verifier *v, struct state *st);
/* Gives back what is of least use, if much is in use. */
void keep_spare(struct verifier *v);

/* precise.c ----------------------------------------------------------------------------------- */
/* The exact range of register r of the current frame decided: whoever led here must keep it. */
int precise_mark(struct verifier *v, unsigned int r);
int precise_mark_slot(struct verifier *v, uint32_t frame, unsigned int slot);
/* The same, but any number from min to max would have done. */
int precise_want(struct verifier *v, unsigned int r, int64_t min, int64_t max);
/* The value, or the offset, of a register as it is. */
int precise_ask(struct verifier *v, unsigned int r);
/* Any offset from min to max, each of 27 bits, would have done for the pointer in r. */
int precise_ask_offset(struct verifier *v, unsigned int r, int64_t min, int64_t max);
/* ... any that lets the jump go this way. */
int precise_edge(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		 bool taken);
/* May `cur` stand for what was enough for the checkpoint? */
bool precise_covers(struct state *old, const struct state *cur);
/* So many bytes behind the base of the pointer in r have to be there. */
int precise_reach(struct verifier *v, unsigned int r, const struct reg *packet, uint32_t bytes);
/* Marks all that the current path asked for so far; skip_last: its last instruction is still being
 * judged, or ended the path. */
void precise_settle(struct verifier *v, bool skip_last);
/* The path ended because `old` covers cur: what matters to old matters on cur's path, which is
 * settled. */
void precise_propagate(struct verifier *v, const struct state *old, struct state *cur);
/* Both, of a checkpoint whose marks are final and ends the current path. */
void precise_ends(struct verifier *v, const struct state *old);
int precise_prepare(struct verifier *v);
/* The path of a checkpoint is complete. */
void precise_keep(struct state *st);
/* For path_add(): room for one more entry. */
int path_grow(struct verifier *v);

static inline int path_add(struct verifier *v, uint32_t insn)
{
	struct state *st = v->cur;

	if (st->n_path == st->cap_path && path_grow(v))
		return -ENOMEM;
	st->n_walked++;
	st->path[st->n_path++] = v->entries[insn] | (uint64_t)(st->n_frames - 1) << 34;
	return 0;
}
/* The instruction just logged read or wrote a spilled value. */
void path_stack(struct verifier *v, uint32_t frame, unsigned int slot);
int path_linked(struct verifier *v, uint64_t linked);
/* A jump that is not decided: one of its registers may be a constant. */
int path_compared(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row);
/* On the path of st, packet pointers of this base now know of so many bytes. */
int path_learnt(struct verifier *v, struct state *st, const struct reg *packet, uint16_t bytes,
		bool is_src);
/* A pointer like `packet` becomes that of another base, behind which so many bytes less are known.
 */
int path_moved(struct verifier *v, const struct reg *packet, uint32_t id, uint16_t bytes);
/* The ADDED of a sum; num: the register that was added. */
int path_added(struct verifier *v, unsigned int num, uint64_t note);
enum {
	PATH_MAX_LINKED = 6
};

/* So many registers and slots of a frame of a checkpoint, and what they were made of. */
void precise_demand(struct verifier *v, struct state *st, uint32_t frame, uint16_t regs,
		    uint64_t slots);

/* general.c ----------------------------------------------------------------------------------- */
enum {
	GENERAL_FAILED = -ELOOP /* the innermost try has to be undone */
};
/* v->cur came to where states are compared, and nothing covers it: becomes a general state if the
 * time has come.  *ret_keep: a checkpoint is wanted.  0, an errno, or GENERAL_FAILED. */
int general_arrive(struct verifier *v, bool *ret_keep);
/* What is linked in cur but not in the general checkpoint: the links end. */
void general_unlink(const struct state *general, struct state *cur);
/* The checkpoint of it was made. */
int general_made(struct verifier *v, struct state *st);
/* All paths from a general checkpoint have ended. */
void general_done(struct verifier *v, struct state *st);
/* The walk was refused: goes back to before the innermost try.  False: there is none. */
bool general_undo(struct verifier *v, int err);
/* Visits after which the innermost try takes too long. */
uint32_t general_limit(const struct verifier *v);

/* rounds.c: for prune.c ----------------------------------------------------------------------- */
int rounds_follow(struct verifier *v, struct track **ret);
bool rounds_advance(struct verifier *v, const struct state *general);
bool rounds_agree(struct verifier *v, const struct state *old);

/* loops.c ------------------------------------------------------------------------------------- */
/* Scalars that no check needed and that differ from the last round lose their limits. */
void loop_widen(struct verifier *v, const struct state *before, struct state *now);
int rule_may_goto(struct verifier *v, const struct bpf_insn *insn);

/* trace.c: the log's instructions and states, if v->traces --------------------------------------
 */
/* Level 1 is of the path that was refused, which replay.c walks again; level 2 of all. */
static inline bool trace_wants_path(const struct verifier *v)
{
	return v->in->log && (v->in->log_level & 3) == 1;
}
void trace_before(struct verifier *v);
void trace_after(struct verifier *v);
void trace_functions(struct verifier *v);
/* What a rule has to say of its instruction, on a line of its own. */
/* Level 1 says nothing of what is sound. */
void trace_forget(struct verifier *v);
void trace_say(struct verifier *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void trace_end(struct verifier *v);
void trace_aside(struct verifier *v);
void trace_start(struct verifier *v);
void trace_from(struct verifier *v);
void trace_pruned(struct verifier *v, uint32_t at);
/* A loop came again to the state that it had. */
void trace_loop(struct verifier *v, const struct state *old);
void trace_loop_end(struct verifier *v);

/* claims.c ------------------------------------------------------------------------------------ */
struct verify_claims *claims_new(uint32_t n_insns); /* NULL: out of memory */
int claims_record(struct verifier *v);
struct verify_claims *claims_free(struct verify_claims *claims);

/* rewrite.c ----------------------------------------------------------------------------------- */
int rewrite_prog(struct verifier *v);

#endif
