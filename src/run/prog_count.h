/* SPDX-License-Identifier: BSD-2-Clause */
/* Where do programs of a private runtime count, so that forked children count there too? */
#ifndef RUN_PROG_COUNT_H
#define RUN_PROG_COUNT_H

#include <stdbool.h>

struct prog_count;
struct prog_places;

/* NULL: there is no memory; programs count in their files then. */
struct prog_places *prog_places_new(void);
struct prog_places *prog_places_free(struct prog_places *places);
/* NULL: none is left. */
struct prog_count *prog_places_take(struct prog_places *places);
bool prog_places_hold(const struct prog_places *places, const struct prog_count *count);

#endif
