/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which handler answers a bpf(2) call?  Sizes as in the kernel: any size, what the caller does not
 * know is zero, what we do not know must be zero.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/bind.h"
#include "base/os.h"
#include "base/text.h"
#include "helper/probe.h"

struct cmd_row {
	int (*handler)(struct call *c);
	size_t end; /* bytes that may be set */
};

#define CMD_END(field) (offsetof(union abi_attr, field) + sizeof(((union abi_attr *)0)->field))

static const struct cmd_row rows[] = {
#define ROW(nr, name, handler, last) [nr] = { cmd_##handler, CMD_END(last) },
	CMD_LIST(ROW)
#undef ROW
};

/* --- the caller's memory: this process's, but any address may be wrong --- */

/* Of the call that this thread is in, if it is in one.  faults_caught: a bad address of the
 * caller's is caught as a fault, so that copying asks nobody. */
static __thread struct {
	bool inside, faults_caught;
	unsigned int n_pages; /* that were found readable so far, or (+ WRITABLE) writable */
	uint64_t pages[8];
} caller __attribute__((tls_model("initial-exec")));

enum {
	FEW_PAGES = 4, /* that are asked for sooner than the kernel copies */
	WORD = 4,      /* the kernel's answer */
	WRITABLE = 1,
	KNOWN_PAGES = sizeof(caller.pages) / sizeof(caller.pages[0])
};

/* The kernel reads the event before it looks at the descriptor, which is none: its answer tells
 * whether the page can be read, for a quarter of the price of process_vm_readv().  at: in the page
 */
static bool page_is_readable(uint64_t at)
{
	uint64_t last = (at | (os_page_size() - 1)) + 1 - sizeof(struct epoll_event);

	return os_syscall(SYS_epoll_ctl, -1, EPOLL_CTL_ADD, -1, (long)(at < last ? at : last), 0,
			  0) == -EBADF;
}

/* What one call asks for often lies together. */
static bool is_known(uint64_t page)
{
	for (unsigned int i = 0; i < caller.n_pages && i < KNOWN_PAGES; i++)
		if (caller.pages[i] == page)
			return true;
	return false;
}

static void remember(uint64_t page)
{
	if (caller.inside)
		caller.pages[caller.n_pages++ % KNOWN_PAGES] = page;
}

/* Few pages at addresses that may be right, of which the kernel has to be asked. */
static bool is_asked_by_page(uint64_t from, size_t size)
{
	uint64_t page = os_page_size(), to;

	return !caller.faults_caught && from >= page && size <= FEW_PAGES * page &&
	       !__builtin_add_overflow(from, size, &to);
}

/* False: some of it is not there, it is too much to ask, or nobody has to. */
static bool is_readable(uint64_t from, size_t size)
{
	uint64_t in_page = os_page_size() - 1;

	if (!is_asked_by_page(from, size))
		return false;
	for (uint64_t at = from; at < from + size; at = (at | in_page) + 1) {
		uint64_t page = at & ~in_page;

		if (is_known(page) || is_known(page | WRITABLE))
			continue;
		if (!page_is_readable(at))
			return false;
		remember(page);
	}
	return true;
}

/* The kernel writes a word there, as if it had been asked what signal the thread is sent when its
 * parent dies: for a fifth of the price of process_vm_writev(). */
static bool word_is_writable(uint64_t at)
{
	return os_syscall(SYS_prctl, PR_GET_PDEATHSIG, (long)at, 0, 0, 0, 0) == 0;
}

/* The same for what is about to be written: the words that tell are in it. */
static bool is_writable(uint64_t to, size_t size)
{
	uint64_t in_page = os_page_size() - 1, last = to + size - WORD;

	if (size < WORD || !is_asked_by_page(to, size))
		return false;
	for (uint64_t at = to; at < to + size; at = (at | in_page) + 1) {
		uint64_t page = (at & ~in_page) | WRITABLE;

		if (is_known(page))
			continue;
		if (!word_is_writable(at < last ? at : last))
			return false;
		remember(page);
	}
	return true;
}

static int copy(void *local, uint64_t remote, size_t size, long nr)
{
	struct iovec here = { local, size };
	struct iovec there = { (void *)(uintptr_t)remote, size };
	long n;

	if (!size)
		return 0;
	if (remote < 4096)
		return -EFAULT;
	if (caller.faults_caught) {
		void *to = nr == SYS_process_vm_readv ? local : there.iov_base;
		const void *from = nr == SYS_process_vm_readv ? there.iov_base : local;

		return probe_asm_copy(to, from, size) ? -EFAULT : 0;
	}
	n = os_syscall(nr, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), (long)&here, 1, (long)&there,
		       1, 0);
	if (n == (long)size)
		return 0;
	if (n != -ENOSYS && n != -EPERM)
		return -EFAULT;
	/* A sandbox without these calls: the address has to be right. */
	if (nr == SYS_process_vm_readv)
		memcpy(local, there.iov_base, size);
	else
		memcpy(there.iov_base, local, size);
	return 0;
}

/* Not memcpy(): what lies behind a short string is read too, which a sanitizer in the host would
 * take for an error. */
