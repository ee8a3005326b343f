/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is the dynamic loader at work, and how does it wait?  Whoever patches closes the gate, then
 * looks at what the loader says of itself; the loader says that it begins, then passes the gate. So
 * one of them sees the other.  Who patches what it has read before compares the count of changes.
 */
#include "hook/loader.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/text.h"
#include "hook/insn.h"
#include "hook/maps.h"
#include "hook/patch.h"
#include "hook/site.h"

enum {
	MAX_AUXV = 1 << 16,
	MAX_PHDRS = 64,
	MAX_DYNAMIC = 256,
	MAX_SPACES = 64,
	PAUSE_NS = 10000,
	TRIES = 3000,
	FAIR = 10, /* tries for which those that wait go first */
	RET = 0xc3,
	JMP = 0xe9,
};

/* As in a child that was forked meanwhile, where nobody is at work any more. */
#define STUCK_NS UINT64_C(5000000000)

/* struct r_debug of <link.h>, and what libc has behind it since version 2. */
struct space {
	int32_t version;
	uint64_t map, brk;
	int32_t state; /* 0: consistent */
	uint64_t base;
	const struct space *next;
};

/* The process's, as its loader is; under the lock of its sites. */
static struct {
	const struct space *spaces;
	struct site *site; /* NULL: not watched */
	bool tried;
	bool begun;
	uint64_t as_of;  /* changes when it was begun */
	struct maps now; /* what is mapped since: */
	uint64_t now_as_of;
	uint64_t busy_ns, busy_as_of;
} loader;

/* --- where it is --- */

static bool has_read(uint64_t addr, void *to, size_t size)
{
	return patch_read(addr, to, size) == (long)size;
}

static uint64_t auxv_of(const Elf64_auxv_t *auxv, size_t n, uint64_t type)
{
	for (size_t i = 0; i < n; i++)
		if (auxv[i].a_type == type)
			return auxv[i].a_un.a_val;
	return 0;
}

static uint64_t debug_of(uint64_t dynamic, uint64_t size)
{
	Elf64_Dyn dyn[MAX_DYNAMIC];

	if (size > sizeof(dyn) || !has_read(dynamic, dyn, size))
		return 0;
	for (uint64_t i = 0; i < size / sizeof(*dyn); i++)
		if (dyn[i].d_tag == DT_DEBUG)
			return dyn[i].d_un.d_ptr;
	return 0;
}

/* The program's dynamic section leads there; 0: it has no loader. */
static uint64_t find_spaces(void)
{
	const Elf64_Phdr *own = NULL, *dynamic = NULL;
	Elf64_Phdr ph[MAX_PHDRS];
	uint64_t at, n;
	void *auxv;
	size_t size;

	if (os_read_file("/proc/self/auxv", MAX_AUXV, &auxv, &size))
		return 0;
	at = auxv_of(auxv, size / sizeof(Elf64_auxv_t), AT_PHDR);
	n = auxv_of(auxv, size / sizeof(Elf64_auxv_t), AT_PHNUM);
	mem_free(auxv);
	if (n > MAX_PHDRS || !has_read(at, ph, n * sizeof(*ph)))
		return 0;
	for (uint64_t i = 0; i < n; i++) {
		if (ph[i].p_type == PT_PHDR)
			own = &ph[i];
		if (ph[i].p_type == PT_DYNAMIC)
			dynamic = &ph[i];
	}
	if (!own || !dynamic)
		return 0;
	return debug_of(at - own->p_vaddr + dynamic->p_vaddr, dynamic->p_memsz);
}

/* A function that does nothing, as everybody's is, or has another runtime's jump: how long is it?
 * 0: it is neither. */
static uint64_t size_of_empty(uint64_t func)
{
	uint8_t code[16];
	uint32_t skip;

	if (!has_read(func, code, sizeof(code)))
		return 0;
	skip = insn_landing_pad(code, sizeof(code));
	if (code[skip] == JMP)
		return skip + INSN_JMP;
	return code[skip] == RET ? skip + 1 : 0;
}

static bool has_gate(void)
{
	const size_t page = 4096;
	void *p = loader_gate;

	if (p)
		return true;
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	if (madvise(p, page, MADV_WIPEONFORK)) {
		munmap(p, page);
		return false;
	}
	loader_gate = p;
	return true;
}

