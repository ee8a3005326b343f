/* SPDX-License-Identifier: BSD-2-Clause */
/* Where was leaf() called from?  By both helpers, with all their flags; see stacks_test.sh. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum {
	DEPTH = 127,
	FEW = 8,
	SKIPPED = 100,
	RETURNED = 200
};

struct at {
	__u32 kind;
	__s32 stack_id;
};

struct stack_map {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(__u64));
};
struct stack_map stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(__u64));
} one SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct at);
	__type(value, __u64);
} seen SEC(".maps");

struct few {
	__u64 ip[FEW];
	__s64 size;
};

/* By kind: what bpf_get_stack() gives. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct few);
} few SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_stack_build_id);
} build_id_buffer SEC(".maps");

__s64 kernel_stack, bad_flag, bad_flag_of_stack, odd_size, all_skipped;
__s64 first_of_one, other_of_one, reused_of_one, fast_of_one;
__u32 id_status, id_bytes;
__u64 id_offset;

static __always_inline void count(__u32 kind, __s32 id)
{
	struct at at = { .kind = kind, .stack_id = id };
	__u64 one_more = 1, *n = bpf_map_lookup_elem(&seen, &at);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&seen, &at, &one_more, BPF_ANY);
}

/* A map with room for one stack. */
static __always_inline void fill_one(struct pt_regs *ctx)
{
	first_of_one = bpf_get_stackid(ctx, &one, BPF_F_USER_STACK | BPF_F_REUSE_STACKID);
	other_of_one = bpf_get_stackid(ctx, &one, BPF_F_USER_STACK | 1);
	fast_of_one = bpf_get_stackid(ctx, &one, BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP);
	reused_of_one = bpf_get_stackid(ctx, &one, BPF_F_USER_STACK | BPF_F_REUSE_STACKID | 1);
}

static __always_inline void errors(struct pt_regs *ctx)
{
	struct bpf_stack_build_id *id;
	__u32 zero = 0;

	kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	bad_flag = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	all_skipped = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | 255);
	id = bpf_map_lookup_elem(&build_id_buffer, &zero);
	if (!id)
		return;
	bad_flag_of_stack = bpf_get_stack(ctx, id, 32, BPF_F_USER_BUILD_ID);
	odd_size = bpf_get_stack(ctx, id, 31, BPF_F_USER_STACK);
	bpf_get_stack(ctx, id, sizeof(*id), BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	id_status = id->status;
	id_bytes = id->build_id[0] << 24 | id->build_id[1] << 16 | id->build_id[2] << 8 |
		   id->build_id[3];
	id_offset = id->offset;
}

SEC("uprobe/./stacks:leaf")
int BPF_KPROBE(on_leaf, __u32 kind)
{
	struct few *f = bpf_map_lookup_elem(&few, &kind);

	count(kind, bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK));
	count(kind + SKIPPED, bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK | 2));
	if (f)
		f->size = bpf_get_stack(ctx, f->ip, sizeof(f->ip), BPF_F_USER_STACK);
	if (!kind) {
		errors(ctx);
		fill_one(ctx);
	}
	return 0;
}

/* Nothing of the context is read. */
SEC("uretprobe/./stacks:leaf")
int after_leaf(struct pt_regs *ctx)
{
	count(RETURNED, bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK));
	return 0;
}

SEC("uretprobe/./stacks:third")
int after_third(struct pt_regs *ctx)
{
	return 0;
}

SEC("uretprobe/./stacks:first")
int after_first(struct pt_regs *ctx)
{
	return 0;
}

SEC("uretprobe/./stacks:deep")
int after_deep(struct pt_regs *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
