/* SPDX-License-Identifier: BSD-2-Clause */
/* Has a sample's context the registers, the period and the address?  See sample_test.sh. */
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 32 * sizeof(__u64));
} stacks SEC(".maps");

struct at {
	__u32 pid;
	__s32 stack_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct at);
	__type(value, __u64);
} seen SEC(".maps");

__u64 n, bad_ip, bad_sp, bad_period, bad_addr;

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	struct at at = { .pid = bpf_get_current_pid_tgid() >> 32 };
	__u64 one = 1, *count, ip = 0, word;

	__sync_fetch_and_add(&n, 1);
	bpf_get_stack(ctx, &ip, sizeof(ip), BPF_F_USER_STACK);
	if (!ip || ip != ctx->regs.rip)
		__sync_fetch_and_add(&bad_ip, 1);
	if (bpf_probe_read_user(&word, sizeof(word), (void *)ctx->regs.rsp))
		__sync_fetch_and_add(&bad_sp, 1);
	if (ctx->sample_period != 1000000000 / 99)
		__sync_fetch_and_add(&bad_period, 1);
	if (ctx->addr)
		__sync_fetch_and_add(&bad_addr, 1);
	at.stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | BPF_F_REUSE_STACKID);
	count = bpf_map_lookup_elem(&seen, &at);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&seen, &at, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
