/* SPDX-License-Identifier: BSD-2-Clause */
/* Two functions with large local buffers call each other. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct path {
	char text[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct path);
	__type(value, __u64);
} opens SEC(".maps");

static __noinline int count_path(const char *dir)
{
	struct path p = {};
	__u64 one = 1, *n;

	bpf_probe_read_kernel_str(p.text, sizeof(p.text), dir);
	n = bpf_map_lookup_elem(&opens, &p);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&opens, &p, &one, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_openat")
int on_open(long *ctx)
{
	char path[256] = {};

	if (bpf_probe_read_user_str(path, sizeof(path), (void *)ctx[3]) < 0)
		return 0;
	return count_path(path);
}

char LICENSE[] SEC("license") = "GPL";
