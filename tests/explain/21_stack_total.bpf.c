/* SPDX-License-Identifier: BSD-2-Clause */
/* Two functions with large local buffers call each other. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LINE 256

struct host {
	char name[LINE];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct host);
	__type(value, __u64);
} hosts SEC(".maps");

static __noinline int count_host(const char *line, __u32 skip)
{
	struct host h = {};
	__u64 one = 1, *n;

	for (__u32 i = 0; i < LINE - 6; i++) {
		h.name[i] = line[i + 6];
		if (!h.name[i] || h.name[i] == '\r')
			break;
	}
	n = bpf_map_lookup_elem(&hosts, &h);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&hosts, &h, &one, BPF_ANY);
	return skip;
}

SEC("xdp")
int http_hosts(struct xdp_md *ctx)
{
	char line[LINE] = {};

	if (bpf_xdp_load_bytes(ctx, 54, line, sizeof(line)))
		return XDP_PASS;
	if (line[0] != 'H' || line[5] != ' ')
		return XDP_PASS;
	return count_host(line, XDP_PASS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