static void watch(void)
{
	struct space first;
	struct text unused;
	uint64_t at = find_spaces(), size;
	char buf[128];

	if (!at || !has_read(at, &first, offsetof(struct space, next)))
		return;
	size = size_of_empty(first.brk);
	text_init(&unused, buf, sizeof(buf));
	if (!size || !has_gate())
		return;
	loader.spaces = (const struct space *)(uintptr_t)at;
	if (site_always(first.brk, size, loader_pass, &unused, &loader.site))
		loader.site = NULL;
}

void loader_watch(void)
{
	site_lock();
	if (!loader.tried)
		watch();
	loader.tried = true;
	site_unlock();
}

void loader_unwatch(void)
{
	site_lock();
	if (loader.site)
		site_never(loader.site);
	loader.site = NULL;
	loader.tried = loader.begun = false;
	maps_done(&loader.now);
	site_unlock();
}

/* --- is it at work? --- */

static bool is_quiet(void)
{
	const struct space *s = loader.spaces;
	int32_t version = s->version;

	for (int i = 0; s && i < MAX_SPACES; i++) {
		if (__atomic_load_n(&s->state, __ATOMIC_ACQUIRE))
			return false;
		s = version > 1 ? __atomic_load_n(&s->next, __ATOMIC_ACQUIRE) : NULL;
	}
	return true;
}

uint64_t loader_changes(void)
{
	return loader.site ? __atomic_load_n(&loader_gate->changes, __ATOMIC_ACQUIRE) : 0;
}

static void close_gate(void)
{
	__atomic_exchange_n(&loader_gate->held, 1, __ATOMIC_SEQ_CST);
}

void loader_release(void)
{
	if (!loader.site)
		return;
	__atomic_exchange_n(&loader_gate->held, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&loader_gate->waiting, __ATOMIC_RELAXED))
		os_syscall(SYS_futex, (long)&loader_gate->held, FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0,
			   0);
}

/* It has said for long that it is at work, and never passed. */
static bool is_stuck(void)
{
	uint64_t now = os_now_ns(), changes = loader_changes();

	if (!loader.busy_ns || loader.busy_as_of != changes) {
		loader.busy_ns = now;
		loader.busy_as_of = changes;
	}
	return now - loader.busy_ns > STUCK_NS;
}

bool loader_hold(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (int i = 0; loader.site && i < TRIES; i++) {
		if (i >= FAIR || !__atomic_load_n(&loader_gate->waiting, __ATOMIC_RELAXED)) {
			close_gate();
			if (is_quiet()) {
				loader.busy_ns = 0;
				return true;
			}
			loader_release();
		}
		nanosleep(&pause, NULL);
	}
	if (loader.site && !is_stuck())
		return false;
	if (loader.site)
		close_gate();
	return true;
}

/* --- is it still there? --- */

static bool is_in_now(const struct maps_row *row)
{
	for (size_t i = 0; i < loader.now.n; i++) {
		const struct maps_row *now = &loader.now.rows[i];

		if (now->start <= row->start && row->start < now->end && now->exec &&
		    now->dev == row->dev && now->ino == row->ino &&
		    now->start - now->off == row->start - row->off)
			return true;
	}
	return false;
}

/* What is mapped without the loader is found by another look. */
static bool is_mapped(const struct maps_row *row)
{
	uint64_t changes = loader_changes();

	if (loader.now.rows && loader.now_as_of == changes && is_in_now(row))
		return true;
	maps_done(&loader.now);
	if (maps_read(&loader.now))
		return false;
	loader.now_as_of = changes;
	return is_in_now(row);
}

bool loader_begin_locked(const struct maps_row *row)
{
	bool is;

	if (!loader.site)
		return true;
	if (!loader_hold())
		return false;
	is = is_mapped(row);
	loader.as_of = loader_changes();
	loader.begun = true;
	loader_release();
	return is;
}

bool loader_begin(const struct maps_row *row)
{
	bool is;

	site_lock();
	is = loader_begin_locked(row);
	site_unlock();
	return is;
}

bool loader_is_as_begun(void)
{
	return !loader.site || !loader.begun || loader.as_of == loader_changes();
}
