/* SPDX-License-Identifier: BSD-2-Clause */
/* How large are the blocks a program asks malloc for, and how long does each call take? */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum {
	BUCKETS = 64
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} malloc_bytes_hist SEC(".maps"), malloc_ns_hist SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} entered SEC(".maps");

__u64 calls;

/* Position of the highest bit: the bucket of a log2 histogram. */
static __always_inline __u32 log2_of(__u64 v)
{
	__u32 r = 0;

#pragma unroll
	for (int step = 32; step; step >>= 1) {
		if (v >> step) {
			v >>= step;
			r += step;
		}
	}
	return r;
}

static __always_inline void count(void *hist, __u64 v)
{
	__u32 bucket = log2_of(v);
	__u64 *n = bpf_map_lookup_elem(hist, &bucket);

	if (n)
		(*n)++;
}

SEC("uprobe/libc.so.6:malloc")
int BPF_KPROBE(malloc_enter, unsigned long size)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	count(&malloc_bytes_hist, size);
	bpf_map_update_elem(&entered, &tid, &now, BPF_ANY);
	__sync_fetch_and_add(&calls, 1);
	return 0;
}

SEC("uretprobe/libc.so.6:malloc")
int BPF_KRETPROBE(malloc_exit)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&entered, &tid);

	if (!start)
		return 0;
	count(&malloc_ns_hist, bpf_ktime_get_ns() - *start);
	bpf_map_delete_elem(&entered, &tid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
