/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do our tables say what the running kernel says: which program type may call which helper, which
 * context fields it may read and write, which R0 it may return?  Asks the kernel by loading tiny
 * programs.  Skipped where bpf(2) is not permitted.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include <bpf/btf.h>
#include <ring3/bpf.h>

#include "helper/helper.h"
#include "helper/prog_type.h"
#include "run/rt.h"

/* One program type with one expected attach type, as a program would be loaded. */
struct variant {
	uint32_t type, attach, btf_id, flags;
};

static char log_buf[16384];
static const char *license = "GPL";

/* Asks the kernel, or ring3 where there is a runtime. */
static int load_into(struct ring3 *rt, const struct variant *v, const struct bpf_insn *insns,
		     uint32_t n)
{
	union bpf_attr attr = {
		.prog_type = v->type,
		.insns = (uint64_t)insns,
		.insn_cnt = n,
		.license = (uint64_t)license,
		.log_buf = (uint64_t)log_buf,
		.log_size = sizeof(log_buf),
		.log_level = 1,
		.expected_attach_type = v->attach,
		.attach_btf_id = v->btf_id,
		.prog_flags = v->flags,
	};
	long fd;

	log_buf[0] = 0;
	fd = rt ? ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr))
		: syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return rt ? (int)fd : -errno;
	close((int)fd);
	return 0;
}

static int load(const struct variant *v, const struct bpf_insn *insns, uint32_t n)
{
	return load_into(NULL, v, insns, n);
}

#define MOV(dst, value)                                        \
	{                                                      \
		.code = 0xb7, .dst_reg = (dst), .imm = (value) \
	}
#define EXIT                 \
	{                    \
		.code = 0x95 \
	}

/* The type's own reason to refuse attach type 0, or a context that BTF describes. */
static struct variant variants[128];
static uint32_t n_variants;

static void add_variant(uint32_t type, uint32_t attach, int btf_id)
{
	if (btf_id < 0)
		return;
	variants[n_variants++] =
		(struct variant){ .type = type,
				  .attach = attach,
				  .btf_id = (uint32_t)btf_id,
				  .flags = type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0 };
}

/* Every attach type that the kernel accepts for a type with a table row. */
static int find_variants(void **state)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();

	(void)state;
	for (uint32_t type = 1; type <= BPF_PROG_TYPE_NETFILTER; type++) {
		for (uint32_t attach = 0; attach <= BPF_TRACE_UPROBE_SESSION; attach++) {
			struct bpf_insn insns[] = { MOV(0, 1), EXIT };
			struct variant v = { .type = type, .attach = attach };

			if (type == BPF_PROG_TYPE_SYSCALL)
				v.flags = BPF_F_SLEEPABLE;
			/* A type whose rows differ by nothing is asked once. */
			if (attach && prog_type_of(type, attach) == prog_type_of(type, 0))
				continue;
			if (!load(&v, insns, 2))
				add_variant(type, attach, 0);
		}
	}
	if (vmlinux) {
		add_variant(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP,
			    btf__find_by_name_kind(vmlinux, "btf_trace_sched_switch",
						   BTF_KIND_TYPEDEF));
		add_variant(BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER,
			    btf__find_by_name_kind(vmlinux, "bpf_iter_task", BTF_KIND_FUNC));
		/* The attach type of struct_ops is a member's index: 1 is a function. */
		add_variant(BPF_PROG_TYPE_STRUCT_OPS, 1,
			    btf__find_by_name_kind(vmlinux, "tcp_congestion_ops", BTF_KIND_STRUCT));
	}
	btf__free(vmlinux);
	return 0;
}

/* What this kernel was built without, or forbids by its lockdown: its "no" says nothing. */
static const char *const not_here[] = {
	"probe_write_user", /* lockdown */
	"override_return",  /* CONFIG_BPF_KPROBE_OVERRIDE */
};

static bool is_not_here(const char *name)
{
	for (size_t i = 0; i < sizeof(not_here) / sizeof(not_here[0]); i++)
		if (!strcmp(not_here[i], name))
			return true;
	return false;
}

static bool lets_call(struct ring3 *rt, const struct variant *v, uint32_t id)
{
	static const char *const no[] = { "cannot use helper",  "invalid func",
					  "unknown func",       "not supported for program type",
					  "supported only for", "is not allowed in probe" };
	struct bpf_insn insns[] = { { .code = 0x85, .imm = (int)id }, MOV(0, 1), EXIT };

	if (!load_into(rt, v, insns, 3))
		return true;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (strstr(log_buf, no[i]))
			return false;
	return true;
}

static void test_who_may_call(void **state)
{
	uint32_t bad = 0, asked = 0;
	struct ring3 *rt;

	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	assert_int_equal(ring3_new(NULL, &rt), 0);
	rt->only_verify = true;
	for (uint32_t i = 0; i < n_variants; i++) {
		const struct variant *v = &variants[i];
		const struct prog_type *t = prog_type_of(v->type, v->attach);

		assert_non_null(t);
		for (uint32_t id = 1; id <= helper_max_id(); id++) {
			const struct helper_proto *p = helper_find_for(NULL, id, t->groups);
			bool ours = lets_call(rt, v, id), theirs = lets_call(NULL, v, id);

			asked++;
			if (ours == theirs || (ours && is_not_here(p->name)))
				continue;
			print_error("%s/%u, %s: ours %d, kernel %d\n", t->name, v->attach, p->name,
				    ours, theirs);
			bad++;
		}
	}
	ring3_unref(rt);
	assert_int_equal(bad, 0);
	assert_true(asked > 2000);
}

