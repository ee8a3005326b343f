/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram whose slot can be one past the last. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SLOTS 26

struct hist {
	__u64 slots[SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hist);
} hists SEC(".maps");

static __always_inline __u32 log2_of(__u64 v)
{
	__u32 r = 0;

	while (v > 1 && r < 32) {
		v >>= 1;
		r++;
	}
	return r;
}

SEC("tracepoint/syscalls/sys_exit_read")
int on_read(__u64 *ctx)
{
	__u32 key = 0, slot;
	struct hist *h = bpf_map_lookup_elem(&hists, &key);

	if (!h)
		return 0;
	slot = log2_of(ctx[2]);
	if (slot > SLOTS)
		slot = SLOTS;
	__sync_fetch_and_add(&h->slots[slot], 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
