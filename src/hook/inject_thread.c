/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which thread is sent through the stub, and how does it go on as if nothing had happened?
 *
 * A thread that sleeps in a system call is woken by being stopped.  What the kernel would do then,
 * when no signal has a handler, is done here, since the stub comes first: the call is made again,
 * or where it keeps what is left of its time, restart_syscall(2) is.  That holds for those as well
 * that would give up with EINTR, as epoll_wait(2) does: there is no signal.  If there is one after
 * all, the thread is let go and stopped anew when it has been delivered.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/guest.h"
#include "hook/inject_priv.h"
#include "hook/inject_stub.h"

enum {
	MAX_THREADS = 64, /* looked at for the best one */
	STOP_MS = 1000,   /* until a thread has stopped */
	TURNS = 200,      /* signals that come between */
	OTHER_MS = 1000,  /* until an earlier attempt is over */
	USER_CS = 0x33,
	RESTART_SYS = 512,
	RESTART_NOINTR = 513,
	RESTART_NOHAND = 514,
	RESTART_BLOCK = 516,
};

static void pause_us(long us)
{
	struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

/* --- which thread --- */

struct candidate {
	pid_t tid;
	int rank; /* low first */
};

/* Calls that a stop may cut short: the program sees less written than it gave. */
static bool is_partial(long nr)
{
	return nr == SYS_write || nr == SYS_writev || nr == SYS_pwrite64 || nr == SYS_sendto ||
	       nr == SYS_sendmsg || nr == SYS_sendmmsg || nr == SYS_sendfile || nr == SYS_splice ||
	       nr == SYS_vmsplice || nr == SYS_recvmmsg || nr == SYS_io_uring_enter;
}

/* Calls whose time starts anew, since only the kernel knows what was left. */
static bool is_timed(long nr)
{
	return nr == SYS_epoll_wait || nr == SYS_epoll_pwait || nr == SYS_semtimedop ||
	       nr == SYS_rt_sigtimedwait || nr == SYS_io_getevents;
}

static int rank_of(pid_t pid, pid_t tid)
{
	char path[64], text[64] = "", state = inject_state(pid, tid);
	long nr;
	int fd;

	if (state == 'R')
		return 0;
	if (state != 'S')
		return 100;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 50;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	if (text[0] < '0' || text[0] > '9')
		return 0;
	nr = strtol(text, NULL, 10);
	return is_partial(nr) ? 20 : is_timed(nr) ? 10 : 1;
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return x->rank != y->rank ? x->rank - y->rank : x->tid - y->tid;
}

static int list_threads(pid_t pid, struct candidate *list)
{
	struct dirent *d;
	char path[64];
	DIR *dir;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (n < MAX_THREADS && (d = readdir(dir))) {
		list[n].tid = (pid_t)strtol(d->d_name, NULL, 10);
		if (list[n].tid <= 0)
			continue;
		list[n].rank = rank_of(pid, list[n].tid);
		n++;
	}
	closedir(dir);
	qsort(list, (size_t)n, sizeof(list[0]), by_rank);
	return n;
}

/* --- stopping it --- */

/* Somebody else's wait(2) may have taken the news: what ptrace(2) can do says whether it stopped.
 */
static bool is_stopped(pid_t tid, siginfo_t *ret_info, bool *ret_group)
{
	struct user_regs_struct regs;
	int status;

	waitpid(tid, &status, __WALL | WNOHANG);
	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
		return false;
	*ret_group = ptrace(PTRACE_GETSIGINFO, tid, NULL, ret_info) && errno == EINVAL;
	return true;
}

enum inject_stop inject_stop(struct inject *in, pid_t tid)
{
	uint64_t end = os_now_ns() + STOP_MS * 1000000ull;
	siginfo_t info;
	bool group;

	if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL))
		return STOP_GONE;
	for (;;) {
		if (is_stopped(tid, &info, &group)) {
			if (group)
				return STOP_GROUP;
			if (info.si_signo == SIGTRAP && info.si_code >> 8 == PTRACE_EVENT_STOP)
				return STOP_OURS;
			/* A signal on its way: it takes it, as it would without us. */
			ptrace(PTRACE_CONT, tid, NULL, (void *)(uintptr_t)info.si_signo);
		} else if (!inject_state(in->opts->pid, tid)) {
			return STOP_GONE;
		}
		if (inject_is_late(in, tid, &end))
			return STOP_NEVER;
		pause_us(20);
	}
}

