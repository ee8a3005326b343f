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
#include "hook/return_site.h"
#include "hook/thread.h"
#include "hook/trap.h"

enum {
	WINDOW = 64,            /* bytes looked at from a site on */
	MAX_FUNCTION = 1 << 20, /* decoded in search of branches */
	BLOCK = 256 * 1024,     /* of sites */
	FUNCTION_ALIGN = 16,
	/* Trampolines of one plan.  What comes after the first is made for all that anybody may
	 * need, of which there are as many kinds as need_at_most() leaves apart. */
	N_EXACT = 4,
	N_INLINED = 4, /* beside these, with code of programs in them */
	MAX_MADE = N_INLINED + N_EXACT + NEED_KINDS + 1, /* that has no lean way */
	MAX_BETTER = 1024, /* of a process, where there is one that only calls that code */
	INT3 = 0xcc,
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
	uint32_t n_better;
	bool stuck; /* some that nobody wants could not be taken back */
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

/* For good. */
static void *take(size_t want)
{
	size_t size = (want + 63) & ~(size_t)63;
	void *got;

	if (sites.block_left < size) {
		sites.block = pages(BLOCK);
		sites.block_left = sites.block ? BLOCK : 0;
	}
	if (!sites.block_left)
		return NULL;
	got = sites.block;
	sites.block += size;
	sites.block_left -= size;
	return got;
}

static struct site *site_new(void)
{
	struct site *site = take(sizeof(*site));

