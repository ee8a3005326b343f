/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the checking interpreter know?  For check.c (steps), check_mem.c (objects, accesses)
 * and check_call.c (helpers) only.
 */
#ifndef RUN_CHECK_PRIV_H
#define RUN_CHECK_PRIV_H

#include <stdbool.h>

#include "isa/isa.h"
#include "run/engine.h"

enum {
	CHECK_FRAME_BYTES = 512,
	CHECK_MAX_OBJS = 1 << 16,
	CHECK_RECENT = 256
};

/* A value and the object it points into; object 0: a number, or a pointer of unknown origin. */
struct check_val {
	uint64_t v;
	uint32_t obj;
	bool init;
};

struct check_obj {
	uint64_t base, size;
	const char *what;
	struct map *map; /* the map itself, or the map whose value it is */
	bool writable, live, released, is_slice;
};

/* A pointer that was stored in memory: valid while the memory still holds `value`. */
struct check_shadow {
	uint64_t addr, value;
	uint32_t obj, run;
};

struct check_frame {
	struct check_val saved[4]; /* r6 - r9 of the caller */
	uint32_t back;
};

struct interp_check {
	const struct code *code;    /* NULL: raw */
	const struct raw_prog *raw; /* NULL: verified */
	const struct bpf_insn *insns;
	uint32_t n_insns;
	int16_t *ops;         /* enum isa_op per slot */
	uint32_t *subprog_of; /* per slot */
	struct run *run;
	uint64_t ctx;
	size_t ctx_size;
	struct check_val r[11];
	uint32_t depth;
	uint32_t pc; /* of the instruction being executed */
	bool stopped;
	bool tail_taken; /* by the call just made: the function returns */
	struct check_frame frames[RUN_MAX_CALLS];
	uint64_t stack[RUN_MAX_CALLS][CHECK_FRAME_BYTES / 8];
	/* Objects 1 .. RUN_MAX_CALLS are the stack frames; the first n_static outlive a run. */
	struct check_obj *objs;
	uint32_t n_objs, n_static, room_objs;
	bool knows_prog; /* the maps of run->prog are among them */
	uint32_t recent[CHECK_RECENT];
	struct check_shadow *shadow;
	uint32_t n_shadow, room_shadow, run_nr;
	/* The helper call in progress, for the arguments of callbacks. */
	const struct helper_proto *calling;
	struct map *calling_map;
	const struct check_val *calling_args;
	uint64_t violations;
	struct text *why;
};

/* check_mem.c */
void check_violation(struct interp_check *ck, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
uint32_t check_add_obj(struct interp_check *ck, const struct check_obj *obj);
struct check_obj *check_obj_of(struct interp_check *ck, const struct check_val *ptr, uint64_t addr);
/* May `size` bytes at ptr + off be read or written?  Reports a violation if not. */
bool check_access(struct interp_check *ck, const struct check_val *ptr, int64_t off, uint64_t size,
		  bool write);
struct check_val check_load(struct interp_check *ck, uint64_t addr, unsigned int bits, bool sign);
void check_store(struct interp_check *ck, uint64_t addr, unsigned int bits,
		 const struct check_val *v);
void check_enter_frame(struct interp_check *ck, uint32_t depth, uint32_t pc);
void check_leave_frame(struct interp_check *ck, uint32_t depth);
void check_find_ctx_objs(struct interp_check *ck);

/* check_call.c: executes a call of a helper or kfunc on ck->r. */
void check_call(struct interp_check *ck, const struct bpf_insn *insn);

/* check.c: runs from pc on a new frame until it returns. */
struct check_val check_from(struct interp_check *ck, uint32_t pc, const struct check_val *args);

#endif
