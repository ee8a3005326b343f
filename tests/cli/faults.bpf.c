/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads addresses that nobody may read. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

__u64 hits;
__u64 wrong;

SEC("uprobe/./faults:probed")
int BPF_KPROBE(read_bad, const char *bad)
{
	__u64 value = 1;
	char text[16];

	__sync_fetch_and_add(&hits, 1);
	if (bpf_probe_read_user(&value, sizeof(value), bad) != -14 || value)
		__sync_fetch_and_add(&wrong, 1);
	if (bpf_probe_read_user_str(text, sizeof(text), 0) != -14)
		__sync_fetch_and_add(&wrong, 1);
	if (bpf_probe_read_user(text, sizeof(text), (void *)(1ull << 63)) != -14)
		__sync_fetch_and_add(&wrong, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
