/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What are system calls called, and which tracepoints do they have?  Tracepoints have ids of our
 * own, where loaders look for them (preload_files.c); those of the kernel's tracefs are understood
 * where it can be read.
 */
#ifndef ABI_CALLS_H
#define ABI_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CALLS_ANY = 0xffff, /* raw_syscalls/sys_enter, sys_exit */
	CALLS_ID = 0x33000000
};

struct call_event {
	uint32_t nr; /* or CALLS_ANY */
	bool exit;
};

/* NULL: it has none. */
const char *calls_name(uint32_t nr);
/* "syscalls/sys_enter_openat", "raw_syscalls/sys_exit" */
bool calls_event_of_name(const char *category, const char *name, struct call_event *ret);
uint64_t calls_id(const struct call_event *event);
/* An id of ours or of the kernel's. */
bool calls_event_of_id(uint64_t id, struct call_event *ret);
/* "syscalls/sys_enter_openat" */
void calls_full_name(const struct call_event *event, char *buf, size_t size);

#endif
