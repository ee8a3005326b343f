/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is an accepted program executed?  An engine takes the facts and runs them; it needs nothing
 * of the program object.  Engines: interpreter, checking interpreter (run/), JIT (jit/).
 */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "base/text.h"
#include "helper/helper.h"
#include "verify/verify.h"

struct code_pool;

/* How much is done for machine code. */
enum jit_tier {
	JIT_PLAIN,     /* one instruction after the other, at once */
	JIT_OPTIMISED, /* src/opt */
	JIT_AUTO,      /* plain, and optimised once it is worth that (prog_hot.c) */
};

/* Which instructions may machine code have beyond those that every machine of the kind has? */
enum jit_cpu {
	JIT_CPU_THIS,    /* those of this machine */
	JIT_CPU_FIRST,   /* none */
	JIT_CPU_BMI2,    /* x86-64 */
	JIT_CPU_ATOMICS, /* AArch64 */
};

struct code {
	const struct verify_facts *facts;
	const struct helper_set *helpers; /* host's own, may be NULL */
	const char *name;                 /* for debuggers and perf */
	struct code_pool *pool;           /* of machine code; NULL: a place of its own */
	enum jit_tier tier;
	enum jit_cpu cpu;
	bool harden; /* see jit.h */
};

/* Plain interpreter.  Never fails at run time: what it runs was accepted. */
uint64_t interp_run(const struct code *code, void *ctx, struct run *run);

/* Checking interpreter: a memory-safety oracle that does not trust the verifier.  It keeps the
 * provenance of every register and stack slot, checks each access against the object it belongs to
 * and each state against facts->claims.  *ret_violations counts what it found; the first is
 * described in why. */
struct interp_check;
int interp_check_new(const struct code *code, struct interp_check **ret_check);
/* Memory that outlives runs and that the program may reach: maps it names (those of run->prog are
 * known without this; the use of any other is a violation), and whatever a host lends. */
void interp_check_add_map(struct interp_check *check, struct map *map);
void interp_check_add_mem(struct interp_check *check, void *mem, size_t size, bool writable);
uint64_t interp_check_run(struct interp_check *check, void *ctx, size_t ctx_size, struct run *run,
			  uint64_t *ret_violations, struct text *why);
struct interp_check *interp_check_free(struct interp_check *check);

/* Raw programs for conformance suites: not verified, addresses are taken as they are, r1 and r2 are
 * given.  Decodes and checks encodings; helper n calls fns[n].  0 or -EINVAL with why. */
typedef uint64_t (*raw_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
struct raw_prog {
	const struct bpf_insn *insns;
	uint32_t n_insns;
	const raw_fn *fns;
	uint32_t n_fns;
	enum jit_tier tier;
	enum jit_cpu cpu;
	bool harden;
};
int raw_check(const struct raw_prog *prog, struct text *why);
/* Runs what raw_check() passed.  -EFAULT with why: a callx of nothing, calls nested too deeply; for
 * the checking interpreter also an access outside memory and stack, or of uninitialised stack. */
int interp_raw(const struct raw_prog *prog, void *mem, size_t len, uint64_t *ret_r0,
	       struct text *why);
int check_raw(const struct raw_prog *prog, void *mem, size_t len, uint64_t *ret_r0,
	      struct text *why);
enum {
	RAW_FUEL = 8 * 1024 * 1024
}; /* may_goto budget, as the kernel's */

/* BPF_MAXIMUM depth: calls of subprograms nested on one run, and tail calls. */
enum {
	RUN_MAX_CALLS = 8,
	RUN_MAX_TAIL_CALLS = 33
};

#endif
