/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections that libbpf 1.1 does not know: programs whose names say the verdict. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

char _license[] SEC("license") = "GPL";

struct sock {
	int unused;
} __attribute__((preserve_access_index));

/* Flavours stand for the kernel's struct; members are found by their names. */
struct tcp_congestion_ops___mine {
	void (*init)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	unsigned long (*get_info)(struct sock *sk, __u32 ext, int *attr, void *info);
	char name[16];
};

struct bpf_dummy_ops {
	int (*test_sleepable)(void *state);
	int (*test_1)(void *state);
};

SEC("tcx/ingress")
int accept_tcx(struct __sk_buff *skb)
{
	return (int)skb->len;
}

SEC("netkit/peer")
int accept_netkit(struct __sk_buff *skb)
{
	return (int)skb->len;
}

SEC("uprobe.multi.s")
int accept_uprobe_that_sleeps(void *ctx)
{
	char byte;

	return bpf_copy_from_user(&byte, 1, ctx) != 0;
}

SEC("uprobe.multi")
int reject_uprobe_that_sleeps(void *ctx)
{
	char byte;

	return bpf_copy_from_user(&byte, 1, ctx) != 0;
}

/* Nothing is returned, but the compiler is not told. */
SEC("struct_ops")
int accept_init(unsigned long long *ctx)
{
	struct sock *sk = (void *)ctx[0];

	return sk != 0;
}

SEC("struct_ops")
int reject_second_argument(unsigned long long *ctx)
{
	return (int)ctx[1];
}

SEC("struct_ops")
int reject_get_info(unsigned long long *ctx)
{
	return (int)ctx[1];
}

SEC("struct_ops")
int reject_unassigned(unsigned long long *ctx)
{
	return (int)ctx[0];
}

SEC("struct_ops.s")
int accept_sleepable(unsigned long long *ctx)
{
	return ctx[0] != 0;
}

SEC("struct_ops.s")
int reject_sleepable(unsigned long long *ctx)
{
	return ctx[0] != 0;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___mine algorithm = {
	.init = (void *)accept_init,
	.ssthresh = (void *)reject_second_argument,
	.get_info = (void *)reject_get_info,
	.name = "ring3",
};

SEC(".struct_ops.link")
struct bpf_dummy_ops dummy = {
	.test_sleepable = (void *)accept_sleepable,
	.test_1 = (void *)reject_sleepable,
};

extern bool bpf_session_is_return(void) __ksym;

SEC("kprobe.session/ignored")
int accept_session(void *ctx)
{
	return bpf_session_is_return();
}

SEC("kprobe/ignored")
int reject_session_of_plain_kprobe(void *ctx)
{
	return bpf_session_is_return();
}
