/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in front of libc's syscall(), mmap(), ioctl(), epoll_ctl() and epoll_wait()? */
#include "abi/interpose.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "ring3/ring3.h"

static __thread struct interpose_thread self __attribute__((tls_model("initial-exec")));

/* There only where the preload files are linked in. */
__attribute__((weak)) const struct interpose_ops *preload_ops(void);

struct interpose_thread *interpose_thread(void)
{
	return &self;
}

const struct interpose_ops *interpose_enter(void)
{
	const struct interpose_ops *ops = self.ops;

	if (self.inside)
		return NULL;
	if (!ops && preload_ops)
		ops = preload_ops();
	if (ops)
		self.inside = 1;
	return ops;
}

void interpose_leave(void)
{
	self.inside = 0;
}

long interpose_answer(long ret)
{
	if (ret >= 0 || ret < -4095)
		return ret;
	errno = (int)-ret;
	return -1;
}

/* Takes six arguments though fewer may be there: what lies above is the caller's frame. */
RING3_API __attribute__((no_sanitize("address"))) long syscall(long nr, ...)
{
	const struct interpose_ops *ops;
	long a[6], ret = INTERPOSE_PASS;
	va_list ap;

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	ops = nr == SYS_bpf || nr == SYS_perf_event_open ? interpose_enter() : NULL;
	if (ops) {
		ret = ops->call(nr, a);
		interpose_leave();
	}
	if (ret == INTERPOSE_PASS)
		ret = os_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return interpose_answer(ret);
}

static void *do_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	const struct interpose_ops *ops =
		fd < 0 || flags & MAP_ANONYMOUS ? NULL : interpose_enter();
	long ret = 0;

	if (ops) {
		ret = ops->map(len, prot, flags, fd, off);
		interpose_leave();
	}
	if (ret == INTERPOSE_PASS) {
		flags = (flags & ~MAP_TYPE) | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
		ret = os_syscall(SYS_mmap, (long)addr, (long)len, prot, flags, -1, 0);
	} else if (!ret) {
		ret = os_syscall(SYS_mmap, (long)addr, (long)len, prot, flags, fd, off);
	}
	return (void *)interpose_answer(ret);
}

RING3_API void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	return do_mmap(addr, len, prot, flags, fd, off);
}

RING3_API void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off)
{
	return do_mmap(addr, len, prot, flags, fd, off);
}

enum {
	PERF_IOC_TYPE = '$'
};

RING3_API int ioctl(int fd, unsigned long request, ...)
{
	const struct interpose_ops *ops;
	long arg, ret = INTERPOSE_PASS;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, long);
	va_end(ap);
	ops = _IOC_TYPE(request) == PERF_IOC_TYPE ? interpose_enter() : NULL;
	if (ops) {
		ret = ops->control(fd, request, arg);
		interpose_leave();
	}
	if (ret == INTERPOSE_PASS)
		ret = os_syscall(SYS_ioctl, fd, (long)request, arg, 0, 0, 0);
	return (int)interpose_answer(ret);
}

RING3_API int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	const struct interpose_ops *ops = interpose_enter();
	struct epoll_event own = { 0 };
	long ret = 0;

	if (event)
		own = *event;
	if (ops) {
		ret = ops->watch(&fd, &own);
		interpose_leave();
	}
	if (!ret)
		ret = os_syscall(SYS_epoll_ctl, epfd, op, fd, event ? (long)&own : 0, 0, 0);
	return (int)interpose_answer(ret);
}

enum {
	SIGSET_BYTES = 8
};

/* As libc's a cancellation point, and the only one here, since it may last. */
static int do_epoll(long nr, int epfd, struct epoll_event *events, int max, long timeout,
		    const sigset_t *mask)
{
	long ret;
	int type;

	interpose_settle();
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = os_syscall(nr, epfd, (long)events, max, timeout, (long)mask, SIGSET_BYTES);
	pthread_setcanceltype(type, NULL);
	return (int)interpose_answer(ret);
}

RING3_API int epoll_wait(int epfd, struct epoll_event *events, int max, int ms)
{
	return do_epoll(SYS_epoll_pwait, epfd, events, max, ms, NULL);
}

RING3_API int epoll_pwait(int epfd, struct epoll_event *events, int max, int ms,
			  const sigset_t *mask)
{
	return do_epoll(SYS_epoll_pwait, epfd, events, max, ms, mask);
}

RING3_API int epoll_pwait2(int epfd, struct epoll_event *events, int max,
			   const struct timespec *timeout, const sigset_t *mask)
{
	return do_epoll(SYS_epoll_pwait2, epfd, events, max, (long)timeout, mask);
}
