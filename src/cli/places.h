/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is at an address of a traced process?  Symbol, offset, file; by what its agent noted of what
 * it had mapped, so that it may have ended.
 */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct places;

struct place {
	const char *symbol; /* NULL: none */
	uint64_t offset;    /* in the symbol, else in the file */
	const char *file;   /* NULL: none; both stay as long as the places do */
};

/* dir: the runtime's.  NULL: no memory. */
struct places *places_new(const char *dir);
struct places *places_free(struct places *p);
/* pid 0: whichever process has something there.  caller: what a call returns to, which may be
 * behind the function that called. */
struct place places_find(struct places *p, pid_t pid, uint64_t address, bool caller);

#endif
