/* SPDX-License-Identifier: BSD-2-Clause */
/* A key of four bytes for a map whose keys have eight. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} hash SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(unsigned long *ctx)
{
	__u32 key = 3;
	__u64 *v = bpf_map_lookup_elem(&hash, &key);

	if (v)
		*v += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
