/* SPDX-License-Identifier: BSD-2-Clause */
/* An index from a map that nothing limits. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct ring {
	__u32 head;
	__u64 when[128];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ring);
} rings SEC(".maps");

SEC("kprobe/vfs_fsync")
int on_fsync(void *ctx)
{
	__u32 key = 0, head;
	struct ring *r = bpf_map_lookup_elem(&rings, &key);

	if (!r)
		return 0;
	head = r->head;
	r->when[head] = bpf_ktime_get_ns();
	r->head = (head + 1) % 128;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
