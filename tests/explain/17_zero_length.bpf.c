/* SPDX-License-Identifier: BSD-2-Clause */
/* A length that may be 0 where 0 is not accepted. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct name {
	__u32 len;
	char text[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct name);
} names SEC(".maps");

SEC("kprobe/wake_up_new_task")
int on_fork(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid();
	struct name *n = bpf_map_lookup_elem(&names, &pid);
	__u32 len;

	if (!n)
		return 0;
	len = n->len;
	if (len > sizeof(n->text))
		return 0;
	bpf_get_current_comm(n->text, len);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
