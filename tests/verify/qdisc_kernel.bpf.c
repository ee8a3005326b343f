/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of a kernel whose queueing disciplines may be programs, as much of them as qdisc.bpf.c
 * needs: judged programs are told that this is the kernel (ring3 verify --btf).
 */
#include <linux/types.h>

struct sk_buff {
	unsigned int len;
	union {
		__u64 tstamp;
		__u64 skb_mstamp_ns;
	};
	unsigned char cb[48];
};
struct qdisc_skb_cb {
	unsigned int pkt_len;
	__u16 mapping, classid;
	unsigned char data[20];
};
struct Qdisc {
	__u32 limit;
	struct {
		__u32 qlen;
	} q;
};
struct bpf_sk_buff_ptr {
	struct sk_buff *skb;
};

struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb, struct Qdisc *sch, struct sk_buff **to_free);
	struct sk_buff *(*dequeue)(struct Qdisc *sch);
	void (*reset)(struct Qdisc *sch);
	char id[16];
};
struct bpf_struct_ops_Qdisc_ops {
	__u64 common;
	struct Qdisc_ops data;
};

/* What is only pointed to has no members in BTF. */
int members(struct bpf_struct_ops_Qdisc_ops *v, struct sk_buff *s, struct Qdisc *q,
	    struct bpf_sk_buff_ptr *p, struct qdisc_skb_cb *cb)
{
	return v->common + s->len + q->limit + !p->skb + cb->pkt_len;
}

int Qdisc_ops__enqueue(struct sk_buff *skb__ref, struct Qdisc *sch, struct sk_buff **to_free)
{
	return 0;
}

__u32 bpf_skb_get_hash(struct sk_buff *skb)
{
	return 0;
}

void bpf_kfree_skb(struct sk_buff *skb)
{
}

void bpf_kfree_skb_dtor(void *skb)
{
}

void bpf_qdisc_skb_drop(struct sk_buff *skb, struct bpf_sk_buff_ptr *to_free_list)
{
}

void bpf_qdisc_bstats_update(struct Qdisc *sch, const struct sk_buff *skb)
{
}
