/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel functions on strings anywhere in memory: bad addresses and strings without end are errnos.
 * They answer with an index instead of a pointer.
 */
#include <errno.h>

#include "helper/bytes.h"
#include "helper/kfuncs.h"
#include "helper/probe.h"

enum {
	MAX_LEN = 65536,
	CHUNK = 64,
	PAGE = 4096
};

/* A string that is read a piece at a time; pieces do not cross pages. */
struct reader {
	const struct run *run;
	uint64_t addr, from, n; /* chunk holds the string's bytes [from, from + n) */
	uint8_t chunk[CHUNK];
};

static void start(struct reader *r, const struct run *run, uint64_t addr)
{
	r->run = run;
	r->addr = addr;
	r->from = r->n = 0;
}

/* Byte i, or -EFAULT. */
static int at(struct reader *r, uint64_t i)
{
	if (i - r->from >= r->n) {
		uint64_t room = PAGE - (r->addr + i) % PAGE;

		r->from = i;
		r->n = room < CHUNK ? room : CHUNK;
		if (probe_copy(r->run, r->chunk, r->addr + i, r->n)) {
			r->n = 0;
			return -EFAULT;
		}
	}
	return r->chunk[i - r->from];
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static int64_t compare(struct run *run, uint64_t s1, uint64_t s2, bool fold)
{
	struct reader a, b;

	start(&a, run, s1);
	start(&b, run, s2);
	for (uint64_t i = 0; i < MAX_LEN; i++) {
		int x = at(&a, i), y = at(&b, i);

		if (x < 0 || y < 0)
			return -EFAULT;
		if (fold) {
			x = lower(x);
			y = lower(y);
		}
		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			return 0;
	}
	return -E2BIG;
}

KBODY(bpf_strcmp)
{
	return (uint64_t)compare(run, r1, r2, false);
}

KBODY(bpf_strcasecmp)
{
	return (uint64_t)compare(run, r1, r2, true);
}

/* Index of c within n bytes, or with end_counts that of the end. */
static int64_t find(struct run *run, uint64_t s, uint64_t n, int c, bool end_counts)
{
	struct reader a;

	start(&a, run, s);
	for (uint64_t i = 0; i < n && i < MAX_LEN; i++) {
		int x = at(&a, i);

		if (x < 0)
			return x;
		if (x == c || (!x && end_counts))
			return (int64_t)i;
		if (!x)
			return -ENOENT;
	}
	return n < MAX_LEN ? -ENOENT : -E2BIG;
}

KBODY(bpf_strchr)
{
	return (uint64_t)find(run, r1, MAX_LEN, (uint8_t)r2, false);
}

KBODY(bpf_strchrnul)
{
	return (uint64_t)find(run, r1, MAX_LEN, (uint8_t)r2, true);
}

KBODY(bpf_strnchr)
{
	return (uint64_t)find(run, r1, r2, (uint8_t)r3, false);
}

KBODY(bpf_strlen)
{
	return (uint64_t)find(run, r1, MAX_LEN, 0, true);
}

KBODY(bpf_strnlen)
{
	int64_t n = find(run, r1, r2, 0, true);

	return n == -ENOENT ? r2 : (uint64_t)n;
}

KBODY(bpf_strrchr)
{
	int64_t last = -ENOENT;
	struct reader a;

	start(&a, run, r1);
	for (uint64_t i = 0; i < MAX_LEN; i++) {
		int x = at(&a, i);

		if (x < 0)
			return (uint64_t)(int64_t)x;
		if (x == (uint8_t)r2)
			last = (int64_t)i;
		if (!x)
			return (uint64_t)last;
	}
	return ERR(E2BIG);
}

/* Is c in the set?  1, 0, -EFAULT. */
static int in_set(struct reader *set, int c)
{
	for (uint64_t k = 0; k < MAX_LEN; k++) {
		int y = at(set, k);

		if (y <= 0)
			return y;
		if (y == c)
			return 1;
	}
	return 0;
}

/* How many bytes at the start of s are (or are not) in the set? */
static int64_t span(struct run *run, uint64_t s, uint64_t set, bool in)
{
	struct reader a, b;

	start(&a, run, s);
	start(&b, run, set);
	for (uint64_t i = 0; i < MAX_LEN; i++) {
		int x = at(&a, i), found;

		if (x <= 0)
			return x < 0 ? x : (int64_t)i;
		found = in_set(&b, x);
		if (found < 0)
			return found;
		if (found != in)
			return (int64_t)i;
	}
	return -E2BIG;
}

KBODY(bpf_strspn)
{
	return (uint64_t)span(run, r1, r2, true);
}

KBODY(bpf_strcspn)
{
	return (uint64_t)span(run, r1, r2, false);
}

/* Does `what` begin at byte i of the first n?  1, 0, -ENOENT: the string ends here, -EFAULT. */
static int begins(struct reader *in, struct reader *what, uint64_t i, uint64_t n)
{
	for (uint64_t k = 0; k < MAX_LEN; k++) {
		int y = at(what, k), x;

		if (y <= 0)
			return y < 0 ? y : 1;
		if (i + k >= n)
			return -ENOENT;
		x = at(in, i + k);
		if (x <= 0)
			return x < 0 ? x : -ENOENT;
		if (x != y)
			return 0;
	}
	return -E2BIG;
}

static int64_t search(struct run *run, uint64_t s, uint64_t what, uint64_t n)
{
	struct reader a, b;

	start(&a, run, s);
	start(&b, run, what);
	for (uint64_t i = 0; i < MAX_LEN; i++) {
		int r = begins(&a, &b, i, n);

		if (r)
			return r > 0 ? (int64_t)i : r;
	}
	return -E2BIG;
}

KBODY(bpf_strstr)
{
	return (uint64_t)search(run, r1, r2, MAX_LEN);
}

KBODY(bpf_strnstr)
{
	return (uint64_t)search(run, r1, r2, r3);
}

KBODY(bpf_copy_from_user_str)
{
	uint64_t size = (uint32_t)r2;
	bool pad = r4 & 1; /* BPF_F_PAD_ZEROS */
	int64_t n;

	if (r4 > 1)
		return ERR(EINVAL);
	n = probe_copy_str(run, (char *)r1, r3, size);
	if (n < 0)
		bytes_zero((void *)r1, size);
	else if (pad)
		bytes_zero((char *)r1 + n, size - (uint64_t)n);
	return (uint64_t)n;
}
