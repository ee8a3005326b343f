/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands in front of libc's syscall(), mmap(), ioctl(), epoll_*(), poll() and select()?  Every
 * program that is linked with the library gets these wrappers, so they depend on nothing: they pass
 * on to the kernel unless the calling thread has been given somebody else to ask first.
 */
#ifndef ABI_INTERPOSE_H
#define ABI_INTERPOSE_H

#include <stddef.h>
#include <sys/types.h>

struct epoll_event;

/* Not ours: the kernel answers. */
enum {
	INTERPOSE_PASS = 1 << 30
};

struct interpose_ops {
	long (*call)(long nr, const long args[6]);
	/* 0: the kernel may map it; INTERPOSE_PASS: pages of nobody's are enough. */
	long (*map)(size_t len, int prot, int flags, int fd, off_t off);
	long (*control)(int fd, unsigned long request, long arg);
	/* 0: the kernel may look at *fd for *event, which may have been replaced. */
	long (*watch)(int *fd, struct epoll_event *event);
	/* The caller is about to ask the kernel what is ready. */
	void (*sleep)(void);
};

/* Of the calling thread; ops NULL: those of the process, if it has any. */
struct interpose_thread {
	const struct interpose_ops *ops;
	int inside; /* its calls are the library's own */
};
struct interpose_thread *interpose_thread(void);

/* Whom the calling thread is to ask, if anybody; it is inside until it leaves. */
const struct interpose_ops *interpose_enter(void);
void interpose_leave(void);
/* The caller is about to ask the kernel what is ready. */
void interpose_settle(void);
/* libc's convention. */
long interpose_answer(long ret);

/* Of the preload library, where it is linked in. */
const struct interpose_ops *preload_ops(void);

#endif
