/* SPDX-License-Identifier: BSD-2-Clause */
/* What libbpf's own loading needs of bpf(2): globals of every section, maps, subprograms, rings. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 step = 1;
__u64 runs;
__u32 last = 7;

struct record {
	__u32 len;
	__u32 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data;
	struct record *r;
	__u64 one = 1, *n;

	runs += step;
	last = len;
	n = bpf_map_lookup_elem(&counts, &len);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&counts, &len, &one, BPF_ANY);
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (r) {
		r->len = len;
		r->number = (__u32)runs;
		bpf_ringbuf_submit(r, 0);
	}
	return len > 60 ? XDP_PASS : XDP_DROP;
}

SEC("raw_tp/sys_enter")
int emit(void *ctx)
{
	struct record r = { 1, 2 };

	return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &r, sizeof(r));
}
