/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of Qdisc_ops, for the kernel of qdisc_kernel.bpf.c.  Names say the verdict: qdisc_test.sh
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct sk_buff {
	unsigned int len;
	__u64 tstamp;
	unsigned char cb[48];
} __attribute__((preserve_access_index));
struct Qdisc {
	__u32 limit;
} __attribute__((preserve_access_index));
struct bpf_sk_buff_ptr {
	struct sk_buff *skb;
};

__u32 bpf_skb_get_hash(struct sk_buff *skb) __ksym;
void bpf_kfree_skb(struct sk_buff *skb) __ksym;
void bpf_qdisc_skb_drop(struct sk_buff *skb, struct bpf_sk_buff_ptr *to_free_list) __ksym;
void bpf_qdisc_bstats_update(struct Qdisc *sch, const struct sk_buff *skb) __ksym;

struct kept {
	struct sk_buff __attribute__((btf_type_tag("kptr"))) * skb;
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct kept);
} box SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} jumps SEC(".maps");

static struct kept *find(void)
{
	int zero = 0;

	return bpf_map_lookup_elem(&box, &zero);
}

#define ENQUEUE(name)            \
	SEC("struct_ops/" #name) \
	int BPF_PROG(name, struct sk_buff *skb, struct Qdisc *sch, struct bpf_sk_buff_ptr *to_free)
#define DEQUEUE(name) SEC("struct_ops/" #name) void *BPF_PROG(name, struct Qdisc *sch)

ENQUEUE(accept_drop)
{
	bpf_qdisc_skb_drop(skb, to_free);
	return 1;
}

ENQUEUE(accept_free)
{
	if (bpf_skb_get_hash(skb) & 1)
		sch->limit = skb->len;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(accept_own_bytes)
{
	*(volatile __u64 *)&skb->tstamp = 1;
	*(volatile __u64 *)&skb->cb[8] = 1;
	*(volatile __u8 *)&skb->cb[27] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_head_of_own_bytes)
{
	*(volatile __u8 *)&skb->cb[7] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_behind_own_bytes)
{
	*(volatile __u8 *)&skb->cb[28] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_across_own_bytes)
{
	*(volatile __u64 *)&skb->cb[24] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_half_of_time)
{
	((volatile __u32 *)&skb->tstamp)[1] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_half_of_limit)
{
	((volatile __u16 *)&sch->limit)[1] = 1;
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(accept_keep)
{
	struct kept *v = find();

	if (!v) {
		bpf_kfree_skb(skb);
		return 1;
	}
	skb = bpf_kptr_xchg(&v->skb, skb);
	if (skb)
		bpf_kfree_skb(skb);
	return 0;
}

ENQUEUE(reject_forgotten)
{
	return 0;
}

ENQUEUE(reject_forgotten_sometimes)
{
	if (skb->len > 100)
		bpf_qdisc_skb_drop(skb, to_free);
	return 1;
}

ENQUEUE(reject_read_again)
{
	bpf_kfree_skb(skb);
	return (int)((struct sk_buff *)(long)ctx[0])->len;
}

ENQUEUE(reject_freed_twice)
{
	bpf_kfree_skb(skb);
	bpf_kfree_skb(skb);
	return 1;
}

ENQUEUE(reject_tail_call)
{
	bpf_kfree_skb(skb);
	bpf_tail_call(ctx, &jumps, 0);
	return 1;
}

ENQUEUE(reject_statistics)
{
	bpf_qdisc_bstats_update(sch, skb);
	bpf_kfree_skb(skb);
	return 1;
}

DEQUEUE(accept_none)
{
	return 0;
}

DEQUEUE(accept_one)
{
	struct kept *v = find();
	struct sk_buff *skb = v ? bpf_kptr_xchg(&v->skb, 0) : 0;

	if (skb)
		bpf_qdisc_bstats_update(sch, skb);
	return skb;
}

DEQUEUE(reject_other_object)
{
	return sch;
}

DEQUEUE(reject_number)
{
	return (void *)8;
}

DEQUEUE(reject_leak)
{
	struct kept *v = find();
	struct sk_buff *skb = v ? bpf_kptr_xchg(&v->skb, 0) : 0;

	return skb && skb->len ? skb : 0;
}

DEQUEUE(reject_drop_elsewhere)
{
	struct kept *v = find();
	struct sk_buff *skb = v ? bpf_kptr_xchg(&v->skb, 0) : 0;

	if (skb)
		bpf_qdisc_skb_drop(skb, (void *)sch);
	return 0;
}

struct Qdisc_ops {
	int (*enqueue)(void);
	void *(*dequeue)(void);
};

#define E(n, program) SEC(".struct_ops.link") struct Qdisc_ops e##n = { .enqueue = (void *)program }
#define D(n, program) SEC(".struct_ops.link") struct Qdisc_ops d##n = { .dequeue = (void *)program }

E(0, accept_drop);
E(1, accept_free);
E(2, accept_keep);
E(3, reject_forgotten);
E(4, reject_forgotten_sometimes);
E(5, reject_read_again);
E(6, reject_freed_twice);
E(7, reject_tail_call);
E(8, reject_statistics);
E(9, accept_own_bytes);
E(10, reject_head_of_own_bytes);
E(11, reject_behind_own_bytes);
E(12, reject_across_own_bytes);
E(13, reject_half_of_time);
E(14, reject_half_of_limit);
D(0, accept_none);
D(1, accept_one);
D(2, reject_other_object);
D(3, reject_number);
D(4, reject_leak);
D(5, reject_drop_elsewhere);
