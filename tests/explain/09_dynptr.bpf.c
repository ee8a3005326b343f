/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes into a ring buffer record after it was submitted. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct header {
	__u32 pid;
	__u32 len;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_execve")
int on_exec(__u64 *ctx)
{
	struct header h = { .pid = bpf_get_current_pid_tgid() >> 32 };
	struct bpf_dynptr record;

	if (bpf_ringbuf_reserve_dynptr(&events, sizeof(h) + 64, 0, &record)) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		return 0;
	}
	bpf_ringbuf_submit_dynptr(&record, 0);
	h.len = 64;
	bpf_dynptr_write(&record, 0, &h, sizeof(h), 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
