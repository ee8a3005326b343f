/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do programs of a private runtime count, so that forked children count there too?  In
 * memory that is mapped before anybody forks.  Who takes a place has it for good, since a child may
 * count there when its parent's program is gone; who comes when there is none left counts in its
 * program's file (prog_file.c).
 */
#include "run/prog_count.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "run/prog.h"

enum {
	N_PLACES = 2048
};

struct prog_places {
	uint32_t n; /* taken, by whichever process */
	struct prog_count place[N_PLACES];
};

struct prog_places *prog_places_new(void)
{
	void *mem = mmap(NULL, sizeof(struct prog_places), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

struct prog_places *prog_places_free(struct prog_places *places)
{
	if (places)
		munmap(places, sizeof(*places));
	return NULL;
}

struct prog_count *prog_places_take(struct prog_places *places)
{
	uint32_t n = places ? __atomic_load_n(&places->n, __ATOMIC_RELAXED) : N_PLACES;

	while (n < N_PLACES && !__atomic_compare_exchange_n(&places->n, &n, n + 1, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return n < N_PLACES ? &places->place[n] : NULL;
}

bool prog_places_hold(const struct prog_places *places, const struct prog_count *count)
{
	uintptr_t at = (uintptr_t)count, from = (uintptr_t)places;

	return places && at >= from && at < from + sizeof(*places);
}
