/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes are written in which order?  All at once where their page can be exchanged (page.c).
 * Else, to a jump:  first byte becomes a breakpoint; bytes where an old instruction begins become
 * what traps there; sync: from now on nobody begins an old instruction; the rest; sync; the first
 * byte becomes the jump; sync.  Back: the same in reverse.
 *
 * The dynamic loader maps and unmaps nothing between the look at what is there and the last byte
 * (loader.c), else the change would be made to another library's code.
 *
 * Text is written through /proc/thread-self/mem: the pages never become writable, so that no moment
 * exists in which they are writable and executable at once.
 */
#include "hook/patch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/loader.h"
#include "hook/page.h"

enum {
	MEMBARRIER_SYNC_CORE = 1 << 5,
	MEMBARRIER_REGISTER_SYNC_CORE = 1 << 6,
};

#define INT3 0xcc
#define JMP  0xe9

int patch_init(void)
{
	long err = os_syscall(SYS_membarrier, MEMBARRIER_REGISTER_SYNC_CORE, 0, 0, 0, 0, 0);

	return err ? -EOPNOTSUPP : 0;
}

void patch_sync(void)
{
	os_syscall(SYS_membarrier, MEMBARRIER_SYNC_CORE, 0, 0, 0, 0, 0);
}

long patch_read(uint64_t addr, uint8_t *buf, size_t size)
{
	int fd = open("/proc/thread-self/mem", O_RDONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return -errno;
	n = os_syscall(SYS_pread64, fd, (long)buf, (long)size, (long)addr, 0, 0);
	close(fd);
	return n;
}

/* The process's, as its threads are; under the lock of its sites. */
static struct {
	bool (*may)(struct text *why);
	enum {
		NOT_ASKED,
		MAY,
		MAY_NOT
	} answer;
	char why[200];
} trap;

void patch_ask(bool (*may_trap)(struct text *why))
{
	trap.may = may_trap;
	patch_ask_again();
}

void patch_ask_again(void)
{
	trap.answer = NOT_ASKED;
}

const char *patch_refusal(void)
{
	return trap.why;
}

/* That may take a while: nobody is kept waiting meanwhile. */
static bool may_trap(void)
{
	struct text why;

	if (!trap.may)
		return true;
	if (trap.answer == NOT_ASKED) {
		text_init(&why, trap.why, sizeof(trap.why));
		trap.answer = trap.may(&why) ? MAY : MAY_NOT;
	}
	return trap.answer == MAY;
}

struct writer {
	int fd, lock, err;
	uint64_t addr;
	bool never_traps; /* -EDEADLK instead */
};

static bool begin(struct writer *w, uint64_t addr)
{
	*w = (struct writer){ .addr = addr };
	w->fd = open("/proc/thread-self/mem", O_RDWR | O_CLOEXEC);
	if (w->fd < 0) {
		w->err = -errno;
		return false;
	}
	w->lock = page_lock();
	w->err = loader_hold() ? 0 : -EAGAIN;
	if (!w->err)
		return true;
	page_unlock(w->lock);
	close(w->fd);
	return false;
}

static int end(struct writer *w)
{
	loader_release();
	page_unlock(w->lock);
	close(w->fd);
	return w->err;
}

static bool has_read(const struct writer *w, uint8_t *buf, size_t n)
{
	return os_syscall(SYS_pread64, w->fd, (long)buf, (long)n, (long)w->addr, 0, 0) == (long)n;
}

static void put(struct writer *w, uint32_t off, const uint8_t *bytes, size_t n)
{
	long done;

	if (w->err)
		return;
	done = os_syscall(SYS_pwrite64, w->fd, (long)bytes, (long)n, (long)(w->addr + off), 0, 0);
	if (done != (long)n)
		w->err = done < 0 ? (int)done : -EIO;
}

/* Writes those bytes behind the first that are heads, or those that are not. */
static void put_tail(struct writer *w, const struct patch *p, const uint8_t *bytes, bool heads)
{
	for (uint32_t i = 1; i < p->len; i++) {
		if (!!(p->heads & 1u << i) == heads)
			put(w, i, bytes + i, 1);
	}
	patch_sync();
}

/* One byte alone is put at once in any case. */
static bool is_put_at_once(struct writer *w, const struct patch *p, const uint8_t *to,
			   uint8_t first)
{
	uint8_t bytes[sizeof(p->new)];

	memcpy(bytes, to, p->len);
	bytes[0] = first;
	if (p->len == 1 || page_put(w->fd, p->addr, bytes, p->len))
		return false;
	patch_sync();
	return true;
}

static void flip(struct writer *w, const struct patch *p, const uint8_t *to, uint8_t first)
{
	static const uint8_t int3 = INT3;
	bool apply = to == p->new;

	if (is_put_at_once(w, p, to, first))
		return;
	if (w->never_traps) {
		w->err = -EDEADLK;
		return;
	}
	if (p->len > 1) {
		put(w, 0, &int3, 1);
		patch_sync();
		put_tail(w, p, to, apply);
		put_tail(w, p, to, !apply);
	}
	put(w, 0, &first, 1);
	patch_sync();
}

static int apply(const struct patch *patch, bool traps)
{
	struct writer w;
	uint8_t now[5];

	if (!begin(&w, patch->addr))
		return w.err;
	w.never_traps = !traps;
	if (!loader_is_as_begun())
		w.err = -EAGAIN;
	else if (!has_read(&w, now, patch->len))
		w.err = -EFAULT;
	else if (memcmp(now, patch->old, patch->len))
		w.err = -EBUSY;
	else
		flip(&w, patch, patch->new, patch->new[0]);
	return end(&w);
}

/* Where a page is exchanged and nobody can be in the midst of what is replaced, nobody traps. */
int patch_apply(const struct patch *patch)
{
	bool traps = patch->heads || patch->len == 1;
	int err;

	if (traps && !may_trap())
		return -EDEADLK;
	err = apply(patch, traps);
	if (err == -EDEADLK && may_trap())
		err = apply(patch, true);
	return err;
}

static bool is_applied(const struct writer *w, const struct patch *patch)
{
	uint8_t now[5];

	return has_read(w, now, patch->len) && !memcmp(now, patch->new, patch->len);
}

/* 0: as we left it. */
static int is_ours(const struct writer *w, const struct patch *patch)
{
	uint8_t now[5];

	/* Unmapped: nothing of ours is left to take back. */
	if (!has_read(w, now, patch->len))
		return -EFAULT;
	/* Another library lies there now, or the jump of an agent of another runtime, which will
	 * write back what it found there: ours. */
	if (memcmp(now + 1, patch->new + 1, patch->len - 1))
		return now[0] == JMP ? -EBUSY : -EFAULT;
	if (now[0] == patch->new[0])
		return 0;
	/* A debugger's breakpoint, who will write back what it found there: our jump. */
	return patch->len > 1 && now[0] == INT3 ? -EBUSY : -EFAULT;
}

int patch_revert(const struct patch *patch)
{
	struct writer w;

	if (!begin(&w, patch->addr))
		return w.err == -EAGAIN ? -EBUSY : w.err;
	w.err = is_ours(&w, patch);
	if (!w.err)
		flip(&w, patch, patch->old, patch->old[0]);
	return end(&w);
}

static int retarget(struct patch *p, const uint8_t *jump, bool traps)
{
	static const uint8_t int3 = INT3;
	struct writer w;

	if (!begin(&w, p->addr))
		return w.err;
	if (!is_applied(&w, p)) {
		w.err = -EFAULT;
	} else if (!is_put_at_once(&w, p, jump, jump[0])) {
		if (!traps)
			w.err = -EDEADLK;
		put(&w, 0, &int3, 1);
		patch_sync();
		put(&w, 1, jump + 1, p->len - 1);
		patch_sync();
		put(&w, 0, jump, 1);
		patch_sync();
	}
	if (!end(&w))
		memcpy(p->new, jump, p->len);
	return w.err;
}

int patch_retarget(struct patch *p, const uint8_t *jump)
{
	int err = retarget(p, jump, !trap.may);

	if (err != -EDEADLK)
		return err;
	patch_ask_again();
	return may_trap() ? retarget(p, jump, true) : err;
}

int patch_shrink(const struct patch *patch)
{
	struct writer w;

	if (!may_trap())
		return -EDEADLK;
	if (!begin(&w, patch->addr))
		return w.err;
	if (is_applied(&w, patch))
		flip(&w, patch, patch->old, INT3);
	else
		w.err = -EFAULT;
	return end(&w);
}

int patch_undo(const struct patch *patch)
{
	struct writer w;
	uint8_t now[5];

	if (!begin(&w, patch->addr))
		return w.err;
	/* Something else lies there now. */
	if (!has_read(&w, now, patch->len) || (now[0] != INT3 && now[0] != patch->new[0]))
		w.err = -EFAULT;
	else
		flip(&w, patch, patch->old, patch->old[0]);
	return end(&w);
}
