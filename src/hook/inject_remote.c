/* SPDX-License-Identifier: BSD-2-Clause */
/* How does the thread that the stub made do what it is told? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/inject_priv.h"
#include "hook/inject_stub.h"

enum {
	CALL_MS = 5000,
	MAX_FDS = 4,
	PIDFD_OF_THREAD = O_EXCL
};

int remote_read(struct inject *in, uint64_t addr, void *buf, size_t size)
{
	long n = os_syscall(SYS_pread64, in->mem, (long)buf, (long)size, (long)addr, 0, 0);

	return n == (long)size ? 0 : -EFAULT;
}

int remote_write(struct inject *in, uint64_t addr, const void *buf, size_t size)
{
	long n = os_syscall(SYS_pwrite64, in->mem, (long)buf, (long)size, (long)addr, 0, 0);

	return n == (long)size ? 0 : -EFAULT;
}

static int command(struct inject *in, long nr, const uint64_t args[6])
{
	struct stub_page p;
	int err = remote_read(in, in->page, &p, sizeof(p));

	if (err)
		return err;
	p.nr = (uint64_t)nr;
	memcpy(p.args, args, sizeof(p.args));
	err = remote_write(in, in->page + offsetof(struct stub_page, nr), &p.nr,
			   sizeof(p.nr) + sizeof(p.args));
	p.command = p.done + 1;
	return err ? err : remote_write(in, in->page, &p.command, sizeof(p.command));
}

int remote_call(struct inject *in, long nr, const uint64_t args[6], int64_t *ret_result)
{
	uint64_t end = os_now_ns() + CALL_MS * 1000000ull;
	struct timespec pause = { 0, 10000 };
	struct stub_page p;
	int err = command(in, nr, args);

	while (!err) {
		err = remote_read(in, in->page, &p, sizeof(p));
		if (!err && p.done == p.command) {
			*ret_result = p.result;
			return 0;
		}
		if (!err && inject_is_late(in, 0, &end))
			err = -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return err;
}

int remote_go(struct inject *in, uint64_t rsp, uint64_t rip)
{
	const uint64_t args[6] = { rsp, rip };

	return command(in, (long)STUB_GO, args);
}

/* --- descriptors --- */

struct message {
	struct msghdr head;
	struct iovec io;
	char byte[8];
	union {
		char room[CMSG_SPACE(MAX_FDS * sizeof(int))];
		size_t align;
	} control;
};

static int send_fds(int sock, const int *fds, int n)
{
	struct message m = { 0 };
	struct cmsghdr *c;

	m.io = (struct iovec){ m.byte, 1 };
	m.head.msg_iov = &m.io;
	m.head.msg_iovlen = 1;
	m.head.msg_control = m.control.room;
	m.head.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
	c = CMSG_FIRSTHDR(&m.head);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(sock, &m.head, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 ? 0 : -errno;
}

static int receive_fds(struct inject *in, int sock, int n, int *ret_fds)
{
	uint64_t at = in->page + STUB_SCRATCH_AT;
	uint64_t args[6] = { (uint64_t)sock, at, MSG_DONTWAIT | MSG_CMSG_CLOEXEC };
	struct message m = { 0 };
	int64_t got;
	int err;

	m.io.iov_base = (void *)(uintptr_t)(at + offsetof(struct message, byte));
	m.io.iov_len = 1;
	m.head.msg_iov = (void *)(uintptr_t)(at + offsetof(struct message, io));
	m.head.msg_iovlen = 1;
	m.head.msg_control = (void *)(uintptr_t)(at + offsetof(struct message, control));
	m.head.msg_controllen = sizeof(m.control);
	err = remote_write(in, at, &m, sizeof(m));
	if (!err)
		err = remote_call(in, SYS_recvmsg, args, &got);
	if (!err && got != 1)
		err = got < 0 ? (int)got : -EIO;
	if (!err)
		err = remote_read(in, at, &m, sizeof(m));
	if (!err)
		memcpy(ret_fds, m.control.room + CMSG_LEN(0), (size_t)n * sizeof(int));
	return err;
}

/* Its end of a socket pair of the thread's, whose table of descriptors nobody shares. */
static int take_end(struct inject *in, int end)
{
	int pidfd = (int)os_syscall(SYS_pidfd_open, in->thread, PIDFD_OF_THREAD, 0, 0, 0, 0);
	int fd;

	if (pidfd < 0)
		return pidfd;
	fd = (int)os_syscall(SYS_pidfd_getfd, pidfd, end, 0, 0, 0, 0);
	close(pidfd);
	return fd;
}

static int give_by_socket(struct inject *in, const int *fds, int n, int *ret_fds)
{
	uint64_t at = in->page + STUB_SCRATCH_AT;
	const uint64_t args[6] = { AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, at };
	int64_t result;
	int pair[2], own, err;

	err = remote_call(in, SYS_socketpair, args, &result);
	if (!err)
		err = (int)result;
	if (!err)
		err = remote_read(in, at, pair, sizeof(pair));
	if (err)
		return err;
	own = take_end(in, pair[0]);
	if (own < 0)
		return own;
	err = send_fds(own, fds, n);
	close(own);
	return err ? err : receive_fds(in, pair[1], n, ret_fds);
}

/* Before Linux 6.9 a thread's own descriptors are not in reach; ours may be in its. */
static int give_by_name(struct inject *in, const int *fds, int n, int *ret_fds)
{
	uint64_t at = in->page + STUB_SCRATCH_AT;
	uint64_t args[6] = { (uint64_t)AT_FDCWD, at, O_RDONLY | O_CLOEXEC };
	char path[64];
	int64_t fd = 0;
	int err = 0;

	for (int i = 0; i < n && !err; i++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fds[i]);
		err = remote_write(in, at, path, sizeof(path));
		if (!err)
			err = remote_call(in, SYS_openat, args, &fd);
		if (!err && fd < 0)
			err = (int)fd;
		ret_fds[i] = (int)fd;
	}
	return err;
}

int remote_give(struct inject *in, const int *fds, int n, int *ret_fds)
{
	int err = n <= MAX_FDS ? give_by_socket(in, fds, n, ret_fds) : -E2BIG;

	return err == -EINVAL || err == -ENOSYS ? give_by_name(in, fds, n, ret_fds) : err;
}
