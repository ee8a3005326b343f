/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes the address of a context field as a key. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

SEC("cgroup/connect4")
int remember(struct bpf_sock_addr *addr)
{
	__u64 one = 1;

	bpf_map_update_elem(&seen, &addr->user_ip4, &one, BPF_ANY);
	return 1;
}
