/* SPDX-License-Identifier: BSD-2-Clause */
/* How do helpers reserve and finish records of ring buffers?  Shared by plain and dynptr records.
 */
#ifndef HELPER_RINGS_H
#define HELPER_RINGS_H

#include "helper/helper.h"

void *ring_reserve(struct run *run, struct map *map, uint64_t size, uint64_t flags);
/* Submits or discards; a pointer that is nobody's record is ignored. */
void ring_finish(struct run *run, void *sample, uint64_t flags, bool discard);

#endif
