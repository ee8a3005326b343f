/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a sample run?  In the signal handler, with the interrupted registers.  As any hit: no
 * lock, no system call, no allocation.  A thread that is inside a program is not sampled; that is
 * counted as missed.
 */
#include <ucontext.h>
#include <linux/bpf_perf_event.h>

#include "hook/sample.h"
#include "hook/thread.h"

enum {
	CPU_SEGMENT = 0x7b, /* whose limit is the number of the CPU, and of its node above */
	CPU_BITS = 12,
};

const struct sample_list *sample_list;
struct sample_rate sample_rates[SAMPLE_MAX_RATES];

static int32_t current_cpu(void)
{
	uint32_t limit = 0;

	__asm__("lsl %1, %0" : "+r"(limit) : "r"((uint32_t)CPU_SEGMENT) : "cc");
	return (int32_t)(limit & ((1u << CPU_BITS) - 1));
}

static void read_regs(const ucontext_t *u, struct pt_regs *regs)
{
	const greg_t *g = u->uc_mcontext.gregs;

	regs->r15 = (unsigned long)g[REG_R15];
	regs->r14 = (unsigned long)g[REG_R14];
	regs->r13 = (unsigned long)g[REG_R13];
	regs->r12 = (unsigned long)g[REG_R12];
	regs->rbp = (unsigned long)g[REG_RBP];
	regs->rbx = (unsigned long)g[REG_RBX];
	regs->r11 = (unsigned long)g[REG_R11];
	regs->r10 = (unsigned long)g[REG_R10];
	regs->r9 = (unsigned long)g[REG_R9];
	regs->r8 = (unsigned long)g[REG_R8];
	regs->rax = (unsigned long)g[REG_RAX];
	regs->rcx = (unsigned long)g[REG_RCX];
	regs->rdx = (unsigned long)g[REG_RDX];
	regs->rsi = (unsigned long)g[REG_RSI];
	regs->rdi = (unsigned long)g[REG_RDI];
	regs->orig_rax = (unsigned long)-1;
	regs->rip = (unsigned long)g[REG_RIP];
	regs->cs = (unsigned long)g[REG_CSGSFS] & 0xffff;
	regs->eflags = (unsigned long)g[REG_EFL];
	regs->rsp = (unsigned long)g[REG_RSP];
	regs->ss = (unsigned long)g[REG_CSGSFS] >> 48;
}

static const struct sample_rate *rate_of(const siginfo_t *info)
{
	uintptr_t at = (uintptr_t)info->si_value.sival_ptr - (uintptr_t)sample_rates;

	if (info->si_code != SI_TIMER || at >= sizeof(sample_rates) || at % sizeof(sample_rates[0]))
		return NULL;
	return &sample_rates[at / sizeof(sample_rates[0])];
}

static void miss(const struct sample_rate *rate)
{
	const struct sample_list *list = __atomic_load_n(&sample_list, __ATOMIC_ACQUIRE);

	for (uint32_t i = 0; list && i < list->n; i++)
		if (list->entries[i].rate == rate && list->entries[i].e.missed)
			__atomic_fetch_add(list->entries[i].e.missed, 1, __ATOMIC_RELAXED);
}

static void run_list(struct hook_thread *t, const struct sample_rate *rate,
		     struct bpf_perf_event_data *data)
{
	const struct sample_list *list = __atomic_load_n(&sample_list, __ATOMIC_ACQUIRE);
	uint64_t r0;

	for (uint32_t i = 0; list && i < list->n; i++) {
		const struct sample_entry *s = &list->entries[i];

		if (s->rate == rate && (s->cpu < 0 || s->cpu == current_cpu()))
			hook_run(t, &s->e, data, &data->regs, &r0);
	}
}

void sample_hit(int sig, siginfo_t *info, void *context)
{
	const struct sample_rate *rate = rate_of(info);
	struct bpf_perf_event_data data = { .addr = 0 };
	struct hook_thread *t;

	(void)sig;
	t = rate ? hook_self : NULL;
	if (rate && !t)
		t = thread_self();
	if (!t)
		return;
	if (!hook_go_in(t)) {
		/* It is inside of a program, so the list cannot go away. */
		if (!hook_is_ignored(t))
			miss(rate);
		return;
	}
	read_regs(context, &data.regs);
	data.sample_period = __atomic_load_n(&rate->period_ns, __ATOMIC_RELAXED);
	run_list(t, rate, &data);
	hook_come_out(t);
}
