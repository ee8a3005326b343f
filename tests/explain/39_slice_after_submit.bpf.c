/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes into a slice of a record that is submitted already. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

struct event {
	__u32 pid;
	__u32 seen;
};

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	struct bpf_dynptr ptr;
	struct event *e;

	if (bpf_ringbuf_reserve_dynptr(&events, sizeof(*e), 0, &ptr)) {
		bpf_ringbuf_discard_dynptr(&ptr, 0);
		return 0;
	}
	e = bpf_dynptr_data(&ptr, 0, sizeof(*e));
	if (!e) {
		bpf_ringbuf_discard_dynptr(&ptr, 0);
		return 0;
	}
	e->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	e->seen = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
