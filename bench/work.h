/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is computed in the code generation benchmark?  The same C source for BPF (work.bpf.c) and
 * for the machine (jit_bench.c): each function takes WORK_BYTES of input and returns a number that
 * depends on all it did.  NOINLINE is a real call in both.
 */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <linux/types.h>

#define INLINE   static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

enum {
	WORK_BYTES = 1536
};

/* One line a program: its name.  The function is work_NAME. */
/* clang-format off */
#define WORK_LIST(W)                                                                            \
	W(empty)                                                                                \
	W(parse)                                                                                \
	W(checksum)                                                                             \
	W(jhash) W(siphash) W(fnv) W(crc32) W(strcmp) W(matmul) W(bubble) W(primes) W(log2hist) \
		W(calls) W(lpm) W(base64) W(acl) W(dns)                                             \
		W(adler) W(decimal) W(murmur) W(ipsum) W(minmax) W(popcount) W(utf8) W(rle)     \
		W(gcd) W(xorshift) W(heap) W(loop)                                                \
		W(strchr) W(atoi) W(bsearch) W(insertion) W(crctab)  \
		W(bits) W(sha) W(saturate) W(modpow) W(sum64) W(mix)
/* clang-format on */

/* WORK_LOOP(n, fn, arg): fn(i, arg) until it returns what is not 0, at most n times. */

INLINE __u32 load32(const __u8 *p)
{
	return *(const __u32 *)p;
}

