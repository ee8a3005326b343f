/* SPDX-License-Identifier: BSD-2-Clause */
/* Releases a socket that it only borrowed from the context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} bytes_by_mark SEC(".maps");

SEC("tc")
int by_mark(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	__u32 mark;
	__u64 *bytes;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	mark = sk->mark;
	bytes = bpf_map_lookup_elem(&bytes_by_mark, &mark);
	if (bytes)
		__sync_fetch_and_add(bytes, skb->len);
	bpf_sk_release(sk);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
