/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the agent live in a process that runs already and was not asked?  As a program of its
 * own, linked statically with a libc of its own, on one thread that whoever traces the process made
 * there (inject.c).  That thread shares memory and signal handlers with the process, and nothing
 * else: its descriptors, its thread-local storage, its heap are its own, and all signals but
 * SIGBUS are blocked.  The process's threads run programs (the hit path), which call no libc.
 *
 * What the agent does not have, being no part of the process's libc: it is not told of fork(), so
 * the child's threads run no programs until it is joined itself; nobody stands in front of
 * sigaction() and longjmp().
 */
#include "hook/guest.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "base/own.h"
#include "hook/agent.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "hook/patch.h"
#include "hook/site.h"
#include "hook/thread.h"
#include "run/engine.h"

/* Of the linker: where this program lies. */
extern const char __ehdr_start __attribute__((visibility("hidden")));

enum {
	HWCAP2_HAS_FSGSBASE = 1 << 1,
	TEND_NS = 1000000000
};

/* Not exit(): that would end the process. */
static void end_thread(void)
{
	for (;;)
		os_syscall(SYS_exit, 0, 0, 0, 0, 0, 0);
}

static void fail(struct guest_page *page, const char *what, int err)
{
	snprintf(page->text, sizeof(page->text), "%s: %s", what, strerror(-err));
	__atomic_store_n(&page->state, GUEST_FAILED, __ATOMIC_RELEASE);
	end_thread();
}

/* Changes whenever a library comes or goes, and at other times. */
static uint64_t mapped_pages(void)
{
	char buf[64] = "";
	int fd = open("/proc/thread-self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, buf, sizeof(buf) - 1) < 0)
		buf[0] = 0;
	close(fd);
	return strtoull(buf, NULL, 10);
}

/* The last other thread is gone: a process without libc does not end by that. */
static int is_alone(void)
{
	struct stat st;

	return !stat("/proc/self/task", &st) && st.st_nlink <= 3;
}

/* Files that are cut off are mended where there is a handler; it wants the signal. */
static void unblock_bus(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* While no thread of the process runs anything of ours, next to nothing of our text is needed; what
 * is wanted again is the file's. */
static void forget_text(void)
{
	const Elf64_Phdr *ph = (const void *)getauxval(AT_PHDR);
	uint64_t base = (uint64_t)(uintptr_t)&__ehdr_start;
	unsigned long n = getauxval(AT_PHNUM);

	for (unsigned long i = 0; i < n; i++)
		if (ph[i].p_type == PT_LOAD && !(ph[i].p_flags & PF_W))
			madvise((void *)((base + ph[i].p_vaddr) & ~4095ull), ph[i].p_memsz,
				MADV_DONTNEED);
}

/* An agent that began says so by the address of this in it.  What somebody who was killed meanwhile
 * brought in need not be there whole. */
static const void *begun;

static bool has_begun(int64_t distance)
{
	uint64_t at = (uint64_t)(uintptr_t)&begun + (uint64_t)distance, is = 0;

	return patch_read(at, (uint8_t *)&is, sizeof(is)) == (long)sizeof(is) && is == at;
}

/* What agents of the processes that this one was forked from left in its text, by their images: the
 * same file as ours. */
static void undo_parents(void)
{
	const char *own = &__ehdr_start;
	const struct maps_row *mine = NULL;
	struct maps maps;

	begun = &begun;
	if (patch_init() || maps_read(&maps))
		return;
	for (size_t i = 0; i < maps.n; i++)
		if (maps.rows[i].start == (uint64_t)(uintptr_t)own)
			mine = &maps.rows[i];
	for (size_t i = 0; mine && i < maps.n; i++) {
		const struct maps_row *row = &maps.rows[i];
		int64_t distance = (int64_t)(row->start - mine->start);

		if (distance && !row->off && row->ino == mine->ino && row->dev == mine->dev &&
		    has_begun(distance) && site_undo(distance))
			own_succeed(distance);
	}
	maps_done(&maps);
}

static void serve(struct agent *agent, struct guest_page *page)
{
	uint64_t tended = 0;
	bool watching;

	for (;;) {
		watching = agent_scan(agent);
		__atomic_store_n(&page->state, GUEST_READY, __ATOMIC_RELEASE);
		guest_follow_creds();
		if (is_alone())
			end_thread();
		if (os_now_ns() - tended > TEND_NS) {
			own_tend();
			tended = os_now_ns();
		}
		if (!agent_has_hooks(agent))
			forget_text();
		agent_wait(agent, watching);
	}
}

int main(int argc, char **argv)
{
	struct agent_opts opts = { .loads = mapped_pages,
				   .before_patch = guest_before_patch,
				   .may_trap = guest_may_trap,
				   .tier = JIT_AUTO,
				   .guest = true };
	struct guest_page *page;
	struct agent *agent;
	int err;

	if (argc != GUEST_N_ARGS)
		end_thread();
	page = (struct guest_page *)(uintptr_t)strtoull(argv[GUEST_ARG_PAGE], NULL, 16);
	opts.dir_fd = atoi(argv[GUEST_ARG_DIR_FD]);
	opts.pid = atoi(argv[GUEST_ARG_PID]);
	opts.dir = argv[GUEST_ARG_DIR];
	guest_zydis_fd(atoi(argv[GUEST_ARG_ZYDIS_FD]));
	if (!(getauxval(AT_HWCAP2) & HWCAP2_HAS_FSGSBASE))
		fail(page, "no thread of this machine's can set its GS base", -EOPNOTSUPP);
	err = own_init();
	if (err)
		fail(page, "no memory for what threads have for themselves", err);
	thread_home = (uint32_t)getpid();
	undo_parents();
	hook_ignore_thread();
	unblock_bus();
	err = agent_new(&opts, &agent);
	if (err)
		fail(page, "the runtime directory cannot be opened there", err);
	serve(agent, page);
}
