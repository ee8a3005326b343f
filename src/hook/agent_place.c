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
#include "hook/loader.h"
#include "hook/patch.h"
#include "hook/returns.h"
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
	enum hook_kind kind;
	uint64_t addr;
	uint64_t func, func_size;
	uint64_t entry; /* of HOOK_LEAVE */
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

static bool add_placed(struct follow *f, const struct placed *p)
{
	struct placed *grown = mem_grow(f->placed, f->n_placed * sizeof(*grown),
					(f->n_placed + 1) * sizeof(*grown));

	if (!grown)
		return false;
	f->placed = grown;
	grown[f->n_placed++] = *p;
	return true;
}

static int place(struct agent *a, struct follow *f, uint32_t site, uint64_t addr,
		 const struct where *to)
{
	const struct link_site *s = &f->link->sites[site];
	struct hook_spec spec = {
		.kind = to->kind,
		.addr = to->addr,
		.entry = to->entry,
		.func = to->func,
		.func_size = to->func_size,
		.returns_twice = to->twice,
		.prog = f->prog,
		.cookie = s->cookie,
		.hits = f->link->hits,
		.n_hits = f->link->fixed.n_slots,
		.missed = &f->link->file->missed,
	};
	struct placed p = take_before(a, f->link->id, site, addr);
	char buf[200];
	struct text why;
	int err = 0;

	text_init(&why, buf, sizeof(buf));
	if (p.hook && hook_replace(p.hook, a->hooks, &spec))
		agent_displace(&p);
	if (!p.hook)
		err = hook_add(a->hooks, &spec, &why, &p.hook);
	/* What was read may have been another library's. */
	if (err == -EAGAIN || (err && !loader_is_as_begun()))
		return -EAGAIN;
	if (err)
		link_set_trouble(f->link, buf);
	if (err == -EDEADLK) {
		f->blocked = true;
		return err;
	}
	if (!add_placed(f, &p))
		agent_displace(&p);
	return err;
}

/* At each return instruction; at all of them or at none.  What stands for the site itself has no
 * hook. */
