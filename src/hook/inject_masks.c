/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which threads would die of a breakpoint, and how are they kept from it?  To a thread that has
 * SIGTRAP or SIGILL blocked the trap of a patch under way is fatal, so an agent patches nothing
 * while there is one.  libc blocks them for moments; some threads do for good, to leave all signals
 * to others, as jemalloc's do.  Such a thread is stopped once and goes on with those two not
 * blocked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

#include "hook/guest.h"
#include "hook/inject_priv.h"

enum {
	MOMENT_NS = 2000000, /* that libc may have them blocked */
	TURNS = 100,         /* signals that come between */
};

static const uint64_t traps = 1ull << (SIGTRAP - 1) | 1ull << (SIGILL - 1);

static bool blocks_traps(pid_t pid, pid_t tid)
{
	uint64_t blocked = inject_status(pid, tid, "SigBlk", 16);

	return blocked != ~0ull && blocked & traps;
}

static bool is_agent(pid_t pid, pid_t tid)
{
	char path[64], name[sizeof(GUEST_NAME "\n")] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	if (read(fd, name, sizeof(name)) < 0)
		name[0] = 0;
	close(fd);
	return !memcmp(name, GUEST_NAME "\n", sizeof(GUEST_NAME));
}

/* False: a signal comes first.  In a call that waits with a mask of its own, the mask that the
 * kernel tells and sets is the one of afterwards. */
static bool unblock_stopped(struct inject *in, pid_t tid)
{
	struct user_regs_struct regs, back;
	uint64_t mask;

	if (inject_has_signal(in, tid))
		return false;
	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) ||
	    ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof(mask), &mask))
		return true;
	mask &= ~traps;
	if (ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof(mask), &mask))
		return true;
	back = regs;
	inject_settle_call(in, &back);
	if (back.rip != regs.rip) {
		back.orig_rax = ~0ull;
		ptrace(PTRACE_SETREGS, tid, NULL, &back);
	}
	return true;
}

static void unblock(struct inject *in, pid_t tid)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return;
	for (int i = 0; i < TURNS && inject_stop(in, tid) == STOP_OURS; i++) {
		if (unblock_stopped(in, tid))
			break;
		ptrace(PTRACE_CONT, tid, NULL, NULL);
		nanosleep(&pause, NULL);
	}
	/* If it did not stop, it is let go when this thread of ours ends. */
	ptrace(PTRACE_DETACH, tid, NULL, NULL);
}

int inject_unblock(struct inject *in)
{
	struct timespec moment = { .tv_nsec = MOMENT_NS };
	pid_t pid = in->opts->pid, tid;
	struct dirent *d;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		tid = (pid_t)strtol(d->d_name, NULL, 10);
		if (tid <= 0 || !blocks_traps(pid, tid) || is_agent(pid, tid))
			continue;
		nanosleep(&moment, NULL);
		if (blocks_traps(pid, tid))
			unblock(in, tid);
	}
	if (dir)
		closedir(dir);
	return 0;
}
