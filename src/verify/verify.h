/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this program run, and what was learnt about it?  The verifier's contract with the rest of
 * ring3: an input that is not changed, a verdict, and facts for the engines.  Pure: no globals, no
 * system calls but clocks, memory and threads, which have ended when it returns.  Thread safe:
 * several verifications may run at once.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "base/text.h"

struct btf_blob;
struct btf_kernel;
struct helper_set;
struct map;
struct prog_type;
struct verify_claims;

/* What a policy allows; the rows are verify_policy_privileged() and so on. */
struct verify_policy {
	bool leak_pointers; /* pointers may be stored to maps, returned, compared */
	/* CAP_PERFMON in the kernel: a program may read bytes of its own frame that it never wrote.
	 * On the JIT they are what the thread's stack held before; never anything outside of the
	 * frame.  The interpreters show zeroes. */
	bool read_uninit_stack;
	bool var_stack_access;
	/* CAP_BPF in the kernel: functions, loops, every map type, most helpers. */
	bool cap_bpf;
	bool cap_perfmon; /* helpers that look at the kernel and at other processes */
	/* Pointers must stay inside their object even on paths that are only speculated: arithmetic
	 * that the kernel could not mask is refused. */
	bool guard_speculation;
	bool strict_alignment;
	bool cap_sleepable;
	/* States are compared with what was needed.  False: with what was seen, as in Linux. */
	bool learn_needed;
	/* Static functions of so many instructions that are called again may be taken as they were
	 * shown safe before.  0: none are; 1: all, from their first call on.
	 */
	uint32_t summarise;
	/* After an accepting walk: so many walks from its checkpoints with other numbers that were
	 * enough (audit.c).  0: none. */
	uint32_t audit_needed;
	uint64_t audit_seed;
	bool exact_kernel;    /* no precision beyond Linux: verdicts predict the kernel's */
	uint32_t max_insns;   /* in the program */
	uint32_t max_visits;  /* instructions walked: the kernel's 1,000,000 */
	uint32_t max_pending; /* branches pending on one path: the kernel's 8,192 */
	uint32_t max_subprogs, max_maps;
	size_t max_memory; /* bytes; 0: none */
	uint64_t max_ns;   /* CPU time; 0: none */
	/* Threads that may walk global functions at once; 0: one a CPU, at most 4.  What they find
	 * does not depend on how many they are.  threads_from: of so many instructions to walk, or
	 * visited in functions before, at least; 0: one function after the other. */
	uint32_t threads, threads_from;
};
struct verify_policy verify_policy_privileged(void);
struct verify_policy verify_policy_cap_bpf(void); /* CAP_BPF and CAP_NET_ADMIN, no CAP_PERFMON */
struct verify_policy verify_policy_unprivileged(void);
/* By its name: "privileged", "cap_bpf", "unprivileged", "exact_kernel".  False: none of them. */
bool verify_policy_named(const char *name, struct verify_policy *ret_policy);

/* Whoever knows debug information: the variable that a register (0 to 9) holds before an
 * instruction, counted from the start of its function.  False: not known. */
struct verify_names {
	void *arg;
	bool (*local)(void *arg, const char *function, uint32_t insn, unsigned int reg, char *buf,
		      size_t size);
};

struct verify_explanation;

/* A function of an accepted program, as another program may replace it or be attached to it. */
struct verify_func {
	bool changes_packet, may_sleep, is_exception_cb;
};

/* The program that an extension, or a tracing program, is attached to. */
struct verify_target {
	const struct prog_type *type;
	uint32_t attach_type;
	const struct btf_blob *btf; /* NULL: it has no types */
	const struct bpf_func_info *func_info;
	uint32_t n_func_info;
	const struct verify_func *funcs; /* of verify_facts: one an entry of func_info */
	uint32_t n_funcs;
	bool is_extension; /* then type is that of the program it extends */
	bool is_attached;  /* a tracing program on another one */
};

