/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a place patched?  The ladder: a jump over one instruction; over several, each of which
 * begins with a byte that traps afterwards; a breakpoint; refusal with the reason.  A jump is not
 * used when a branch of the function lands in the bytes it would replace, when another site begins
 * there, or when the bytes do not all belong to the function or to the padding behind it.
 */
#include "hook/site.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "hook/code_mem.h"
#include "hook/trap.h"

enum {
	WINDOW = 64,            /* bytes looked at from a site on */
	MAX_FUNCTION = 1 << 20, /* decoded in search of branches */
	BLOCK = 256 * 1024,     /* of sites */
	FUNCTION_ALIGN = 16,
};

/* Open addressing, power of two, never more than half full.  Read by signal handlers: replaced as a
 * whole when it grows, the old one stays. */
struct index {
	uint64_t mask, n;
	struct site *at[];
};

/* The process's, as its text is. */
static struct {
	pthread_mutex_t lock;
	struct index *index;
	struct code_mem code;
	char *block;
	size_t block_left;
	bool ready;
} sites = { .lock = PTHREAD_MUTEX_INITIALIZER };

void site_lock(void)
{
	pthread_mutex_lock(&sites.lock);
}

void site_unlock(void)
{
	pthread_mutex_unlock(&sites.lock);
}

void site_after_fork(void)
{
	pthread_mutex_init(&sites.lock, NULL);
	code_mem_after_fork(&sites.code);
	patch_init();
}

static uint64_t hash_of(uint64_t addr)
{
	return addr * 0x9e3779b97f4a7c15ull >> 20;
}

static struct site *find(uint64_t addr)
{
	const struct index *index = __atomic_load_n(&sites.index, __ATOMIC_ACQUIRE);
	struct site *site;

	if (!index)
		return NULL;
	for (uint64_t h = hash_of(addr);; h++) {
		site = __atomic_load_n(&index->at[h & index->mask], __ATOMIC_ACQUIRE);
		if (!site || site->addr == addr)
			return site;
	}
}

static void *pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static void put(struct index *index, struct site *site)
{
	uint64_t h = hash_of(site->addr);

	while (index->at[h & index->mask])
		h++;
	index->n++;
	__atomic_store_n(&index->at[h & index->mask], site, __ATOMIC_RELEASE);
}

static int insert(struct site *site)
{
	struct index *old = sites.index, *grown;
	uint64_t size = old ? (old->mask + 1) * 2 : 512;

	if (!old || old->n * 2 > old->mask) {
		grown = pages(sizeof(*grown) + size * sizeof(grown->at[0]));
		if (!grown)
			return -ENOMEM;
		grown->mask = size - 1;
		for (uint64_t i = 0; old && i <= old->mask; i++) {
			if (old->at[i])
				put(grown, old->at[i]);
		}
		__atomic_store_n(&sites.index, grown, __ATOMIC_RELEASE);
	}
	put(sites.index, site);
	return 0;
}

static struct site *site_new(void)
{
	size_t size = (sizeof(struct site) + 63) & ~(size_t)63;
	struct site *site;

	if (sites.block_left < size) {
		sites.block = pages(BLOCK);
		sites.block_left = sites.block ? BLOCK : 0;
	}
	if (!sites.block_left)
		return NULL;
	site = (struct site *)(void *)sites.block;
	sites.block += size;
	sites.block_left -= size;
	return site;
}

/* In a signal handler. */
static uint64_t lookup(uint64_t pc)
{
	for (uint32_t k = 0; k < INSN_JMP; k++) {
		struct site *site = find(pc - k);

		if (!site || k >= site->span.len)
			continue;
		/* Taken back meanwhile: ours if the byte no longer traps, else somebody else's. */
		if (!site->patched && *(const uint8_t *)(uintptr_t)pc == site->patch.new[k])
			continue;
		if (k == 0)
			return site->tramp.addr;
		for (uint32_t i = 1; i < site->span.n; i++) {
			if (site->span.off[i] == k)
				return site->tramp.copy[i];
		}
	}
	return 0;
}

