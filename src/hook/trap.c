/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose trap is it? */
#include "hook/trap.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/kernel_signal.h"

/* The process's, as signal dispositions are. */
static struct {
	trap_lookup lookup;
	struct sigaction app[2]; /* of SIGTRAP, SIGILL */
} trap;

static struct sigaction *app_of(int sig)
{
	return sig == SIGTRAP ? &trap.app[0] : sig == SIGILL ? &trap.app[1] : NULL;
}

static const int never_blocked[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS };

static void give_to_app(int sig, siginfo_t *info, void *context)
{
	struct sigaction *app = app_of(sig), copy = *app;
	bool by_fault = info->si_code > 0;
	sigset_t mask = copy.sa_mask;

	if (copy.sa_handler == SIG_IGN && !by_fault)
		return;
	if (copy.sa_handler == SIG_DFL || copy.sa_handler == SIG_IGN) {
		kernel_signal_die(sig, info);
		return;
	}
	if (copy.sa_flags & SA_RESETHAND)
		app->sa_handler = SIG_DFL;
	/* These may happen at any probed instruction of the handler. */
	for (size_t i = 0; i < sizeof(never_blocked) / sizeof(never_blocked[0]); i++)
		sigdelset(&mask, never_blocked[i]);
	os_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&mask, 0, 8, 0, 0);
	if (copy.sa_flags & SA_SIGINFO)
		copy.sa_sigaction(sig, info, context);
	else
		copy.sa_handler(sig);
}

/* The kernel reports int3 behind the byte, an invalid opcode at it. */
static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint64_t pc = (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
	uint64_t to = 0;

	if (info->si_code > 0)
		to = __atomic_load_n(&trap.lookup, __ATOMIC_ACQUIRE)(sig == SIGTRAP ? pc - 1 : pc);
	if (to)
		uc->uc_mcontext.gregs[REG_RIP] = (greg_t)to;
	else
		give_to_app(sig, info, context);
}

static int install(int sig)
{
	struct kernel_signal act = {
		.handler = on_trap,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};
	struct kernel_signal old;
	int err = kernel_signal_set(sig, NULL, &old);

	if (err || old.handler == on_trap)
		return err;
	err = kernel_signal_set(sig, &act, NULL);
	if (!err)
		kernel_signal_read(&old, app_of(sig));
	return err;
}

int trap_init(trap_lookup lookup)
{
	int err;

	__atomic_store_n(&trap.lookup, lookup, __ATOMIC_RELEASE);
	err = install(SIGTRAP);
	return err ? err : install(SIGILL);
}

bool trap_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction *app = app_of(sig), before;

	if (!app || !trap.lookup)
		return false;
	before = *app;
	if (act)
		*app = *act;
	if (old)
		*old = before;
	return true;
}
