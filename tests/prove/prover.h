/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a piece of LLVM bitcode compute, as a formula?  Shared by the files of the prover: the
 * values and memory of a symbolic run, and how two of them that meet become one.
 */
#ifndef PROVE_PROVER_H
#define PROVE_PROVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <z3.h>

enum {
	MAX_ELEMS = 8,   /* of an aggregate in a register */
	MAX_TARGETS = 8, /* objects that one pointer may lead to */
	MAX_PROOFS = 2048,
	MAX_OBJECTS = 512 /* alive in one run */
};

enum value_kind {
	VALUE_NONE,
	VALUE_NUMBER, /* of one bit: a truth value */
	VALUE_POINTER,
	VALUE_FUNCTION,
	VALUE_AGGREGATE
};

struct target {
	Z3_ast when, offset;
	uint32_t object;
};

struct value {
	enum value_kind kind;
	uint32_t n; /* elements or targets */
	union {
		Z3_ast number;
		LLVMValueRef function;
		struct target *target;
		struct value *elem;
	};
};

struct object {
	uint32_t size;
	Z3_ast *byte;
	Z3_ast *whole; /* the number that was stored there, of whole_n bytes; 0: byte by byte */
	uint8_t *whole_n;
	struct value *pointer; /* what pointers were stored, by 8 bytes; NULL: none yet */
};

struct memory {
	struct object *object[MAX_OBJECTS];
	uint32_t n;
};

/* One claim being looked into. */
struct prover {
	Z3_context z3;
	Z3_solver asker; /* is this branch possible? */
	LLVMModuleRef module;
	LLVMTargetDataRef layout;
	const char *claim, *family; /* its name, and its section */
	Z3_ast assumed;             /* conjunction of what claims and contracts take for granted */
	Z3_ast undefined;
	Z3_ast violated[MAX_PROOFS]; /* what must not be, each a question of its own */
	uint32_t n_violated;
	struct {
		LLVMValueRef global;
		uint32_t object;
	} globals[128];
	uint32_t n_globals;
	struct {
		char name[64];
		Z3_ast number;
	} inputs[4096];
	uint32_t n_inputs, n_fresh;
	uint64_t steps;
};

/* values.c */
void *prover_alloc(size_t n);
void prover_stop(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
Z3_ast value_bits(struct prover *p, uint64_t x, unsigned int bits);
Z3_ast value_bool(struct prover *p, Z3_ast bit);
Z3_ast value_and(struct prover *p, Z3_ast a, Z3_ast b);
Z3_ast value_or(struct prover *p, Z3_ast a, Z3_ast b);
Z3_ast value_not(struct prover *p, Z3_ast a);
Z3_ast value_fresh(struct prover *p, unsigned int bits);
struct value value_number(Z3_ast a);
struct value value_pointer(struct prover *p, uint32_t object, uint64_t offset);
/* `a` where `when` holds, else `b`. */
struct value value_choose(struct prover *p, Z3_ast when, struct value a, struct value b);
bool value_is(struct prover *p, Z3_ast a, bool truth);
bool value_known(struct prover *p, Z3_ast a, uint64_t *ret);

/* memory.c */
uint32_t memory_new(struct prover *p, struct memory *m, uint32_t size);
struct value memory_load(struct prover *p, struct memory *m, const struct value *at,
			 LLVMTypeRef type, Z3_ast when);
void memory_store(struct prover *p, struct memory *m, const struct value *at, struct value what,
		  LLVMTypeRef type, Z3_ast when);
/* The address n bytes beyond. */
struct value memory_beyond(struct prover *p, const struct value *at, uint64_t n);
void memory_copy(struct prover *p, struct memory *m, const struct value *to,
		 const struct value *from, uint64_t n, Z3_ast when);
void memory_merge(struct prover *p, Z3_ast when, const struct memory *a, struct memory *b);

/* ops.c */
struct value op_binary(struct prover *p, LLVMValueRef in, Z3_ast a, Z3_ast b, Z3_ast when);
Z3_ast op_compare(struct prover *p, LLVMIntPredicate pred, Z3_ast a, Z3_ast b);
Z3_ast op_cast(struct prover *p, LLVMOpcode op, Z3_ast a, unsigned int from, unsigned int to);
/* False: not one of those it knows. */
bool op_intrinsic(struct prover *p, const char *name, const struct value *arg, struct value *ret);

/* run.c */
struct value run_function(struct prover *p, LLVMValueRef fn, const struct value *arg,
			  struct memory *m, Z3_ast when, unsigned int depth);

#endif
