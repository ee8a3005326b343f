/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that call functions of a module, whose types module_test.c writes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));
struct module_thing {
	int count, size;
} __attribute__((preserve_access_index));

int module_count(int n) __ksym;
int module_look(struct task_struct *task) __ksym;
int module_fill(struct module_thing *thing) __ksym;
struct module_thing *module_get(int n) __ksym;
int other_count(int n) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;

SEC("tc")
int accept_number(struct __sk_buff *skb)
{
	return module_count(skb->len);
}

SEC("tc")
int accept_memory(struct __sk_buff *skb)
{
	struct {
		int count, size;
	} thing = { skb->len, 1 };

	return module_fill((void *)&thing);
}

SEC("tc")
int reject_less_memory(struct __sk_buff *skb)
{
	int *thing = (void *)(long)skb->data;

	if ((void *)(thing + 1) > (void *)(long)skb->data_end)
		return 0;
	return module_fill((void *)thing);
}

SEC("tc")
int reject_no_object(struct __sk_buff *skb)
{
	return module_look((void *)skb);
}

SEC("tc")
int reject_unknown_result(struct __sk_buff *skb)
{
	struct module_thing *thing = module_get(1);

	return thing ? thing->count : 0;
}

SEC("tc")
int reject_two_modules(struct __sk_buff *skb)
{
	return module_count(1) + other_count(2);
}

SEC("fentry/module_work")
int BPF_PROG(accept_fentry, struct module_thing *thing, int number)
{
	return thing->count == number ? 0 : 0;
}

SEC("fentry/module_work")
int BPF_PROG(accept_call_in_it, struct module_thing *thing, int number)
{
	module_count(thing->size);
	return 0;
}

SEC("fexit/module_work")
int BPF_PROG(reject_beyond, struct module_thing *thing, int number, int ret)
{
	return *((volatile int *)thing + 2);
}
