/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands its context to a function as 600 bytes, of which it reads none. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct large {
	char bytes[600];
};

__attribute__((noinline)) int take(struct large *l)
{
	return l ? 0 : 1;
}

SEC("syscall")
int hand_on(void *ctx)
{
	return take(ctx);
}

char _license[] SEC("license") = "GPL";
