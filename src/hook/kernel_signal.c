/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a signal's disposition to the kernel? */
#include "hook/kernel_signal.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"

#define SA_KERNEL_RESTORER 0x04000000ul

enum {
	N_SIGNALS = 64
};

#if defined(__x86_64__)
#define SIGRETURN "	mov $15, %rax\n	syscall\n"
#elif defined(__aarch64__)
#define SIGRETURN "	mov x8, #139\n	svc #0\n"
#endif

/* The bytes by which unwinders know a signal frame. */
__asm__(".pushsection .text\n"
	".hidden kernel_signal_restorer\n"
	".globl kernel_signal_restorer\n"
	"	nop\n"
	"kernel_signal_restorer:\n" SIGRETURN ".popsection\n");

int kernel_signal_set(int sig, const struct kernel_signal *act, struct kernel_signal *old)
{
	struct kernel_signal mine;
	int err;

	if (act) {
		mine = *act;
		mine.flags |= SA_KERNEL_RESTORER;
		mine.restorer = kernel_signal_restorer;
	}
	err = (int)os_syscall(SYS_rt_sigaction, sig, (long)(act ? &mine : NULL), (long)old, 8, 0,
			      0);
	if (!err && old)
		old->flags &= ~SA_KERNEL_RESTORER;
	return err;
}

void kernel_signal_read(const struct kernel_signal *act, struct sigaction *ret)
{
	*ret = (struct sigaction){ .sa_sigaction = act->handler, .sa_flags = (int)act->flags };
	sigemptyset(&ret->sa_mask);
	for (int s = 1; s <= N_SIGNALS; s++) {
		if (act->mask & 1ull << (s - 1))
			sigaddset(&ret->sa_mask, s);
	}
}

uint64_t kernel_signal_mask(const sigset_t *set)
{
	uint64_t mask = 0;

	for (int s = 1; s <= N_SIGNALS; s++)
		mask |= sigismember(set, s) == 1 ? 1ull << (s - 1) : 0;
	return mask;
}

void kernel_signal_die(int sig, const siginfo_t *info)
{
	struct kernel_signal dfl = { .handler = NULL };

	kernel_signal_set(sig, &dfl, NULL);
	os_syscall(SYS_rt_tgsigqueueinfo, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), os_gettid(),
		   sig, (long)info, 0, 0);
}
