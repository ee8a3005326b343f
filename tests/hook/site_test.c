/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a probed function of any shape still compute what it did, and is each hit seen once, with
 * the right registers?  Each function is run bare, hooked, and bare again. */
#include <errno.h>
#include <stdio.h>

#include "fixture.h"
#include "hook/insn.h"
#include "state.h"

PROGRAM(count);
PROGRAM(other);

/* What a function starts with. */
FUNCTION(f_long, "movabs $0x1122334455667788, %rax\n add %rdi, %rax\n ret");
FUNCTION(f_push, "push %rbp\n mov %rsp, %rbp\n lea (%rdi,%rsi,2), %rax\n pop %rbp\n ret");
FUNCTION(f_pushes, "push %r15\n push %r14\n push %r13\n mov %rdi, %rax\n sub %rsi, %rax\n"
		   "pop %r13\n pop %r14\n pop %r15\n ret");
FUNCTION(f_single, "push %rbx\n push %rbp\n push %rax\n push %rcx\n push %rdx\n"
		   "lea 7(%rdi,%rsi), %rax\n add $24, %rsp\n pop %rbp\n pop %rbx\n ret");
FUNCTION(f_endbr, "endbr64\n mov %rdi, %rax\n xor %rsi, %rax\n add $5, %rax\n ret");
FUNCTION(f_rip, "mov f_rip_data(%rip), %rax\n add %rdi, %rax\n ret\n f_rip_data: .quad 0x1234567");
FUNCTION(f_rip_imm, "cmpl $5, f_rip_imm_data(%rip)\n sete %al\n movzx %al, %eax\n ret\n"
		    "f_rip_imm_data: .long 5");
FUNCTION(f_jmp8, "jmp 1f\n ud2\n ud2\n 1: lea 1(%rdi), %rax\n ret");
FUNCTION(f_jcc, "test %rdi, %rdi\n jz 1f\n mov %rsi, %rax\n ret\n 1: mov $77, %eax\n ret");
FUNCTION(f_loop, "mov %edi, %ecx\n jrcxz 1f\n 2: add %rsi, %rdx\n loop 2b\n"
		 "1: mov $9, %eax\n ret");
FUNCTION(f_call, "call 1f\n add %rdi, %rax\n ret\n 1: mov $100, %eax\n ret");
FUNCTION(f_call_mem, "call *f_call_to(%rip)\n add %rdi, %rax\n ret\n .pushsection .data\n "
		     "f_call_to: .quad f_long\n .popsection");
FUNCTION(f_short, "mov %edi, %eax\n ret");
FUNCTION(f_ret, "ret");
FUNCTION(f_tail, "jmp f_long");
/* A loop whose head lies in the bytes of a jump. */
FUNCTION(f_back, "xor %eax, %eax\n 1: add %rdi, %rax\n dec %rsi\n jnz 1b\n ret");

/* One whose head is what follows the landing pad. */
FUNCTION(f_spin, "endbr64\n 1: lea 2(%rdi), %rdi\n dec %rsi\n jnz 1b\n mov %rdi, %rax\n ret");

/* Ends where the next one begins, which begins with what looks like padding. */
FUNCTION(f_full, "movabs $0x1122334455667788, %rax\n add %rdi, %rax\n nop\n nop\n ret");
FUNCTION(f_nops, "nop\n nop\n nop\n nop\n nop\n lea 3(%rdi), %rax\n ret");

static const struct shape {
	const char *name;
	void *func;
	const uint64_t *size;
	const char *transport;
} shapes[] = {
#define SHAPE(f, transport)                 \
	{                                   \
#f, f, &f##_size, transport \
	}
	SHAPE(f_long, "jump"),       SHAPE(f_push, "jump"),  SHAPE(f_pushes, "jump"),
	SHAPE(f_single, "jump"),     SHAPE(f_endbr, "jump"), SHAPE(f_rip, "jump"),
	SHAPE(f_rip_imm, NULL),      SHAPE(f_jmp8, NULL),    SHAPE(f_jcc, "jump"),
	SHAPE(f_loop, NULL),         SHAPE(f_call, "jump"),  SHAPE(f_call_mem, "jump"),
	SHAPE(f_short, "jump"),      SHAPE(f_ret, NULL),     SHAPE(f_tail, "jump"),
	SHAPE(f_back, "breakpoint"),
};

static struct hook_set *set;

static uint64_t value_of(const struct shape *s, uint64_t a, uint64_t b)
{
	return s->func == f_ret ? 0 : CALL2(s->func, a, b);
}

