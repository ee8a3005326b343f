/* SPDX-License-Identifier: BSD-2-Clause */
/* Forgets that a failed reserve must be discarded, too. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	struct bpf_dynptr ptr;
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	if (bpf_ringbuf_reserve_dynptr(&events, 16, 0, &ptr))
		return 0;
	bpf_dynptr_write(&ptr, 0, &pid, sizeof(pid), 0);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
