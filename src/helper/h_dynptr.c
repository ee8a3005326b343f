/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on dynptrs: memory whose size is checked when it is used. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/dynptr.h"
#include "helper/packet.h"
#include "helper/rings.h"

void dynptr_set(struct dynptr *d, enum dynptr_of of, void *data, uint64_t size)
{
	d->data = data;
	d->size = data ? (uint32_t)size : 0;
	d->off = 0;
	d->of = of;
	d->rdonly = false;
}

int dynptr_check(const struct dynptr *d, uint64_t off, uint64_t len)
{
	return len <= d->size && off <= d->size - len ? 0 : -E2BIG;
}

static uint8_t *in_packet(const struct dynptr *d, uint64_t off, uint64_t len)
{
	const struct packet *p = d->data;
	uint8_t *from = d->of == DYNPTR_OF_META ? p->data_meta : p->data;
	const uint8_t *end = d->of == DYNPTR_OF_META ? p->data : p->data_end;
	uint64_t room = end > from ? (uint64_t)(end - from) : 0;

	off += d->off;
	return len <= room && off <= room - len ? from + off : NULL;
}

uint8_t *dynptr_bytes(const struct dynptr *d, uint64_t off, uint64_t len)
{
	if (!d->data || dynptr_check(d, off, len))
		return NULL;
	if (d->of != DYNPTR_OF_MEMORY)
		return in_packet(d, off, len);
	return (uint8_t *)d->data + d->off + off;
}

static uint64_t nothing(struct dynptr *d)
{
	dynptr_set(d, DYNPTR_OF_MEMORY, NULL, 0);
	return 0;
}

BODY(dynptr_from_mem)
{
	struct dynptr *d = (struct dynptr *)r4;

	nothing(d);
	if ((uint32_t)r2 > DYNPTR_MAX_SIZE)
		return ERR(E2BIG);
	if (r3)
		return ERR(EINVAL);
	dynptr_set(d, DYNPTR_OF_MEMORY, (void *)r1, (uint32_t)r2);
	return 0;
}

BODY(ringbuf_reserve_dynptr)
{
	struct dynptr *d = (struct dynptr *)r4;

	nothing(d);
	if (r3)
		return ERR(EINVAL);
	if ((uint32_t)r2 > DYNPTR_MAX_SIZE)
		return ERR(E2BIG);
	dynptr_set(d, DYNPTR_OF_MEMORY, ring_reserve(run, (struct map *)r1, (uint32_t)r2, 0),
		   (uint32_t)r2);
	return d->data ? 0 : ERR(EINVAL);
}

/* A clone may have been moved to a part of the record. */
static uint64_t finish(struct run *run, struct dynptr *d, uint64_t flags, bool discard)
{
	if (d->data)
		ring_finish(run, d->data, flags, discard);
	return nothing(d);
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
	const uint8_t *from = ok ? dynptr_bytes(d, off, len) : NULL;

	/* The verifier takes the buffer for written, whatever the answer is. */
	if (!from) {
		bytes_zero((void *)r1, len);
		if (!ok)
			return ERR(EINVAL);
		return dynptr_check(d, off, len) ? ERR(E2BIG) : ERR(EFAULT);
	}
	bytes_move((uint8_t *)r1, from, len);
	return 0;
}

BODY(dynptr_write)
{
	const struct dynptr *d = (const struct dynptr *)r1;
	uint64_t off = (uint32_t)r2, len = (uint32_t)r4;
	uint8_t *to;

	if (!d->data || d->rdonly)
		return ERR(EINVAL);
	if (dynptr_check(d, off, len))
		return ERR(E2BIG);
	if (r5 && (d->of != DYNPTR_OF_PACKET || (run->packet && run->packet->is_xdp)))
		return ERR(EINVAL);
	to = dynptr_bytes(d, off, len);
	if (!to)
		return ERR(EFAULT);
	bytes_move(to, (const uint8_t *)r3, len);
	return 0;
}

BODY(dynptr_data)
{
	const struct dynptr *d = (const struct dynptr *)r1;

	if (d->rdonly || d->of != DYNPTR_OF_MEMORY)
		return 0;
	return (uint64_t)dynptr_bytes(d, (uint32_t)r2, (uint32_t)r3);
}