INLINE __u32 rol32(__u32 v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

INLINE __u64 rol64(__u64 v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

INLINE __u32 work_empty(const __u8 *p)
{
	(void)p;
	return 2;
}

/* Ethernet, up to two VLAN tags, IPv4, TCP: ports and flags. */
INLINE __u32 work_parse(const __u8 *p)
{
	__u16 type = *(const __u16 *)(p + 12);
	const __u8 *ip = p + 14;

	for (int i = 0; i < 2; i++) {
		if (type != 0x0081 && type != 0xa888)
			break;
		type = *(const __u16 *)(ip + 2);
		ip += 4;
	}
	if (type != 0x0008)
		return 0;
	if (ip[0] != 0x45 || ip[9] != 6)
		return 1;
	if (*(const __u16 *)(ip + 6) & 0xff1f)
		return 3;
	return __builtin_bswap32(load32(ip + 20)) ^ ip[33] ^ load32(ip + 12) ^ load32(ip + 16);
}

INLINE __u32 work_checksum(const __u8 *p)
{
	__u64 sum = 0;

	for (int i = 0; i < 1500; i += 4)
		sum += load32(p + i);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)~sum;
}

#define JHASH_MIX(a, b, c)         \
	do {                       \
		a -= c;            \
		a ^= rol32(c, 4);  \
		c += b;            \
		b -= a;            \
		b ^= rol32(a, 6);  \
		a += c;            \
		c -= b;            \
		c ^= rol32(b, 8);  \
		b += a;            \
		a -= c;            \
		a ^= rol32(c, 16); \
		c += b;            \
		b -= a;            \
		b ^= rol32(a, 19); \
		a += c;            \
		c -= b;            \
		c ^= rol32(b, 4);  \
		b += a;            \
	} while (0)

INLINE __u32 work_jhash(const __u8 *p)
{
	__u32 a = 0xdeadbeef, b = a, c = a;

	for (int i = 0; i < 1020; i += 12) {
		a += load32(p + i);
		b += load32(p + i + 4);
		c += load32(p + i + 8);
		JHASH_MIX(a, b, c);
	}
	return c;
}

#define SIP_ROUND(a, b, c, d)     \
	do {                      \
		a += b;           \
		b = rol64(b, 13); \
		b ^= a;           \
		a = rol64(a, 32); \
		c += d;           \
		d = rol64(d, 16); \
		d ^= c;           \
		a += d;           \
		d = rol64(d, 21); \
		d ^= a;           \
		c += b;           \
		b = rol64(b, 17); \
		b ^= c;           \
		c = rol64(c, 32); \
	} while (0)

INLINE __u32 work_siphash(const __u8 *p)
{
	__u64 a = 0x736f6d6570736575ULL, b = 0x646f72616e646f6dULL;
	__u64 c = 0x6c7967656e657261ULL, d = 0x7465646279746573ULL;

	for (int i = 0; i < 1024; i += 8) {
		__u64 m = *(const __u64 *)(p + i);

		d ^= m;
		SIP_ROUND(a, b, c, d);
		SIP_ROUND(a, b, c, d);
		a ^= m;
	}
	c ^= 0xff;
	SIP_ROUND(a, b, c, d);
	SIP_ROUND(a, b, c, d);
	return (__u32)(a ^ b ^ c ^ d);
}

INLINE __u32 work_fnv(const __u8 *p)
{
	__u64 h = 0xcbf29ce484222325ULL;

	for (int i = 0; i < 512; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return (__u32)(h ^ h >> 32);
}

INLINE __u32 work_crc32(const __u8 *p)
{
	__u32 crc = ~0u;

	for (int i = 0; i < 64; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
	}
	return ~crc;
}

/* Two strings that differ in the last byte. */
INLINE __u32 work_strcmp(const __u8 *p)
{
	const __u8 *a = p + 1024, *b = p + 1280;

	for (int i = 0; i < 200; i++) {
		if (a[i] != b[i])
			return (__u32)(i * 256 + a[i] - b[i]);
		if (!a[i])
			break;
	}
	return 0;
}

INLINE __u32 work_matmul(const __u8 *p)
{
	const __u32 *a = (const __u32 *)p, *b = a + 64;
	__u32 trace = 0;

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++) {
			__u32 sum = 0;

			for (int k = 0; k < 8; k++)
				sum += a[i * 8 + k] * b[k * 8 + j];
			trace = rol32(trace, 1) ^ sum;
		}
	return trace;
}

/* In the input itself, whose contents a verifier does not follow. */
INLINE __u32 work_bubble(__u8 *p)
{
	__u32 *v = (__u32 *)(p + 768), h = 0;

	for (int i = 0; i < 24; i++)
		v[i] = load32(p + 4 * i);
	for (int i = 0; i < 23; i++)
		for (int j = 0; j < 23 - i; j++) {
			__u32 a = v[j], b = v[j + 1];

			if (a > b) {
				v[j] = b;
				v[j + 1] = a;
			}
		}
	for (int i = 0; i < 24; i++)
		h = h * 31 + v[i];
	return h;
}

/* Trial division; the divisor is not a constant. */
INLINE __u32 work_primes(const __u8 *p)
{
	__u32 n = 0, from = 1000 + (p[0] & 1);

	for (__u32 i = 0; i < 20; i++) {
		__u32 v = from + 2 * i, prime = 1;

		for (__u32 d = 2; d < 34; d++)
			if (v % d == 0)
				prime = 0;
		n = n * 2 + prime;
	}
	return n;
}

INLINE __u32 log2_of(__u64 v)
{
	__u32 r = (v > 0xffffffff) << 5, s;

	v >>= r;
	s = (v > 0xffff) << 4;
	v >>= s;
	r |= s;
	s = (v > 0xff) << 3;
	v >>= s;
	r |= s;
	s = (v > 0xf) << 2;
	v >>= s;
	r |= s;
	s = (v > 3) << 1;
	v >>= s;
	r |= s;
	return r | (__u32)(v >> 1);
}

INLINE __u32 work_log2hist(const __u8 *p)
{
	__u32 slots[32], h = 0;

	for (int i = 0; i < 32; i++)
		slots[i] = 0;
	for (int i = 0; i < 32; i++)
		slots[log2_of(*(const __u64 *)(p + 8 * i)) & 31]++;
	for (int i = 0; i < 32; i++)
		h = h * 7 + slots[i];
	return h;
}

NOINLINE __u64 call_leaf(__u64 a, __u64 b)
{
	return (a ^ b) * 0x9e3779b97f4a7c15ULL;
}

NOINLINE __u64 call_node(__u64 a, __u64 b)
{
	return call_leaf(a, b) + call_leaf(b, a);
}

INLINE __u32 work_calls(const __u8 *p)
{
	__u64 h = 1;

	for (int i = 0; i < 32; i++)
		h = call_node(h, load32(p + 4 * i));
	return (__u32)(h ^ h >> 32);
}

/* A binary trie in an array: two children a node, the prefix's answer beside them. */
INLINE __u32 work_lpm(const __u8 *p)
{
	__u64 nodes[32];
	__u32 found = 0;

	for (int i = 0; i < 32; i++)
		nodes[i] = *(const __u64 *)(p + 8 * i);
	for (int i = 0; i < 8; i++) {
		__u32 addr = load32(p + 512 + 4 * i), node = 1;

		for (int bit = 0; bit < 16; bit++) {
			__u64 n = nodes[node & 31];

			if (n & 1)
				found = found * 3 + (__u8)(n >> 8);
			node = (__u32)(n >> (addr >> 31 ? 16 : 24)) & 31;
			addr <<= 1;
			if (!node)
				break;
		}
	}
	return found;
}

INLINE __u32 base64_digit(__u32 v)
{
	v &= 63;
	if (v < 26)
		return v + 'A';
	if (v < 52)
		return v - 26 + 'a';
	if (v < 62)
		return v - 52 + '0';
	return v == 62 ? '+' : '/';
}

INLINE __u32 work_base64(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 96; i += 3) {
		__u32 v = (__u32)p[i] << 16 | (__u32)p[i + 1] << 8 | p[i + 2];

		h = h * 33 + base64_digit(v >> 18);
		h = h * 33 + base64_digit(v >> 12);
		h = h * 33 + base64_digit(v >> 6);
		h = h * 33 + base64_digit(v);
	}
	return h;
}

/* A list of rules: address and mask, port range. */
INLINE __u32 work_acl(const __u8 *p)
{
	__u32 addr = load32(p + 26), hits = 0;
	__u16 port = *(const __u16 *)(p + 36);

	for (int i = 0; i < 28; i++) {
		const __u8 *rule = p + 64 + 12 * i;
		__u16 low = *(const __u16 *)(rule + 8), high = *(const __u16 *)(rule + 10);

		if ((addr & load32(rule + 4)) != load32(rule))
			continue;
		if (port >= low && port <= high)
			hits += (__u32)i + 1;
	}
	return hits;
}