static int plain_copy(void *dst, uint64_t from, size_t size)
{
	return probe_asm_copy(dst, (const void *)(uintptr_t)from, size) ? -EFAULT : 0;
}

static int plain_put(uint64_t to, const void *src, size_t size)
{
	return probe_asm_copy((void *)(uintptr_t)to, src, size) ? -EFAULT : 0;
}

int user_read(void *dst, uint64_t from, size_t size)
{
	if (is_readable(from, size))
		return plain_copy(dst, from, size);
	return copy(dst, from, size, SYS_process_vm_readv);
}

/* One call of the kernel for all that is not small. */
int user_read_parts(const struct user_part *parts, unsigned int n)
{
	struct iovec here[USER_PARTS], there[USER_PARTS];
	unsigned int left = 0;
	size_t total = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (is_readable(parts[i].from, parts[i].size)) {
			if (plain_copy(parts[i].dst, parts[i].from, parts[i].size))
				return -EFAULT;
			continue;
		}
		if (parts[i].from < 4096)
			return -EFAULT;
		here[left] = (struct iovec){ parts[i].dst, parts[i].size };
		there[left++] = (struct iovec){ (void *)(uintptr_t)parts[i].from, parts[i].size };
		total += parts[i].size;
	}
	if (!left)
		return 0;
	if (!caller.faults_caught &&
	    os_syscall(SYS_process_vm_readv, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), (long)here,
		       left, (long)there, left, 0) == (long)total)
		return 0;
	for (unsigned int i = 0; i < left; i++) {
		int err = copy(here[i].iov_base, (uint64_t)(uintptr_t)there[i].iov_base,
			       here[i].iov_len, SYS_process_vm_readv);

		if (err)
			return err;
	}
	return 0;
}

int user_write(uint64_t to, const void *src, size_t size)
{
	if (is_writable(to, size))
		return plain_put(to, src, size);
	return copy((void *)(uintptr_t)src, to, size, SYS_process_vm_writev);
}

int user_string(char *dst, uint64_t from, size_t size)
{
	size_t page = os_page_size(), done = 0;

	while (done < size) {
		size_t n = page - (size_t)((from + done) % page);

		if (n > size - done)
			n = size - done;
		if (user_read(dst + done, from + done, n))
			return -EFAULT;
		if (memchr(dst + done, 0, n))
			return 0;
		done += n;
	}
	return -ENAMETOOLONG;
}

int call_put(struct call *c, size_t offset, const void *value, size_t size)
{
	if (offset + size > c->size)
		return 0;
	return user_write(c->user + offset, value, size);
}

bool name_is_ok(const char name[BPF_OBJ_NAME_LEN])
{
	for (unsigned int i = 0; i < BPF_OBJ_NAME_LEN; i++) {
		unsigned char ch = (unsigned char)name[i];

		if (!ch)
			return true;
		if (!isascii(ch) || (!isalnum(ch) && ch != '_' && ch != '.'))
			return false;
	}
	return false;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Bytes of a longer attribute than ours must be zero. */
static int check_tail(uint64_t from, uint32_t size)
{
	uint8_t chunk[256];

	for (uint32_t done = 0; done < size;) {
		uint32_t n = size - done < sizeof(chunk) ? size - done : (uint32_t)sizeof(chunk);

		if (user_read(chunk, from + done, n))
			return -EFAULT;
		if (!all_zero(chunk, n))
			return -E2BIG;
		done += n;
	}
	return 0;
}

static int answer(struct ring3 *rt, int cmd, uint64_t attr, uint32_t size, struct verify_diag *diag)
{
	struct call c = { .rt = rt, .user = attr, .size = size, .diag = diag };
	uint32_t known = size < sizeof(c.attr) ? size : (uint32_t)sizeof(c.attr);
	const struct cmd_row *row;
	int err;

	if (size > os_page_size())
		return -E2BIG;
	rt_tend(rt);
	err = check_tail(attr + known, size - known);
	if (!err)
		err = user_read(&c.attr, attr, known);
	if (err)
		return err;
	if (cmd < 0 || (size_t)cmd >= sizeof(rows) / sizeof(rows[0]))
		return -EINVAL;
	row = &rows[cmd];
	if (!all_zero(c.attr.raw + row->end, sizeof(c.attr) - row->end))
		return -EINVAL;
	return row->handler(&c);
}

int abi_bpf(struct ring3 *rt, int cmd, uint64_t attr, uint32_t size, struct verify_diag *diag)
{
	bool inside = caller.inside, caught = caller.faults_caught;
	int ret;

	caller.inside = true;
	caller.faults_caught =
		__atomic_load_n(&rt->env.probe_faults, __ATOMIC_RELAXED) && probe_look();
	caller.n_pages = 0;
	ret = answer(rt, cmd, attr, size, diag);
	caller.inside = inside;
	caller.faults_caught = caught;
	caller.n_pages = 0;
	return ret;
}

int ring3_bpf(ring3 *rt, int cmd, union bpf_attr *attr, unsigned int size)
{
	int before = bind_enter();
	int ret = abi_bpf(rt, cmd, (uintptr_t)attr, size, NULL);

	bind_leave(before);
	return ret;
}
