/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a stack walked in a hit?  From registers to the caller's registers, by the row of the
 * table that the address is in, else by the frame pointer.  The stack pointer only grows, but for
 * the frame of a signal, which may have come on another stack; so a walk ends, at the latest where
 * the caller's room does.  A return address that a probe moved away is found in the thread's table.
 */
#include "hook/unwind.h"

#include <asm/ptrace.h>
#include <linux/bpf.h>

#include "helper/bytes.h"
#include "helper/helper.h"
#include "helper/probe.h"
#include "helper/regs.h"
#include "hook/return_site.h"
#include "hook/thread.h"

enum {
	/* Of struct ucontext, which lies at rsp when a handler has returned. */
	SIGNAL_RBP = 120,
	SIGNAL_RSP = 160,
	SIGNAL_RIP = 168,
	PLT_PUSHED = 11, /* bytes of a linkage stub behind which it has pushed its number */
	LONGEST_CALL = 7,
};
#define MAX_FRAME (64ull << 20)

const struct unwind_set *unwind_set;

struct walk {
	const struct run *run;
	const struct unwind_set *set;
	uint64_t pc, sp, bp;
	bool exact;       /* pc is where it was, not where it will return to */
	uint32_t returns; /* entries of the thread's table that may be for frames above */
};

static bool read_word(const struct walk *w, uint64_t at, uint64_t *ret)
{
	return probe_copy(w->run, ret, at, sizeof(*ret)) == 0;
}

static const struct unwind_map *find_map(const struct unwind_set *set, uint64_t ip)
{
	size_t lo = 0, hi = set ? set->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->maps[mid].end <= ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	return set && lo < set->n && set->maps[lo].start <= ip ? &set->maps[lo] : NULL;
}

static const struct unwind_row *find_row(const struct unwind_set *set, uint64_t ip)
{
	const struct unwind_map *m = find_map(set, ip);
	size_t lo = 0, hi = m ? m->table->n : 0;
	uint64_t pc = m ? ip - m->bias : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->table->rows[mid].pc <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &m->table->rows[lo - 1] : NULL;
}

/* Inner frames were pushed later; so mostly the next one down is meant. */
static bool moved_return(struct walk *w, uint64_t slot, uint64_t *ret)
{
	const struct hook_thread *t = hook_self;
	uint32_t n = t ? t->n_returns : 0;

	n = n < HOOK_MAX_RETURNS ? n : HOOK_MAX_RETURNS;
	for (uint32_t k = 0, i = w->returns < n ? w->returns : n; k < n; k++) {
		i = i ? i - 1 : n - 1;
		if (t->returns[i].slot != slot)
			continue;
		*ret = t->returns[i].final;
		w->returns = i;
		return true;
	}
	return false;
}

/* To the caller whose stack begins at cfa. */
static bool go_up(struct walk *w, uint64_t cfa)
{
	uint64_t ret;

	if (cfa <= w->sp || cfa - w->sp > MAX_FRAME || cfa % 8 || !read_word(w, cfa - 8, &ret))
		return false;
	if (ret == (uint64_t)(uintptr_t)return_site && !moved_return(w, cfa - 8, &ret))
		return false;
	w->pc = ret;
	w->sp = cfa;
	w->exact = false;
	return ret != 0;
}

static bool leave_signal(struct walk *w)
{
	uint64_t frame = w->sp;

	w->exact = true;
	return read_word(w, frame + SIGNAL_RIP, &w->pc) &&
	       read_word(w, frame + SIGNAL_RBP, &w->bp) &&
	       read_word(w, frame + SIGNAL_RSP, &w->sp) && w->pc;
}

/* Is it what a call instruction pushes? */
static bool follows_call(const struct walk *w, uint64_t ip)
{
	uint8_t b[LONGEST_CALL];

	if (!find_map(w->set, ip) || probe_copy(w->run, b, ip - sizeof(b), sizeof(b)))
		return false;
	if (b[LONGEST_CALL - 5] == 0xe8)
		return true;
	for (int len = 2; len <= LONGEST_CALL; len++)
		if (b[LONGEST_CALL - len] == 0xff && (b[LONGEST_CALL - len + 1] & 0x38) == 0x10)
			return true;
	return false;
}

/* At a function's first instruction the frame pointer is still the caller's. */
static bool by_frame_pointer(struct walk *w)
{
	uint64_t ret, fp = w->bp, up;

	if (w->exact && w->pc == w->run->func_ip && read_word(w, w->sp, &ret) &&
	    (ret == (uint64_t)(uintptr_t)return_site || follows_call(w, ret)))
		return go_up(w, w->sp + 8);
	if (fp < w->sp || fp % 8 || !read_word(w, fp, &up) || !go_up(w, fp + 16))
		return false;
	w->bp = up;
	return true;
}

static bool by_row(struct walk *w, const struct unwind_row *row, uint64_t cfa)
{
	uint64_t bp = w->bp;

	if (row->rbp_off && !read_word(w, cfa + (uint64_t)(int64_t)row->rbp_off, &bp))
		return false;
	w->bp = bp;
	return go_up(w, cfa);
}

static bool step(struct walk *w)
{
	const struct unwind_row *row = find_row(w->set, w->exact ? w->pc : w->pc - 1);
	uint64_t off = row ? (uint64_t)(int64_t)row->cfa_off : 0, cfa;

	switch (row ? (enum unwind_kind)row->kind : UNWIND_NONE) {
	case UNWIND_END: return false;
	case UNWIND_RSP: return by_row(w, row, w->sp + off);
	case UNWIND_RBP: return by_row(w, row, w->bp + off);
	case UNWIND_RBP_DEREF: return read_word(w, w->bp + off, &cfa) && by_row(w, row, cfa);
	case UNWIND_PLT: return go_up(w, w->sp + 8 + (w->pc % 16 >= PLT_PUSHED ? 8 : 0));
	case UNWIND_SIGNAL: return leave_signal(w);
	case UNWIND_NONE: break;
	}
	return by_frame_pointer(w);
}

uint32_t unwind_walk(const struct run *run, uint64_t *ips, uint32_t max)
{
	struct walk w = { .run = run,
			  .set = __atomic_load_n(&unwind_set, __ATOMIC_ACQUIRE),
			  .exact = true,
			  .returns = HOOK_MAX_RETURNS };
	uint32_t n = 0;

	if (!run->regs || !max)
		return 0;
	w.pc = run->regs->rip;
	w.sp = run->regs->rsp;
	w.bp = run->regs->rbp;
	do
		ips[n++] = w.pc;
	while (n < max && step(&w));
	return n;
}

bool unwind_build_id(uint64_t ip, struct bpf_stack_build_id *ret_id)
{
	const struct unwind_set *set = __atomic_load_n(&unwind_set, __ATOMIC_ACQUIRE);
	const struct unwind_map *m = find_map(set, ip);

	if (!m || !m->table->build_id_size)
		return false;
	bytes_zero(ret_id, sizeof(*ret_id));
	ret_id->status = BPF_STACK_BUILD_ID_VALID;
	bytes_copy(ret_id->build_id, m->table->build_id, m->table->build_id_size);
	ret_id->offset = ip - m->start + m->off;
	return true;
}
