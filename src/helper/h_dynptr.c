/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on dynptrs: memory whose size is checked when it is used. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/rings.h"

enum {
	MAX_SIZE = (1 << 24) - 1
};

/* What struct bpf_dynptr holds, 16 bytes on the program's stack. */
struct dynptr {
	uint8_t *data; /* NULL: nothing */
	uint64_t size;
};

static uint64_t set(struct dynptr *d, void *data, uint64_t size)
{
	d->data = data;
	d->size = data ? size : 0;
	return 0;
}

static bool inside(const struct dynptr *d, uint64_t off, uint64_t len)
{
	return len <= d->size && off <= d->size - len;
}

BODY(dynptr_from_mem)
{
	struct dynptr *d = (struct dynptr *)r4;

	set(d, NULL, 0);
	if ((uint32_t)r2 > MAX_SIZE)
		return ERR(E2BIG);
	if (r3)
		return ERR(EINVAL);
	return set(d, (void *)r1, (uint32_t)r2);
}

BODY(ringbuf_reserve_dynptr)
{
	struct dynptr *d = (struct dynptr *)r4;

	set(d, NULL, 0);
	if (r3)
		return ERR(EINVAL);
	if ((uint32_t)r2 > MAX_SIZE)
		return ERR(E2BIG);
	set(d, ring_reserve(run, (struct map *)r1, (uint32_t)r2, 0), (uint32_t)r2);
	return d->data ? 0 : ERR(EINVAL);
}

static uint64_t finish(struct run *run, struct dynptr *d, uint64_t flags, bool discard)
{
	if (d->data)
		ring_finish(run, d->data, flags, discard);
	return set(d, NULL, 0);
}

BODY(ringbuf_submit_dynptr)
{
	return finish(run, (struct dynptr *)r1, r2, false);
}

BODY(ringbuf_discard_dynptr)
{
	return finish(run, (struct dynptr *)r1, r2, true);
}

BODY(dynptr_read)
{
	const struct dynptr *d = (const struct dynptr *)r3;
	uint64_t len = (uint32_t)r2, off = (uint32_t)r4;
	bool ok = d->data && !r5;

	/* The verifier takes the buffer for written, whatever the answer is. */
	if (!ok || !inside(d, off, len)) {
		bytes_zero((void *)r1, len);
		return ok ? ERR(E2BIG) : ERR(EINVAL);
	}
	bytes_move((uint8_t *)r1, d->data + off, len);
	return 0;
}

BODY(dynptr_write)
{
	const struct dynptr *d = (const struct dynptr *)r1;
	uint64_t off = (uint32_t)r2, len = (uint32_t)r4;

	if (!d->data)
		return ERR(EINVAL);
	if (!inside(d, off, len))
		return ERR(E2BIG);
	if (r5)
		return ERR(EINVAL);
	bytes_move(d->data + off, (const uint8_t *)r3, len);
	return 0;
}

BODY(dynptr_data)
{
	const struct dynptr *d = (const struct dynptr *)r1;
	uint64_t off = (uint32_t)r2, len = (uint32_t)r3;

	return d->data && inside(d, off, len) ? (uint64_t)(d->data + off) : 0;
}
