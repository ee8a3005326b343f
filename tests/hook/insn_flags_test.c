/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is it known where flags matter?  Of each piece of code, whether a probe at its beginning may
 * leave other arithmetic flags.
 *
 * To see it fail: let shifts count as setting flags (set_by()), or anything as plain (is_plain()).
 */
#include "fixture.h"

#include "hook/insn.h"

#define CODE(name, insns) FUNCTION(name, insns "\n ud2")

CODE(dead_ret, "nop\n mov %rbx, %rax\n lea (%rax), %rax\n pop %rbx\n ret");
CODE(dead_call, "nop\n mov %rbx, %rdi\n call *%rax");
CODE(dead_add, "mov (%rdi), %rax\n add $1, %rax\n jc 1f\n 1: ret");
CODE(dead_inc, "inc %rax\n cmp %rax, %rbx\n jc 1f\n 1: ret");
CODE(dead_xor, "xor %eax, %eax\n adc %rax, %rax\n ret");
CODE(dead_shift, "shl $3, %rax\n test %rax, %rax\n setz %al\n ret");
CODE(live_jcc, "nop\n jz 1f\n 1: ret");
CODE(live_inc, "inc %rax\n jc 1f\n 1: ret");
CODE(live_shift, "shl %cl, %rax\n jz 1f\n 1: ret");
CODE(live_setcc, "mov %rbx, %rcx\n setc %al\n ret");
CODE(live_cmov, "cmovz %rbx, %rax\n ret");
CODE(live_adc, "adc %rbx, %rax\n ret");
CODE(live_pushf, "mov %rbx, %rax\n pushfq\n pop %rax\n ret");
CODE(live_lahf, "lahf\n ret");
CODE(live_syscall, "mov $39, %eax\n syscall\n ret");
CODE(live_int, "int3\n ret");
CODE(live_jmp, "jmp *%rax");
CODE(live_rcl, "rcl $1, %rax\n ret");
CODE(live_scan, "repe cmpsb\n jz 1f\n 1: ret");
CODE(live_popf, "popfq\n jz 1f\n 1: ret");
CODE(live_end, "nop");

static const struct piece {
	const char *name, *code;
	const uint64_t *size;
	bool dead;
} pieces[] = {
#define PIECE(name, dead)                       \
	{                                       \
#name, name, &name##_size, dead \
	}
	PIECE(dead_ret, true),    PIECE(dead_call, true),  PIECE(dead_add, true),
	PIECE(dead_inc, true),    PIECE(dead_xor, true),   PIECE(dead_shift, true),
	PIECE(live_jcc, false),   PIECE(live_inc, false),  PIECE(live_shift, false),
	PIECE(live_setcc, false), PIECE(live_cmov, false), PIECE(live_adc, false),
	PIECE(live_pushf, false), PIECE(live_lahf, false), PIECE(live_syscall, false),
	PIECE(live_int, false),   PIECE(live_jmp, false),  PIECE(live_rcl, false),
	PIECE(live_scan, false),  PIECE(live_popf, false), PIECE(live_end, false),
};

static void test_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const struct piece *p = &pieces[i];

		if (insn_flags_dead((const uint8_t *)p->code, *p->size) != p->dead)
			fail_msg("%s", p->name);
	}
}

/* What is cut off before anything is known, at any byte. */
static void test_cut_off(void **state)
{
	(void)state;
	for (size_t room = 0; room < 9; room++)
		assert_false(insn_flags_dead((const uint8_t *)dead_ret, room));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_cut_off),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
