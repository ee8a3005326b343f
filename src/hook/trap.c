/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose trap is it? */
#include "hook/trap.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/os.h"

/* What rt_sigaction(2) takes.  Handlers are installed past libc's sigaction(), which an agent
 * interposes. */
struct kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define KERNEL_SA_RESTORER 0x04000000ul

/* The bytes by which unwinders know a signal frame. */
void trap_restorer(void);
__asm__(".pushsection .text\n"
	".hidden trap_restorer\n"
	".globl trap_restorer\n"
	"	nop\n"
	"trap_restorer:\n"
	"	mov $15, %rax\n"
	"	syscall\n"
	".popsection\n");

/* The process's, as signal dispositions are. */
static struct {
	trap_lookup lookup;
	struct sigaction app[2]; /* of SIGTRAP, SIGILL */
} trap;

static struct sigaction *app_of(int sig)
{
	return sig == SIGTRAP ? &trap.app[0] : sig == SIGILL ? &trap.app[1] : NULL;
}

static int set_kernel(int sig, const struct kernel_action *act, struct kernel_action *old)
{
	return (int)os_syscall(SYS_rt_sigaction, sig, (long)act, (long)old, 8, 0, 0);
}

/* Ends the process as the kernel would have: default action, signal again. */
static void die(int sig, const siginfo_t *info)
{
	struct kernel_action dfl = { .handler = NULL };

	set_kernel(sig, &dfl, NULL);
	os_syscall(SYS_rt_tgsigqueueinfo, getpid(), os_gettid(), sig, (long)info, 0, 0);
}

static void give_to_app(int sig, siginfo_t *info, void *context)
{
	struct sigaction *app = app_of(sig), copy = *app;
	bool by_fault = info->si_code > 0;
	sigset_t mask = copy.sa_mask;

	if (copy.sa_handler == SIG_IGN && !by_fault)
		return;
	if (copy.sa_handler == SIG_DFL || copy.sa_handler == SIG_IGN) {
		die(sig, info);
		return;
	}
	if (copy.sa_flags & SA_RESETHAND)
		app->sa_handler = SIG_DFL;
	if (!(copy.sa_flags & SA_NODEFER))
		sigaddset(&mask, sig);
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
		to = trap.lookup(sig == SIGTRAP ? pc - 1 : pc);
	if (to)
		uc->uc_mcontext.gregs[REG_RIP] = (greg_t)to;
	else
		give_to_app(sig, info, context);
}

static int install(int sig)
{
	struct kernel_action act = {
		.handler = on_trap,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | KERNEL_SA_RESTORER,
		.restorer = trap_restorer,
	};
	struct kernel_action old;
	struct sigaction *app = app_of(sig);
	int err = set_kernel(sig, NULL, &old);

	if (err || old.handler == on_trap)
		return err;
	err = set_kernel(sig, &act, NULL);
	if (err)
		return err;
	app->sa_sigaction = old.handler;
	app->sa_flags = (int)(old.flags & ~KERNEL_SA_RESTORER);
	sigemptyset(&app->sa_mask);
	for (int s = 1; s < 65; s++) {
		if (old.mask & 1ull << (s - 1))
			sigaddset(&app->sa_mask, s);
	}
	return 0;
}

int trap_init(trap_lookup lookup)
{
	int err;

	trap.lookup = lookup;
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
