/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that send data to user space: ring buffers and perf buffers. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/rings.h"
#include "map/map.h"

enum {
	MAX_RINGS = 4
};

/* A run that uses more rings than we can keep in mind finds the next one full. */
static __attribute__((noinline)) bool remember(struct run *run, struct map *map)
{
	for (uint32_t i = 0; i < run->n_rings; i++)
		if (run->rings[i] == map)
			return true;
	if (run->n_rings == MAX_RINGS)
		return false;
	run->rings[run->n_rings++] = map;
	return true;
}

static bool is_first(const struct run *run, const struct map *map)
{
	return run->n_rings && run->rings[0] == map;
}

void *ring_reserve(struct run *run, struct map *map, uint64_t size, uint64_t flags)
{
	if (flags || (!is_first(run, map) && !remember(run, map)))
		return NULL;
	return ringbuf_reserve(map, size);
}

void ring_finish(struct run *run, void *sample, uint64_t flags, bool discard)
{
	for (uint32_t i = 0; i < run->n_rings; i++)
		if (ringbuf_submit(run->rings[i], sample, flags, discard))
			return;
}

/* A record is of one of the run's rings; nearly all runs use one. */
static inline void finish(struct run *run, void *sample, uint64_t flags, bool discard)
{
	if (__builtin_expect(run->n_rings == 1, 1))
		ringbuf_commit(run->rings[0], sample, flags, discard);
	else
		ring_finish(run, sample, flags, discard);
}

BODY(ringbuf_reserve)
{
	return (uint64_t)ring_reserve(run, (struct map *)r1, r2, r3);
}

BODY(ringbuf_submit)
{
	finish(run, (void *)r1, r2, false);
	return 0;
}

BODY(ringbuf_discard)
{
	finish(run, (void *)r1, r2, true);
	return 0;
}

BODY(ringbuf_output)
{
	return (uint64_t)ringbuf_output((struct map *)r1, (const void *)r2, r3, r4);
}

BODY(ringbuf_query)
{
	return ringbuf_query((const struct map *)r1, r2);
}

/* The upper half of the flags asks the kernel for bytes of the packet behind the data. */
BODY(perf_event_output)
{
	uint64_t index = r3 & BPF_F_INDEX_MASK;

	if (r3 & ~(uint64_t)(BPF_F_INDEX_MASK | (run->packet ? BPF_F_CTXLEN_MASK : 0)))
		return ERR(EINVAL);
	if (r3 & BPF_F_CTXLEN_MASK)
		return ERR(EOPNOTSUPP);
	if (index == BPF_F_CURRENT_CPU)
		index = run->slot;
	return (uint64_t)perf_array_output((struct map *)r2, index, (const void *)r4, r5);
}
