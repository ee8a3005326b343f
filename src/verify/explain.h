/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the parts of one explanation share?  The failing path as it was walked again, and what
 * each file adds to the explanation: lineage, branches, the nearest check, a witness, an edit.
 * Nothing of it runs for a program that is accepted.
 */
#ifndef VERIFY_EXPLAIN_H
#define VERIFY_EXPLAIN_H

#include "base/arena.h"
#include "verify/env.h"

/* Where a value lives. */
struct place {
	uint8_t frame;
	bool slot; /* else a register */
	uint8_t n;
};

enum {
	PLACE_SLOTS = 16, /* index of the first slot: registers come before */
	PLACES = PLACE_SLOTS + STATE_SLOTS
};

#define NO_CHANGE UINT32_MAX

enum why_changed {
	BY_INSN,   /* by the instruction of the step */
	BY_LAUNCH, /* the walk began with it */
	BY_MERGE,  /* given up, to end a loop */
};

/* A place took another value in a step. */
struct change {
	uint32_t step, prev; /* change of the same place before it, NO_CHANGE */
	struct place at;
	uint8_t why;      /* enum why_changed */
	uint8_t bytes[8]; /* of a slot: kinds */
	struct reg now;
};

enum way {
	WAY_ON,   /* no conditional jump */
	WAY_FALL, /* its condition did not hold */
	WAY_TAKEN
};

struct path_step {
	uint32_t insn;
	uint8_t frame; /* that it runs in */
	uint8_t way;   /* enum way */
	bool forked;   /* both ways were possible */
	uint32_t end;  /* changes up to and with this step */
};

/* The instruction at fault, as an access or a call. */
struct refused {
	bool memory, write;
	unsigned int base; /* register that holds the address */
	int32_t off;
	uint32_t size;
	const char *callee;               /* "bpf_loop()", or NULL */
	const struct helper_proto *proto; /* of helpers and kfuncs; NULL */
};

struct span64 {
	int64_t low, high;
};

/* The failing path.  The last step is the one refused. */
struct replay {
	struct path_step *step;
	struct change *change;
	uint32_t n, cap, n_changes, cap_changes;
	uint32_t last[STATE_FRAMES][PLACES];
	uint32_t left_out;                  /* steps before the first recorded one */
	bool complete;                      /* the path could be followed to its end */
	struct frame *shadow[STATE_FRAMES]; /* as they were before the last step */
	uint32_t n_frames;
};

struct explain {
	struct verifier *v;
	struct arena a;
	struct replay r;
	bool records;     /* what changed is wanted */
	bool logs;        /* the path is to be written to the log */
	struct text said; /* of the log, before what the last step came to */
	struct verify_explanation out;
	/* What the refused instruction wanted: where the value is, and what the source calls it. */
	struct place subject;
	bool has_subject;
	const char *name;       /* of the subject; NULL: unknown */
	const char *expression; /* at fault, "ip->saddr"; NULL: unknown */
	struct refused refused;
	/* What its value has to be and is, where both are numbers. */
	bool has_range;
	struct span64 allowed, known;
	uint8_t *ancestor; /* per change: the subject came from it */
	/* What a checked variable would have to be, where that can be told. */
	bool has_fits;
	struct span64 fits;
	const char *fits_name;
};

/* replay.c: walks the failing path again and records what changed.  False: out of memory. */
bool replay_run(struct explain *x);
const struct change *replay_before(const struct replay *r, struct place at, uint32_t step);
static inline const struct reg *replay_reg(const struct explain *x, unsigned int r)
{
	const struct replay *p = &x->r;

	return &p->shadow[p->n_frames - 1]->reg[r];
}
static inline struct place place_reg(uint8_t frame, unsigned int r)
{
	return (struct place){ .frame = frame, .n = (uint8_t)r };
}

