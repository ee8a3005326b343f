/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for another program to set a flag. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct state {
	__u32 ready;
	__u32 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct state);
} states SEC(".maps");

SEC("kprobe/do_nanosleep")
int on_sleep(void *ctx)
{
	__u32 key = 0;
	volatile struct state *s = bpf_map_lookup_elem(&states, &key);

	if (!s)
		return 0;
	while (!s->ready)
		;
	s->generation++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
