/* SPDX-License-Identifier: BSD-2-Clause */
/* A check that leaves all lengths but one. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(long *ctx)
{
	char text[64];
	long len = ctx[4];

	if (len != 64)
		bpf_probe_read_user(text, len, (void *)ctx[3]);
	return text[0];
}

char LICENSE[] SEC("license") = "GPL";
