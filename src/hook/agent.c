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
#include "base/os.h"
#include "base/text.h"
#include "hook/agent_priv.h"
#include "hook/call.h"
#include "hook/call_site.h"
#include "hook/fault.h"
#include "hook/fault_mend.h"
#include "hook/hook.h"
#include "hook/loader.h"
#include "hook/maps.h"
#include "hook/page.h"
#include "hook/patch.h"
#include "hook/sample.h"
#include "hook/unwind.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/symbol.h"

enum {
	IDLE_MS = 2000, /* between looks at which libraries are loaded */
	AGAIN_NS = 2000000000,
	TRIES = 3,       /* for a look during which something was loaded or unloaded */
	HOT_HITS = 1024, /* of all processes, after which a program is worth optimising here */
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
	rt->jit_harden = a->opts.jit_harden;
	rt->on_code = a->opts.on_code;
	/* The process is another's: it is not given threads to trace. */
	rt->verify_threads = 1;
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

	if (strlen(opts->dir) >= AGENT_DIR_MAX)
		return -ENAMETOOLONG;
	a = mem_alloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	strcpy(a->dir, opts->dir);
	a->opts = *opts;
	a->opts.dir = a->dir;
	patch_ask(opts->may_trap);
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

static void unplace(struct follow *f)
{
	for (uint32_t i = 0; i < f->n_placed; i++)
		agent_displace(&f->placed[i]);
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
	bool blocked, trouble;

	text_init(&why, buf, sizeof(buf));
	if (call_is_wanted(CALL_ANY) && a->opts.before_patch)
		a->opts.before_patch();
	patch_ask_again();
	if (!call_site_update(&a->maps))
		a->again = true;
	blocked = call_site_blocked(&why);
	trouble = blocked || call_site_missed(&why);
	for (struct follow *f = a->follows; f; f = f->next) {
		if (!f->call)
			continue;
		if (trouble || f->blocked)
			link_set_trouble(f->link, trouble ? buf : NULL);
		f->blocked = blocked;
	}
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
	agent_drop_unmapped(a, f);
	if (f->blocked)
		link_set_trouble(f->link, NULL);
	f->blocked = false;
	for (size_t i = 0; i < a->maps.n; i++) {
		const struct maps_row *row = &a->maps.rows[i];

		if (!row->exec || !maps_is_file(row, f->link->fixed.dev, f->link->fixed.ino))
			continue;
		if (!mapped && !f->prog && open_prog(a, f, id))
			return;
		mapped = true;
		agent_place_in(a, f, row);
	}
	agent_raise_semaphores(a, f);
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

/* Something that no news tells of may have become possible. */
static bool is_due(const struct agent *a)
{
	const struct follow *f = a->follows;

	while (f && !f->blocked)
		f = f->next;
	return f && os_now_ns() - a->looked_ns > AGAIN_NS;
}

static bool follows_code(const struct agent *a)
{
	const struct follow *f = a->follows;

	while (f && !f->prog)
		f = f->next;
	return f != NULL;
}

static int look(struct agent *a)
{
	uint64_t loaded = loader_changes();
	bool walks = false;
	int err = maps_read(&a->maps);

	if (err)
		return err;
	a->again = false;
	for (struct follow *f = a->follows; f; f = f->next) {
		follow_update(a, f);
		walks = walks || (f->prog && prog_walks_stack(f->prog));
	}
	if (walks)
		know_stacks(a);
	patch_calls(a);
	maps_done(&a->maps);
	a->loaded = loaded;
	return 0;
}

bool agent_scan(struct agent *a)
{
	uint32_t generation = __atomic_load_n(&a->rt->registry->generation, __ATOMIC_ACQUIRE);
	uint64_t loads = a->opts.loads();
	bool changed, more = true;

	page_forget();
	drop_dead(a);
	if (!follows_code(a))
		loader_unwatch();
	changed = generation != a->generation || loads != a->loads || is_due(a) || a->again ||
		  loader_changes() != a->loaded;
	rt_tend(a->rt);
	if (a->rt->env.probe_faults)
		catch_faults(a);
	hook_tend(a->opts.guest);
	hook_set_tend(a->hooks);
	heat(a);
	if (!changed) {
		tend_samples(a);
		return a->follows != NULL;
	}
	a->generation = generation;
	a->loads = loads;
	a->looked_ns = os_now_ns();
	for (uint32_t id = 0; !store_next_id(a->rt->store, STORE_LINK, id, &id);) {
		if (!find_follow(a, id))
			follow_new(a, id);
	}
	for (int i = 0; more && i < TRIES; i++) {
		if (!a->follows || look(a))
			return a->follows != NULL;
		more = a->again;
	}
	tend_samples(a);
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
			agent_displace(&f->placed[i]);
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
	struct hook_set *before = a->hooks;
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
			agent_displace(&f->placed[i]);
		f->call = call_remove(f->call);
		f->sample = sample_remove(f->sample);
	}
	a->before = NULL;
	/* With the slots that threads keep by it: they take new ones. */
	if (!err)
		hook_set_free(before);
	return err;
}
