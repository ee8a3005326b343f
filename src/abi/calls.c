/* SPDX-License-Identifier: BSD-2-Clause */
/* Which number, which name? */
#include "abi/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"

static const struct {
	uint16_t nr;
	const char *name, *event;
} rows[] = {
#define X(nr, name, event) { nr, #name, #event },
#include "abi/calls.def"
#undef X
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0])
};

const char *calls_name(uint32_t nr)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].nr == nr)
			return rows[i].name;
	return NULL;
}

/* What follows the prefix; NULL: it is not there. */
static const char *behind(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) ? NULL : name + n;
}

bool calls_event_of_name(const char *category, const char *name, struct call_event *ret)
{
	const char *call = behind(name, "sys_enter");

	ret->exit = !call;
	if (!call)
		call = behind(name, "sys_exit");
	if (!call)
		return false;
	ret->nr = CALLS_ANY;
	if (!strcmp(category, "raw_syscalls"))
		return !*call;
	if (strcmp(category, "syscalls") || *call++ != '_')
		return false;
	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].event, call))
			continue;
		ret->nr = rows[i].nr;
		return true;
	}
	return false;
}

uint64_t calls_id(const struct call_event *event)
{
	return CALLS_ID | event->nr << 1 | event->exit;
}

void calls_full_name(const struct call_event *event, char *buf, size_t size)
{
	const char *way = event->exit ? "exit" : "enter", *name = "";

	if (event->nr == CALLS_ANY) {
		snprintf(buf, size, "raw_syscalls/sys_%s", way);
		return;
	}
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].nr == event->nr)
			name = rows[i].event;
	snprintf(buf, size, "syscalls/sys_%s_%s", way, name);
}

/* --- the kernel's ids --- */

static bool has_id(const struct call_event *event, uint64_t id)
{
	static const char *const mounts[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char name[96], path[192], text[24];
	bool found = false;
	size_t size;
	void *data;

	calls_full_name(event, name, sizeof(name));
	for (size_t i = 0; i < 2 && !found; i++) {
		snprintf(path, sizeof(path), "%s/events/%s/id", mounts[i], name);
		if (os_read_file(path, sizeof(text) - 1, &data, &size))
			continue;
		memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
		text[size < sizeof(text) ? size : sizeof(text) - 1] = 0;
		found = strtoull(text, NULL, 10) == id;
		mem_free(data);
	}
	return found;
}

bool calls_event_of_id(uint64_t id, struct call_event *ret)
{
	struct call_event e = { .nr = id >> 1 & 0xffff, .exit = id & 1 };
	bool found =
		(id & ~UINT64_C(0x1ffff)) == CALLS_ID && (e.nr == CALLS_ANY || calls_name(e.nr));

	for (size_t i = 0; i < 2 * N_ROWS && !found; i++) {
		e = (struct call_event){ .nr = rows[i / 2].nr, .exit = i & 1 };
		found = has_id(&e, id);
	}
	for (int exit = 0; exit < 2 && !found; exit++) {
		e = (struct call_event){ .nr = CALLS_ANY, .exit = exit };
		found = has_id(&e, id);
	}
	*ret = e;
	return found;
}
