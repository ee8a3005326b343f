/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which programs run when a system call is made, what do they see of it, and is it made?  As any
 * hit (dispatch.c): no lock, no system call, no allocation, no vector register.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "helper/helper.h"
#include "hook/call.h"
#include "hook/thread.h"
#include "ring3/bpf.h"

struct call_table *call_table;
uint8_t call_wanted[CALL_N_PHASES][CALL_ROWS];

const uint16_t call_twice[CALL_N_TWICE] = { SYS_rt_sigreturn, SYS_clone, SYS_fork, SYS_vfork,
					    SYS_clone3 };

/* struct trace_event_raw_sys_enter and _exit: common fields, which programs may not read, number,
 * arguments or result. */
enum {
	RECORD_NR = 1,
	RECORD_ARGS = 2,
	RECORD_RET = 2,
	RAW_FIRST = 0,
	RAW_SECOND = 1,
	RAW_WORDS = 12
};

_Static_assert(sizeof(((struct hook_thread *)0)->call_record) == 8192,
	       "as much as the verifier lets a program on a tracepoint read");

static const struct call_list *list_of(enum call_phase phase, uint64_t nr)
{
	const struct call_table *table = __atomic_load_n(&call_table, __ATOMIC_ACQUIRE);

	return table ? table->rows[phase][call_row(nr)] : NULL;
}

static void *record_enter(uint64_t *record, const struct pt_regs *regs)
{
	record[RECORD_NR] = regs->orig_rax;
	record[RECORD_ARGS] = regs->rdi;
	record[RECORD_ARGS + 1] = regs->rsi;
	record[RECORD_ARGS + 2] = regs->rdx;
	record[RECORD_ARGS + 3] = regs->r10;
	record[RECORD_ARGS + 4] = regs->r8;
	record[RECORD_ARGS + 5] = regs->r9;
	return record;
}

/* What is not part of a record reads as zero. */
static void *record_leave(uint64_t *record, const struct pt_regs *regs)
{
	record[RECORD_NR] = regs->orig_rax;
	record[RECORD_RET] = regs->rax;
	for (int i = 1; i < 6; i++)
		record[RECORD_ARGS + i] = 0;
	return record;
}

static void *record_raw(uint64_t *record, const struct pt_regs *regs, uint64_t second)
{
	record[RAW_FIRST] = (uint64_t)(uintptr_t)regs;
	record[RAW_SECOND] = second;
	for (int i = 2; i < RAW_WORDS; i++)
		record[i] = 0;
	return record;
}

static void *record_of(enum call_form form, struct hook_thread *t, struct pt_regs *regs)
{
	switch (form) {
	case CALL_ENTER: return record_enter(t->call_record, regs);
	case CALL_LEAVE: return record_leave(t->call_record, regs);
	case CALL_RAW_ENTER: return record_raw(t->call_record, regs, regs->orig_rax);
	case CALL_RAW_LEAVE: return record_raw(t->call_record, regs, regs->rax);
	case CALL_DECIDE:
	case CALL_N_FORMS: break;
	}
	return NULL;
}

static void run_list(struct hook_thread *t, const struct call_list *list, struct pt_regs *regs)
{
	uint64_t r0;

	for (uint32_t i = 0; list && i < list->n; i++) {
		const struct call_entry *c = &list->entries[i];

		hook_run(t, &c->e, record_of(c->form, t, regs), regs, &r0);
	}
}

/* This thread is inside a program, so the list cannot go away under us. */
static void miss_list(const struct call_list *list)
{
	for (uint32_t i = 0; list && i < list->n; i++)
		if (list->entries[i].e.missed)
			__atomic_fetch_add(list->entries[i].e.missed, 1, __ATOMIC_RELAXED);
}

static bool is_wanted(enum call_phase phase, uint64_t nr)
{
	return __atomic_load_n(&call_wanted[phase][call_row(nr)], __ATOMIC_RELAXED);
}

/* NULL: this thread runs no programs now; nested: since it is inside of one. */
static struct hook_thread *begin(enum call_phase phase, uint64_t nr, bool *ret_nested)
{
	struct hook_thread *t = hook_self;

	*ret_nested = false;
	if (!t)
		t = thread_self();
	if (!t)
		return NULL;
	if (hook_go_in(t))
		return t;
	*ret_nested = !hook_is_ignored(t);
	if (*ret_nested)
		miss_list(list_of(phase, nr));
	return NULL;
}

/* Does a child borrow this thread's memory, and this thread wait for it? */
static bool lends(uint64_t nr)
{
	return nr == SYS_vfork || nr == SYS_clone || nr == SYS_clone3;
}