	if (site)
		site->hit.leave = (uint64_t)(uintptr_t)return_slow;
	return site;
}

/* In a signal handler. */
static uint64_t lookup(uint64_t pc)
{
	for (uint32_t k = 0; k < INSN_JMP; k++) {
		const struct site *site = find(pc - k);
		const struct site_plan *now;

		now = site ? __atomic_load_n(&site->now, __ATOMIC_ACQUIRE) : NULL;
		/* Taken back, and the byte traps still: it is somebody else's. */
		if (!now || (!__atomic_load_n(&site->patched, __ATOMIC_ACQUIRE) &&
			     *(const uint8_t *)(uintptr_t)pc == INT3))
			continue;
		if (k == 0)
			return __atomic_load_n(&now->tramp.addr, __ATOMIC_ACQUIRE);
		if (!__atomic_load_n(&site->jump.tramp.addr, __ATOMIC_ACQUIRE))
			continue;
		for (uint32_t i = 1; i < site->jump.span.n; i++) {
			if (site->jump.span.off[i] == k)
				return __atomic_load_n(&site->jump.tramp.copy[i], __ATOMIC_RELAXED);
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

long site_read_original(uint64_t addr, uint8_t *buf, size_t size)
{
	long n = patch_read(addr, buf, size);

	for (long i = 1 - INSN_JMP; i < n; i++) {
		const struct site *site = find(addr + (uint64_t)i);

		if (!site || !site->patched)
			continue;
		for (long k = 0; k < (long)site->now->patch.len; k++) {
			if (i + k >= 0 && i + k < n)
				buf[i + k] = site->now->patch.old[k];
		}
	}
	return n;
}

static bool other_site_begins(uint64_t lo, uint64_t hi)
{
	for (uint64_t addr = lo; addr < hi; addr++) {
		const struct site *site = find(addr);

		if (site && site->patched)
			return true;
	}
	return false;
}

/* 1: a branch of the function lands between the two; 0: none does; negative: unknown. */
static int branch_lands(const struct hook_spec *spec, uint64_t lo, uint64_t hi)
{
	uint8_t *code;
	int ret = -EINVAL;

	if (spec->func_size > MAX_FUNCTION)
		return -E2BIG;
	code = mem_alloc(spec->func_size);
	if (!code)
		return -ENOMEM;
	if (site_read_original(spec->func, code, spec->func_size) == (long)spec->func_size)
		ret = insn_branches_into(code, spec->func_size, spec->func, lo, hi);
	mem_free(code);
	return ret;
}

/* Behind the first byte. */
static int branch_lands_inside(const struct hook_spec *spec, const struct insn_span *span)
{
	return branch_lands(spec, span->addr,
			    span->addr + (span->len > INSN_JMP ? span->len : INSN_JMP));
}

/* May the five bytes be replaced, as far as the code around them says? */
static bool jump_fits(const struct hook_spec *spec, const struct insn_span *span,
		      const uint8_t *code, size_t room)
{
	uint64_t end = spec->func + spec->func_size, behind = span->addr + span->len;

	if (!spec->func_size)
		return span->len >= INSN_JMP && !span->ends;
	if (behind > end || branch_lands_inside(spec, span) != 0)
		return false;
	if (span->len >= INSN_JMP)
		return true;
	/* At such a place another function may begin, with what looks like padding. */
	return behind == end && behind % FUNCTION_ALIGN && room > INSN_JMP &&
	       (behind & ~(uint64_t)(FUNCTION_ALIGN - 1)) ==
		       ((span->addr + INSN_JMP - 1) & ~(uint64_t)(FUNCTION_ALIGN - 1)) &&
	       insn_is_padding(code + span->len, room - span->len, INSN_JMP - span->len);
}

/* Trampoline at a place that suits the patch. */
/* A signal handler may read meanwhile: what it takes of the old and of the new goes together. */
static void use_tramp(struct site_plan *plan, const struct tramp *tramp)
{
	for (uint32_t i = 0; i < INSN_MAX; i++)
		__atomic_store_n(&plan->tramp.copy[i], tramp->copy[i], __ATOMIC_RELAXED);
	plan->tramp.size = tramp->size;
	plan->tramp.general = tramp->general;
	plan->tramp.leave = tramp->leave;
	plan->tramp.needs = tramp->needs;
	plan->tramp.loses_flags = tramp->loses_flags;
	plan->tramp.data = tramp->data;
	__atomic_store_n(&plan->tramp.addr, tramp->addr, __ATOMIC_RELEASE);
}

static int make_tramp(struct site *site, struct site_plan *plan, const struct needs *needs)
{
	struct tramp_spec spec = {
		.site = &site->hit,
		.span = &plan->span,
		.entry = site->entry,
		.flags_dead = site->flags_dead,
		.needs = *needs,
		.at = site->addr,
	};
	struct site_made *made = take(sizeof(*made));
	uint8_t buf[TRAMP_MAX];
	int err;

	if (!made)
		return -ENOMEM;
	/* Once for the size, at an address from which everything is in reach. */
	spec.data = code_mem_data(spec.at);
	err = tramp_emit(&spec, buf, &made->tramp);
	if (!err)
		err = code_mem_alloc(&sites.code, site->addr, plan->patch.heads, made->tramp.size,
				     &spec.at);
	if (!err)
		spec.data = code_mem_data(spec.at);
	if (!err)
		err = tramp_emit(&spec, buf, &made->tramp);
	if (!err)
		err = code_mem_write(&sites.code, spec.at, buf, made->tramp.size);
	if (err)
		return err;
	tramp_init(&made->tramp, &site->hit);
	made->next = plan->made;
	plan->made = made;
	plan->n_made++;
	plan->n_inlined += need_is_inlined(needs);
	use_tramp(plan, &made->tramp);
	return 0;
}

static void lead_to_tramp(const struct site_plan *plan, uint8_t *jump)
{
	int32_t rel = (int32_t)(plan->tramp.addr - plan->patch.addr - INSN_JMP);

	jump[0] = 0xe9;
	memcpy(jump + 1, &rel, sizeof(rel));
}

static int plan_jump(struct site *site, const struct hook_spec *spec, const struct needs *needs,
		     const uint8_t *code, size_t room, struct text *why)
{
	struct site_plan *plan = &site->jump;
	struct patch *p = &plan->patch;
	int err;

	err = insn_decode(code, room, site->addr, INSN_JMP, &plan->span, why);
	if (err)
		return err;
	if (!jump_fits(spec, &plan->span, code, room))
		return -EOPNOTSUPP;
	p->addr = site->addr;
	p->len = INSN_JMP;
	memcpy(p->old, code, INSN_JMP);
	for (uint32_t i = 1; i < plan->span.n; i++) {
		if (plan->span.off[i] < INSN_JMP)
			p->heads |= 1u << plan->span.off[i];
	}
	err = make_tramp(site, plan, needs);
	if (!err)
		lead_to_tramp(plan, p->new);
	return err;
}

static int plan_stop(struct site *site, struct text *why)
{
	struct site_plan *plan = &site->stop;
	const struct needs general = { 0 };
	uint8_t code[WINDOW];
	long room;
	int err;

	if (plan->tramp.addr)
		return 0;
	room = site_read_original(site->addr, code, sizeof(code));
	if (room <= 0)
		return -EFAULT;
	err = insn_decode(code, (size_t)room, site->addr, 1, &plan->span, why);
	if (err)
		return err;
	plan->patch = (struct patch){
		.addr = site->addr,
		.len = 1,
		.old = { code[0] },
		.new = { INT3 },
	};
	/* Beside a breakpoint a lean way is nothing. */
	err = make_tramp(site, plan, &general);
	if (err)
		text_add(why, "no memory for a trampoline in reach of %#lx", (long)site->addr);
	return err;
}

/* Is what the plans are for still there?  Another library may lie at the address now. */
static bool is_current(const struct site *site, const uint8_t *code, size_t room)
{
	const struct patch *p = site->jump.tramp.addr ? &site->jump.patch : &site->stop.patch;

	return site->patched ||
	       (!memcmp(p->old, code, p->len) && site->flags_dead == insn_flags_dead(code, room));
}

static int make_plans(struct site *site, const struct hook_spec *spec, const struct needs *needs,
		      const uint8_t *code, size_t room, struct text *why)
{
	char buf[128];
	struct text unused;

	memset(&site->jump, 0, sizeof(site->jump));
	memset(&site->stop, 0, sizeof(site->stop));
	site->entry = spec->kind == HOOK_URETPROBE || spec->addr == spec->func;
	site->flags_dead = insn_flags_dead(code, room);
	text_init(&unused, buf, sizeof(buf));
	return plan_jump(site, spec, needs, code, room, &unused) ? plan_stop(site, why) : 0;
}

static int call_is_there(uint64_t addr, struct text *why)
{
	text_add(why, "a system call is followed at %#lx", (long)addr);
	return -EBUSY;
}

int site_put(const struct site_plan *plan, struct text *why, struct site **ret_site)
{
	struct site *site = find(plan->patch.addr), *old = site;
	int err = get_ready(why);

	if (err)
		return err;
	if (old && old->patched) {
		text_add(why, "a probe is at %#lx", (long)plan->patch.addr);
		return -EBUSY;
	}
	site = old ? old : site_new();
	if (!site)
		return -ENOMEM;
	site->addr = plan->patch.addr;
	site->jump = *plan;
	site->stop = (struct site_plan){ 0 };
	site->entry = false;
	site->flags_dead = false;
	site->call = true;
	err = old ? 0 : insert(site);
	if (!err)
		*ret_site = site;
	return err;
}

/* Who comes by an indirect branch must find the landing pad, so the site is what follows it. Unless
 * that is where a loop begins, of which each round would be a hit: Linux makes no program prove its
 * pads. */
static uint32_t landing_pad(const struct hook_spec *spec, const uint8_t *code, size_t room)
{
	uint32_t n = insn_landing_pad(code, room);
	uint64_t behind = spec->addr + n;

	return n && spec->func_size && branch_lands(spec, behind - 1, behind + 1) == 1 ? 0 : n;
}

int site_get(const struct hook_spec *spec, const struct needs *needs, struct text *why,
	     struct site **ret_site)
{
	uint8_t code[WINDOW];
	struct site *site, *old;
	long room;
	uint32_t skip;
	int err = get_ready(why);

	if (err)
		return err;
	room = site_read_original(spec->addr, code, sizeof(code));
	if (room <= 0) {
		text_add(why, "nothing can be read at %#lx", (long)spec->addr);
		return room ? (int)room : -EFAULT;
	}
	skip = landing_pad(spec, code, (size_t)room);
	if (skip && room <= (long)skip)
		return -EFAULT;
	old = find(spec->addr + skip);
	if (old && old->call && old->patched)
		return call_is_there(spec->addr, why);
	site = old ? old : site_new();
	if (!site)
		return -ENOMEM;
	if (!old || old->call || !is_current(old, code + skip, (size_t)room - skip)) {
		site->addr = spec->addr + skip;
		site->call = false;
		err = make_plans(site, spec, needs, code + skip, (size_t)room - skip, why);
		if (!err && !old)
			err = insert(site);
	}
	if (!err)
		*ret_site = site;
	return err;
}

/* The address lies in bytes that another site's jump replaced: that one becomes a breakpoint, whose
 * trampoline runs one instruction and comes back before the address. */
static int make_room(uint64_t addr, struct text *why)
{
	for (uint32_t k = 1; k < INSN_JMP; k++) {
		struct site *other = find(addr - k);
		int err;

		if (!other || !other->patched || other->now->patch.len <= k)
			continue;
		if (other->call)
			return call_is_there(other->addr, why);
		err = plan_stop(other, why);
		if (!err) {
			__atomic_store_n(&other->now, &other->stop, __ATOMIC_RELEASE);
			err = patch_shrink(&other->jump.patch);
			if (err)
				__atomic_store_n(&other->now, &other->jump, __ATOMIC_RELEASE);
		}
		if (err == -EDEADLK)
			text_add(why, "%s", patch_refusal());
		if (err == -EAGAIN || err == -EDEADLK)
			return err;
		if (err) {
			text_add(why, "another probe's jump covers %#lx", (long)addr);
			return -EBUSY;
		}
	}
	return 0;
}

int site_patch(struct site *site, struct text *why)
{
	const struct site_plan *plan = &site->jump;
	int err;

	if (site->patched)
		return 0;
	err = make_room(site->addr, why);
	if (!err &&
	    (!plan->tramp.addr || other_site_begins(site->addr + 1, site->addr + INSN_JMP))) {
		if (site->call) {
			text_add(why, "a probe is behind %#lx", (long)site->addr);
			return -EBUSY;
		}
		err = plan_stop(site, why);
		plan = &site->stop;
	}
	if (err)
		return err;
	/* All of it before the first trap. */
	__atomic_store_n(&site->now, plan, __ATOMIC_RELEASE);
	__atomic_store_n(&site->patched, true, __ATOMIC_RELEASE);
	err = patch_apply(&plan->patch);
	if (!err)
		return 0;
	__atomic_store_n(&site->patched, false, __ATOMIC_RELEASE);
	if (err == -EDEADLK)
		text_add(why, "%s", patch_refusal());
	if (err == -EAGAIN || err == -EDEADLK)
		return err;
	text_add(why,
		 err == -EBUSY ? "the code at %#lx is no longer what it was"
			       : "the code at %#lx cannot be written",
		 (long)site->addr);
	return err;
}

void site_shut(struct site *site)
{
	tramp_shut(&site->jump.tramp);
}

static const struct tramp *made_for(const struct site_plan *plan, const struct needs *needs)
{
	const struct site_made *m = plan->made;

	while (m && !need_is_met_best(&m->tramp.needs, needs))
		m = m->next;
	return m ? &m->tramp : NULL;
}

/* With room for one that has a program's code in it?  A program that is loaded anew is another. */
static bool may_inline(const struct site_plan *plan, const struct needs *needs)
{
	return plan->n_inlined < N_INLINED &&
	       (!need_is_met(&plan->tramp.needs, needs) || sites.n_better++ < MAX_BETTER);
}

void site_fit(struct site *site)
{
	struct site_plan *plan = &site->jump;
	struct needs needs = need_of_list(site->hit.list);
	const struct tramp *made;
	uint8_t jump[INSN_JMP];

	/* A list without a lean way may take the other one of any. */
	if (!plan->tramp.addr || (!needs.enter.runs && !needs.leave.runs &&
				  !(plan->tramp.loses_flags && need_of_flags(site->hit.list))))
		return;
	if (!made_for(plan, &needs) && !may_inline(plan, &needs))
		needs = need_called(&needs);
	if (need_is_met_best(&plan->tramp.needs, &needs))
		return;
	made = made_for(plan, &needs);
	if (made)
		use_tramp(plan, made);
	else if (plan->n_made == MAX_MADE)
		return;
	if (!made && !need_is_inlined(&needs) && plan->n_made - plan->n_inlined >= N_EXACT)
		needs = need_at_most(&needs);
	if (!made && make_tramp(site, plan, &needs))
		return;
	lead_to_tramp(plan, jump);
	if (!site->patched || site->now != plan)
		memcpy(plan->patch.new, jump, sizeof(jump));
	else
		patch_retarget(&plan->patch, jump);
}

void site_open(struct site *site)
{
	struct site_plan *plan = &site->jump;
	struct needs needs = need_of_list(site->hit.list);

	if (site->patched && site->now == plan && plan->tramp.data && !site->hit.always &&
	    (needs.enter.runs || needs.leave.runs) && need_is_met(&plan->tramp.needs, &needs))
		tramp_open(&plan->tramp, site->hit.list, &needs);
}

int site_always(uint64_t func, uint64_t size, void (*fn)(void), struct text *why,
		struct site **ret_site)
{
	const struct hook_spec spec = { .addr = func, .func = func, .func_size = size };
	const struct needs general = { 0 };
	struct site *site;
	int err = site_get(&spec, &general, why, &site);

	if (!err && !site->jump.tramp.addr)
		err = -EOPNOTSUPP;
	if (err)
		return err;
	site_shut(site);
	__atomic_store_n(&site->hit.always, fn, __ATOMIC_RELEASE);
	err = site_patch(site, why);
	if (err)
		site_never(site);
	*ret_site = site;
	return err;
}

void site_never(struct site *site)
{
	__atomic_store_n(&site->hit.always, NULL, __ATOMIC_RELEASE);
	if (!site->hit.list)
		site_unpatch(site);
	else
		site_open(site);
}

bool site_is_lost(const struct site *site)
{
	const struct patch *p = site->patched ? &site->now->patch : NULL;
	uint8_t now[INSN_JMP];

	return p && patch_read(p->addr, now, p->len) == (long)p->len &&
	       !memcmp(now, p->old, p->len);
}

void site_unpatch(struct site *site)
{
	if (!site->patched || site->hit.always)
		return;
	if (patch_revert(&site->now->patch) == -EBUSY)
		sites.stuck = true;
	else
		__atomic_store_n(&site->patched, false, __ATOMIC_RELEASE);
}

void site_tend(bool traps)
{
	const struct index *index = sites.index;
	bool stuck = sites.stuck;

	if (sites.ready && traps)
		trap_init(lookup);
	sites.stuck = false;
	for (uint64_t i = 0; stuck && index && i <= index->mask; i++)
		if (index->at[i] && !index->at[i]->call && !index->at[i]->hit.list)
			site_unpatch(index->at[i]);
}

bool site_undo(int64_t distance)
{
	const struct index *index;
	struct site *site;
	uint32_t home;

	memcpy(&home, (const char *)&thread_home + distance, sizeof(home));
	memcpy(&index, (const char *)&sites.index + distance, sizeof(index));
	if (!home || home == thread_home)
		return false;
	for (uint64_t i = 0; index && i <= index->mask; i++) {
		site = index->at[i];
		if (!site || !site->patched)
			continue;
		patch_undo(&site->now->patch);
		__atomic_store_n(&site->patched, false, __ATOMIC_RELEASE);
	}
	return true;
}