bool inject_has_signal(struct inject *in, pid_t tid)
{
	pid_t pid = in->opts->pid;
	uint64_t pending =
		inject_status(pid, tid, "SigPnd", 16) | inject_status(pid, tid, "ShdPnd", 16);

	return (pending & ~inject_status(pid, tid, "SigBlk", 16)) != 0;
}

/* --- sending it --- */

void inject_settle_call(struct inject *in, struct user_regs_struct *r)
{
	uint8_t insn[2] = { 0 };
	bool again;

	if ((long)r->orig_rax < 0)
		return;
	switch (-(long)r->rax) {
	case RESTART_SYS:
	case RESTART_NOINTR:
	case RESTART_NOHAND:
	case RESTART_BLOCK: again = true; break;
	case EINTR: again = true; break;
	default: again = false; break;
	}
	/* syscall, and nothing else, is what it would go back to. */
	if (!again || remote_read(in, r->rip - 2, insn, 2) || insn[0] != 0x0f || insn[1] != 0x05)
		return;
	r->rip -= 2;
	r->rax = -(long)r->rax == RESTART_BLOCK ? SYS_restart_syscall : r->orig_rax;
}

static void fill_stub(struct inject *in, const struct user_regs_struct *r, pid_t tid, uint8_t *code,
		      size_t size)
{
	struct stub_data d = {
		.magic = STUB_MAGIC,
		.page = in->page,
		.minus_page = -in->page,
		.page_bytes = STUB_PAGE_BYTES,
		.clone_flags = STUB_CLONE_FLAGS,
		.stack = in->page + STUB_PAGE_BYTES,
		.mask = ~0ull,
		.pause = { 0, 50000 },
		.sent = (uint64_t)tid,
		.regs = { r->r15, r->r14, r->r13, r->r12, r->rbp, r->rbx, r->r11, r->r10, r->r9,
			  r->r8, r->rax, r->rcx, r->rdx, r->rsi, r->rdi, r->rip },
		.name = GUEST_NAME,
	};

	memcpy(code, stub_begin, size);
	memcpy(code, &d, sizeof(d));
}

/* --- what was begun before --- */

enum earlier {
	EARLIER_NONE,
	EARLIER_BUSY, /* the thread that was sent has not made another yet */
	EARLIER_LEFT, /* the thread that was made waits to be told something */
	EARLIER_BEGAN /* it became an agent, which has not said yet whether all is well */
};

/* An agent that begins, or one that has begun since we looked and is for our store. */
static bool is_ours(struct inject *in, uint64_t page)
{
	struct guest_page g;

	if (remote_read(in, page + STUB_GUEST_AT, &g, sizeof(g)))
		return false;
	return g.state == GUEST_STARTING ||
	       (g.state == GUEST_READY && inject_is_in(in->opts->pid, in->opts->dir));
}

/* A stub that is there was somebody's who has been killed: there is a lock.  *ret_sent: the thread
 * that went through it, if it lives. */
static enum earlier look_at_earlier(struct inject *in, pid_t *ret_sent)
{
	struct stub_data d;
	struct stub_page p;

	*ret_sent = 0;
	if (remote_read(in, in->stub, &d, sizeof(d)) || d.magic != STUB_MAGIC)
		return EARLIER_NONE;
	if (inject_state(in->opts->pid, (pid_t)d.sent))
		*ret_sent = (pid_t)d.sent;
	if (remote_read(in, d.page, &p, sizeof(p)) || p.made < 0)
		return EARLIER_NONE;
	if (!p.made || !p.left)
		return EARLIER_BUSY;
	if (p.command != p.done && p.nr != STUB_GO)
		return EARLIER_BUSY;
	if (p.command != p.done && !is_ours(in, d.page))
		return EARLIER_NONE;
	in->began = p.command != p.done;
	in->page = d.page;
	return in->began ? EARLIER_BEGAN : EARLIER_LEFT;
}

/* Calls like sigsuspend(2) open signals only while they wait.  One that comes from now on belongs
 * to the call made again: with its handler run on the way to the stub, that would wait for ever. */
