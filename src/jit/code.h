/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does machine code live?  In a pool of regions near the library, many images packed in each.
 * No page is writable and executable at once, not even under two addresses: new code is written
 * into pages that nobody else has code on, or into a fresh private copy of the pages it shares,
 * which then takes their place in one step, while other threads run what is in them.  Private
 * memory, so a forked child keeps its own. Thread safe; counted.
 */
#ifndef JIT_CODE_H
#define JIT_CODE_H

#include <stddef.h>
#include <stdint.h>

struct code_pool;

struct code_block {
	uint8_t *addr; /* where it runs; known before it is written */
	size_t size;
	struct code_region *region;
};

int code_pool_new(struct code_pool **ret_pool);
/* A random number that stands before each function that may be jumped to by its address. */
uint32_t code_pool_tag(const struct code_pool *pool);
struct code_pool *code_pool_ref(struct code_pool *pool);
struct code_pool *code_pool_unref(struct code_pool *pool);

/* Reserves addresses for `size` bytes. */
int code_alloc(struct code_pool *pool, size_t size, struct code_block *ret_block);
/* Fills a reserved block and makes it executable; `size` at most the block's. */
int code_publish(struct code_pool *pool, const struct code_block *block, const void *bytes,
		 size_t size);
/* The caller made sure that nobody runs it. */
void code_free(struct code_pool *pool, struct code_block *block);

#endif
