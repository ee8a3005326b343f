/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where may a program give up?  The name of each program says its verdict: named_test.sh.  The
 * loader of these tests appends no exception callbacks, so that programs with one are refused for
 * that.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <stddef.h>
char _license[] SEC("license") = "GPL";

void bpf_throw(__u64 c) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;
extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
#define CALLBACK(name) __attribute__((btf_decl_tag("exception_callback:" name)))
#define NOINLINE       __attribute__((noinline))
#define NEW(type)      ((type *)bpf_obj_new_impl(__builtin_btf_type_id(*(type *)0, 0), NULL))
struct foo {
	long a;
};

static NOINLINE int sub(struct __sk_buff *s)
{
	if (s->len == 3)
		bpf_throw(1);
	return s->len;
}

NOINLINE int glob(struct __sk_buff *s)
{
	if (s->len == 3)
		bpf_throw(99);
	return s->len;
}

static int cb(int i, void *c)
{
	bpf_throw(1);
	return 0;
}

NOINLINE int my_cb(__u64 c)
{
	return 0;
}

SEC("tc")
int accept_throw(struct __sk_buff *s)
{
	bpf_throw(5);
	return 1;
}

SEC("tc")
int accept_sub(struct __sk_buff *s)
{
	return sub(s);
}

SEC("tc")
int accept_global(struct __sk_buff *s)
{
	return glob(s);
}

SEC("cgroup/dev")
int reject_cookie_range(struct bpf_cgroup_dev_ctx *s)
{
	if (s->major == 1)
		bpf_throw(5);
	return 1;
}

SEC("cgroup/dev")
int accept_cookie_in_range(struct bpf_cgroup_dev_ctx *s)
{
	if (s->major == 1)
		bpf_throw(1);
	return 1;
}

SEC("cgroup/dev")
int reject_cookie_unknown(struct bpf_cgroup_dev_ctx *s)
{
	bpf_throw(s->major);
	return 1;
}

SEC("tc")
int reject_in_callback(struct __sk_buff *s)
{
	bpf_loop(3, cb, NULL, 0);
	return 0;
}

SEC("tc")
int reject_held(struct __sk_buff *s)
{
	struct foo *f = NEW(struct foo);
	if (!f)
		return 0;
	if (s->len == 3)
		bpf_throw(1);
	bpf_obj_drop_impl(f, 0);
	return 0;
}

SEC("tc")
int reject_held_above(struct __sk_buff *s)
{
	struct foo *f = NEW(struct foo);
	if (!f)
		return 0;
	int r = sub(s);
	bpf_obj_drop_impl(f, 0);
	return r;
}

SEC("tc")
int reject_rcu(struct __sk_buff *s)
{
	bpf_rcu_read_lock();
	if (s->len == 3)
		bpf_throw(1);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tc")
CALLBACK("my_cb")
int reject_callback_not_appended(struct __sk_buff *s)
{
	bpf_throw(5);
	return 1;
}

SEC("tc")
CALLBACK("my_cb")
int reject_callback_unused(struct __sk_buff *s)
{
	return 1;
}

SEC("tc")
CALLBACK("nobody")
int reject_no_such_callback(struct __sk_buff *s)
{
	return 1;
}

SEC("tc")
CALLBACK("my_cb")
int reject_call_of_callback(struct __sk_buff *s)
{
	return my_cb(1);
}

SEC("xdp")
int accept_xdp(struct xdp_md *s)
{
	if (s->rx_queue_index > 3)
		bpf_throw(77);
	return 2;
}

SEC("kprobe/x")
int reject_kprobe(void *s)
{
	bpf_throw((long)s);
	return 2;
}
