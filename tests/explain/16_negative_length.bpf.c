/* SPDX-License-Identifier: BSD-2-Clause */
/* A length that may be negative. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct line {
	int len;
	char text[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} lines SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(long *ctx)
{
	struct line *l = bpf_ringbuf_reserve(&lines, sizeof(*l), 0);
	int len = ctx[4];

	if (!l)
		return 0;
	if (len > (int)sizeof(l->text))
		len = sizeof(l->text);
	l->len = len;
	bpf_probe_read_user(l->text, len, (void *)ctx[3]);
	bpf_ringbuf_submit(l, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