static int place_returns(struct agent *a, struct follow *f, uint32_t site, uint64_t addr,
			 uint64_t base, const struct elf_funcs *funcs, const struct where *entry)
{
	const struct placed mark = { .addr = addr, .site = site };
	struct returns *found = mem_alloc(sizeof(*found));
	uint32_t first = f->n_placed;
	char buf[256];
	struct text why;
	int err = -ENOMEM;

	text_init(&why, buf, sizeof(buf));
	if (found && add_placed(f, &mark))
		err = returns_find(funcs, base, entry->addr, entry->func_size, found, &why);
	if (err && !loader_is_as_begun())
		err = -EAGAIN;
	else if (err)
		link_set_trouble(f->link, err == -ENOMEM ? "no memory" : buf);
	for (uint32_t i = 0; !err && i < found->n; i++) {
		struct where to = { .kind = HOOK_LEAVE,
				    .addr = found->all[i].addr,
				    .func = found->all[i].func,
				    .func_size = found->all[i].func_size,
				    .entry = entry->addr };

		err = place(a, f, site, to.addr, &to);
	}
	for (uint32_t i = first; err && i < f->n_placed; i++)
		agent_displace(&f->placed[i]);
	if (err == -EAGAIN || err == -EDEADLK)
		f->n_placed = first;
	mem_free(found);
	return err;
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
static bool moves_no_returns(const struct agent *a, const struct follow *f,
			     const struct elf_funcs *funcs)
{
	return a->opts.guest && f->link->fixed.kind == LINK_URETPROBE && funcs->unwinds;
}

/* What is known of a file that links want something of. */
struct file {
	struct elf_funcs funcs;
	struct rseqs rseqs;
	uint64_t base; /* where its first byte would be */
};

/* False: nothing can be placed there; the link says why. */
static bool read_file(struct agent *a, struct follow *f, const struct maps_row *row,
		      struct file *file)
{
	*file = (struct file){ .base = row->start - row->off };
	if (a->opts.before_patch)
		a->opts.before_patch();
	patch_ask_again();
	elf_funcs_read(row->path, &file->funcs);
	if (!rseq_read(file->base + file->funcs.rseq_off, file->funcs.rseq_size, &file->rseqs))
		return true;
	link_set_trouble(f->link, "no memory");
	return false;
}

/* -EAGAIN: another library may be there. */
static int place_site(struct agent *a, struct follow *f, uint32_t site, uint64_t addr,
		      const struct file *file)
{
	static const struct elf_funcs none;
	uint64_t off = addr - file->base;
	const struct elf_func *indirect = elf_funcs_indirect(&file->funcs, off);
	struct where to = { .addr = addr,
			    .kind = f->link->fixed.kind == LINK_UPROBE ? HOOK_UPROBE
								       : HOOK_URETPROBE };

	if (!indirect)
		set_func(&to, &file->funcs, off);
	if (indirect && !follow_indirect(a, f, indirect, &to))
		return 0;
	if (rseq_is_near(&file->rseqs, to.addr))
		link_set_trouble(f->link,
				 "it is in a restartable sequence (rseq), which a probe would let "
				 "be interrupted; probe the function's entry");
	else if (moves_no_returns(a, f, &file->funcs))
		return place_returns(a, f, site, addr, file->base, indirect ? &none : &file->funcs,
				     &to);
	else
		return place(a, f, site, addr, &to);
	return 0;
}

/* All sites of a link that lie in one mapping of its file. */
void agent_place_in(struct agent *a, struct follow *f, const struct maps_row *row)
{
	struct file file = { .base = 0 };
	bool read = false, may = true;

	for (uint32_t i = 0; may && i < f->link->fixed.n_sites; i++) {
		uint64_t off = f->link->sites[i].offset, addr = row->start + (off - row->off);

		if (off < row->off || off - row->off >= row->end - row->start ||
		    is_placed(f, addr, i))
			continue;
		if (!read)
			may = read_file(a, f, row, &file);
		read = true;
		if (!may)
			break;
		loader_watch();
		if (!loader_begin(row) || place_site(a, f, i, addr, &file) == -EAGAIN)
			a->again = true;
		may = !a->again;
	}
	rseq_done(&file.rseqs);
	elf_funcs_done(&file.funcs);
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

static bool is_in(const struct placed *p, const struct maps_row *row)
{
	return p->addr >= row->start && p->addr < row->end;
}

/* The same file at the same address, mapped anew. */
static bool is_lost(const struct follow *f, const struct maps_row *row)
{
	for (uint32_t i = 0; i < f->n_placed; i++)
		if (is_in(&f->placed[i], row) && f->placed[i].hook &&
		    hook_is_lost(f->placed[i].hook))
			return true;
	return false;
}

/* What was placed in a library that is gone. */
void agent_drop_unmapped(struct agent *a, struct follow *f)
{
	bool reloaded = a->loaded != loader_changes();
	uint32_t kept = 0;

	for (uint32_t i = 0; i < f->n_placed; i++)
		f->placed[i].mapped = false;
	for (size_t r = 0; r < a->maps.n && f->n_placed; r++) {
		const struct maps_row *row = &a->maps.rows[r];
		bool mapped = row->exec &&
			      maps_is_file(row, f->link->fixed.dev, f->link->fixed.ino) &&
			      !(reloaded && is_lost(f, row));

		for (uint32_t i = 0; mapped && i < f->n_placed; i++)
			if (is_in(&f->placed[i], row))
				f->placed[i].mapped = true;
	}
	for (uint32_t i = 0; i < f->n_placed; i++) {
		const struct placed *p = &f->placed[i];

		if (p->mapped)
			f->placed[kept++] = *p;
		else
			hook_remove(p->hook);
	}
	f->n_placed = kept;
}
