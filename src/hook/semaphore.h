/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program learn that somebody looks at a probe that it has compiled in (USDT)?  By a
 * 16-bit counter of its own, which is above 0 meanwhile; it makes the probe's arguments only then.
 */
#ifndef HOOK_SEMAPHORE_H
#define HOOK_SEMAPHORE_H

#include <stdint.h>

struct maps;

/* Where the counter at that offset of the file is in this process, 0: nowhere, or not writable. */
uint64_t semaphore_find(const struct maps *maps, uint64_t dev, uint64_t ino, uint64_t off);
/* Adds 1 or -1.  What is unmapped meanwhile, and a counter at its end, is left alone. */
void semaphore_add(uint64_t addr, int by);

#endif
