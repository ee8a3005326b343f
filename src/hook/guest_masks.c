/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a thread have the signals blocked by which a patch under way is survived?  To it the first
 * trap would be fatal.  libc blocks them for moments only, and those are waited for.  Handlers that
 * have them blocked while they run may be called at any moment, so they are changed to do without,
 * as in programs that were started by us.
 */
#include "hook/guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/kernel_signal.h"

enum {
	N_SIGNALS = 64,
	TRIES = 40,
	PAUSE_NS = 5000000,
	PATIENCE_NS = 2000000000 /* after waiting in vain, until it is waited again */
};

static bool blocks_traps(const char *tid)
{
	const uint64_t traps = 1ull << (SIGTRAP - 1) | 1ull << (SIGILL - 1);
	char path[64], text[4096], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	/* One of ours, whose tracer was killed. */
	if (!strncmp(text, "Name:\t" GUEST_NAME "\n", sizeof("Name:\t" GUEST_NAME)))
		return false;
	/* The first one, if it ended before others. */
	if (strstr(text, "\nState:\tZ"))
		return false;
	at = strstr(text, "\nSigBlk:");
	return at && strtoull(at + 8, NULL, 16) & traps;
}

/* As the kernel takes it, with what the application returns to. */
static void unblock_in_handler(int sig)
{
	const uint64_t ours = 1ull << (SIGTRAP - 1) | 1ull << (SIGILL - 1) | 1ull << (SIGSEGV - 1) |
			      1ull << (SIGBUS - 1);
	struct kernel_signal act;

	if (ours >> (sig - 1) & 1 ||
	    os_syscall(SYS_rt_sigaction, sig, 0, (long)&act, sizeof(act.mask), 0, 0) ||
	    (uintptr_t)act.handler <= (uintptr_t)SIG_IGN || !(act.mask & ours))
		return;
	act.mask &= ~ours;
	os_syscall(SYS_rt_sigaction, sig, (long)&act, 0, sizeof(act.mask), 0, 0);
}

/* 0: none. */
static long find_blocked(void)
{
	long found = 0, self = os_gettid();
	struct dirent *d;
	DIR *dir = opendir("/proc/self/task");

	while (dir && !found && (d = readdir(dir))) {
		long tid = strtol(d->d_name, NULL, 10);

		if (tid > 0 && tid != self && blocks_traps(d->d_name))
			found = tid;
	}
	if (dir)
		closedir(dir);
	return found;
}

void guest_before_patch(void)
{
	for (int sig = 1; sig <= N_SIGNALS; sig++)
		unblock_in_handler(sig);
}

bool guest_may_trap(struct text *why)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	static uint64_t in_vain_ns;
	bool patient = os_now_ns() - in_vain_ns > PATIENCE_NS;
	long tid = 0;

	for (int i = 0; i < (patient ? TRIES : 1); i++) {
		tid = find_blocked();
		if (!tid)
			return true;
		nanosleep(&pause, NULL);
	}
	if (patient)
		in_vain_ns = os_now_ns();
	text_add(why,
		 "thread %ld has SIGTRAP or SIGILL blocked, and might be killed by a breakpoint",
		 tid);
	return false;
}
