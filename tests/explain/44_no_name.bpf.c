/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows what a look-up returns at once. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} names SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	return *(__u64 *)bpf_map_lookup_elem(&names, &pid) != 0;
}

char LICENSE[] SEC("license") = "GPL";
