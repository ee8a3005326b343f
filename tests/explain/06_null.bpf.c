/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts per user; the entry is added when it is not there, and then used untested. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct usage {
	__u64 calls;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct usage);
} users SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(__u64 *ctx)
{
	__u32 uid = bpf_get_current_uid_gid();
	struct usage *u = bpf_map_lookup_elem(&users, &uid), zero = {};

	if (!u) {
		bpf_map_update_elem(&users, &uid, &zero, BPF_NOEXIST);
		u = bpf_map_lookup_elem(&users, &uid);
	}
	u->calls++;
	u->bytes += ctx[4];
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
