/* SPDX-License-Identifier: BSD-2-Clause */
/* Says yes with a number that means nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u32);
} allowed SEC(".maps");

SEC("cgroup/connect4")
int may_connect(struct bpf_sock_addr *addr)
{
	__u32 to = addr->user_ip4, *verdict;

	if (addr->user_port == bpf_htons(53))
		return 1;
	verdict = bpf_map_lookup_elem(&allowed, &to);
	if (!verdict)
		return 0;
	return *verdict;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
