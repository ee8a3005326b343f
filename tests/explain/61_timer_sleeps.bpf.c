/* SPDX-License-Identifier: BSD-2-Clause */
/* A timer reads what a process has written, as the program that set it may. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct watch {
	const void *where;
	__u64 seen;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch);
} watches SEC(".maps");

static int look(void *map, __u32 *key, struct watch *w)
{
	bpf_copy_from_user(&w->seen, sizeof(w->seen), w->where);
	return 0;
}

SEC("syscall")
int begin(void *ctx)
{
	__u32 key = 0;
	struct watch *w = bpf_map_lookup_elem(&watches, &key);

	if (!w)
		return 1;
	bpf_timer_init(&w->timer, &watches, 1);
	bpf_timer_set_callback(&w->timer, look);
	return bpf_timer_start(&w->timer, 1000000, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
