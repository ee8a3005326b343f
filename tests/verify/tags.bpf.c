/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tags may parameters of global functions bear, and which together?  tags_test.sh */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TAG(name) __attribute__((btf_decl_tag("arg:" name)))
#define FUNC      __attribute__((noinline)) int

struct event {
	__u64 time;
};

FUNC nullable_memory(struct event *e TAG("nullable"))
{
	return !e;
}

FUNC memory(struct event *e TAG("nonnull"))
{
	return (int)e->time;
}

FUNC contrary(struct event *e TAG("nonnull") TAG("nullable"))
{
	return !e;
}

FUNC context(struct __sk_buff *skb TAG("ctx"))
{
	return (int)skb->len;
}

FUNC context_by_type(struct __sk_buff *skb TAG("nonnull"))
{
	return (int)skb->len;
}

FUNC context_or_null(void *ctx TAG("ctx") TAG("nullable"))
{
	return !ctx;
}

FUNC number(int n TAG("nonnull"))
{
	return n + 1;
}

SEC("tc")
int reject_nullable_memory(struct __sk_buff *skb)
{
	struct event e = {};

	return nullable_memory(&e);
}

SEC("tc")
int accept_memory(struct __sk_buff *skb)
{
	struct event e = {};

	return memory(&e);
}

SEC("tc")
int reject_contrary(struct __sk_buff *skb)
{
	struct event e = {};

	return contrary(&e);
}

SEC("tc")
int accept_context(struct __sk_buff *skb)
{
	return context(skb);
}

SEC("tc")
int reject_context_by_type(struct __sk_buff *skb)
{
	return context_by_type(skb);
}

SEC("tc")
int reject_context_or_null(struct __sk_buff *skb)
{
	return context_or_null(skb);
}

SEC("tc")
int reject_number(struct __sk_buff *skb)
{
	return number((int)skb->len);
}

char _license[] SEC("license") = "GPL";