static void check_shape(const struct shape *s, enum hook_kind kind, bool sized)
{
	uint8_t before[16], after[16];
	uint64_t bare[2], n;
	struct hook *hook;

	memcpy(before, s->func, sizeof(before));
	bare[0] = value_of(s, 0, 3);
	bare[1] = value_of(s, 1000, 2);
	hook = attach_in(set, kind, s->func, 0, sized ? *s->size : 0, &count);
	if (sized && s->transport)
		assert_string_equal(hook_transport(hook), s->transport);
	/* Who comes by an indirect branch must find it. */
	if (s->func == f_endbr)
		assert_memory_equal(before, s->func, 4);
	n = count_seen.n;
	assert_int_equal(value_of(s, 0, 3), bare[0]);
	assert_int_equal(value_of(s, 1000, 2), bare[1]);
	assert_int_equal(count_seen.n, n + (s->func == f_ret ? 0 : 2));
	assert_int_equal(count_seen.func_ip, (uint64_t)(uintptr_t)s->func);
	assert_int_equal(count_seen.cookie, (uint64_t)(uintptr_t)s->func + 1);
	if (kind == HOOK_UPROBE) {
		assert_int_equal(count_seen.regs.rip, (uint64_t)(uintptr_t)s->func);
		assert_int_equal(count_seen.regs.rdi, 1000);
		assert_int_equal(count_seen.regs.rsi, 2);
	} else {
		assert_int_equal(count_seen.regs.rax, bare[1]);
	}
	hook_remove(hook);
	memcpy(after, s->func, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(value_of(s, 1000, 2), bare[1]);
	assert_int_equal(count_seen.n, n + 2);
}

static void test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].func == f_ret)
			continue;
		print_message("# %s\n", shapes[i].name);
		check_shape(&shapes[i], HOOK_UPROBE, true);
		check_shape(&shapes[i], HOOK_URETPROBE, true);
		check_shape(&shapes[i], HOOK_UPROBE, false);
	}
}

/* The function is hit once for a call, its loop once for a round. */
static void test_loop_behind_landing_pad(void **state)
{
	const struct shape spin = { "f_spin", f_spin, &f_spin_size, "breakpoint" };
	uint64_t n, m;
	struct hook *hook, *func;

	(void)state;
	check_shape(&spin, HOOK_UPROBE, true);
	check_shape(&spin, HOOK_URETPROBE, true);
	for (int i = 0; i < 2; i++) {
		hook = i ? attach_in(set, HOOK_UPROBE, f_spin, 4, f_spin_size, &other) : NULL;
		func = attach_in(set, HOOK_UPROBE, f_spin, 0, f_spin_size, &count);
		if (!hook)
			hook = attach_in(set, HOOK_UPROBE, f_spin, 4, f_spin_size, &other);
		n = count_seen.n;
		m = other_seen.n;
		assert_int_equal(CALL2(f_spin, 7, 10), 27);
		assert_int_equal(count_seen.n, n + 1);
		assert_int_equal(other_seen.n, m + 10);
		hook_remove(hook);
		hook_remove(func);
	}
}

/* Fails where a jump may go over the end of a function. */
static void test_next_function(void **state)
{
	uint64_t n = count_seen.n;
	struct hook *hook;

	(void)state;
	assert_int_equal(f_full_size, 16);
	assert_ptr_equal(f_nops, f_full + 16);
	hook = attach_in(set, HOOK_UPROBE, f_full, 15, f_full_size, &count);
	assert_string_equal(hook_transport(hook), "breakpoint");
	assert_int_equal(CALL2(f_nops, 1, 0), 4);
	assert_int_equal(CALL2(f_full, 1, 0), 0x1122334455667789);
	assert_int_equal(count_seen.n, n + 1);
	hook_remove(hook);
}

static void check_every_instruction(size_t size)
{
	uint64_t bare[5], n;
	struct hook *hook;
	size_t probed = 0;

	for (int k = 0; k < 5; k++)
		bare[k] = state_value(state_args[k][0], state_args[k][1]);
	for (size_t off = 0; off < f_state_size;) {
		n = count_seen.n;
		hook = attach_in(set, HOOK_UPROBE, f_state, off, size, &count);
		print_message("# %zu %s\n", off, hook_transport(hook));
		for (int k = 0; k < 5; k++)
			assert_int_equal(state_value(state_args[k][0], state_args[k][1]), bare[k]);
		assert_int_equal(count_seen.n, n + 5);
		assert_int_equal(count_seen.regs.rip, (uint64_t)(uintptr_t)f_state + off);
		hook_remove(hook);
		probed++;
		off += insn_length((const uint8_t *)f_state + off, 15);
	}
	assert_true(probed > 30);
}

static void test_every_instruction(void **state)
{
	(void)state;
	check_every_instruction(f_state_size);
	check_every_instruction(0);
}

