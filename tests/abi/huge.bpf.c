/* SPDX-License-Identifier: BSD-2-Clause */
/* A map that no machine has the memory for. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 30);
	__uint(key_size, 4);
	__uint(value_size, 1 << 16);
} huge SEC(".maps");

SEC("uprobe/libc.so.6:malloc")
int probe(struct pt_regs *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&huge, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