static int get_ready(struct text *why)
{
	int err = sites.ready ? 0 : patch_init();

	if (err) {
		text_add(why, "membarrier(2) with SYNC_CORE is not available");
		return err;
	}
	err = trap_init(lookup);
	if (err) {
		text_add(why, "cannot install signal handlers");
		return err;
	}
	sites.ready = true;
	return 0;
}

/* Code as it was before we patched it. */
static long read_original(uint64_t addr, uint8_t *buf, size_t size)
{
	long n = patch_read(addr, buf, size);

	for (long i = 1 - INSN_JMP; i < n; i++) {
		const struct site *site = find(addr + (uint64_t)i);

		if (!site || !site->patched)
			continue;
		for (long k = 0; k < (long)site->patch.len; k++) {
			if (i + k >= 0 && i + k < n)
				buf[i + k] = site->patch.old[k];
		}
	}
	return n;
}

static bool other_site_begins(uint64_t lo, uint64_t hi)
{
	for (uint64_t addr = lo; addr < hi; addr++) {
		if (find(addr))
			return true;
	}
	return false;
}

/* 1: a branch of the function lands behind the first byte; 0: none does; negative: unknown. */
static int branch_lands_inside(const struct hook_spec *spec, const struct insn_span *span)
{
	uint64_t lo = span->addr, hi = lo + (span->len > INSN_JMP ? span->len : INSN_JMP);
	uint8_t *code;
	int ret = -EINVAL;

	if (spec->func_size > MAX_FUNCTION)
		return -E2BIG;
	code = mem_alloc(spec->func_size);
	if (!code)
		return -ENOMEM;
	if (read_original(spec->func, code, spec->func_size) == (long)spec->func_size)
		ret = insn_branches_into(code, spec->func_size, spec->func, lo, hi);
	mem_free(code);
	return ret;
}

/* May the five bytes be replaced, as far as the code around them says? */
static bool jump_fits(const struct hook_spec *spec, const struct insn_span *span,
		      const uint8_t *code, size_t room)
{
	uint64_t end = spec->func + spec->func_size, behind = span->addr + span->len;

	if (other_site_begins(span->addr + 1, span->addr + INSN_JMP))
		return false;
	if (!spec->func_size)
		return span->len >= INSN_JMP && !span->ends;
	if (behind > end || branch_lands_inside(spec, span) != 0)
		return false;
	if (span->len >= INSN_JMP)
		return true;
	return behind == end && room > INSN_JMP &&
	       (behind & ~(uint64_t)(FUNCTION_ALIGN - 1)) ==
		       ((span->addr + INSN_JMP - 1) & ~(uint64_t)(FUNCTION_ALIGN - 1)) &&
	       insn_is_padding(code + span->len, room - span->len, INSN_JMP - span->len);
}

/* Trampoline at a place that suits `heads`. */
static int make_tramp(struct site *site, uint32_t heads)
{
	bool entry = site->entry;
	uint8_t buf[TRAMP_MAX];
	uint64_t at;
	int err;

	/* Once for the size, at an address from which everything is in reach. */
	err = tramp_emit(&site->hit, &site->span, entry, site->addr, buf, &site->tramp);
	if (!err)
		err = code_mem_alloc(&sites.code, site->addr, heads, site->tramp.size, &at);
	if (!err)
		err = tramp_emit(&site->hit, &site->span, entry, at, buf, &site->tramp);
	if (!err)
		err = code_mem_write(&sites.code, at, buf, site->tramp.size);
	return err;
}

static int try_jump(struct site *site, const struct hook_spec *spec, const uint8_t *code,
		    size_t room, struct text *why)
{
	struct patch *p = &site->patch;
	int32_t rel;
	int err;

	err = insn_decode(code, room, site->addr, INSN_JMP, &site->span, why);
	if (err)
		return err;
	if (!jump_fits(spec, &site->span, code, room))
		return -EOPNOTSUPP;
	p->len = INSN_JMP;
	p->heads = 0;
	for (uint32_t i = 1; i < site->span.n; i++) {
		if (site->span.off[i] < INSN_JMP)
			p->heads |= 1u << site->span.off[i];
	}
	err = make_tramp(site, p->heads);
	if (err)
		return err;
	rel = (int32_t)(site->tramp.addr - site->addr - INSN_JMP);
	p->new[0] = 0xe9;
	memcpy(p->new + 1, &rel, sizeof(rel));
	return 0;
}

