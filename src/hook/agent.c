/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hooks follow from the links? */
#include "hook/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "hook/call.h"
#include "hook/call_site.h"
#include "hook/elf_func.h"
#include "hook/fault.h"
#include "hook/fault_mend.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "hook/patch.h"
#include "hook/sample.h"
#include "hook/semaphore.h"
#include "hook/unwind.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/symbol.h"

enum {
	IDLE_MS = 2000, /* between looks at which libraries are loaded */
	DIR_MAX = 4096,
	HOT_HITS = 1024, /* of all processes, after which a program is worth optimising here */
};

struct placed {
	uint64_t addr;
	uint32_t site;
	struct hook *hook;  /* NULL: could not be placed */
	uint64_t semaphore; /* that was raised for it; 0: none */
};

/* What a site of a link comes to in this process. */
struct where {
	uint64_t addr;
	uint64_t func, func_size;
	bool twice;
};

/* A link as this process follows it. */
struct follow {
	struct follow *next;
	struct link *link;
	struct prog *prog;
	uint32_t prog_id; /* that prog was made from */
	struct placed *placed;
	uint32_t n_placed;
	uint64_t hits_before;   /* of the link, when the program was opened */
	struct call_hook *call; /* of a link about system calls */
	struct sample_hook *sample;
	bool seen;
};

struct agent {
	char dir[DIR_MAX];
	struct agent_opts opts; /* dir: the above */
	struct ring3 *rt;
	struct hook_set *hooks;
	struct follow *follows;
	struct follow *before; /* while a forked child replaces its runtime: what it had */
	uint32_t generation;
	pid_t noted;    /* whose maps were noted last */
	uint64_t loads; /* libraries loaded and unloaded so far */
	struct maps maps;
};

/* The store's directory by a name that leads there. */
static const char *fd_name(const struct agent *a, char buf[static 128])
{
	if (!a->opts.dir_fd)
		return a->dir;
	snprintf(buf, 128, "/proc/self/fd/%d", a->opts.dir_fd);
	return buf;
}

static int open_runtime(struct agent *a)
{
	struct rt_opts opts = { .dir = a->dir, .dir_fd = a->opts.dir_fd };
	struct ring3 *rt;
	char buf[128];
	struct text why;
	int err;

	text_init(&why, buf, sizeof(buf));
	err = rt_new(&opts, &why, &rt);
	if (err)
		return err;
	err = hook_set_new(store_registry(rt->store), &a->hooks);
	if (err) {
		rt_free(rt);
		return err;
	}
	rt->env.walk = unwind_walk;
	rt->env.build_id = unwind_build_id;
	rt->perf_map = a->opts.perf_map;
	rt->tier = a->opts.tier;
	rt->on_code = a->opts.on_code;
	a->rt = rt;
	a->generation = 0;
	/* Without it, whoever cuts off a file of ours ends this process. */
	fault_mend_below(fd_name(a, buf));
	return 0;
}

int agent_new(const struct agent_opts *opts, struct agent **ret_agent)
{
	struct agent *a;
	int err;

	if (strlen(opts->dir) >= DIR_MAX)
		return -ENAMETOOLONG;
	a = mem_alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	strcpy(a->dir, opts->dir);
	a->opts = *opts;
	a->opts.dir = a->dir;
	err = open_runtime(a);
	if (err) {
		mem_free(a);
		return err;
	}
	*ret_agent = a;
	return 0;
}

/* A fault costs nothing where there is none; asking the kernel costs a system call a read. */
static void catch_faults(struct agent *a)
{
	if (!fault_catch())
		__atomic_store_n(&a->rt->env.probe_faults, true, __ATOMIC_RELAXED);
}

static void know_stacks(struct agent *a)
{
	int dir_fd = a->opts.dir_fd ? a->opts.dir_fd : AT_FDCWD;

	if (!unwind_update(&a->maps) && a->noted == a->opts.pid)
		return;
	maps_note(&a->maps, dir_fd, a->opts.dir_fd ? "." : a->dir, a->opts.pid);
	a->noted = a->opts.pid;
}

/* A hostile or mistaken link must not hand a program a context that is not its own. */
static int open_prog(struct agent *a, struct follow *f, uint32_t id)
{
	struct prog *prog;
	int err = prog_open_id(a->rt, id, &prog);

	if (!err && prog->type->type != link_prog_type(f->link->fixed.kind)) {
		prog_unref(prog);
		err = -EINVAL;
	}
	if (!err) {
		err = prog_ready(prog);
		if (err)
			prog_unref(prog);
	}
	if (err) {
		link_set_trouble(f->link, "the program does not load in the traced process");
		return err;
	}
	catch_faults(a);
	/* Before the first hit. */
	if (prog_walks_stack(prog))
		know_stacks(a);
	f->prog = prog;
	f->prog_id = id;
	f->hits_before = link_hits(f->link);
	return 0;
}

static void displace(struct placed *p)
{
	p->hook = hook_remove(p->hook);
	semaphore_add(p->semaphore, -1);
	p->semaphore = 0;
}

