/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of libbpf's usual kind: globals of every section, rings, probes on a user's functions
 * and on libc's, tail calls, callbacks. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u64 only_pid = 0;
__u64 entries, returns, sum_args, sum_results;
__u64 libc_calls, libc_results, libc_tails;
__u32 seed = 3;
const char label[8] = "rodata";

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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
} probe_jumps SEC(".maps"), packet_jumps SEC(".maps");

static int wanted(void)
{
	return !only_pid || bpf_get_current_pid_tgid() >> 32 == only_pid;
}

SEC("uprobe")
int on_entry(struct pt_regs *ctx)
{
	__u64 arg = PT_REGS_PARM1(ctx), one = 1, *n;
	struct event *e;
	__u32 zero = 0;

	if (!wanted())
		return 0;
	entries++;
	sum_args += arg;
	n = bpf_map_lookup_elem(&per_cpu, &zero);
	if (n)
		(*n)++;
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

SEC("uprobe")
int on_libc_tail(struct pt_regs *ctx)
{
	libc_tails++;
	return 0;
}

SEC("uprobe")
int on_libc(struct pt_regs *ctx)
{
	if (!wanted())
		return 0;
	libc_calls++;
	bpf_tail_call(ctx, &probe_jumps, 1);
	return 0;
}

SEC("uretprobe")
int on_libc_return(struct pt_regs *ctx)
{
	if (!wanted())
		return 0;
	libc_results += (__u32)PT_REGS_RC(ctx);
	return 0;
}

struct bpf_map;

struct sum {
	__u64 keys, values, rounds;
};

static long add_element(struct bpf_map *map, const __u64 *key, __u64 *value, struct sum *sum)
{
	sum->keys += *key;
	sum->values += *value;
	return 0;
}

static long add_round(__u32 i, struct sum *sum)
{
	sum->rounds += i;
	return i == 20;
}

SEC("tc")
int summarise(struct __sk_buff *skb)
{
	struct sum sum = { 0 };
	long elements = bpf_for_each_map_elem(&by_arg, add_element, &sum, 0);
	long rounds = bpf_loop(100, add_round, &sum, 0);

	return elements * 1000000 + (sum.keys + sum.values) * 1000 + sum.rounds + rounds + label[0];
}

SEC("tc")
int large(struct __sk_buff *skb)
{
	return 40 + skb->len;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	if (skb->len > 100)
		bpf_tail_call(skb, &packet_jumps, skb->len > 200);
	return skb->len > 64 ? 1 : 2;
}
