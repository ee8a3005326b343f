/* SPDX-License-Identifier: BSD-2-Clause */
/* Refuses mail with a value that means nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("cgroup/connect4")
int deny(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == bpf_htons(25))
		return -1;
	return 1;
}