struct verify_input {
	const struct bpf_insn *insns;
	uint32_t n_insns;
	const struct prog_type *type;
	uint32_t expected_attach_type;
	uint32_t prog_flags; /* BPF_F_SLEEPABLE, BPF_F_ANY_ALIGNMENT, BPF_F_TEST_... */
	bool gpl;
	const char *name;
	struct verify_policy policy;
	/* Maps named by wide loads: maps[k] is what the caller resolved for the k-th entry of
	 * map_at, which lists instruction indices in ascending order. */
	struct map *const *maps;
	const uint32_t *map_at;
	uint32_t n_map_refs;
	/* Types of their values likewise (of maps of maps: of the inner maps'), NULL where there
	 * are none; may be NULL. */
	const struct btf_blob *const *map_btfs;
	/* kfunc calls likewise: row of kfuncs.def or UINT32_MAX with the name in kfunc_names. */
	const uint32_t *kfunc_rows;
	const char *const *kfunc_names;
	const uint32_t *kfunc_at;
	uint32_t n_kfunc_refs;
	const struct btf_blob *btf; /* of the program, may be NULL */
	const struct bpf_func_info *func_info;
	uint32_t n_func_info;
	const struct bpf_line_info *line_info;
	uint32_t n_line_info;
	/* Types of the kernel that the program is for (NULL: none), asked for when they are needed;
	 * and what it attaches to there.  Maybe by another thread, by one at a time. */
	const struct btf_kernel *(*kernel)(void *arg);
	void *kernel_arg;
	uint32_t attach_btf_id;
	/* The program whose types attach_btf_id is of; NULL: the kernel's. */
	const struct verify_target *target;
	const struct helper_set *helpers; /* host's own, may be NULL */
	uint32_t log_level;               /* BPF_LOG_LEVEL1 | LEVEL2 | STATS */
	struct text *log;                 /* kernel-worded; may be NULL */
	uint32_t n_cpus;                  /* bpf_get_smp_processor_id() is below; 0: not known */
	bool must_run;    /* refuse what cannot run in user space (helpers without body) */
	bool want_claims; /* record states for the checking interpreter */
	/* Called once before verify_prog() refuses; what it is given lives as long as the call.
	 * NULL: nobody wants to know, and nothing is spent on it. */
	void (*explain)(void *arg, const struct verify_explanation *e);
	void *explain_arg;
	const struct verify_names *names; /* of local variables; may be NULL */
	/* Where memory waits for the next call, of any thread, until the owner gives it to
	 * mem_free(); NULL: nowhere. */
	void **spare;
};

struct verify_subprog {
	uint32_t start, end; /* instructions [start, end) of the rewritten program */
	uint16_t stack;      /* bytes below r10 that it may touch */
	bool is_callback, is_global, has_tail_call, reachable;
};

/* What is known about an accepted program.  The instructions are rewritten for execution: dead code
 * is gone, context accesses use real offsets, wide loads of maps, map values and BTF ids hold
 * addresses in this process with src_reg 0 (LD_FUNC keeps src_reg 4 and a relative target), kfunc
 * calls hold the row number.  May be shared by threads; read only. */
struct verify_facts {
	struct bpf_insn *insns;
	uint32_t n_insns;
	uint32_t *orig; /* index in the loaded program, per rewritten instruction */
	struct verify_subprog *subprogs; /* [0] is the main program */
	uint32_t n_subprogs;
	struct verify_func *funcs; /* as loaded; NULL: nothing is attached to what runs here */
	uint32_t n_funcs;
	uint64_t ctx_read_words; /* bit n: bytes [8n, 8n+8) of the real context are read */
	uint64_t ctx_written_words;
	uint32_t ctx_bytes;      /* of the real context the program itself uses so many */
	uint64_t helper_bits[4]; /* bit n: kernel helper n is called */
	bool changes_packet, may_tail_call, uses_fuel, calls_helpers;
	/* Why only a kernel can run it; NULL: it can be run here.  The instructions are then one
	 * exit: no engine can run what was accepted on a kernel's promises. */
	const char *needs_kernel;
	uint32_t stack_total;         /* deepest call chain, bytes */
	struct verify_claims *claims; /* if wanted */
	size_t mem_bytes;
};

struct verify_stats {
	uint32_t insns, visited, max_states_per_insn, total_states, peak_states;
	uint32_t stack;
	uint64_t walked; /* instructions visited, by looks that did not settle it, too */
	uint64_t cpu_ns; /* of all looks */
	uint64_t mem_bytes;
};

