/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for a variable that nothing here changes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

volatile int stop;

SEC("tc")
int wait(struct __sk_buff *skb)
{
	do {
		;
	} while (!stop);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
