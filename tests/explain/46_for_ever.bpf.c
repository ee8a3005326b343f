/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for a clock without a limit. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

__u64 ticks;

SEC("kprobe/do_exit")
int on_exit(void *ctx)
{
	for (;;) {
		if (bpf_ktime_get_ns() & 1)
			break;
		ticks++;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
