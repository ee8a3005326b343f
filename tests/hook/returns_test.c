/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are all ways out of a function found, or is it refused?  And does a program at a return
 * instruction see what a return probe would show it?
 *
 * To see it fail: take is_inside() or the end of look_at() out of returns.c; make run_leaving() in
 * dispatch.c a run_one().
 */
#include <errno.h>

#include "fixture.h"
#include "hook/returns.h"

PROGRAM(leaves);
PROGRAM(comes);

static struct hook_set *set;

FUNCTION(f_one, "lea 1(%rdi), %rax\n ret");
FUNCTION(f_two, "test %rdi, %rdi\n jz 1f\n lea 1(%rdi,%rsi), %rax\n ret\n 1: mov $7, %eax\n ret");
FUNCTION(f_pops, "push %rbx\n mov %rdi, %rbx\n call f_one\n add %rbx, %rax\n pop %rbx\n ret $0");
FUNCTION(f_table, "lea 1f(%rip), %rdx\n movslq (%rdx,%rdi,4), %rax\n add %rdx, %rax\n jmp *%rax\n"
		  "2: mov $1, %eax\n ret\n 3: mov $2, %eax\n ret\n .pushsection .rodata\n"
		  ".balign 4\n 1: .long 2b - 1b, 3b - 1b\n .popsection");
FUNCTION(f_notrack, "notrack jmp *%rdi\n ret");
FUNCTION(f_absolute, "jmp *0x1000(,%rdi,8)\n ret");
FUNCTION(f_traps, "test %rdi, %rdi\n jz 1f\n ret\n 1: ud2");
FUNCTION(f_no_return, "call f_one\n ret\n call f_one");
FUNCTION(f_tail, "test %rdi, %rdi\n jz 1f\n ret\n 1: jmp f_one");
FUNCTION(f_tail_if, "test %rdi, %rdi\n jz f_one\n ret");
FUNCTION(f_tail_register, "mov (%rdi), %rax\n jmp *%rax\n ret");
FUNCTION(f_tail_memory, "jmp *8(%rdi)\n ret");
FUNCTION(f_runs_on, "ret\n mov %rdi, %rax");
FUNCTION(f_never, "1: jmp 1b");
FUNCTION(f_far, "lret");
FUNCTION(f_bad, "ret\n .byte 6, 6");

static const struct {
	const char *name;
	void *func;
	const uint64_t *size;
	uint32_t n;
	const char *refusal;
} shapes[] = {
#define YES(f, n)                         \
	{                                 \
#f, f, &f##_size, n, NULL \
	}
#define NO(f, reason)                       \
	{                                   \
#f, f, &f##_size, 0, reason \
	}
	YES(f_one, 1),
	YES(f_two, 2),
	YES(f_pops, 1),
	YES(f_table, 2),
	YES(f_notrack, 1),
	YES(f_absolute, 1),
	YES(f_traps, 1),
	YES(f_no_return, 1),
	NO(f_tail, "tail call"),
	NO(f_tail_if, "tail call"),
	NO(f_tail_register, "is not known"),
	NO(f_tail_memory, "is not known"),
	NO(f_runs_on, "goes on in another"),
	NO(f_never, "no return"),
	NO(f_far, "privileged"),
	NO(f_bad, "no instruction"),
};

static void test_ways_out(void **state)
{
	static const struct elf_funcs none;
	static struct returns found;
	char buf[300];
	struct text why;
	int err;

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		print_message("# %s\n", shapes[i].name);
		text_init(&why, buf, sizeof(buf));
		err = returns_find(&none, 0, (uint64_t)(uintptr_t)shapes[i].func, *shapes[i].size,
				   &found, &why);
		assert_int_equal(err, shapes[i].refusal ? -EOPNOTSUPP : 0);
		if (shapes[i].refusal)
			assert_non_null(strstr(buf, shapes[i].refusal));
		else
			assert_int_equal(found.n, shapes[i].n);
	}
}

/* What the compiler put elsewhere belongs to the function; it needs no symbol of its own to be
 * known by, but a table that says so. */
FUNCTION(f_hot,
	 "test %rdi, %rdi\n jz f_hot_cold\n mov $3, %eax\n ret\n f_hot_back: mov $4, %eax\n ret");
