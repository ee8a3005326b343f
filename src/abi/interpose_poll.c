/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands in front of libc's poll(), ppoll(), select() and pselect()?  A ring's descriptor is a
 * file, which is always ready: its eventfd (wait.h) takes its place while the kernel looks.  An
 * epoll descriptor that rings are in only needs its eventfds to say what their rings say.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>

#include "abi/interpose.h"
#include "base/alloc.h"
#include "base/os.h"
#include "ring3/ring3.h"

enum {
	SIGSET_BYTES = 8,
	N_AT_HAND = 64,
	READABLE = POLLIN | POLLRDNORM
};

void interpose_settle(void)
{
	const struct interpose_ops *ops = interpose_enter();

	if (ops) {
		ops->sleep();
		interpose_leave();
	}
}

/* The eventfd of a ring that somebody wants to read, or -1. */
static int stand_in(const struct interpose_ops *ops, const struct pollfd *p)
{
	struct epoll_event event = { 0 };
	int fd = p->fd;

	if (fd < 0 || !(p->events & READABLE) || ops->watch(&fd, &event) || fd == p->fd)
		return -1;
	return fd;
}

static void replace(const struct interpose_ops *ops, struct pollfd *p, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++) {
		int fd = stand_in(ops, &p[i]);

		if (fd >= 0)
			p[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
}

/* What the kernel said of copy, for those who asked. */
static void take_answers(struct pollfd *p, const struct pollfd *copy, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++) {
		p[i].revents = copy[i].revents;
		if (copy[i].fd != p[i].fd && copy[i].revents & POLLIN)
			p[i].revents = p[i].events & READABLE;
	}
}

/* As libc's a cancellation point, which it is only while the kernel waits. */
static long kernel_poll(struct pollfd *p, nfds_t n, struct timespec *left, const sigset_t *mask)
{
	long ret;
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = os_syscall(SYS_ppoll, (long)p, (long)n, (long)left, (long)mask, SIGSET_BYTES, 0);
	pthread_setcanceltype(type, NULL);
	return ret;
}

static bool has_rings(const struct interpose_ops *ops, const struct pollfd *p, nfds_t n)
{
	bool any = false;

	for (nfds_t i = 0; i < n && !any; i++)
		any = stand_in(ops, &p[i]) >= 0;
	return any;
}

struct question {
	struct pollfd *p;
	nfds_t n;
	struct timespec *left;
	const sigset_t *mask;
};

/* Inside; leaves. */
static long poll_copy(const struct interpose_ops *ops, const struct question *q,
		      struct pollfd *copy)
{
	long ret;

	memcpy(copy, q->p, q->n * sizeof(*copy));
	replace(ops, copy, q->n);
	ops->sleep();
	interpose_leave();
	ret = kernel_poll(copy, q->n, q->left, q->mask);
	if (ret >= 0)
		take_answers(q->p, copy, q->n);
	return ret;
}

static long poll_many(const struct interpose_ops *ops, const struct question *q)
{
	struct pollfd *const copy = mem_alloc(q->n * sizeof(*copy));
	long ret = -ENOMEM;

	pthread_cleanup_push(mem_free, copy);
	if (copy)
		ret = poll_copy(ops, q, copy);
	else
		interpose_leave();
	pthread_cleanup_pop(1);
	return ret;
}

static long poll_rings(const struct interpose_ops *ops, const struct question *q)
{
	struct pollfd copy[N_AT_HAND];

	return q->n > N_AT_HAND ? poll_many(ops, q) : poll_copy(ops, q, copy);
}

static long do_poll(struct pollfd *p, nfds_t n, struct timespec *left, const sigset_t *mask)
{
	const struct interpose_ops *ops = interpose_enter();

	if (ops && has_rings(ops, p, n))
		return poll_rings(ops, &(struct question){ p, n, left, mask });
	if (ops) {
		ops->sleep();
		interpose_leave();
	}
	return kernel_poll(p, n, left, mask);
}

RING3_API int poll(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000L };

	return (int)interpose_answer(do_poll(p, n, ms < 0 ? NULL : &left, NULL));
}

RING3_API int ppoll(struct pollfd *p, nfds_t n, const struct timespec *timeout,
		    const sigset_t *mask)
{
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

	return (int)interpose_answer(do_poll(p, n, timeout ? &left : NULL, mask));
}

