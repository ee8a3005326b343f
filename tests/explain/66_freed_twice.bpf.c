/* SPDX-License-Identifier: BSD-2-Clause */
/* An object that is freed once too often. */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct item {
	__u32 len;
};

extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;

SEC("tc")
int measure(struct __sk_buff *skb)
{
	struct item *it = bpf_obj_new_impl(bpf_core_type_id_local(struct item), 0);

	if (!it)
		return 0;
	it->len = skb->len;
	bpf_obj_drop_impl(it, 0);
	if (skb->len > 64)
		bpf_obj_drop_impl(it, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