static void test_probes_that_overlap(void **state)
{
	uint64_t n = count_seen.n, m = other_seen.n, bare = CALL2(f_pushes, 9, 4);
	struct hook *first, *second, *third;

	(void)state;
	first = attach_in(set, HOOK_UPROBE, f_pushes, 0, f_pushes_size, &count);
	second = attach_in(set, HOOK_UPROBE, f_pushes, 2, f_pushes_size, &other);
	third = attach_in(set, HOOK_URETPROBE, f_pushes, 0, f_pushes_size, &other);
	assert_int_equal(CALL2(f_pushes, 9, 4), bare);
	assert_int_equal(count_seen.n, n + 1);
	assert_int_equal(other_seen.n, m + 2);
	assert_int_equal(other_seen.regs.rax, bare);
	hook_remove(first);
	assert_int_equal(CALL2(f_pushes, 9, 4), bare);
	assert_int_equal(count_seen.n, n + 1);
	assert_int_equal(other_seen.n, m + 4);
	/* The first one had to give way; alone again it is as fast as before. */
	hook_remove(second);
	hook_remove(third);
	first = attach_in(set, HOOK_UPROBE, f_pushes, 0, f_pushes_size, &count);
	assert_string_equal(hook_transport(first), "jump");
	hook_remove(first);
	assert_int_equal(CALL2(f_pushes, 9, 4), bare);
	assert_int_equal(other_seen.n, m + 4);
}

/* The programs see the flags that the function is entered with. */
static void test_flags_at_entry(void **state)
{
	struct hook *hook = attach_in(set, HOOK_UPROBE, f_long, 0, f_long_size, &count);
	const uint64_t arithmetic = 0x8d5;
	uint64_t flags;

	(void)state;
	for (size_t k = 0; k < sizeof(state_args) / sizeof(state_args[0]); k++) {
		uint64_t a = state_args[k][0], b = state_args[k][1];

		__asm__ volatile("cmp %2, %1\n pushfq\n pop %0\n cmp %2, %1\n call f_long"
				 : "=&r"(flags), "+D"(a)
				 : "S"(b)
				 : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
		assert_int_equal(count_seen.regs.eflags & arithmetic, flags & arithmetic);
		assert_int_equal(count_seen.regs.eflags & 0x202, 0x202);
	}
	hook_remove(hook);
}

static void test_many_on_one_function(void **state)
{
	struct hook *hooks[40];
	uint64_t n = count_seen.n, m = other_seen.n;

	(void)state;
	for (int i = 0; i < 40; i++)
		hooks[i] = attach_in(set, i % 2 ? HOOK_URETPROBE : HOOK_UPROBE, f_push, 0,
				     f_push_size, i % 2 ? &other : &count);
	CALL2(f_push, 1, 2);
	assert_int_equal(count_seen.n, n + 20);
	assert_int_equal(other_seen.n, m + 20);
	for (int i = 0; i < 40; i += 2)
		hook_remove(hooks[i]);
	CALL2(f_push, 1, 2);
	assert_int_equal(count_seen.n, n + 20);
	assert_int_equal(other_seen.n, m + 40);
	for (int i = 1; i < 40; i += 2)
		hook_remove(hooks[i]);
	CALL2(f_push, 1, 2);
	assert_int_equal(other_seen.n, m + 40);
}

FUNCTION(f_breakpoint, "int3\n nop\n nop\n nop\n nop\n ret");
FUNCTION(f_junk, ".byte 6, 6, 6, 6, 6, 6, 6, 6");

static void refused(uint64_t addr, enum hook_kind kind, int want, const char *reason)
{
	struct hook_spec spec = { .kind = kind, .addr = addr, .prog = &count };
	struct hook *hook = NULL;
	char buf[256];
	struct text why;

	spec.returns_twice = addr == (uint64_t)(uintptr_t)setjmp;
	text_init(&why, buf, sizeof(buf));
	assert_int_equal(hook_add(set, &spec, &why, &hook), want);
	assert_non_null(strstr(buf, reason));
	assert_null(hook);
}

static void test_refusals(void **state)
{
	(void)state;
	refused((uint64_t)(uintptr_t)f_breakpoint, HOOK_UPROBE, -EBUSY, "breakpoint");
	refused((uint64_t)(uintptr_t)f_junk, HOOK_UPROBE, -EINVAL, "no instruction");
	refused(4096, HOOK_UPROBE, -EIO, "nothing can be read");
	refused((uint64_t)(uintptr_t)setjmp, HOOK_URETPROBE, -EOPNOTSUPP, "twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_loop_behind_landing_pad),
		cmocka_unit_test(test_next_function),
		cmocka_unit_test(test_every_instruction),
		cmocka_unit_test(test_probes_that_overlap),
		cmocka_unit_test(test_flags_at_entry),
		cmocka_unit_test(test_many_on_one_function),
		cmocka_unit_test(test_refusals),
	};

	int failed = 0;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (int lean = 0; lean < 2; lean++) {
		if (hook_set_new(lean ? fixture_registry() : NULL, &set))
			return 1;
		failed += cmocka_run_group_tests(tests, NULL, NULL);
		hook_set_free(set);
	}
	return failed;
}
