/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel functions on dynptrs: parts, copies, slices, and dynptrs of packets. */
#include <errno.h>

#include "helper/bytes.h"
#include "helper/dynptr.h"
#include "helper/kfuncs.h"
#include "helper/packet.h"
#include "helper/probe.h"

KBODY(bpf_dynptr_adjust)
{
	struct dynptr *d = (struct dynptr *)r1;

	if (!d->data || r2 > r3)
		return ERR(EINVAL);
	if (r2 > d->size || r3 > d->size)
		return ERR(ERANGE);
	d->off = (d->off + (uint32_t)r2) & DYNPTR_MAX_SIZE;
	d->size = (uint32_t)(r3 - r2);
	return 0;
}

KBODY(bpf_dynptr_is_null)
{
	return !((const struct dynptr *)r1)->data;
}

KBODY(bpf_dynptr_is_rdonly)
{
	const struct dynptr *d = (const struct dynptr *)r1;

	return d->data && d->rdonly;
}

KBODY(bpf_dynptr_size)
{
	const struct dynptr *d = (const struct dynptr *)r1;

	return d->data ? d->size : ERR(EINVAL);
}

KBODY(bpf_dynptr_clone)
{
	const struct dynptr *d = (const struct dynptr *)r1;
	struct dynptr *clone = (struct dynptr *)r2;

	*clone = *d;
	return d->data ? 0 : ERR(EINVAL);
}

/* All there is lies in one piece, so that no buffer stands in for it. */
KBODY(bpf_dynptr_slice)
{
	return (uint64_t)dynptr_bytes((const struct dynptr *)r1, r2, (uint32_t)r4);
}

KBODY(bpf_dynptr_slice_rdwr)
{
	const struct dynptr *d = (const struct dynptr *)r1;

	return d->rdonly ? 0 : (uint64_t)dynptr_bytes(d, r2, (uint32_t)r4);
}

KBODY(bpf_dynptr_copy)
{
	const struct dynptr *to = (const struct dynptr *)r1, *from = (const struct dynptr *)r3;
	const uint8_t *src = dynptr_bytes(from, r4, r5);
	uint8_t *dst = to->rdonly ? NULL : dynptr_bytes(to, r2, r5);

	if (src && dst) {
		bytes_move(dst, src, r5);
		return 0;
	}
	if (!src && from->data && dynptr_check(from, r4, r5))
		return ERR(E2BIG);
	if (to->data && !to->rdonly && dynptr_check(to, r2, r5))
		return ERR(E2BIG);
	return ERR(EINVAL);
}

KBODY(bpf_dynptr_memset)
{
	const struct dynptr *d = (const struct dynptr *)r1;
	volatile uint8_t *to = d->rdonly ? NULL : dynptr_bytes(d, r2, r3);

	if (d->rdonly)
		return ERR(EINVAL);
	if (!to)
		return d->data && dynptr_check(d, r2, r3) ? ERR(E2BIG) : ERR(EINVAL);
	for (uint64_t i = 0; i < r3; i++)
		to[i] = (uint8_t)r4;
	return 0;
}

/* --- of packets --- */

static uint64_t of_packet(struct dynptr *d, struct packet *p, enum dynptr_of of, uint64_t flags)
{
	uint64_t size;

	dynptr_set(d, of, NULL, 0);
	if (flags || !p)
		return ERR(EINVAL);
	size = of == DYNPTR_OF_META ? (uint64_t)(p->data - p->data_meta)
				    : (uint64_t)(p->data_end - p->data);
	if (size > DYNPTR_MAX_SIZE)
		return ERR(E2BIG);
	dynptr_set(d, of, p, size);
	return 0;
}

KBODY(bpf_dynptr_from_skb)
{
	return of_packet((struct dynptr *)r3, run->packet, DYNPTR_OF_PACKET, r2);
}

KBODY(bpf_dynptr_from_skb_rdonly)
{
	struct dynptr *d = (struct dynptr *)r3;
	uint64_t ret = of_packet(d, run->packet, DYNPTR_OF_PACKET, r2);

	d->rdonly = true;
	return ret;
}

KBODY(bpf_dynptr_from_skb_meta)
{
	return of_packet((struct dynptr *)r3, run->packet, DYNPTR_OF_META, r2);
}

KBODY(bpf_dynptr_from_xdp)
{
	return of_packet((struct dynptr *)r3, run->packet, DYNPTR_OF_PACKET, r2);
}

/* --- from anywhere --- */

static uint64_t copy_in(struct run *run, uint64_t dynptr, uint64_t off, uint64_t size, uint64_t src,
			bool string)
{
	const struct dynptr *d = (const struct dynptr *)dynptr;
	uint8_t *to = d->rdonly ? NULL : dynptr_bytes(d, off, size);
	int64_t n;

	if (!to)
		return d->data && !d->rdonly && dynptr_check(d, off, size) ? ERR(E2BIG)
									   : ERR(EINVAL);
	n = string ? probe_copy_str(run, (char *)to, src, size) : probe_copy(run, to, src, size);
	return (uint64_t)n;
}

KBODY(bpf_probe_read_user_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, false);
}

KBODY(bpf_probe_read_kernel_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, false);
}

KBODY(bpf_copy_from_user_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, false);
}

KBODY(bpf_probe_read_user_str_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, true);
}

KBODY(bpf_probe_read_kernel_str_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, true);
}

KBODY(bpf_copy_from_user_str_dynptr)
{
	return copy_in(run, r1, r2, r3, r4, true);
}
