/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the machine may a probe change?  Nothing: a function whose result tells. */
#ifndef TESTS_HOOK_STATE_H
#define TESTS_HOOK_STATE_H

#include "fixture.h"

/* The whole state of the machine at every instruction: flags, red zone, registers. */
FUNCTION(f_state, "mov %rdi, -8(%rsp)\n mov %rsi, -16(%rsp)\n movq $0x77, -128(%rsp)\n"
		  "mov $11, %r10d\n mov $12, %r11d\n mov $13, %r8d\n mov $14, %r9d\n"
		  "std\n cmp %rsi, %rdi\n nop\n nopw 0x1234(%rax)\n"
		  "pushfq\n pop %rax\n cld\n"
		  "and $0xcd5, %eax\n imul $31, %rax, %rax\n"
		  "add -8(%rsp), %rax\n imul $31, %rax, %rax\n add -16(%rsp), %rax\n"
		  "imul $31, %rax, %rax\n add -128(%rsp), %rax\n"
		  "imul $31, %rax, %rax\n add %r10, %rax\n imul $31, %rax, %rax\n add %r11, %rax\n"
		  "imul $31, %rax, %rax\n add %r8, %rax\n imul $31, %rax, %rax\n add %r9, %rax\n"
		  "imul $31, %rax, %rax\n add %rcx, %rax\n imul $31, %rax, %rax\n add %rdx, %rax\n"
		  "ret");

static uint64_t state_value(uint64_t a, uint64_t b)
{
	uint64_t ret;

	__asm__ volatile("mov $21, %%ecx\n mov $22, %%edx\n call f_state"
			 : "=a"(ret), "+D"(a), "+S"(b)
			 :
			 : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
	return ret;
}

static const uint64_t state_args[][2] = {
	{ 0, 0 }, { 1, 2 }, { 2, 1 }, { 1ull << 63, 1 }, { 0x7fffffffffffffff, ~0ull },
};

#endif
