/* SPDX-License-Identifier: BSD-2-Clause */
/* A list that is changed without its lock. */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct bpf_list_head {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_list_node {
	__u64 opaque[3];
} __attribute__((aligned(8)));

struct item {
	__u32 len;
	struct bpf_list_node node;
};

extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node,
				   void *meta, __u64 off) __ksym;

struct bpf_spin_lock lock SEC(".data.items") __hidden;
struct bpf_list_head items SEC(".data.items") __hidden
	__attribute__((btf_decl_tag("contains:item:node")));

SEC("tc")
int queue(struct __sk_buff *skb)
{
	struct item *it = bpf_obj_new_impl(bpf_core_type_id_local(struct item), 0);

	if (!it)
		return 0;
	it->len = skb->len;
	bpf_list_push_back_impl(&items, &it->node, 0, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
