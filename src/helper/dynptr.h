/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a dynptr hold, 16 bytes on the program's stack?  Where its memory is, how much of it,
 * and of what kind.  A packet may move between two uses, so that those are looked up each time.
 */
#ifndef HELPER_DYNPTR_H
#define HELPER_DYNPTR_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DYNPTR_MAX_SIZE = (1 << 24) - 1
};

enum dynptr_of {
	DYNPTR_OF_MEMORY,
	DYNPTR_OF_PACKET,
	DYNPTR_OF_META,
};

struct dynptr {
	void *data;    /* memory, or the packet; NULL: nothing */
	uint32_t size; /* below 1 << 24 */
	uint32_t off : 28, of : 3, rdonly : 1;
};

_Static_assert(sizeof(struct dynptr) == 16, "the verifier sets two slots aside");

void dynptr_set(struct dynptr *d, enum dynptr_of of, void *data, uint64_t size);
/* [off, off + len) of it: 0 or -E2BIG. */
int dynptr_check(const struct dynptr *d, uint64_t off, uint64_t len);
/* The bytes themselves, NULL where there are not as many any more. */
uint8_t *dynptr_bytes(const struct dynptr *d, uint64_t off, uint64_t len);

#endif