/* source.c: the program's text, by its line info */
struct source {
	const char *file, *text; /* "" when unknown */
	uint32_t line, column;
};
struct source source_of(const struct verifier *v, uint32_t insn);
/* The variable that the line assigns to, or NULL. */
const char *source_assigned(struct explain *x, const char *line);
/* The same of several in one line, for what is at a column. */
const char *source_assigned_at(struct explain *x, const char *line, uint32_t column);
/* "ip" of "ip->saddr": what an expression goes through, or NULL. */
const char *source_base(struct explain *x, const char *e);
/* The expression at a column: "ip->saddr", "data[i]"; NULL. */
const char *source_expression(struct explain *x, const char *line, uint32_t column);
/* What stands in the parentheses of `if`, `while` or the middle of `for`, or NULL. */
const char *source_condition(struct explain *x, const char *line);
const char *source_name(struct explain *x, uint32_t step, struct place at);
/* By debug information only, where no path says how it got there. */
const char *source_name_at(struct explain *x, uint32_t insn, unsigned int reg);
/* Argument n (from 1) of the first call in the line, or NULL. */
const char *source_argument(struct explain *x, const char *line, unsigned int n);
const char *source_function(const struct verifier *v, uint32_t insn);

/* facts.c: values in words */
const char *fact_text(struct explain *x, const struct reg *r, uint32_t frame);
const char *fact_range(struct explain *x, const struct scalar *s);
const char *fact_kind(struct explain *x, const struct reg *r);
/* Formats into the explanation's memory; "" when there is none left. */
const char *say(struct explain *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* lineage.c: where the subject came from */
void lineage_tell(struct explain *x);
const char *lineage_call_name(struct explain *x, uint32_t at);
/* The step that made the value of `at`, before `step`: through copies and spills; 0: none. */
uint32_t lineage_origin(const struct explain *x, struct place at, uint32_t step);
/* branches.c: the decisions of this path */
void branches_tell(struct explain *x);
const char *branch_learnt(struct explain *x, uint32_t step);
/* nearest.c: the check that comes closest, and why it does not help */
void nearest_tell(struct explain *x);
/* obligation.c: what is refused, as people say it: summary, needed, known */
void obligation_tell(struct explain *x);
/* "`ip->saddr`", or words where the source does not say. */
const char *obligation_what(struct explain *x);
const char *obligation_name(struct explain *x);
/* obligation_call.c: the same for calls, exits and resources.  False: not one of them. */
bool obligation_of_call(struct explain *x);
/* Of a call at fault: the lock that is held (NULL: none), the call that began an open section. */
const struct reference *obligation_lock(const struct explain *x);
uint32_t obligation_section(struct explain *x);
/* edit.c: one change of the source */
void edit_tell(struct explain *x);
/* edit_access.c: before accesses */
void edit_index(struct explain *x);
void edit_packet(struct explain *x);
void edit_context_array(struct explain *x);
bool edit_is_plain(const char *s, size_t n); /* a variable or a member of one */
const char *edit_operand(struct explain *x, const char *name);
/* edit_guard.c: a test before what is refused, by the condition to leave and the one to go on */
void edit_guard(struct explain *x, const char *bad, const char *good);
/* The same where nothing after the statement needs it. */
void edit_guard_one(struct explain *x, const char *bad, const char *good);
const char *edit_return_text(struct explain *x);
/* edit_leak.c: "bpf_sk_release(sk);" for what was taken at `at`, or NULL */
const char *edit_release_text(struct explain *x, uint32_t at);
void edit_leak(struct explain *x);
void edit_lock_leak(struct explain *x);
void edit_section_leak(struct explain *x);
void edit_return(struct explain *x);
/* The variable whose limits matter, or NULL. */
const char *edit_index_name(struct explain *x);
/* witness.c: input that leads there */
void witness_tell(struct explain *x);
/* multiply.c: where paths multiply */
void multiply_tell(struct explain *x);

/* explain.c */
/* Was it one of its limits that the program met? */
bool explain_is_limit(const struct verifier *v);
/* Follows the failing path: into the log, where that is of the path alone, and for explain_tell().
 * What the walk left behind is gone after it. */
void explain_path(struct verifier *v);
/* Tells in->explain. */
void explain_tell(struct verifier *v);
void explain_done(struct verifier *v);

#endif
