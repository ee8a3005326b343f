/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No kernel lets go of files for maps: a map whose values would own one is refused, and libbpf
 * makes it without types, which leaves bytes.  An object file of its own, since Linux refuses all
 * of its types.  The name of each program says its verdict: named_test.sh
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct file {
	int f_mode;
} some_file;
struct keeps_file {
	struct file __attribute__((btf_type_tag("kptr"))) * file;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct keeps_file);
} files SEC(".maps");

SEC("tp_btf/task_newtask")
int accept_bytes(void *ctx)
{
	int k = 0;
	struct keeps_file *v = bpf_map_lookup_elem(&files, &k);

	if (v)
		*(volatile char *)&v->file = 1;
	return 0;
}

SEC("tp_btf/task_newtask")
int reject_exchange(void *ctx)
{
	int k = 0;
	struct keeps_file *v = bpf_map_lookup_elem(&files, &k);

	if (v)
		bpf_kptr_xchg(&v->file, 0);
	return 0;
}