static uint64_t where(const struct call_frame *f)
{
	for (int i = 0; i < CALL_N_TWICE; i++)
		if (f->regs.orig_rax == call_twice[i] && f->spot->twice[i])
			return f->spot->twice[i];
	return CALL_MAKE;
}

/* --- whether it is made --- */

/* Without these no program could go on, or end. */
static bool is_open_to_all(uint64_t nr)
{
	return nr == SYS_rt_sigreturn || nr == SYS_exit || nr == SYS_exit_group;
}

static void read_call(const struct pt_regs *regs, struct ring3_syscall *call)
{
	call->nr = regs->orig_rax;
	call->args[0] = regs->rdi;
	call->args[1] = regs->rsi;
	call->args[2] = regs->rdx;
	call->args[3] = regs->r10;
	call->args[4] = regs->r8;
	call->args[5] = regs->r9;
	call->ret = 0;
}

static void set_args(struct pt_regs *regs, const __u64 *args)
{
	regs->rdi = args[0];
	regs->rsi = args[1];
	regs->rdx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

static void change(struct call_frame *f, const struct ring3_syscall *call, bool twice)
{
	struct ring3_syscall was;
	bool same = true;

	read_call(&f->regs, &was);
	for (int i = 0; i < 6; i++)
		same = same && was.args[i] == call->args[i];
	/* Who returns twice finds no frame to take the old ones from. */
	if (same || twice)
		return;
	for (int i = 0; i < 6; i++)
		f->saved[i] = was.args[i];
	f->flags |= CALL_CHANGED;
	set_args(&f->regs, call->args);
}

static bool refuse(struct call_frame *f, int64_t result)
{
	f->regs.rax = (uint64_t)result;
	return true;
}

/* True: it is not made, and has a result.  Nothing passes because a program could not be asked. */
static bool decide(struct hook_thread *t, const struct call_list *list, struct call_frame *f,
		   bool twice)
{
	struct ring3_syscall call;
	uint64_t r0 = 0;

	read_call(&f->regs, &call);
	for (uint32_t i = 0; i < list->n; i++) {
		const struct call_entry *c = &list->entries[i];

		record_raw(t->call_record, &f->regs, 0);
		t->call_record[RAW_FIRST] = (uint64_t)(uintptr_t)&call;
		if (!hook_run(t, &c->e, t->call_record, &f->regs, &r0))
			return refuse(f, -EPERM);
		if ((int32_t)r0 < 0)
			return refuse(f, (int32_t)r0);
		if ((int32_t)r0 > 0)
			return refuse(f, call.ret);
	}
	change(f, &call, twice);
	return false;
}

uint64_t call_enter(struct call_frame *f)
{
	uint64_t nr = f->regs.orig_rax, to = where(f);
	const struct call_list *list = NULL;
	bool nested = false, refused = false;
	struct hook_thread *t = NULL;

	if (is_wanted(CALL_PHASE_DECIDE, nr) || is_wanted(CALL_PHASE_ENTER, nr))
		t = begin(CALL_PHASE_ENTER, nr, &nested);
	if ((t || nested) && !is_open_to_all(nr))
		list = list_of(CALL_PHASE_DECIDE, nr);
	if (list && t) {
		refused = decide(t, list, f, to != CALL_MAKE);
	} else if (list) {
		miss_list(list);
		refused = refuse(f, -EPERM);
	}
	if (t) {
		run_list(t, list_of(CALL_PHASE_ENTER, nr), &f->regs);
		hook_come_out(t);
	}
	if (refused)
		to = CALL_MADE;
	if (to <= CALL_MADE)
		f->flags |= CALL_HERE;
	else if (lends(nr))
		process_is_lent(true);
	return to;
}

void call_leave(struct call_frame *f)
{
	uint64_t nr = f->regs.orig_rax;
	struct hook_thread *t;
	bool nested;

	if (lends(nr) && !(f->flags & CALL_HERE))
		process_is_lent(false);
	t = is_wanted(CALL_PHASE_LEAVE, nr) ? begin(CALL_PHASE_LEAVE, nr, &nested) : NULL;
	if (t) {
		run_list(t, list_of(CALL_PHASE_LEAVE, nr), &f->regs);
		hook_come_out(t);
	}
	if (f->flags & CALL_CHANGED)
		set_args(&f->regs, f->saved);
}

void call_exec_returned(void)
{
	struct call_frame f = { .regs = { .orig_rax = SYS_execve }, .flags = CALL_HERE };

	call_leave(&f);
}
