/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else is computed in the code generation benchmark?  Text, searches, tables on the stack,
 * records, small functions.  A part of work.h, which says what the functions are.
 */
#ifndef BENCH_WORK_MORE_H
#define BENCH_WORK_MORE_H

/* A heap of 32 numbers in the input; the largest is taken out 16 times. */
INLINE __u32 work_heap(__u8 *p)
{
	__u32 *v = (__u32 *)(p + 768), h = 0;

	for (int i = 0; i < 32; i++)
		v[i] = load32(p + 4 * i);
	for (int n = 0; n < 16; n++) {
		__u32 at = 0;

		h = h * 31 + v[0];
		v[0] >>= 1;
		for (int depth = 0; depth < 4; depth++) {
			__u32 child = 2 * at + 1, parent = v[at & 31];

			if (v[child & 31] < v[(child + 1) & 31])
				child++;
			if (v[child & 31] <= parent)
				break;
			v[at & 31] = v[child & 31];
			v[child & 31] = parent;
			at = child & 31;
		}
	}
	return h;
}

/* Where words begin and end: a table of 256 bits says which bytes belong to one. */
INLINE __u32 work_strchr(const __u8 *p)
{
	__u64 set[4] = { 0x03ff000000000000ULL, 0x07fffffe07fffffeULL, 0, 0 };
	__u32 words = 0, inside = 0, h = 0;

	for (int i = 0; i < 256; i++) {
		__u8 c = p[1024 + i];
		__u32 is = set[c >> 6] >> (c & 63) & 1;

		words += is & (inside ^ 1);
		h = h * 31 + (is ? c : 0);
		inside = is;
	}
	return words * 65536 + (h & 0xffff);
}

/* Numbers in text, with sign, separated by anything else. */
INLINE __u32 work_atoi(const __u8 *p)
{
	__u32 sum = 0, v = 0;
	int negative = 0;

	for (int i = 0; i < 200; i++) {
		__u8 c = p[1024 + i] & 15;

		if (c < 10) {
			v = v * 10 + c;
			continue;
		}
		sum += negative ? 0 - v : v;
		v = 0;
		negative = c == 13;
	}
	return sum;
}

/* Binary search in 64 numbers that grow. */
INLINE __u32 work_bsearch(const __u8 *p)
{
	const __u32 *v = (const __u32 *)(p + 256);
	__u32 h = 0;

	for (int i = 0; i < 16; i++) {
		__u32 want = load32(p + 4 * i), low = 0;

		for (__u32 step = 32; step; step >>= 1)
			if ((v[(low + step) & 63] >> 1) + (low + step) * 0x4000000 <= want)
				low += step;
		h = h * 31 + low;
	}
	return h;
}

/* Insertion sort of 16 bytes in the input. */
INLINE __u32 work_insertion(__u8 *p)
{
	__u8 *v = p + 1400;
	__u32 h = 0;

	for (int i = 0; i < 16; i++)
		v[i] = p[64 + i];
	for (int i = 1; i < 16; i++) {
		__u8 x = v[i];
		int k = i;

		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
	for (int i = 0; i < 16; i++)
		h = h * 17 + v[i];
	return h;
}

/* A table of 16 words on the stack, by halves of bytes. */
INLINE __u32 work_crctab(const __u8 *p)
{
	__u32 table[16], crc = ~0u;

	for (__u32 i = 0; i < 16; i++) {
		__u32 c = i;

		for (int k = 0; k < 4; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		table[i] = c;
	}
	for (int i = 0; i < 128; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

/* Bits turned around, the lowest and the highest found. */
INLINE __u32 work_bits(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 64; i++) {
		__u32 v = load32(p + 4 * i) | 1, r = v;

		r = (r >> 1 & 0x55555555) | (r & 0x55555555) << 1;
		r = (r >> 2 & 0x33333333) | (r & 0x33333333) << 2;
		r = (r >> 4 & 0x0f0f0f0f) | (r & 0x0f0f0f0f) << 4;
		h += __builtin_bswap32(r) ^ (v & (0 - v)) ^ (__u32)__builtin_popcount(v);
	}
	return h;
}

/* Two blocks' rounds as SHA-256 has them, without its constants. */
INLINE __u32 work_sha(const __u8 *p)
{
	__u32 a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a;
	__u32 e = 0x510e527f, f = 0x9b05688c, g = 0x1f83d9ab, h = 0x5be0cd19;

	for (int i = 0; i < 64; i++) {
		__u32 s1 = rol32(e, 26) ^ rol32(e, 21) ^ rol32(e, 7);
		__u32 t1 = h + s1 + ((e & f) ^ (~e & g)) + load32(p + 4 * i);
		__u32 s0 = rol32(a, 30) ^ rol32(a, 19) ^ rol32(a, 10);
		__u32 t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
}

/* Signed samples, mixed and clamped. */
INLINE __u32 work_saturate(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 256; i += 2) {
		int v = *(const __s16 *)(p + i) + *(const __s16 *)(p + 512 + i) * 3;

		if (v > 32767)
			v = 32767;
		if (v < -32768)
			v = -32768;
		h = h * 9 + (__u32)v;
	}
	return h;
}

INLINE __u32 work_modpow(const __u8 *p)
{
	__u32 h = 0;

	for (int i = 0; i < 8; i++) {
		__u64 base = load32(p + 4 * i) % 1000003, r = 1;
		__u32 e = p[64 + i];

		for (int k = 0; k < 8; k++) {
			if (e & 1)
				r = r * base % 1000003;
			base = base * base % 1000003;
			e >>= 1;
		}
		h ^= (__u32)r << (i & 3);
	}
	return h;
}

/* Sums with conditions on each record of a table. */
INLINE __u32 work_sum64(const __u8 *p)
{
	__u64 all = 0, some = 0, n = 0;

	for (int i = 0; i < 1200; i += 24) {
		__u64 a = *(const __u64 *)(p + i), b = *(const __u64 *)(p + i + 8);
		__u32 kind = load32(p + i + 16);

		all += a - b;
		if ((kind & 0xff) > 100) {
			some += a >> 32;
			n++;
		}
	}
	return (__u32)(all ^ all >> 32 ^ some ^ n << 20);
}

NOINLINE __u64 mix_one(__u64 a, __u64 b, __u64 c)
{
	a ^= b >> 23;
	a *= 0x2127599bf4325c37ULL;
	return a ^ a >> 47 ^ c;
}

/* A small function called often, its results in a chain of choices. */
INLINE __u32 work_mix(const __u8 *p)
{
	__u64 h = 42;

	for (int i = 0; i < 64; i++) {
		__u64 v = *(const __u64 *)(p + 8 * i);

		if (v & 1)
			h = mix_one(h, v, 7);
		else
			h += mix_one(v, h, 9);
	}
	return (__u32)(h ^ h >> 32);
}

#endif
