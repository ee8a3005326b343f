/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the application get its faults?  Our handler is installed with the mask and the flags of
 * the application's, so the kernel does with stack and mask what it would have done, and calls it.
 * Dispositions are read in handlers and written by any thread: each is written into a fresh place
 * of a ring and published by one store, without a lock that a fork could leave taken.
 */
#include "hook/fault.h"

#include <stddef.h>
#include <stdint.h>

#include "helper/probe.h"
#include "hook/fault_mend.h"
#include "hook/kernel_signal.h"

enum {
	N_FAULTS = 2,
	RING = 16
};

struct disposition {
	bool caught;
	uint32_t next, current;
	struct sigaction ring[RING];
	struct sigaction behind; /* what the application had before it installed past us */
};

/* The process's, as signal dispositions are. */
static struct disposition faults[N_FAULTS];
static const int fault_signals[N_FAULTS] = { SIGSEGV, SIGBUS };

static struct disposition *of_signal(int sig)
{
	for (int i = 0; i < N_FAULTS; i++) {
		if (fault_signals[i] == sig)
			return &faults[i];
	}
	return NULL;
}

static struct sigaction read_current(struct disposition *d, uint32_t *ret_version)
{
	struct sigaction copy;
	uint32_t v;

	do {
		v = __atomic_load_n(&d->current, __ATOMIC_ACQUIRE);
		copy = d->ring[v % RING];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__atomic_load_n(&d->next, __ATOMIC_RELAXED) - v >= RING);
	*ret_version = v;
	return copy;
}

static void publish(struct disposition *d, uint32_t over, const struct sigaction *act)
{
	uint32_t v = __atomic_add_fetch(&d->next, 1, __ATOMIC_ACQ_REL);

	d->ring[v % RING] = *act;
	__atomic_compare_exchange_n(&d->current, &over, v, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
}

static bool has_handler(const struct sigaction *act)
{
	return act->sa_handler != SIG_DFL && act->sa_handler != SIG_IGN;
}

static bool blocks_faults(const sigset_t *mask)
{
	return sigismember(mask, SIGSEGV) == 1 || sigismember(mask, SIGBUS) == 1;
}

void fault_mask_is(const sigset_t *mask)
{
	probe_mask = blocks_faults(mask) ? PROBE_SHUT : PROBE_OPEN;
}

static void give_to_app(struct disposition *d, int sig, siginfo_t *info, void *context,
			bool handed_on)
{
	enum probe_signals before = probe_mask;
	uint32_t version = 0;
	struct sigaction app = handed_on ? d->behind : read_current(d, &version), reset;

	if (app.sa_handler == SIG_IGN && info->si_code <= 0)
		return;
	if (!has_handler(&app)) {
		kernel_signal_die(sig, info);
		return;
	}
	if (app.sa_flags & SA_RESETHAND && !handed_on) {
		reset = app;
		reset.sa_handler = SIG_DFL;
		publish(d, version, &reset);
	}
	if (!(app.sa_flags & SA_NODEFER) || blocks_faults(&app.sa_mask))
		probe_mask = PROBE_SHUT;
	app.sa_sigaction(sig, info, context);
	probe_mask = before;
}

/* An application that took our handler's place may hand on to it what is not its own. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	bool handed_on = __builtin_return_address(0) != (void *)(uintptr_t)kernel_signal_restorer;

	if (info->si_code > 0 && probe_fixup(context))
		return;
	if (sig == SIGBUS && info->si_code == BUS_ADRERR && fault_mend(info->si_addr))
		return;
	give_to_app(of_signal(sig), sig, info, context, handed_on);
}

static int install(int sig, const struct sigaction *app)
{
	struct kernel_signal act = { .handler = on_fault, .flags = SA_SIGINFO };

	if (has_handler(app)) {
		act.flags |= (unsigned long)app->sa_flags & (SA_ONSTACK | SA_RESTART | SA_NODEFER);
		act.mask = kernel_signal_mask(&app->sa_mask);
		/* A breakpoint in the application's handler must not kill. */
		act.mask &= ~(1ull << (SIGTRAP - 1) | 1ull << (SIGILL - 1));
	} else {
		act.flags |= SA_ONSTACK | SA_RESTART;
	}
	return kernel_signal_set(sig, &act, NULL);
}

static int catch_one(struct disposition *d, int sig)
{
	struct kernel_signal there;
	struct sigaction app;
	uint32_t version;
	int err = kernel_signal_set(sig, NULL, &there);

	if (err || there.handler == on_fault)
		return err;
	d->behind =
		d->caught ? read_current(d, &version) : (struct sigaction){ .sa_handler = SIG_DFL };
	kernel_signal_read(&there, &app);
	publish(d, d->current, &app);
	__atomic_store_n(&d->caught, true, __ATOMIC_RELEASE);
	return install(sig, &app);
}

int fault_catch(void)
{
	int err = 0;

	for (int i = 0; i < N_FAULTS && !err; i++)
		err = catch_one(&faults[i], fault_signals[i]);
	return err;
}

bool fault_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct disposition *d = of_signal(sig);
	struct sigaction before;
	uint32_t version;

	if (!d || !__atomic_load_n(&d->caught, __ATOMIC_ACQUIRE))
		return false;
	before = read_current(d, &version);
	if (act) {
		publish(d, version, act);
		install(sig, act);
	}
	if (old)
		*old = before;
	return true;
}
