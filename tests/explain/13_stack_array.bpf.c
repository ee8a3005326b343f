/* SPDX-License-Identifier: BSD-2-Clause */
/* A local array with an index that can be larger than it. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_kill")
int on_kill(__u64 *ctx)
{
	__u8 seen[32] = {};
	__u32 sig = ctx[3];

	if (sig > 64)
		return 0;
	seen[sig] = 1;
	bpf_ringbuf_output(&events, seen, sizeof(seen), 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