static void unplace(struct follow *f)
{
	for (uint32_t i = 0; i < f->n_placed; i++)
		displace(&f->placed[i]);
	mem_free(f->placed);
	f->placed = NULL;
	f->n_placed = 0;
	f->call = call_remove(f->call);
	f->sample = sample_remove(f->sample);
	if (f->prog)
		prog_unref(f->prog);
	f->prog = NULL;
	f->prog_id = 0;
}

static struct follow *follow_free(struct follow *f)
{
	unplace(f);
	link_free(f->link);
	mem_free(f);
	return NULL;
}

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
		displace(&p);
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
static void place_in(struct agent *a, struct follow *f, const struct maps_row *row)
{
	struct elf_funcs funcs = { 0 };
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
		read = true;
		indirect = elf_funcs_indirect(&funcs, off);
		if (!indirect)
			set_func(&to, &funcs, off);
		if (!indirect || follow_indirect(a, f, indirect, &to))
			place(a, f, i, addr, &to);
	}
	elf_funcs_done(&funcs);
}

/* Which may be mapped later than the code. */
static void raise_semaphores(struct agent *a, struct follow *f)
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
static void drop_unmapped(struct agent *a, struct follow *f)
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

/* The hook that stands for the same in the runtime that is being replaced. */
static struct call_hook *take_call_before(struct agent *a, uint32_t link_id)
{
	struct call_hook *call = NULL;

	for (struct follow *f = a->before; f && !call; f = f->next) {
		if (f->link->id != link_id)
			continue;
		call = f->call;
		f->call = NULL;
	}
	return call;
}

static enum call_form form_of(enum link_kind kind)
{
	switch (kind) {
	case LINK_CALL_ENTER: return CALL_ENTER;
	case LINK_CALL_LEAVE: return CALL_LEAVE;
	case LINK_CALL_RAW_ENTER: return CALL_RAW_ENTER;
	case LINK_CALL_RAW_LEAVE: return CALL_RAW_LEAVE;
	case LINK_CALL_DECIDE: return CALL_DECIDE;
	case LINK_UPROBE:
	case LINK_URETPROBE:
	case LINK_SAMPLE:
	case LINK_N_KINDS: break;
	}
	return CALL_N_FORMS;
}

static void follow_call(struct agent *a, struct follow *f, uint32_t id)
{
	uint64_t nr = f->link->sites[0].offset;
	struct call_spec spec = {
		.form = form_of(f->link->fixed.kind),
		.nr = nr == LINK_ANY_CALL ? CALL_ANY : (uint32_t)nr,
		.set = a->hooks,
		.cookie = f->link->sites[0].cookie,
		.hits = f->link->hits,
		.n_hits = f->link->fixed.n_slots,
		.missed = &f->link->file->missed,
	};

	if (f->call || open_prog(a, f, id))
		return;
	spec.prog = f->prog;
	f->call = take_call_before(a, f->link->id);
	if (f->call && call_replace(f->call, &spec))
		f->call = call_remove(f->call);
	if (!f->call && call_add(&spec, &f->call))
		link_set_trouble(f->link, "no memory");
}

static void follow_sample(struct agent *a, struct follow *f, uint32_t id)
{
	const struct link_site *site = &f->link->sites[0];
	struct sample_spec spec = {
		.set = a->hooks,
		.period_ns = site->offset,
		.cpu = site->ref_ctr_off ? (int32_t)site->ref_ctr_off - 1 : SAMPLE_ANY_CPU,
		.cookie = site->cookie,
		.hits = f->link->hits,
		.n_hits = f->link->fixed.n_slots,
		.missed = &f->link->file->missed,
	};
	int err;

	if (f->sample || site->offset < LINK_MIN_PERIOD || site->offset > INT64_MAX ||
	    open_prog(a, f, id))
		return;
	spec.prog = f->prog;
	err = sample_add(&spec, &f->sample);
	if (err)
		link_set_trouble(f->link, err == -ENOSPC ? "too many rates of sampling at once"
							 : "no memory");
}

static void tend_samples(struct agent *a)
{
	char buf[256];
	struct text why;
	bool any = false;

	for (const struct follow *f = a->follows; f && !any; f = f->next)
		any = f->sample != NULL;
	text_init(&why, buf, sizeof(buf));
	if (!any || sample_tend(&why))
		return;
	for (struct follow *f = a->follows; f; f = f->next)
		if (f->sample)
			link_set_trouble(f->link, buf);
}

static void patch_calls(struct agent *a)
{
	char buf[256];
	struct text why;
	bool may;

	text_init(&why, buf, sizeof(buf));
	may = !call_is_wanted(CALL_ANY) || !a->opts.may_patch || a->opts.may_patch(&why);
	call_site_update(may ? &a->maps : NULL);
	if (may && !call_site_missed(&why))
		return;
	for (struct follow *f = a->follows; f; f = f->next)
		if (f->call)
			link_set_trouble(f->link, buf);
}

