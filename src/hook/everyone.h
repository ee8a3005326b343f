/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which processes of this user does a link for every process concern, now and later?  Those that
 * map its file; all, where it is about what each process does.  Whoever holds such links looks now
 * and then: a process is looked at closely when it is new, or when what it maps has changed, and is
 * joined when it has a file of a link.
 */
#ifndef HOOK_EVERYONE_H
#define HOOK_EVERYONE_H

#include <stdint.h>

#include "base/text.h"

struct everyone;
struct store;

int everyone_new(struct store *store, const char *guest, struct everyone **ret_everyone);
struct everyone *everyone_free(struct everyone *e);
/* Joins whom it finds; looks at most four times a second. */
void everyone_look(struct everyone *e);
/* How many were joined and how many could not be, and why the last of those. */
uint32_t everyone_joined(const struct everyone *e);
uint32_t everyone_refused(const struct everyone *e, const char **ret_why);

#endif
