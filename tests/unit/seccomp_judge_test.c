/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is what a seccomp filter may answer found, whatever it is made of?  What is taken for known has
 * to be so in each process; what is not known must be taken for anything.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <cmocka.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "hook/seccomp_judge.h"

#define LOAD(field)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define HIGH(n)         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[n]) + 4)
#define DO(op, k)       BPF_STMT(BPF_ALU | BPF_##op | BPF_K, k)
#define BY_X(op)        BPF_STMT(BPF_ALU | BPF_##op | BPF_X, 0)
#define IF(op, k, a, b) BPF_JUMP(BPF_JMP | BPF_##op | BPF_K, k, a, b)
#define IF_X(op, a, b)  BPF_JUMP(BPF_JMP | BPF_##op | BPF_X, 0, a, b)
#define YES             BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define NO              BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define FAIL            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static const struct {
	const char *name;
	bool bears;
	struct sock_filter code[12];
	size_t n;
} filters[] = {
#define F(name, bears, ...)                                                                     \
	{                                                                                       \
		name, bears, { __VA_ARGS__ }, sizeof((struct sock_filter[]){ __VA_ARGS__ }) / 8 \
	}
	F("all", true, YES),
	F("logged", true, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG)),
	F("none", false, NO),
	F("all fail", false, FAIL),
	F("traced", false, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)),
	F("told", false, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)),
	F("trap", false, BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)),
	F("other machines", true, LOAD(arch), IF(JEQ, AUDIT_ARCH_X86_64, 1, 0), NO, YES),
	F("this machine", false, LOAD(arch), IF(JEQ, AUDIT_ARCH_X86_64, 0, 1), NO, YES),
	F("one that is needed", false, LOAD(nr), IF(JEQ, SYS_mmap, 0, 1), FAIL, YES),
	F("one that may fail", true, LOAD(nr), IF(JEQ, SYS_timer_create, 0, 1), FAIL, YES),
	F("and may not kill", false, LOAD(nr), IF(JEQ, SYS_timer_create, 0, 1), NO, YES),
	F("one that is not made", true, LOAD(nr), IF(JEQ, SYS_ptrace, 0, 1), NO, YES),
	F("numbers of another kind", true, LOAD(nr), IF(JSET, 0x40000000, 0, 1), NO, YES),
	F("above the last", true, LOAD(nr), IF(JGT, 4096, 0, 1), NO, YES),
	F("above the first", false, LOAD(nr), IF(JGE, 1, 0, 1), NO, YES),
	F("by place", false, LOAD(instruction_pointer), IF(JGE, 4096, 0, 1), NO, YES),
	F("by an argument", false, LOAD(args[2]), IF(JEQ, 4, 0, 1), NO, YES),
	F("by half of one", false, HIGH(1), IF(JEQ, 0, 1, 0), NO, YES),
	F("either way", true, LOAD(args[2]), IF(JEQ, 4, 0, 1), YES, YES),
	F("clone's flags", true, LOAD(nr), IF(JEQ, SYS_clone, 0, 4), LOAD(args[0]),
	  DO(AND, 0x7e020000), IF(JEQ, 0, 1, 0), NO, YES),
	F("clone's other flags", false, LOAD(nr), IF(JEQ, SYS_clone, 0, 4), LOAD(args[0]),
	  DO(AND, 0x100), IF(JEQ, 0, 1, 0), NO, YES),
	F("another's flags", false, LOAD(nr), IF(JEQ, SYS_mmap, 0, 4), LOAD(args[0]),
	  DO(AND, 0x7e020000), IF(JEQ, 0, 1, 0), NO, YES),
	F("by way of memory", true, LOAD(nr), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_IMM, 7),
	  BPF_STMT(BPF_LDX | BPF_MEM, 3), BPF_STMT(BPF_MISC | BPF_TXA, 0),
	  IF(JEQ, SYS_ptrace, 0, 1), NO, YES),
	F("memory is forgotten where ways meet", false, LOAD(nr), BPF_STMT(BPF_ST, 3),
	  LOAD(args[1]), IF(JEQ, 1, 0, 2), BPF_STMT(BPF_LD | BPF_IMM, SYS_ptrace),
	  BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_MEM, 3), IF(JEQ, SYS_ptrace, 0, 1), NO, YES),
	F("computed", true, LOAD(nr), DO(LSH, 3), DO(ADD, 8), DO(RSH, 3), DO(SUB, 1),
	  IF(JEQ, SYS_ptrace, 0, 1), NO, YES),
	F("by a register", true, BPF_STMT(BPF_LDX | BPF_IMM, SYS_ptrace), LOAD(nr), IF_X(JEQ, 0, 1),
	  NO, YES),
	F("what is not known by a register", false, LOAD(args[0]), BPF_STMT(BPF_MISC | BPF_TAX, 0),
	  LOAD(nr), BY_X(OR), IF(JEQ, SYS_ptrace, 0, 1), NO, YES),
	F("an answer that is computed", true, BPF_STMT(BPF_LD | BPF_IMM, SECCOMP_RET_ALLOW - 1),
	  DO(ADD, 1), BPF_STMT(BPF_RET | BPF_A, 0)),
	F("an answer that is not known", false, LOAD(args[0]), BPF_STMT(BPF_RET | BPF_A, 0)),
	F("over what kills", true, BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), NO, YES),
	F("no end", false, LOAD(nr)),
	F("beyond the end", false, LOAD(nr), IF(JEQ, SYS_mmap, 9, 0), YES),
	F("no instruction", false, BPF_STMT(0xffff, 0), YES),
};

static void test_filters(void **state)
{
	char buf[128];
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		print_message("# %s\n", filters[i].name);
		text_init(&why, buf, sizeof(buf));
		assert_int_equal(seccomp_bears_agent(filters[i].code, filters[i].n, &why),
				 filters[i].bears);
		assert_int_equal(buf[0] != 0, !filters[i].bears);
	}
	assert_false(seccomp_bears_agent(NULL, 0, &why));
}

/* The call that is in the way is named. */
static void test_reason(void **state)
{
	const struct sock_filter code[] = { LOAD(nr), IF(JEQ, SYS_membarrier, 0, 1), FAIL, YES };
	char buf[128];
	struct text why;

	(void)state;
	text_init(&why, buf, sizeof(buf));
	assert_false(seccomp_bears_agent(code, 4, &why));
	assert_non_null(strstr(buf, "membarrier(2)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
