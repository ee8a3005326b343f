/* SPDX-License-Identifier: BSD-2-Clause */
/* A helper declared by hand, with its last parameter forgotten. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 pid;
	__u32 cpu;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

static long (*perf_output)(void *ctx, void *map, __u64 flags, void *data) = (void *)25;

SEC("kprobe/do_unlinkat")
int on_unlink(void *ctx)
{
	struct event e = { .pid = bpf_get_current_pid_tgid() >> 32 };

	e.cpu = bpf_get_smp_processor_id();
	perf_output(ctx, &events, BPF_F_CURRENT_CPU, &e);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