static void test_who_needs_gpl(void **state)
{
	uint32_t bad = 0, asked = 0;

	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	license = "BSD";
	for (uint32_t id = 1; id <= helper_max_id(); id++) {
		struct bpf_insn insns[] = { { .code = 0x85, .imm = (int)id }, MOV(0, 1), EXIT };
		const struct helper_proto *p = helper_find(NULL, id);
		uint32_t i = 0;

		while (i < n_variants &&
		       !(prog_type_of(variants[i].type, variants[i].attach)->groups & p->groups))
			i++;
		if (i == n_variants || is_not_here(p->name))
			continue;
		asked++;
		load(&variants[i], insns, 3);
		if (!(p->flags & HELPER_GPL) == (strstr(log_buf, "GPL") != NULL)) {
			print_error("%s: ours %d: %s\n", p->name, p->flags & HELPER_GPL, log_buf);
			bad++;
		}
	}
	license = "GPL";
	assert_int_equal(bad, 0);
	assert_true(asked > 150);
}

static bool kernel_allows(const struct variant *v, uint32_t off, uint32_t size, bool write)
{
	static const uint8_t load_op[] = { 0, 0x71, 0x69, 0, 0x61, 0, 0, 0, 0x79 };
	static const uint8_t store_op[] = { 0, 0x72, 0x6a, 0, 0x62, 0, 0, 0, 0x7a };
	struct bpf_insn insns[] = { { .code = write ? store_op[size] : load_op[size],
				      .dst_reg = write ? 1 : 0,
				      .src_reg = write ? 0 : 1,
				      .off = (int16_t)off },
				    MOV(0, 1),
				    EXIT };

	return !load(v, insns, 3);
}

/* Two quirks that nobody needs: pieces of the pointer in a writable tracepoint's first word, which
 * are no scalars, and the second byte of a 16-bit port that is otherwise read as 1, 2 or 4 bytes.
 */
static bool known_difference(const struct variant *v, uint32_t off, uint32_t size, bool ours)
{
	if (ours)
		return false;
	return (v->type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE && off < 8) ||
	       (v->type == BPF_PROG_TYPE_CGROUP_SOCK && off == 49 && size == 1);
}

static uint32_t compare_ctx(const struct variant *v, const struct ctx_type *ctx)
{
	uint32_t end = ctx->size > 512 ? 256 : ctx->size + 16, bad = 0;

	for (uint32_t k = 0; k < end * 8; k++) {
		uint32_t off = k / 8, size = 1U << (k % 4);
		bool write = k & 4, ours = ctx_field_access(ctx, off, size, write) != NULL;

		if (off % size)
			continue;
		if (kernel_allows(v, off, size, write) == ours ||
		    known_difference(v, off, size, ours))
			continue;
		print_error("type %u/%u: %s of %u at %u: ours %d\n", v->type, v->attach,
			    write ? "write" : "read", size, off, ours);
		bad++;
	}
	return bad;
}

static void test_context_access(void **state)
{
	uint32_t bad = 0;

	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (uint32_t i = 0; i < n_variants; i++) {
		const struct prog_type *t = prog_type_of(variants[i].type, variants[i].attach);

		if (t->ctx)
			bad += compare_ctx(&variants[i], t->ctx);
	}
	assert_int_equal(bad, 0);
}

static void test_large_contexts_end_where_the_kernel_ends_them(void **state)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_SYSCALL };

	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (size_t i = 0; i < 2; i++) {
		const struct ctx_type *ctx = prog_type_of(types[i], 0)->ctx;
		struct variant v = { .type = types[i],
				     .flags = types[i] == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE
										: 0 };

		for (uint32_t off = 8168; off <= 8208; off += 8)
			assert_int_equal(kernel_allows(&v, off, 8, false),
					 ctx_field_access(ctx, off, 8, false) != NULL);
	}
}

static void test_return_ranges(void **state)
{
	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (uint32_t i = 0; i < n_variants; i++) {
		const struct variant *v = &variants[i];
		const struct prog_type *t = prog_type_of(v->type, v->attach);

		for (int r0 = -2; r0 < 6; r0++) {
			struct bpf_insn insns[] = { MOV(0, r0), EXIT };
			bool ours = !t->ret_checked || (r0 >= t->ret_min && r0 <= t->ret_max);

			if (!load(v, insns, 2) != ours)
				fail_msg("%s/%u: R0 = %d: ours %d", t->name, v->attach, r0, ours);
		}
	}
}

static void test_legacy_loads(void **state)
{
	struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 }, { .code = 0x20 }, MOV(0, 1), EXIT
	};

	(void)state;
	if (!n_variants) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (uint32_t i = 0; i < n_variants; i++) {
		const struct prog_type *t = prog_type_of(variants[i].type, variants[i].attach);

		assert_int_equal(!load(&variants[i], insns, 4), t->has_skb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may_call),
		cmocka_unit_test(test_who_needs_gpl),
		cmocka_unit_test(test_context_access),
		cmocka_unit_test(test_large_contexts_end_where_the_kernel_ends_them),
		cmocka_unit_test(test_return_ranges),
		cmocka_unit_test(test_legacy_loads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, find_variants, NULL);
}