FUNCTION(f_hot_cold, "nop\n jmp f_hot_back");

static void test_cold_parts(void **state)
{
	struct elf_func cold = { .off = 4096, .size = f_hot_cold_size, .cold = true };
	struct elf_funcs funcs = { .funcs = &cold, .n = 1 };
	static struct returns found;
	char buf[300];
	struct text why;

	(void)state;
	for (int known = 0; known < 2; known++) {
		cold.cold = known;
		text_init(&why, buf, sizeof(buf));
		assert_int_equal(returns_find(&funcs, (uint64_t)(uintptr_t)f_hot_cold - 4096,
					      (uint64_t)(uintptr_t)f_hot, f_hot_size, &found, &why),
				 known ? 0 : -EOPNOTSUPP);
	}
	assert_int_equal(found.n, 2);
}

static void attach_leaves(const void *func, uint64_t size, struct hook *hooks[4], uint32_t *ret_n)
{
	static const struct elf_funcs none;
	static struct returns found;
	char buf[300];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	assert_int_equal(returns_find(&none, 0, (uint64_t)(uintptr_t)func, size, &found, &why), 0);
	for (uint32_t i = 0; i < found.n; i++) {
		struct hook_spec spec = { .kind = HOOK_LEAVE,
					  .addr = found.all[i].addr,
					  .entry = (uint64_t)(uintptr_t)func,
					  .func = found.all[i].func,
					  .func_size = found.all[i].func_size,
					  .prog = &leaves };

		assert_int_equal(hook_add(set, &spec, &why, &hooks[i]), 0);
	}
	*ret_n = found.n;
}

/* From one place. */
static __attribute__((noinline, noclone)) void call_pops(void)
{
	assert_int_equal(CALL2(f_pops, 20, 0), 41);
}

/* Beside a return probe, and a probe at the instruction itself. */
static void test_what_is_seen(void **state)
{
	const uint64_t at = (uint64_t)(uintptr_t)f_pops + f_pops_size - 3;
	struct hook *hooks[4], *others[2];
	uint64_t n = leaves_seen.n, m = comes_seen.n;
	uint32_t n_hooks;

	(void)state;
	attach_leaves(f_pops, f_pops_size, hooks, &n_hooks);
	others[0] = attach_in(set, HOOK_URETPROBE, f_pops, 0, f_pops_size, &comes);
	call_pops();
	assert_int_equal(leaves_seen.n, n + 1);
	assert_int_equal(comes_seen.n, m + 1);
	assert_int_equal(leaves_seen.func_ip, (uint64_t)(uintptr_t)f_pops);
	assert_int_equal(leaves_seen.regs.rax, 41);
	assert_int_equal(leaves_seen.regs.rsp, comes_seen.regs.rsp);
	hook_remove(others[0]);
	call_pops();
	assert_int_equal(leaves_seen.regs.rip, comes_seen.regs.rip);
	others[1] = attach_in(set, HOOK_UPROBE, f_pops, f_pops_size - 3, f_pops_size, &comes);
	call_pops();
	assert_int_equal(comes_seen.regs.rip, at);
	assert_int_equal(comes_seen.func_ip, at);
	assert_int_equal(comes_seen.regs.rsp, leaves_seen.regs.rsp - 8);
	hook_remove(others[1]);
	for (uint32_t i = 0; i < n_hooks; i++)
		hook_remove(hooks[i]);
	call_pops();
	assert_int_equal(leaves_seen.n, n + 3);
}

static void test_each_return(void **state)
{
	struct hook *hooks[4];
	uint64_t n = leaves_seen.n;
	uint32_t n_hooks;

	(void)state;
	attach_leaves(f_two, f_two_size, hooks, &n_hooks);
	for (uint64_t i = 0; i < 100; i++) {
		assert_int_equal(CALL2(f_two, i % 2, i), i % 2 ? i + 2 : 7);
		assert_int_equal(leaves_seen.regs.rax, i % 2 ? i + 2 : 7);
	}
	assert_int_equal(leaves_seen.n, n + 100);
	for (uint32_t i = 0; i < n_hooks; i++)
		hook_remove(hooks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways_out),
		cmocka_unit_test(test_cold_parts),
		cmocka_unit_test(test_what_is_seen),
		cmocka_unit_test(test_each_return),
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
