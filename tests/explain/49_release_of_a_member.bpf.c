/* SPDX-License-Identifier: BSD-2-Clause */
/* Submits the address of a member of the record. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

struct event {
	__u32 pid;
	char comm[16];
};

SEC("kprobe/do_exit")
int on_exit(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e->comm, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
