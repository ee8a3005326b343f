/* SPDX-License-Identifier: BSD-2-Clause */
/* Aligns a pointer by masking it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct slab {
	__u8 bytes[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slab);
} slabs SEC(".maps");

SEC("kprobe/ksys_sync")
int on_sync(void *ctx)
{
	__u32 key = 0;
	struct slab *s = bpf_map_lookup_elem(&slabs, &key);
	__u64 *aligned;

	if (!s)
		return 0;
	aligned = (__u64 *)(((unsigned long)s->bytes + 12) & ~7UL);
	*aligned = bpf_ktime_get_ns();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