/* Walks the labels of a name, lower case, hashed. */
INLINE __u32 work_dns(const __u8 *p)
{
	__u32 h = 5381, left = 0;

	for (int i = 0; i < 64; i++) {
		__u8 c = p[1024 + i];

		if (!left) {
			left = c & 15;
			if (!left)
				break;
			continue;
		}
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		h = h * 33 + c;
		left--;
	}
	return h;
}

INLINE __u32 work_adler(const __u8 *p)
{
	__u32 a = 1, b = 0;

	for (int i = 0; i < 256; i++) {
		a = (a + p[i]) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

/* Numbers as text, hashed: divisions by a constant. */
INLINE __u32 work_decimal(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 16; i++) {
		__u32 v = load32(p + 4 * i);

		for (int k = 0; k < 10; k++) {
			h = h * 31 + '0' + v % 10;
			v /= 10;
		}
	}
	return h;
}

INLINE __u32 work_murmur(const __u8 *p)
{
	__u32 h = 42;

	for (int i = 0; i < 512; i += 4) {
		__u32 k = load32(p + i) * 0xcc9e2d51;

		k = rol32(k, 15) * 0x1b873593;
		h = rol32(h ^ k, 13) * 5 + 0xe6546b64;
	}
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

/* A header's checksum, 16 bits at a time, in network order. */
INLINE __u32 work_ipsum(const __u8 *p)
{
	__u32 all = 0;

	for (int i = 0; i < 16; i++) {
		const __u8 *h = p + 20 * i;
		__u32 sum = 0;

		for (int k = 0; k < 20; k += 2)
			sum += __builtin_bswap16(*(const __u16 *)(h + k));
		sum = (sum & 0xffff) + (sum >> 16);
		sum = (sum & 0xffff) + (sum >> 16);
		all = all * 3 + (__u16)~sum;
	}
	return all;
}

INLINE __u32 work_minmax(const __u8 *p)
{
	__u32 low = ~0u, high = 0;

	for (int i = 0; i < 1024; i += 4) {
		__u32 v = load32(p + i);

		if (v < low)
			low = v;
		if (v > high)
			high = v;
	}
	return low ^ high;
}

INLINE __u32 work_popcount(const __u8 *p)
{
	__u64 n = 0;

	for (int i = 0; i < 512; i += 8) {
		__u64 v = *(const __u64 *)(p + i);

		v -= v >> 1 & 0x5555555555555555ULL;
		v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
		v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
		n += v * 0x0101010101010101ULL >> 56;
	}
	return (__u32)n;
}

/* Characters, and bytes that can be none. */
INLINE __u32 work_utf8(const __u8 *p)
{
	__u32 left = 0, chars = 0, bad = 0;

	for (int i = 0; i < 256; i++) {
		__u8 c = p[1024 + i];

		if (left) {
			if ((c & 0xc0) != 0x80)
				bad++;
			left--;
			continue;
		}
		chars++;
		if (c >= 0xf0)
			left = 3;
		else if (c >= 0xe0)
			left = 2;
		else if (c >= 0xc0)
			left = 1;
		else if (c >= 0x80)
			bad++;
	}
	return chars * 1000 + bad;
}

INLINE __u32 work_rle(const __u8 *p)
{
	__u32 h = 0, run = 0;
	__u8 last = p[0] & 3;

	for (int i = 1; i < 256; i++) {
		__u8 c = p[i] & 3;

		if (c == last) {
			run++;
			continue;
		}
		h = h * 17 + run * 4 + last;
		last = c;
		run = 0;
	}
	return h;
}

INLINE __u32 work_gcd(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 8; i++) {
		__u32 a = load32(p + 8 * i) | 1, b = load32(p + 8 * i + 4) | 1;

		for (int k = 0; k < 24 && b; k++) {
			__u32 rest = a % b;

			a = b;
			b = rest;
		}
		h = h * 5 + a;
	}
	return h;
}

INLINE __u32 work_xorshift(const __u8 *p)
{
	__u64 x = *(const __u64 *)p | 1, h = 0;

	for (int i = 0; i < 128; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		h += x * 0x2545f4914f6cdd1dULL >> 32;
	}
	return (__u32)h;
}

#include "work_more.h"

struct loop_state {
	__u64 h;
	__u32 a, b;
};

static long loop_body(__u64 i, void *arg)
{
	struct loop_state *s = arg;

	s->h = (s->h ^ i) * 0x9e3779b97f4a7c15ULL;
	s->a += (__u32)(s->h >> 32);
	return s->a == s->b;
}

/* bpf_loop(), or a call a round. */
INLINE __u32 work_loop(const __u8 *p)
{
	struct loop_state s = { .h = load32(p), .b = 1 };

	WORK_LOOP(200, loop_body, &s);
	return (__u32)(s.h ^ s.a);
}

#endif
