/* SPDX-License-Identifier: BSD-2-Clause */
/* How often are libc's busiest functions entered, and left?  One cell for each function. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 9);
	__type(key, __u32);
	__type(value, __u64);
} enter SEC(".maps"), leave SEC(".maps");

static __always_inline int add(void *map, __u32 key)
{
	__u64 *n = bpf_map_lookup_elem(map, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

#define PROBE(n, name)                                                          \
	SEC("uprobe/libc.so.6:" #name) int enter_##name(struct pt_regs *ctx)    \
	{                                                                       \
		return add(&enter, n);                                          \
	}                                                                       \
	SEC("uretprobe/libc.so.6:" #name) int leave_##name(struct pt_regs *ctx) \
	{                                                                       \
		return add(&leave, n);                                          \
	}

PROBE(0, malloc)
PROBE(1, free)
PROBE(2, calloc)
PROBE(3, realloc)
PROBE(4, pthread_mutex_unlock)
PROBE(5, pthread_mutex_lock)
PROBE(6, read)
PROBE(7, write)
PROBE(8, accept4)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
