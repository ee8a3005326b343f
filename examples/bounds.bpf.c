/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that must be refused, to see how ring3 says why: the mask lets the index pass the end.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct row {
	__u32 items[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct row);
} rows SEC(".maps");

SEC("uprobe/libc.so.6:malloc")
int BPF_KPROBE(read_item, unsigned long size)
{
	__u32 key = 1;
	struct row *row = bpf_map_lookup_elem(&rows, &key);

	if (!row)
		return 0;
	return row->items[size & 31];
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
