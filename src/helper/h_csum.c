/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on Internet checksums. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/packet.h"

enum {
	ERR_NOTSUPP = 524
};

/* One's complement sums, kept in 32 bits. */
static uint32_t add(uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;

	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/* The last bytes count as if zeros followed. */
static uint32_t sum_words(const uint8_t *p, uint64_t n, uint32_t sum)
{
	for (; n; p += 4, n -= n < 4 ? n : 4) {
		uint32_t w = 0;

		if (n >= 4)
			__builtin_memcpy(&w, p, sizeof(w));
		else
			for (uint64_t i = 0; i < n; i++)
				w |= (uint32_t)p[i] << 8 * i;
		sum = add(sum, w);
	}
	return sum;
}

BODY(csum_diff)
{
	/* The verifier takes what may be NULL, with any size: nothing is there then. */
	uint64_t from = r1 ? (uint32_t)r2 : 0, to = r3 ? (uint32_t)r4 : 0;
	uint32_t seed = (uint32_t)r5, sum = seed;

	if (to)
		sum = sum_words((const uint8_t *)r3, to, seed);
	if (from && to)
		sum = add(sum, ~sum_words((const uint8_t *)r1, from, 0));
	else if (from)
		sum = ~sum_words((const uint8_t *)r1, from, ~seed);
	return fold(sum);
}

/* The checksum field at an offset, or NULL. */
static uint8_t *field_at(const struct packet *p, uint32_t off)
{
	if (off > 0xffff || off & 1 || off + 2 > p->len)
		return NULL;
	return p->data + off;
}

static void replace(uint8_t *field, uint32_t from, uint32_t to)
{
	uint16_t old, new;

	__builtin_memcpy(&old, field, sizeof(old));
	new = (uint16_t)~fold(add(add((uint16_t)~old, ~from), to));
	__builtin_memcpy(field, &new, sizeof(new));
}

static void replace_by_diff(uint8_t *field, uint32_t diff)
{
	uint16_t old, new;

	__builtin_memcpy(&old, field, sizeof(old));
	new = (uint16_t)~fold(add(diff, (uint16_t)~old));
	__builtin_memcpy(field, &new, sizeof(new));
}

/* By the size of what changed; 0: `to` is a difference of sums. */
static uint64_t replace_sized(uint8_t *field, uint64_t from, uint64_t to, uint64_t size)
{
	switch (size) {
	case 0:
		if (from)
			return ERR(EINVAL);
		replace_by_diff(field, (uint32_t)to);
		return 0;
	case 2: replace(field, (uint16_t)from, (uint16_t)to); return 0;
	case 4: replace(field, (uint32_t)from, (uint32_t)to); return 0;
	default: return ERR(EINVAL);
	}
}

BODY(l3_csum_replace)
{
	uint8_t *field = run->packet ? field_at(run->packet, (uint32_t)r2) : NULL;

	if (r5 & ~(uint64_t)BPF_F_HDR_FIELD_MASK)
		return ERR(EINVAL);
	if (!field)
		return ERR(EFAULT);
	return replace_sized(field, r3, r4, r5);
}

BODY(l4_csum_replace)
{
	uint8_t *field = run->packet ? field_at(run->packet, (uint32_t)r2) : NULL;
	bool zero_is_none = r5 & BPF_F_MARK_MANGLED_0;
	uint64_t err;

	if (r5 & ~(uint64_t)(BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR |
			     BPF_F_HDR_FIELD_MASK | 1 << 7 /* IPv6 */))
		return ERR(EINVAL);
	if (!field)
		return ERR(EFAULT);
	if (zero_is_none && !(r5 & BPF_F_MARK_ENFORCE) && !field[0] && !field[1])
		return 0;
	err = replace_sized(field, r3, r4, r5 & BPF_F_HDR_FIELD_MASK);
	if (!err && zero_is_none && !field[0] && !field[1])
		field[0] = field[1] = 0xff;
	return err;
}

/* No device checked this packet's checksum, so there is none to update. */
BODY(csum_update)
{
	return ERR(ERR_NOTSUPP);
}

BODY(csum_level)
{
	if (r2 > BPF_CSUM_LEVEL_RESET)
		return ERR(EINVAL);
	return r2 == BPF_CSUM_LEVEL_QUERY ? ERR(EACCES) : 0;
}
