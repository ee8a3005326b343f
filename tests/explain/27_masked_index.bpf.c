/* SPDX-License-Identifier: BSD-2-Clause */
/* A mask that leaves more than the table has. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct table {
	__u64 sizes[24];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct table);
} tables SEC(".maps");

SEC("kprobe/do_nanosleep")
int BPF_KPROBE(on_sleep, unsigned long mode)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct table *table = bpf_map_lookup_elem(&tables, &pid);

	if (!table)
		return 0;
	table->sizes[mode & 31]++;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
