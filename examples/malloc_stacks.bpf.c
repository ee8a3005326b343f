/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who calls malloc, and for how much?  For each stack that leads there: calls and bytes.
 *
 *	ring3 run build/release/examples/malloc_stacks.bpf.o -- ls -l
 *	ring3 run -p PID -d 5 build/release/examples/malloc_stacks.bpf.o
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum {
	DEPTH = 64
};

struct who {
	__u32 pid;
	__s32 stack_id; /* in `stacks`; below 0: why there is none */
};

struct asked {
	__u64 calls, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct who);
	__type(value, struct asked);
} callers SEC(".maps");

SEC("uprobe/libc.so.6:malloc")
int BPF_KPROBE(on_malloc, unsigned long size)
{
	struct asked *a, zero = { 0 };
	struct who who = { .pid = bpf_get_current_pid_tgid() >> 32 };

	who.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	a = bpf_map_lookup_elem(&callers, &who);
	if (!a) {
		bpf_map_update_elem(&callers, &who, &zero, BPF_NOEXIST);
		a = bpf_map_lookup_elem(&callers, &who);
	}
	if (!a)
		return 0;
	__sync_fetch_and_add(&a->calls, 1);
	__sync_fetch_and_add(&a->bytes, size);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
