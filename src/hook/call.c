/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs are on which number's lists? */
#include "hook/call.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "hook/thread.h"

struct call_hook {
	struct call_hook *next;
	struct call_spec spec;
};

/* The process's, as what calls are made is; in the order in which they run. */
static struct call_hook *hooks;

static enum call_phase phase_of(enum call_form form)
{
	switch (form) {
	case CALL_ENTER:
	case CALL_RAW_ENTER: return CALL_PHASE_ENTER;
	case CALL_LEAVE:
	case CALL_RAW_LEAVE: return CALL_PHASE_LEAVE;
	case CALL_DECIDE:
	case CALL_N_FORMS: break;
	}
	return CALL_PHASE_DECIDE;
}

static bool is_on(const struct call_hook *h, enum call_phase phase, uint32_t row)
{
	return phase_of(h->spec.form) == phase &&
	       (h->spec.nr == CALL_ANY || call_row(h->spec.nr) == row);
}

/* Has the row entries beside those that every row has? */
static bool is_own(enum call_phase phase, uint32_t row)
{
	for (const struct call_hook *h = hooks; h; h = h->next)
		if (is_on(h, phase, row) && h->spec.nr != CALL_ANY)
			return true;
	return false;
}

static uint32_t count(enum call_phase phase, uint32_t row)
{
	uint32_t n = 0;

	for (const struct call_hook *h = hooks; h; h = h->next)
		n += is_on(h, phase, row);
	return n;
}

static size_t list_size(uint32_t n)
{
	return sizeof(struct call_list) + n * sizeof(struct call_entry);
}

static void fill(struct call_list *list, enum call_phase phase, uint32_t row)
{
	for (const struct call_hook *h = hooks; h; h = h->next) {
		if (!is_on(h, phase, row))
			continue;
		list->entries[list->n] = (struct call_entry){
			.e = { .prog = h->spec.prog,
			       .cookie = h->spec.cookie,
			       .hits = h->spec.hits,
			       .n_hits = h->spec.n_hits,
			       .missed = h->spec.missed },
			.form = h->spec.form,
		};
		hook_set_place(h->spec.set, &list->entries[list->n++].e);
	}
}

/* The last row is nobody's own, so it has what all have. */
static void fill_phase(struct call_table *table, enum call_phase phase, char **at)
{
	const struct call_list *any = NULL;

	for (uint32_t row = CALL_ROWS; row-- > 0;) {
		struct call_list *list;
		uint32_t n;

		if (row != CALL_ROWS - 1 && !is_own(phase, row)) {
			table->rows[phase][row] = any;
			continue;
		}
		n = count(phase, row);
		list = n ? (struct call_list *)(void *)*at : NULL;
		*at += n ? list_size(n) : 0;
		if (list)
			fill(list, phase, row);
		table->rows[phase][row] = list;
		if (row == CALL_ROWS - 1)
			any = list;
	}
}

static struct call_table *make_table(void)
{
	size_t size = sizeof(struct call_table);
	struct call_table *table;
	char *at;

	for (int phase = 0; phase < CALL_N_PHASES; phase++)
		for (uint32_t row = 0; row < CALL_ROWS; row++)
			if (row == CALL_ROWS - 1 || is_own(phase, row))
				size += list_size(count(phase, row));
	table = mem_alloc(size);
	if (!table)
		return NULL;
	at = (char *)(table + 1);
	for (int phase = 0; phase < CALL_N_PHASES; phase++)
		fill_phase(table, phase, &at);
	return table;
}

static void set_wanted(bool on)
{
	for (int phase = 0; phase < CALL_N_PHASES; phase++)
		for (uint32_t row = 0; row < CALL_ROWS; row++)
			if (on == (call_table && call_table->rows[phase][row]))
				__atomic_store_n(&call_wanted[phase][row], on, __ATOMIC_RELEASE);
}

static int publish(void)
{
	struct call_table *old = call_table, *table = NULL;

	if (hooks) {
		table = make_table();
		if (!table)
			return -ENOMEM;
	}
	__atomic_store_n(&call_table, table, __ATOMIC_RELEASE);
	set_wanted(true);
	set_wanted(false);
	if (old) {
		thread_quiesce();
		mem_free(old);
	}
	return 0;
}

int call_add(const struct call_spec *spec, struct call_hook **ret_hook)
{
	struct call_hook *h = mem_alloc(sizeof(*h)), **at = &hooks;
	int err;

	if (!h)
		return -ENOMEM;
	h->spec = *spec;
	while (*at)
		at = &(*at)->next;
	*at = h;
	err = publish();
	if (err) {
		*at = NULL;
		mem_free(h);
		return err;
	}
	*ret_hook = h;
	return 0;
}

/* Where there is no memory for a table without it: it stays, without a program. */
static void blank(const struct call_spec *spec)
{
	for (uint32_t row = 0; row < CALL_ROWS; row++) {
		enum call_phase phase = phase_of(spec->form);
		const struct call_list *list = call_table->rows[phase][row];

		for (uint32_t i = 0; list && i < list->n; i++) {
			struct hook_entry *e = &((struct call_list *)(uintptr_t)list)->entries[i].e;

			if (e->prog == spec->prog && e->hits == spec->hits)
				__atomic_store_n(&e->prog, NULL, __ATOMIC_RELEASE);
		}
	}
	thread_quiesce();
}

struct call_hook *call_remove(struct call_hook *h)
{
	struct call_hook **at = &hooks;

	if (!h)
		return NULL;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	if (publish())
		blank(&h->spec);
	mem_free(h);
	return NULL;
}

int call_replace(struct call_hook *h, const struct call_spec *spec)
{
	struct call_spec old = h->spec;
	int err;

	h->spec = *spec;
	err = publish();
	if (err)
		h->spec = old;
	return err;
}

bool call_is_wanted(uint32_t nr)
{
	for (const struct call_hook *h = hooks; h; h = h->next)
		if (nr == CALL_ANY || h->spec.nr == CALL_ANY || h->spec.nr == nr)
			return true;
	return false;
}
