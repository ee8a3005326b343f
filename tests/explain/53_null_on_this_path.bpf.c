/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes on after it has found NULL. */
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
	__u64 *v = bpf_map_lookup_elem(&names, &pid), one = 1;

	if (!v)
		bpf_map_update_elem(&names, &pid, &one, 0);
	*v += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