/* What FORTIFY makes of them. */
RING3_API int __poll_chk(struct pollfd *p, nfds_t n, int ms, size_t room);
RING3_API int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *timeout,
			  const sigset_t *mask, size_t room);

RING3_API int __poll_chk(struct pollfd *p, nfds_t n, int ms, size_t room)
{
	if (room / sizeof(*p) < n)
		__builtin_trap();
	return poll(p, n, ms);
}

RING3_API int __ppoll_chk(struct pollfd *p, nfds_t n, const struct timespec *timeout,
			  const sigset_t *mask, size_t room)
{
	if (room / sizeof(*p) < n)
		__builtin_trap();
	return ppoll(p, n, timeout, mask);
}

/* --- select --- */

struct sets {
	int n;
	fd_set *in, *out, *odd; /* or NULL */
};

static bool is_in(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

/* Something to read for poll(), if there is a ring to read. */
static bool waits_for_rings(const struct sets *s)
{
	const struct interpose_ops *ops = s->in && s->n <= FD_SETSIZE ? interpose_enter() : NULL;
	bool any = false;

	if (!ops)
		return false;
	for (int fd = 0; fd < s->n && !any; fd++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		any = is_in(fd, s->in) && stand_in(ops, &p) >= 0;
	}
	interpose_leave();
	return any;
}

static nfds_t to_poll(const struct sets *s, struct pollfd *p)
{
	nfds_t n = 0;

	for (int fd = 0; fd < s->n; fd++) {
		short events = is_in(fd, s->in) ? POLLIN : 0;

		events |= is_in(fd, s->out) ? POLLOUT : 0;
		events |= is_in(fd, s->odd) ? POLLPRI : 0;
		if (events)
			p[n++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return n;
}

/* Whether it still is; counts those that are. */
static void keep(fd_set *set, const struct pollfd *p, short asked, short said, long *n)
{
	if (!(p->events & asked))
		return;
	if (p->revents & said)
		++*n;
	else
		FD_CLR(p->fd, set);
}

static long select_by_poll(const struct sets *s, struct timespec *left, const sigset_t *mask)
{
	struct pollfd p[FD_SETSIZE];
	nfds_t n = to_poll(s, p);
	long ret = do_poll(p, n, left, mask);

	for (nfds_t i = 0; i < n && ret >= 0; i++)
		if (p[i].revents & POLLNVAL)
			return -EBADF;
	if (ret < 0)
		return ret;
	ret = 0;
	for (nfds_t i = 0; i < n; i++) {
		keep(s->in, &p[i], POLLIN, POLLIN | POLLHUP | POLLERR, &ret);
		keep(s->out, &p[i], POLLOUT, POLLOUT | POLLERR, &ret);
		keep(s->odd, &p[i], POLLPRI, POLLPRI, &ret);
	}
	return ret;
}

static long do_select(const struct sets *s, struct timespec *left, const sigset_t *mask)
{
	const struct {
		const sigset_t *mask;
		size_t size;
	} arg = { mask, SIGSET_BYTES };
	long ret;
	int type;

	if (waits_for_rings(s))
		return select_by_poll(s, left, mask);
	interpose_settle();
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = os_syscall(SYS_pselect6, s->n, (long)s->in, (long)s->out, (long)s->odd, (long)left,
			 (long)&arg);
	pthread_setcanceltype(type, NULL);
	return ret;
}

RING3_API int select(int n, fd_set *in, fd_set *out, fd_set *odd, struct timeval *timeout)
{
	const struct sets s = { n, in, out, odd };
	struct timespec left = { 0 };
	long ret;

	if (timeout) {
		if (timeout->tv_sec < 0 || timeout->tv_usec < 0)
			return (int)interpose_answer(-EINVAL);
		left.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000;
		left.tv_nsec = timeout->tv_usec % 1000000 * 1000;
	}
	ret = do_select(&s, timeout ? &left : NULL, NULL);
	/* As Linux does: what is left. */
	if (timeout)
		*timeout = (struct timeval){ left.tv_sec, left.tv_nsec / 1000 };
	return (int)interpose_answer(ret);
}

RING3_API int pselect(int n, fd_set *in, fd_set *out, fd_set *odd, const struct timespec *timeout,
		      const sigset_t *mask)
{
	const struct sets s = { n, in, out, odd };
	struct timespec left = timeout ? *timeout : (struct timespec){ 0 };

	return (int)interpose_answer(do_select(&s, timeout ? &left : NULL, mask));
}
