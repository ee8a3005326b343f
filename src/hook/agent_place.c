/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in this process does a link's program go, and may it be put there? */
#include "hook/agent_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "hook/elf_func.h"
#include "hook/hook.h"
#include "hook/patch.h"
#include "hook/rseq.h"
#include "hook/semaphore.h"
#include "run/link.h"
#include "run/rt.h"
#include "run/symbol.h"

void agent_displace(struct placed *p)
{
	p->hook = hook_remove(p->hook);
	semaphore_add(p->semaphore, -1);
	p->semaphore = 0;
}

/* What a site of a link comes to in this process. */
struct where {
	uint64_t addr;
	uint64_t func, func_size;
	bool twice;
};

static bool is_placed(const struct follow *f, uint64_t addr, uint32_t site)
{
	for (uint32_t i = 0; i < f->n_placed; i++) {
		if (f->placed[i].addr == addr && f->placed[i].site == site)
			return true;
	}
	return false;
}

/* What stands for the same in the runtime that is being replaced. */
static struct placed take_before(struct agent *a, uint32_t link_id, uint32_t site, uint64_t addr)
{
	for (struct follow *f = a->before; f; f = f->next) {
		for (uint32_t i = 0; f->link->id == link_id && i < f->n_placed; i++) {
			struct placed *p = &f->placed[i], was = *p;

			if (p->site != site || p->addr != addr)
				continue;
			p->hook = NULL;
			p->semaphore = 0;
			return was;
		}
	}
	return (struct placed){ .addr = addr, .site = site };
}

static void place(struct agent *a, struct follow *f, uint32_t site, uint64_t addr,
		  const struct where *to)
{
	const struct link_site *s = &f->link->sites[site];
	struct hook_spec spec = {
		.kind = f->link->fixed.kind == LINK_UPROBE ? HOOK_UPROBE : HOOK_URETPROBE,
		.addr = to->addr,
		.func = to->func,
		.func_size = to->func_size,
		.returns_twice = to->twice,
		.prog = f->prog,
		.cookie = s->cookie,
		.hits = f->link->hits,
		.n_hits = f->link->fixed.n_slots,
		.missed = &f->link->file->missed,
	};
	struct placed *grown, p = take_before(a, f->link->id, site, addr);
	char buf[200];
	struct text why;

	grown = mem_grow(f->placed, f->n_placed * sizeof(*grown),
			 (f->n_placed + 1) * sizeof(*grown));
	if (!grown)
		return;
	f->placed = grown;
	text_init(&why, buf, sizeof(buf));
	if (p.hook && hook_replace(p.hook, a->hooks, &spec))
		agent_displace(&p);
	if (!p.hook && hook_add(a->hooks, &spec, &why, &p.hook))
		link_set_trouble(f->link, buf);
	grown[f->n_placed++] = p;
}

static void set_func(struct where *w, const struct elf_funcs *funcs, uint64_t off)
{
	const struct elf_func *func = elf_funcs_find(funcs, off);

	w->func = func ? w->addr - (off - func->off) : 0;
	w->func_size = func ? func->size : 0;
	w->twice = func && func->twice && func->off == off;
}

/* Nobody calls an indirect function but the loader, which keeps the answer: that one is meant. */
static bool follow_indirect(struct agent *a, struct follow *f, const struct elf_func *indirect,
			    struct where *w)
{
	struct elf_funcs funcs = { 0 };
	uint64_t target = 0;

	if (!indirect->slot || patch_read(w->addr + (uint64_t)indirect->slot, (uint8_t *)&target,
					  sizeof(target)) != (long)sizeof(target))
		target = 0;
	for (size_t i = 0; target && i < a->maps.n; i++) {
		const struct maps_row *row = &a->maps.rows[i];

		if (!row->exec || target < row->start || target >= row->end)
			continue;
		w->addr = target;
		elf_funcs_read(row->path, &funcs);
		set_func(w, &funcs, target - row->start + row->off);
		elf_funcs_done(&funcs);
		return true;
	}
	link_set_trouble(f->link, "an indirect function; which one it stands for is not known");
	return false;
}

/* In a guest's process, unwinders do not know of our frames: an exception that met one would end
 * the process. */
static bool may_place(struct agent *a, struct follow *f, const struct elf_funcs *funcs)
{
	char buf[200];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (a->opts.guest && f->link->fixed.kind == LINK_URETPROBE && funcs->unwinds) {
		link_set_trouble(f->link,
				 "exceptions (or Go) may pass through this file's functions, "
				 "which a return probe in a process that ran already would "
				 "break; probe the entry, or start it with ring3 run");
		return false;
	}
	if (!a->opts.may_patch || a->opts.may_patch(&why))
		return true;
	link_set_trouble(f->link, buf);
	return false;
}

/* All sites of a link that lie in one mapping of its file. */
void agent_place_in(struct agent *a, struct follow *f, const struct maps_row *row)
{
	struct elf_funcs funcs = { 0 };
	struct rseqs rseqs = { 0 };
	bool read = false;

	for (uint32_t i = 0; i < f->link->fixed.n_sites; i++) {
		uint64_t off = f->link->sites[i].offset, addr = row->start + (off - row->off);
		const struct elf_func *indirect;
		struct where to = { .addr = addr };

		if (off < row->off || off - row->off >= row->end - row->start ||
		    is_placed(f, addr, i))
			continue;
		if (!read)
			elf_funcs_read(row->path, &funcs);
		if (!read && !may_place(a, f, &funcs))
			break;
		if (!read &&
		    rseq_read(row->start - row->off + funcs.rseq_off, funcs.rseq_size, &rseqs)) {
			link_set_trouble(f->link, "no memory");
			break;
		}
		read = true;
		indirect = elf_funcs_indirect(&funcs, off);
		if (rseq_is_near(&rseqs, addr)) {
			link_set_trouble(f->link,
					 "it is in a restartable sequence (rseq), which a probe "
					 "would let be interrupted; probe the function's entry");
			continue;
		}
		if (!indirect)
			set_func(&to, &funcs, off);
		if (!indirect || follow_indirect(a, f, indirect, &to))
			place(a, f, i, addr, &to);
	}
	rseq_done(&rseqs);
	elf_funcs_done(&funcs);
}

/* Which may be mapped later than the code. */
void agent_raise_semaphores(struct agent *a, struct follow *f)
{
	for (uint32_t i = 0; i < f->n_placed; i++) {
		struct placed *p = &f->placed[i];
		uint64_t off = f->link->sites[p->site].ref_ctr_off;

		if (!p->hook || p->semaphore || !off)
			continue;
		p->semaphore =
			semaphore_find(&a->maps, f->link->fixed.dev, f->link->fixed.ino, off);
		semaphore_add(p->semaphore, 1);
	}
}

/* What was placed in a library that is gone. */
void agent_drop_unmapped(struct agent *a, struct follow *f)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->n_placed; i++) {
		const struct placed *p = &f->placed[i];
		bool mapped = false;

		for (size_t r = 0; r < a->maps.n && !mapped; r++) {
			const struct maps_row *row = &a->maps.rows[r];

			mapped = p->addr >= row->start && p->addr < row->end &&
				 maps_is_file(row, f->link->fixed.dev, f->link->fixed.ino);
		}
		if (mapped)
			f->placed[kept++] = *p;
		else
			hook_remove(p->hook);
	}
	f->n_placed = kept;
}