static int close_signals(pid_t tid)
{
	uint64_t mask;

	if (ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof(mask), &mask) ||
	    ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof(mask), &mask))
		return -ESRCH;
	return 0;
}

/* The thread is stopped.  -EAGAIN: not at this moment.  -EALREADY: it has been sent before. */
static int send_stopped(struct inject *in, pid_t tid)
{
	size_t size = (size_t)(stub_end - stub_begin);
	struct user_regs_struct regs, back;
	uint8_t code[1024];
	pid_t sent;
	int err;

	if (inject_has_signal(in, tid))
		return -EAGAIN;
	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
		return -ESRCH;
	if (regs.cs != USER_CS)
		return -EOPNOTSUPP;
	/* Somebody sent it before us, and it is not back yet. */
	if (regs.rip >= in->stub && regs.rip < in->stub + in->room)
		return -EAGAIN;
	if (look_at_earlier(in, &sent) != EARLIER_NONE)
		return -EALREADY;
	err = inject_judge(in, tid);
	in->judged = err != 0;
	if (err)
		return err;
	back = regs;
	inject_settle_call(in, &back);
	fill_stub(in, &back, tid, code, size);
	if (remote_write(in, in->stub, code, size))
		return -EIO;
	regs.rip = in->stub + (uint64_t)(stub_entry - stub_begin);
	regs.orig_rax = ~0ull;
	regs.rax = 0;
	return close_signals(tid) || ptrace(PTRACE_SETREGS, tid, NULL, &regs) ? -ESRCH : 0;
}

/* -EAGAIN: another thread may do. */
static int send_thread(struct inject *in, pid_t tid)
{
	int err = -EAGAIN;

	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL))
		return errno == ESRCH ? -EAGAIN : -errno;
	for (int i = 0; err == -EAGAIN && i < TURNS; i++) {
		enum inject_stop stop = inject_stop(in, tid);

		if (stop == STOP_NEVER)
			return -EAGAIN; /* it is let go when this thread of ours ends */
		if (stop == STOP_GONE)
			return -EAGAIN;
		if (stop == STOP_GROUP) {
			ptrace(PTRACE_DETACH, tid, NULL, NULL);
			return -EBUSY;
		}
		err = send_stopped(in, tid);
		if (err == -EAGAIN) {
			ptrace(PTRACE_CONT, tid, NULL, NULL);
			pause_us(200);
		}
	}
	if (err == -EAGAIN)
		inject_stop(in, tid);
	ptrace(PTRACE_DETACH, tid, NULL, NULL);
	return err;
}

/* A thread that was sent before is the only one that may be sent now: its registers are in the stub
 * until it is back, and only a stopped thread says whether it is. */
static int send_any(struct inject *in, pid_t sent)
{
	struct candidate list[MAX_THREADS];
	int n, err = -EAGAIN;

	if (sent)
		return send_thread(in, sent);
	n = list_threads(in->opts->pid, list);
	if (n < 0)
		return -ESRCH;
	for (int i = 0; i < n && err == -EAGAIN; i++)
		err = send_thread(in, list[i].tid);
	return err;
}

int inject_send(struct inject *in)
{
	uint64_t end = os_now_ns() + OTHER_MS * 1000000ull;
	enum earlier earlier;
	pid_t sent;
	int err;

	while ((earlier = look_at_earlier(in, &sent)) == EARLIER_BUSY && os_now_ns() < end)
		pause_us(100);
	if (earlier == EARLIER_LEFT || earlier == EARLIER_BEGAN)
		return 0;
	err = send_any(in, sent);
	switch (err) {
	case 0: return 0;
	case -EALREADY: return inject_send(in);
	case -EAGAIN:
		text_add(in->why,
			 "process %d: no thread of it can be stopped: all are in uninterruptible "
			 "waits; try again",
			 (int)in->opts->pid);
		return err;
	case -EBUSY:
		text_add(in->why,
			 "process %d is stopped by a signal; let it go on (kill -CONT) first",
			 (int)in->opts->pid);
		return err;
	case -EOPNOTSUPP:
		text_add(in->why, "process %d is a 32-bit program; there are no probes for those",
			 (int)in->opts->pid);
		return err;
	default: return in->judged ? err : inject_explain(in, err);
	}
}