static int try_breakpoint(struct site *site, const uint8_t *code, size_t room, struct text *why)
{
	int err = insn_decode(code, room, site->addr, 1, &site->span, why);

	if (err)
		return err;
	site->patch.len = 1;
	site->patch.heads = 0;
	site->patch.new[0] = 0xcc;
	err = make_tramp(site, 0);
	if (err)
		text_add(why, "no memory for a trampoline in reach of %#lx", (long)site->addr);
	return err;
}

/* The address lies in bytes that another site's jump replaced: that one becomes a breakpoint, whose
 * trampoline runs one instruction and comes back before the address. */
static int make_room(uint64_t addr, struct text *why)
{
	struct tramp before;

	for (uint32_t k = 1; k < INSN_JMP; k++) {
		struct site *other = find(addr - k);
		struct insn_span whole;
		int err;

		if (!other || other->patch.len <= k)
			continue;
		whole = other->span;
		before = other->tramp;
		other->span.n = 1;
		other->span.len = whole.n > 1 ? whole.off[1] : whole.len;
		other->span.ends = whole.n > 1 ? false : whole.ends;
		err = make_tramp(other, 0);
		other->span.n = whole.n;
		other->span.len = whole.len;
		/* Stragglers still find the old copies of the later instructions. */
		for (uint32_t i = 1; i < whole.n; i++)
			other->tramp.copy[i] = before.copy[i];
		if (!err && other->patched)
			err = patch_shrink(&other->patch);
		if (err) {
			other->tramp = before;
			text_add(why, "another probe's jump covers %#lx", (long)addr);
			return -EBUSY;
		}
		other->patch.len = 1;
		other->patch.new[0] = 0xcc;
	}
	return 0;
}

static int site_plan(struct site *site, const struct hook_spec *spec, const uint8_t *code,
		     size_t room, struct text *why)
{
	char buf[128];
	struct text unused;
	int err;

	text_init(&unused, buf, sizeof(buf));
	memcpy(site->patch.old, code, room < INSN_JMP ? room : INSN_JMP);
	site->patch.addr = site->addr;
	site->entry = spec->kind == HOOK_URETPROBE || spec->addr == spec->func;
	err = try_jump(site, spec, code, room, &unused);
	if (err)
		err = try_breakpoint(site, code, room, why);
	return err ? err : insert(site);
}

int site_get(const struct hook_spec *spec, struct text *why, struct site **ret_site)
{
	uint8_t code[WINDOW];
	struct site *site;
	long room;
	uint32_t skip;
	int err = get_ready(why);

	if (err)
		return err;
	room = read_original(spec->addr, code, sizeof(code));
	if (room <= 0) {
		text_add(why, "nothing can be read at %#lx", (long)spec->addr);
		return room ? (int)room : -EFAULT;
	}
	skip = insn_landing_pad(code, (size_t)room);
	if (skip && room <= (long)skip)
		return -EFAULT;
	site = find(spec->addr + skip);
	if (!site) {
		err = make_room(spec->addr + skip, why);
		if (err)
			return err;
		site = site_new();
		if (!site)
			return -ENOMEM;
		site->addr = spec->addr + skip;
		err = site_plan(site, spec, code + skip, (size_t)room - skip, why);
		if (err)
			return err;
	}
	*ret_site = site;
	return 0;
}

int site_patch(struct site *site, struct text *why)
{
	int err;

	if (site->patched)
		return 0;
	site->patched = true; /* before the first trap */
	err = patch_apply(&site->patch);
	if (!err)
		return 0;
	site->patched = false;
	text_add(why,
		 err == -EBUSY ? "the code at %#lx is no longer what it was"
			       : "the code at %#lx cannot be written",
		 (long)site->addr);
	return err;
}

void site_unpatch(struct site *site)
{
	if (!site->patched)
		return;
	patch_revert(&site->patch);
	site->patched = false;
}
