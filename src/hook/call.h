/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program come to run when this process calls the kernel?  The places where it does
 * (call_site.c) lead through call_entry.c to call_enter() and call_leave(), which run what the
 * table says for the number of the call.  The table is replaced as a whole by whoever attaches or
 * detaches.
 */
#ifndef HOOK_CALL_H
#define HOOK_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <asm/ptrace.h>
#include <linux/types.h>

#include "hook/dispatch.h"

struct prog;

enum {
	CALL_ROWS = 512, /* numbers; the last row is for all that have none of their own */
	CALL_ANY = UINT32_MAX,
	CALL_N_TWICE = 5, /* calls that return twice, or not to where they were made */
};

enum call_phase {
	CALL_PHASE_DECIDE,
	CALL_PHASE_ENTER,
	CALL_PHASE_LEAVE,
	CALL_N_PHASES
};

/* What a program sees of a call. */
enum call_form {
	CALL_ENTER,     /* struct trace_event_raw_sys_enter */
	CALL_LEAVE,     /* struct trace_event_raw_sys_exit */
	CALL_RAW_ENTER, /* struct bpf_raw_tracepoint_args: registers, number */
	CALL_RAW_LEAVE, /* the same: registers, result */
	CALL_DECIDE,    /* struct bpf_raw_tracepoint_args: struct ring3_syscall, to be changed */
	CALL_N_FORMS
};

struct call_hook;

struct call_spec {
	enum call_form form;
	uint32_t nr; /* or CALL_ANY */
	struct prog *prog;
	const struct hook_set *set; /* where it gets its slots */
	uint64_t cookie;
	struct link_count *hits; /* as struct hook_spec has them */
	uint32_t n_hits;
	uint64_t *missed;
};

/* One thread at a time changes the table; sites are not touched by these. */
int call_add(const struct call_spec *spec, struct call_hook **ret_hook);
struct call_hook *call_remove(struct call_hook *hook);
/* Another program in the same place, without a moment of none or both. */
int call_replace(struct call_hook *hook, const struct call_spec *spec);
/* Does anybody want calls of this number; CALL_ANY: any at all? */
bool call_is_wanted(uint32_t nr);
/* For those who follow the main thread from its start: execve() has returned to it. */
void call_exec_returned(void);

/* --- what the hit path and the control path share --- */

struct call_entry {
	struct hook_entry e;
	enum call_form form;
};

struct call_list {
	uint32_t n;
	struct call_entry entries[];
};

struct call_table {
	const struct call_list *rows[CALL_N_PHASES][CALL_ROWS];
};

extern struct call_table *call_table;
/* Is there anything in the row?  A hint, which may be read outside of a run. */
extern uint8_t call_wanted[CALL_N_PHASES][CALL_ROWS];

static inline uint32_t call_row(uint64_t nr)
{
	return nr < CALL_ROWS - 1 ? (uint32_t)nr : CALL_ROWS - 1;
}

/* Beside the trampoline of each place.  Offsets are known to call_entry.c. */
struct call_spot {
	uint64_t next; /* what follows the instruction, as it runs now */
	uint64_t addr; /* and where it was */
	/* The instruction for calls that call_twice names; 0: not made here. */
	uint64_t twice[CALL_N_TWICE];
};

/* On the stack of the thread below what it uses itself.  Offsets are known to call_entry.c. */
struct call_frame {
	struct pt_regs regs;
	const struct call_spot *spot;
	__u64 saved[6]; /* arguments as they were, where CALL_CHANGED */
	uint64_t flags;
};

enum {
	CALL_CHANGED = 1, /* a program gave the call other arguments */
	CALL_HERE = 2     /* whoever returns from the call has the frame that it was made with */
};

/* rt_sigreturn, clone, fork, vfork, clone3 */
extern const uint16_t call_twice[CALL_N_TWICE] __attribute__((visibility("hidden")));

enum {
	CALL_MAKE = 0, /* the call is to be made */
	CALL_MADE = 1, /* its result is in regs.rax */
		       /* else: where it is to be made, with the stack as the application has it */
};
uint64_t call_enter(struct call_frame *frame);
void call_leave(struct call_frame *frame);

/* A place jumps to the first with a struct call_spot in r11; behind an instruction of `twice` to
 * the second, with that in rcx and the number in r11. */
extern const char call_entry[] __attribute__((visibility("hidden")));
extern const char call_after[] __attribute__((visibility("hidden")));

#endif
