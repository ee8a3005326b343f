/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaves from the middle of a loop over an iterator. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
SEC("tc")
int itl(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *v;

	bpf_iter_num_new(&it, 0, 10);
	while ((v = bpf_iter_num_next(&it))) {
		if (*v == skb->mark)
			return TC_ACT_SHOT;
	}
	bpf_iter_num_destroy(&it);
	return TC_ACT_OK;
}
char _license[] SEC("license") = "Dual BSD/GPL";
