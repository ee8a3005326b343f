/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of libbpf's usual kind: globals of every section, rings, probes on a user's functions. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u64 only_pid = 0;
__u64 entries, returns, sum_args, sum_results;
__u32 seed = 3;

struct event {
	__u64 arg;
	__u64 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16384);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, __u64);
	__type(value, __u64);
} by_arg SEC(".maps");

static int wanted(void)
{
	return !only_pid || bpf_get_current_pid_tgid() >> 32 == only_pid;
}

SEC("uprobe")
int on_entry(struct pt_regs *ctx)
{
	__u64 arg = PT_REGS_PARM1(ctx), one = 1, *n;
	struct event *e;

	if (!wanted())
		return 0;
	entries++;
	sum_args += arg;
	n = bpf_map_lookup_elem(&by_arg, &arg);
	if (n)
		(*n)++;
	else
		bpf_map_update_elem(&by_arg, &arg, &one, BPF_ANY);
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e)
		return 0;
	e->arg = arg;
	e->number = entries;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
	struct event e = { PT_REGS_RC(ctx), seed };

	if (!wanted())
		return 0;
	returns++;
	sum_results += PT_REGS_RC(ctx);
	bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU, &e, sizeof(e));
	return 0;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	return skb->len > 64 ? 1 : 2;
}
