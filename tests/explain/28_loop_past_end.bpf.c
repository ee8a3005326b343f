/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums the buckets of a histogram, and one more. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct stats {
	__u32 n;
	__u32 bucket[8];
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct stats);
} all_stats SEC(".maps");

SEC("uprobe")
int sum(struct pt_regs *ctx)
{
	int zero = 0;
	struct stats *s = bpf_map_lookup_elem(&all_stats, &zero);
	__u32 total = 0;

	if (!s)
		return 0;
	for (int i = 0; i <= 8; i++)
		total += s->bucket[i];
	s->n = total;
	return 0;
}
char _license[] SEC("license") = "Dual BSD/GPL";
