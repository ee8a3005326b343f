/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a program do to a map?  Each program does one operation MAP_OPS times, on random keys.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "map_ops.h"

const volatile __u64 key_mask = 1023, key_base;
__u64 random_state = 88172645463325252ULL, sum, number;
char text[16] = "a short string";

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

struct locked {
	struct bpf_spin_lock lock;
	__u32 n;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} locked SEC(".maps");

static __always_inline __u64 next(__u64 *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 20;
}

#define PROGRAM(name, body) TIMES(name, MAP_OPS, body)
#define TIMES(name, n, body)                                        \
	SEC("xdp") int name(void *ctx)                              \
	{                                                           \
		struct value value = { 1, 2 }, *found;              \
		__u64 x = random_state, total = 0, base = key_base; \
		__u64 mask = key_mask;                              \
                                                                    \
		for (int i = 0; i < (n); i++) {                     \
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

#define COUNT(map)                                                                                 \
	PROGRAM(map##_count, __u32 key = next(&x) & mask; found = bpf_map_lookup_elem(&map, &key); \
		if (found) found->a++;)

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
COUNT(percpu_array)
PROGRAM(
	ringbuf_reserve, struct value *at = bpf_ringbuf_reserve(&ringbuf, sizeof(*at), 0); if (at) {
		*at = value;
		bpf_ringbuf_submit(at, BPF_RB_NO_WAKEUP);
	})
/* Numbers them, so that a reader knows whether it has them all. */
PROGRAM(
	ringbuf_numbers, struct value *at = bpf_ringbuf_reserve(&ringbuf, sizeof(*at), 0); if (at) {
		at->a = number++;
		bpf_ringbuf_submit(at, BPF_RB_NO_WAKEUP);
	})
PROGRAM(
	spin_lock, __u32 zero = 0; struct locked *l = bpf_map_lookup_elem(&locked, &zero); if (l) {
		bpf_spin_lock(&l->lock);
		l->n++;
		bpf_spin_unlock(&l->lock);
	})
PROGRAM(probe_read, bpf_probe_read_kernel(&value.a, 8, &random_state); total += value.a;)
PROGRAM(probe_read_4, __u32 half; bpf_probe_read_kernel(&half, 4, &random_state); total += half;)
PROGRAM(probe_read_str, total += bpf_probe_read_kernel_str(&value, sizeof(value), text);)
TIMES(probe_read_bad, MAP_FAULTS,
      total += bpf_probe_read_kernel(&value.a, 8, (void *)(8 + (next(&x) & mask)));)
PROGRAM(ktime, total += bpf_ktime_get_ns();)
PROGRAM(smp_id, total += bpf_get_smp_processor_id();)
PROGRAM(pid_tgid, total += bpf_get_current_pid_tgid();)
PROGRAM(random, total += bpf_get_prandom_u32();)
PROGRAM(ringbuf_output,
	total += bpf_ringbuf_output(&ringbuf, &value, sizeof(value), BPF_RB_NO_WAKEUP);)

char _license[] SEC("license") = "Dual BSD/GPL";
