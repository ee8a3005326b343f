/* SPDX-License-Identifier: BSD-2-Clause */
/* What do functions that are called again and again cost to judge?  One from forty places, and
 * three that call the next one six times each. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static __attribute__((noinline)) __u64 count(__u32 key, __u64 by)
{
	__u64 *v = bpf_map_lookup_elem(&counts, &key);

	if (!v)
		return 0;
	if (by & 1)
		*v += 1;
	if (by & 2)
		*v += 2;
	if (by & 4)
		*v ^= 4;
	if (*v > 1000)
		*v = 0;
	return *v;
}

#define FOUR(n) (count(n, x + (n)) + count((n) + 1, x) + count((n) + 2, x >> 1) + count((n) + 3, n))
SEC("socket")
int forty(struct __sk_buff *skb)
{
	__u64 x = skb->len, sum = 0;

	sum += FOUR(0) + FOUR(4) + FOUR(8) + FOUR(12) + FOUR(16);
	sum += FOUR(20) + FOUR(24) + FOUR(28) + FOUR(32) + FOUR(36);
	return sum & 0xff;
}

#define SIX_TIMES(name, next)                                \
	static __attribute__((noinline)) __u64 name(__u64 x) \
	{                                                    \
		__u64 s = next(x);                           \
                                                             \
		s += next(x + 1);                            \
		s += next(x * 3);                            \
		s += next(7);                                \
		s += next(s);                                \
		return s + next(s ^ x);                      \
	}
static __attribute__((noinline)) __u64 leaf(__u64 x)
{
	return count(x & 63, x >> 2);
}
SIX_TIMES(mid, leaf)
SIX_TIMES(upper, mid)
SIX_TIMES(top, upper)

SEC("socket")
int nested(struct __sk_buff *skb)
{
	return top(skb->len) & 0xff;
}

char _license[] SEC("license") = "GPL";
