/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a program do to a map?  Each program does one operation MAP_OPS times, on random keys.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "map_ops.h"

const volatile __u64 key_mask = 1023, key_base;
__u64 random_state = 88172645463325252ULL, sum;

struct value {
	__u64 a, b;
};

#define MAP(nm, kind, key_type)                    \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, 1024);         \
		__type(key, key_type);             \
		__type(value, struct value);       \
	} nm SEC(".maps");
MAP(hash, HASH, __u64)
MAP(percpu_hash, PERCPU_HASH, __u64)
MAP(lru_hash, LRU_HASH, __u64)
MAP(array, ARRAY, __u32)
MAP(percpu_array, PERCPU_ARRAY, __u32)

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct value);
} lpm_trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024);
	__type(value, struct value);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ringbuf SEC(".maps");

static __always_inline __u64 next(__u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 20;
}

#define PROGRAM(name, body)                                         \
	SEC("xdp") int name(void *ctx)                              \
	{                                                           \
		struct value value = { 1, 2 }, *found;              \
		__u64 x = random_state, total = 0, base = key_base; \
		__u64 mask = key_mask;                              \
                                                                    \
		for (int i = 0; i < MAP_OPS; i++) {                 \
			body                                        \
		}                                                   \
		(void)found, (void)base, (void)mask;                \
		random_state = x;                                   \
		sum += total + value.a;                             \
		return 0;                                           \
	}
#define LOOKUP(map, type)                                          \
	PROGRAM(map##_lookup, type key = base + (next(&x) & mask); \
		found = bpf_map_lookup_elem(&map, &key); if (found) total += found->a;)
#define UPDATE(map, type)                                          \
	PROGRAM(map##_update, type key = base + (next(&x) & mask); \
		total += bpf_map_update_elem(&map, &key, &value, BPF_ANY);)
#define REPLACE(map, type)                                          \
	PROGRAM(map##_replace, type key = base + (next(&x) & mask); \
		bpf_map_delete_elem(&map, &key);                    \
		total += bpf_map_update_elem(&map, &key, &value, BPF_ANY);)

PROGRAM(nothing, total += base + (next(&x) & mask);)
LOOKUP(hash, __u64)
UPDATE(hash, __u64)
REPLACE(hash, __u64)
LOOKUP(percpu_hash, __u64)
UPDATE(percpu_hash, __u64)
LOOKUP(lru_hash, __u64)
UPDATE(lru_hash, __u64)
REPLACE(lru_hash, __u64)
LOOKUP(array, __u32)
UPDATE(array, __u32)
LOOKUP(percpu_array, __u32)
PROGRAM(lpm_trie_lookup, __u64 key = next(&x) << 32 | 32;
	found = bpf_map_lookup_elem(&lpm_trie, &key); if (found) total += found->a;)
PROGRAM(queue_push_pop, total += bpf_map_push_elem(&queue, &value, 0);
	total += bpf_map_pop_elem(&queue, &value);)
PROGRAM(ringbuf_output,
	total += bpf_ringbuf_output(&ringbuf, &value, sizeof(value), BPF_RB_NO_WAKEUP);)

char _license[] SEC("license") = "Dual BSD/GPL";
