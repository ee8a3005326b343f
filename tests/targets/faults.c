/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An unmodified program that lives with faults of its own: `own` handles 200 of them by jumping out
 * of a handler on a stack of its own, `late` installs that handler when it has been running for a
 * while, `die` has no handler.  probed() gets an address that nobody may read.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile int handled;
static char alt[64 * 1024];
static char *none;

__attribute__((noinline, noclone)) long probed(const char *bad)
{
	__asm__ volatile("" ::: "memory");
	return bad != NULL;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	volatile char here = 0;

	(void)context;
	if (sig != SIGSEGV || info->si_addr != none || &here < alt || &here >= alt + sizeof(alt))
		_exit(3);
	handled++;
	probed(none);
	siglongjmp(back, 1);
}

static int own(void)
{
	stack_t stack = { .ss_sp = alt, .ss_size = sizeof(alt) };
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction now;

	sigaltstack(&stack, NULL);
	sigfillset(&act.sa_mask);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGSEGV, NULL, &now);
	if (now.sa_sigaction != on_fault || now.sa_flags != act.sa_flags)
		return 4;
	for (volatile int i = 0; i < 200; i++) {
		probed(none);
		if (sigsetjmp(back, 1) == 0)
			*(volatile char *)none = 1;
		probed(none);
	}
	printf("handled %d\n", handled);
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "own";
	sigset_t all;

	none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	probed(none);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	if (!strcmp(mode, "late"))
		usleep(400000);
	if (!strcmp(mode, "die"))
		*(volatile char *)none = 1;
	return own();
}