/* Why a program was refused. */
struct verify_diag {
	int err;            /* negative errno, the kernel's */
	const char *reason; /* stable id of reasons.def: "stack.oob" */
	uint32_t insn;
	char message[256]; /* the kernel's wording; sometimes two lines */
	char known[192];   /* what was needed against what is known */
	char source[192];  /* "file.c:42: text of the line", or "" */
	const char *hint;
};

/* A place in the source; file "" and line 0 when the program has no line info. */
struct verify_place {
	const char *file, *source;
	uint32_t line, column, insn;
};

/* Something that happened to the value in question. */
struct verify_event {
	struct verify_place at;
	const char *what, *fact; /* "read from the packet", "0 to 255" */
};

struct verify_branch {
	struct verify_place at;
	int8_t holds;   /* the source's condition: 1, 0; -1: which way is not known in its terms */
	uint32_t times; /* this many times in a row */
	const char *learnt; /* what is known after it, or "" */
	const char *next;   /* source where the path goes on */
	uint32_t next_line;
};

/* Where paths meet and do not become one. */
struct verify_merge {
	struct verify_place at;
	uint64_t visits;
	uint32_t states;
	uint32_t n_apart;
	struct {
		const char *what, *why; /* "i (R6)", "512 values, 0 to 511" */
	} apart[4];
};

struct verify_input_value {
	const char *what, *value; /* "length of the packet", "13" */
};

/* A rejection as a person wants to read it.  Strings are never NULL. */
struct verify_explanation {
	const char *program, *function, *reason, *title;
	const char *summary; /* what could go wrong, in terms of the source */
	const char *subject; /* what the lineage is of, as the source calls it, or "" */
	const char *insn_text, *message;
	int err;
	struct verify_place at;
	const char *needed, *known; /* the obligation; "" where it is none of numbers */
	uint32_t n_events, n_branches, n_merges, n_inputs;
	uint32_t branches_left_out; /* earlier ones */
	const struct verify_event *events;
	const struct verify_branch *branches;
	const struct verify_merge *merges;
	/* The nearest check, and why it is not enough; why "": there is none to tell of. */
	struct verify_place check;
	const char *check_why;
	const struct verify_input_value *inputs; /* the witness */
	const char *witness;                     /* what they lead to, or why there are none */
	const char *hint;
	uint32_t edit_line;          /* insert `edit` before this line; 0: no edit */
	const char *edit, *edit_old; /* edit_old: replaced by edit, else "" */
	/* A second place of the same change, further down; also_line 0: there is none. */
	uint32_t also_line;
	const char *also, *also_old;
};

/* 0: accepted, *ret_facts is the caller's (verify_facts_free).  Negative errno: refused,
 * *reterr_diag is filled.  stats (may be NULL) is written either way. */
int verify_prog(const struct verify_input *in, struct verify_stats *stats,
		struct verify_facts **ret_facts, struct verify_diag *reterr_diag);
struct verify_facts *verify_facts_free(struct verify_facts *facts);

/* One row of reasons.def, for --explain: title, cause, remedy.  NULL: no such id. */
struct verify_reason {
	const char *id, *title, *cause, *remedy;
};
const struct verify_reason *verify_reason_of(const char *id);
const struct verify_reason *verify_reason_at(unsigned int n); /* NULL after the last */

/* How a program looks that is refused for a reason, and how it passes: bodies of the function that
 * `head` begins, or whole where it is "".  False: there is none, mostly as no C leads there. */
struct verify_example {
	const char *head, *wrong, *right;
	bool gpl; /* its licence */
};
bool verify_example_of(const char *id, struct verify_example *ret_example);
/* What they share: types, maps, variables. */
const char *verify_example_shared(void);

/* Claims (verify/claims.c): the register and stack states recorded before each instruction, for the
 * checking interpreter.  A concrete state must lie in at least one of the recorded ones.
 * Values as the interpreter sees them; `regs_init` bit n: rn is initialised. */
struct verify_concrete {
	uint64_t reg[11];
	uint64_t frame_base; /* value of r10 */
	uint64_t ctx;
	uint32_t subprog; /* function the instruction is in */
};
/* 0: inside; -ERANGE: outside of all, with the closest difference in why (may be NULL). */
int verify_claims_check(const struct verify_claims *claims, uint32_t orig_insn,
			const struct verify_concrete *state, struct text *why);

#endif
