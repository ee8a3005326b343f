/* SPDX-License-Identifier: BSD-2-Clause */
/* What is shared with a process that survives: a hash and a ring buffer under load, both pinned. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kill.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KILL_KEYS);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u64);
	__type(value, struct kill_value);
} kill_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} kill_ring SEC(".maps");

__u64 calls;

SEC("uprobe/libc.so.6:malloc")
int on_malloc(struct pt_regs *ctx)
{
	__u64 n = ++calls, key = n % KILL_KEYS;
	struct kill_value v = { n, n, n, n };
	struct kill_event *e;

	if (n % 3)
		bpf_map_update_elem(&kill_hash, &key, &v, BPF_ANY);
	else
		bpf_map_delete_elem(&kill_hash, &key);
	e = bpf_ringbuf_reserve(&kill_ring, sizeof(*e), 0);
	if (!e)
		return 0;
	e->n = n;
	e->not_n = ~n;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
