/* SPDX-License-Identifier: BSD-2-Clause */
/* Global variables through a skeleton: settings in .rodata, counters in .bss, a ring buffer. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct sample {
	__u64 value, sum;
};

const volatile __u64 step = 1;
__u64 sum;
__u64 calls = 100;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

SEC("raw_tp/none")
int add(__u64 *args)
{
	struct sample *s = bpf_ringbuf_reserve(&samples, sizeof(*s), 0);

	calls++;
	sum += args[0] * step;
	if (!s)
		return 0;
	s->value = args[0];
	s->sum = sum;
	bpf_ringbuf_submit(s, 0);
	return (int)sum;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
