/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is on which site's list? */
#include "hook/hook.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "hook/call_site.h"
#include "hook/site.h"
#include "hook/thread.h"
#include "run/store.h"

struct hook {
	struct hook_set *set;
	struct hook *next, **link;
	struct site *site;
};

struct hook_set {
	struct store_registry *registry;
	uint32_t tag; /* of the registry, in gates */
	bool timed;   /* runs are, which no lean way does */
	struct hook *hooks;
};

int hook_set_new(struct store_registry *registry, struct hook_set **ret_set)
{
	struct hook_set *set = mem_alloc(sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->registry = registry;
	set->tag = slot_new_tag();
	*ret_set = set;
	return 0;
}

struct hook_set *hook_set_free(struct hook_set *set)
{
	if (!set)
		return NULL;
	while (set->hooks)
		hook_remove(set->hooks);
	site_lock();
	thread_release(set->tag);
	site_unlock();
	mem_free(set);
	return NULL;
}

void hook_set_place(const struct hook_set *set, struct hook_entry *e)
{
	e->registry = set->registry;
	e->tag = set->tag;
}

static size_t list_size(uint32_t n)
{
	return sizeof(struct hook_list) + n * sizeof(struct hook_entry);
}

static struct hook_list *list_with(const struct hook_list *old, const struct hook_entry *add,
				   enum hook_kind kind)
{
	uint32_t n_enter = old ? old->n_enter : 0, n_leave = old ? old->n_leave : 0;
	struct hook_list *list = mem_alloc(list_size(n_enter + n_leave + 1));
	uint32_t at = kind == HOOK_URETPROBE ? n_enter + n_leave : n_enter;

	if (!list)
		return NULL;
	while (kind == HOOK_UPROBE && at && old->entries[at - 1].leaves)
		at--;
	for (uint32_t i = 0; i < n_enter + n_leave; i++)
		list->entries[i + (i >= at)] = old->entries[i];
	list->entries[at] = *add;
	list->n_enter = n_enter + (kind != HOOK_URETPROBE);
	list->n_leave = n_leave + (kind == HOOK_URETPROBE);
	return list;
}

/* NULL when nobody is left. */
static struct hook_list *list_without(struct hook_list *old, const struct hook *owner)
{
	uint32_t n = old->n_enter + old->n_leave, kept = 0;
	struct hook_list *list = n > 1 ? mem_alloc(list_size(n - 1)) : NULL;

	for (uint32_t i = 0; list && i < n; i++) {
		if (old->entries[i].owner == owner)
			continue;
		list->entries[kept++] = old->entries[i];
		if (i < old->n_enter)
			list->n_enter++;
		else
			list->n_leave++;
	}
	return list;
}

/* Leaves the lean way shut. */
static void publish(struct site *site, struct hook_list *list)
{
	struct hook_list *old = site->hit.list;

	for (uint32_t i = 0; list && i < list->n_enter + list->n_leave; i++)
		ORDER_BEFORE(&list->entries[i]);
	site_shut(site);
	__atomic_store_n(&site->hit.list, list, __ATOMIC_RELEASE);
	if (old) {
		thread_quiesce();
		for (uint32_t i = 0; i < old->n_enter + old->n_leave; i++)
			ORDER_AFTER(&old->entries[i]);
		mem_free(old);
	}
}

static void refresh(struct site *site)
{
	site_shut(site);
	thread_quiesce();
	site_fit(site);
	site_open(site);
}

void hook_refresh(struct hook *hook)
{
	if (!hook)
		return;
	site_lock();
	if (hook_is_lean(hook))
		refresh(hook->site);
	site_unlock();
}

void hook_set_tend(struct hook_set *set)
{
	bool timed =
		set->registry && __atomic_load_n(&set->registry->stats_enabled, __ATOMIC_RELAXED);

	if (timed == set->timed)
		return;
	site_lock();
	set->timed = timed;
	for (struct hook *hook = set->hooks; hook; hook = hook->next)
		refresh(hook->site);
	site_unlock();
}

static struct hook_entry entry_of(struct hook *hook, const struct hook_spec *spec)
{
	return (struct hook_entry){
		.prog = spec->prog,
		.registry = hook->set->registry,
		.tag = hook->set->tag,
		.cookie = spec->cookie,
		.ip = spec->kind == HOOK_LEAVE ? spec->entry : spec->addr,
		.leaves = spec->kind == HOOK_LEAVE,
		.hits = spec->hits,
		.missed = spec->missed,
		.n_hits = spec->n_hits,
		.owner = hook,
	};
}

static void link_into(struct hook *hook, struct hook_set *set)
{
	hook->set = set;
	hook->next = set->hooks;
	hook->link = &set->hooks;
	if (hook->next)
		hook->next->link = &hook->next;
	set->hooks = hook;
}

static void unlink_from_set(struct hook *hook)
{
	*hook->link = hook->next;
	if (hook->next)
		hook->next->link = hook->link;
}

static int attach(struct hook *hook, const struct hook_spec *spec, struct text *why)
{
	struct hook_entry entry = entry_of(hook, spec);
	struct hook_list *list = list_with(NULL, &entry, spec->kind), *alone = list;
	struct needs needs;
	int err;

	if (!list)
		return -ENOMEM;
	needs = need_of_list(list);
	err = site_get(spec, &needs, why, &hook->site);
	if (!err && hook->site->hit.list) {
		list = list_with(hook->site->hit.list, &entry, spec->kind);
		err = list ? 0 : -ENOMEM;
	}
	if (err || list != alone)
		mem_free(alone);
	if (err)
		return err;
	publish(hook->site, list);
	site_fit(hook->site);
	err = site_patch(hook->site, why);
	if (err)
		publish(hook->site, list_without(list, hook));
	site_open(hook->site);
	return err;
}

int hook_add(struct hook_set *set, const struct hook_spec *spec, struct text *why,
	     struct hook **ret_hook)
{
	struct hook *hook;
	int err;

	if (spec->kind == HOOK_URETPROBE && spec->returns_twice) {
		text_add(why, "the function may return twice");
		return -EOPNOTSUPP;
	}
	hook = mem_alloc(sizeof(*hook));
	if (!hook)
		return -ENOMEM;
	hook->set = set;
	hook_set_tend(set);
	site_lock();
	err = attach(hook, spec, why);
	if (!err)
		link_into(hook, set);
	site_unlock();
	if (err) {
		mem_free(hook);
		return err;
	}
	*ret_hook = hook;
	return 0;
}

/* Takes an entry out where there is no memory for a shorter list: it stays, without a program. */
static void blank(struct hook_list *list, const struct hook *owner)
{
	for (uint32_t i = 0; i < list->n_enter + list->n_leave; i++) {
		if (list->entries[i].owner == owner)
			__atomic_store_n(&list->entries[i].prog, NULL, __ATOMIC_RELEASE);
	}
	thread_quiesce();
}

struct hook *hook_remove(struct hook *hook)
{
	struct hook_list *list, *old;

	if (!hook)
		return NULL;
	site_lock();
	old = hook->site->hit.list;
	list = list_without(old, hook);
	if (!list && old->n_enter + old->n_leave > 1) {
		site_shut(hook->site);
		blank(old, hook);
	} else {
		if (!list)
			site_unpatch(hook->site);
		publish(hook->site, list);
		site_fit(hook->site);
		site_open(hook->site);
	}
	unlink_from_set(hook);
	site_unlock();
	mem_free(hook);
	return NULL;
}

int hook_replace(struct hook *hook, struct hook_set *set, const struct hook_spec *spec)
{
	struct hook_list *old, *list;
	size_t size;

	site_lock();
	old = hook->site->hit.list;
	size = list_size(old->n_enter + old->n_leave);
	list = mem_dup(old, size);
	if (list) {
		unlink_from_set(hook);
		link_into(hook, set);
		for (uint32_t i = 0; i < list->n_enter + list->n_leave; i++) {
			if (list->entries[i].owner == hook)
				list->entries[i] = entry_of(hook, spec);
		}
		publish(hook->site, list);
		site_fit(hook->site);
		site_open(hook->site);
	}
	site_unlock();
	return list ? 0 : -ENOMEM;
}

bool hook_is_lost(const struct hook *hook)
{
	return site_is_lost(hook->site);
}

const char *hook_transport(const struct hook *hook)
{
	return hook->site->now->patch.len == 1 ? "breakpoint" : "jump";
}

const char *hook_refusal(void)
{
	return NULL;
}

bool hook_is_lean(const struct hook *hook)
{
	return tramp_is_open(&hook->site->jump.tramp);
}

void hook_code(const struct hook *hook, struct hook_code *ret_enter, struct hook_code *ret_leave)
{
	const struct tramp *t = &hook->site->now->tramp;
	uint64_t end = t->addr + t->size, enter_end = t->general ? t->general : end;

	*ret_enter = (struct hook_code){ (const void *)(uintptr_t)t->addr, enter_end - t->addr };
	*ret_leave = (struct hook_code){ NULL, 0 };
	if (t->leave)
		*ret_leave =
			(struct hook_code){ (const void *)(uintptr_t)t->leave, end - t->leave };
}

void hook_ignore_thread(void)
{
	struct hook_thread *t = thread_self();

	if (t)
		thread_ignore(t);
}

void hook_heed_thread(void)
{
	struct hook_thread *t = thread_self();

	if (t)
		thread_revive(t);
}

void hook_tend(bool traps)
{
	site_lock();
	site_tend(traps);
	site_unlock();
}

void hook_before_fork(void)
{
	site_lock();
}

void hook_after_fork_parent(void)
{
	site_unlock();
}

void hook_after_fork(void)
{
	site_after_fork();
	call_site_after_fork();
	thread_after_fork();
}
