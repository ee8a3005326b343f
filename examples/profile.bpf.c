/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does a process spend its time?  99 times a second that a thread computes its stack is
 * counted.
 *
 *	ring3 run -p PID -d 10 build/release/examples/profile.bpf.o
 *	ring3 run build/release/examples/profile.bpf.o -- python3 script.py
 */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

enum {
	DEPTH = 127
};

struct where {
	__u32 pid;
	__s32 stack_id; /* in `stacks`; below 0: why there is none */
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
	__type(key, struct where);
	__type(value, __u64);
} samples SEC(".maps");

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	struct where where = { .pid = bpf_get_current_pid_tgid() >> 32 };
	__u64 one = 1, *n;

	where.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	n = bpf_map_lookup_elem(&samples, &where);
	if (n)
		__sync_fetch_and_add(n, 1);
	else if (bpf_map_update_elem(&samples, &where, &one, BPF_NOEXIST)) {
		n = bpf_map_lookup_elem(&samples, &where);
		if (n)
			__sync_fetch_and_add(n, 1);
	}
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
