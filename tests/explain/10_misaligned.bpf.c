/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts an 8-byte number behind a 4-byte one in a byte array. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("kprobe/do_exit")
int on_exit(void *ctx)
{
	char message[16] __attribute__((aligned(8)));

	*(__u32 *)message = bpf_get_current_pid_tgid() >> 32;
	*(__u64 *)(message + 4) = bpf_ktime_get_ns();
	*(__u32 *)(message + 12) = 0;
	bpf_ringbuf_output(&events, message, sizeof(message), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