static void follow_update(struct agent *a, struct follow *f)
{
	uint32_t id = link_wants_pid(f->link, a->opts.pid) ? link_prog_id(f->link) : 0;
	bool mapped = false;

	if (id != f->prog_id)
		unplace(f);
	if (!id)
		return;
	if (link_is_call(f->link->fixed.kind)) {
		follow_call(a, f, id);
		return;
	}
	if (f->link->fixed.kind == LINK_SAMPLE) {
		follow_sample(a, f, id);
		return;
	}
	drop_unmapped(a, f);
	for (size_t i = 0; i < a->maps.n; i++) {
		const struct maps_row *row = &a->maps.rows[i];

		if (!row->exec || !maps_is_file(row, f->link->fixed.dev, f->link->fixed.ino))
			continue;
		if (!mapped && !f->prog && open_prog(a, f, id))
			return;
		mapped = true;
		place_in(a, f, row);
	}
	raise_semaphores(a, f);
}

static struct follow *find_follow(struct agent *a, uint32_t id)
{
	struct follow *f = a->follows;

	while (f && f->link->id != id)
		f = f->next;
	return f;
}

static void follow_new(struct agent *a, uint32_t id)
{
	struct follow *f = mem_alloc(sizeof(*f));

	if (!f)
		return;
	if (link_open_id(a->rt->store, id, &f->link)) {
		mem_free(f);
		return;
	}
	f->next = a->follows;
	a->follows = f;
}

static void drop_dead(struct agent *a)
{
	struct follow **at = &a->follows, *f;
	bool call = false;

	while ((f = *at)) {
		if (link_is_live(f->link)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		call = call || f->call;
		follow_free(f);
	}
	if (call)
		call_site_update(NULL);
}

static void heat_one(struct follow *f)
{
	const struct jit_image *before = prog_image(f->prog);

	prog_hot(f->prog);
	for (uint32_t i = 0; prog_image(f->prog) != before && i < f->n_placed; i++)
		hook_refresh(f->placed[i].hook);
}

/* What is hit often is optimised, on this thread: those that are hit go on meanwhile. */
static void heat(struct agent *a)
{
	for (struct follow *f = a->follows; f; f = f->next) {
		uint64_t hits = f->prog ? link_hits(f->link) : 0;

		if (f->prog && hits - f->hits_before >= HOT_HITS)
			heat_one(f);
	}
}

bool agent_scan(struct agent *a)
{
	uint32_t generation = __atomic_load_n(&a->rt->registry->generation, __ATOMIC_ACQUIRE);
	uint64_t loads = a->opts.loads();
	bool changed = generation != a->generation || loads != a->loads, walks = false;

	drop_dead(a);
	rt_tend(a->rt);
	if (a->rt->env.probe_faults)
		catch_faults(a);
	if (a->opts.guest)
		hook_tend();
	heat(a);
	if (!changed) {
		tend_samples(a);
		return a->follows != NULL;
	}
	a->generation = generation;
	a->loads = loads;
	for (uint32_t id = 0; !store_next_id(a->rt->store, STORE_LINK, id, &id);) {
		if (!find_follow(a, id))
			follow_new(a, id);
	}
	if (!a->follows || maps_read(&a->maps))
		return a->follows != NULL;
	for (struct follow *f = a->follows; f; f = f->next) {
		follow_update(a, f);
		walks = walks || (f->prog && prog_walks_stack(f->prog));
	}
	if (walks)
		know_stacks(a);
	patch_calls(a);
	tend_samples(a);
	maps_done(&a->maps);
	rt_refresh(a->rt);
	for (struct follow *f = a->follows; f; f = f->next)
		link_set_looked(f->link, a->opts.pid, generation);
	return true;
}

bool agent_has_hooks(const struct agent *a)
{
	const struct follow *f = a->follows;

	while (f && !f->n_placed && !f->call && !f->sample)
		f = f->next;
	return f != NULL;
}

void agent_wait(struct agent *a, bool watching)
{
	store_wait(a->rt->store, a->generation, watching ? LINK_POLL_MS : IDLE_MS);
}

void agent_after_fork(struct agent *a)
{
	a->opts.pid = getpid();
	sample_after_fork();
	for (struct follow *f = a->follows; f; f = f->next) {
		if (link_wants_pid(f->link, a->opts.pid))
			continue;
		for (uint32_t i = 0; i < f->n_placed; i++)
			displace(&f->placed[i]);
		f->n_placed = 0;
		f->call = call_remove(f->call);
		f->sample = sample_remove(f->sample);
	}
}

void agent_name_code(struct agent *a)
{
	for (struct follow *f = a->follows; f && a->opts.perf_map; f = f->next)
		if (f->prog)
			symbol_perf_append(f->prog);
}

/* The old runtime is left as it is: its descriptors are numbers of another table now, and its maps
 * are in use until each program was replaced. */
int agent_reopen(struct agent *a)
{
	int err;

	a->before = a->follows;
	a->follows = NULL;
	err = open_runtime(a);
	if (!err) {
		a->loads = 0;
		agent_scan(a);
	}
	for (struct follow *f = a->before; f; f = f->next) {
		for (uint32_t i = 0; i < f->n_placed; i++)
			displace(&f->placed[i]);
		f->call = call_remove(f->call);
		f->sample = sample_remove(f->sample);
	}
	a->before = NULL;
	return err;
}
