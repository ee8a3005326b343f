/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do tests of compilers write in the machine's own instructions?  One part for each machine,
 * with the same names.
 */
#ifndef SUPPORT_NATIVE_H
#define SUPPORT_NATIVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "helper/regs.h"

#if defined(__x86_64__)

enum {
	NATIVE_NUMBER = 6, /* bytes of native_number() */
	NATIVE_TRAP = 0xcc
};
static const uint8_t native_nop[] = { 0x90 };
/* lea rax, [rdi + rsi]; ret */
static const uint8_t native_add[] = { 0x48, 0x8d, 0x04, 0x37, 0xc3 };

/* A function that returns n: mov eax, n; ret. */
static inline void native_number(uint8_t *p, uint32_t n)
{
	p[0] = 0xb8;
	memcpy(p + 1, &n, 4);
	p[5] = 0xc3;
}

/* Leaves nothing of what the convention lets a callee destroy. */
static inline void native_destroy(void)
{
	__asm__ volatile("mov $-1, %%rcx; mov %%rcx, %%rdx; mov %%rcx, %%rsi; mov %%rcx, %%r8\n"
			 "mov %%rcx, %%r9; mov %%rcx, %%r10; mov %%rcx, %%r11\n" ::
				 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11");
}

/* Sets every register that belongs to the caller of a program, runs it without arguments, and looks
 * at them: 0, or some were changed. */
static inline uint64_t native_changes(uint64_t entry)
{
	uint64_t differs;

	__asm__ volatile("sub $136, %%rsp; push %%rbx; push %%rbp; push %%r12; push %%r13\n"
			 "push %%r14; push %%r15; mov $11, %%rbx; mov $12, %%rbp; mov $13, %%r12\n"
			 "mov $14, %%r13; mov $15, %%r14; mov $16, %%r15; sub $8, %%rsp\n"
			 "xor %%edi, %%edi; xor %%esi, %%esi; call *%%rax; xor %%eax, %%eax\n"
			 "sub $11, %%rbx; or %%rbx, %%rax; sub $12, %%rbp; or %%rbp, %%rax\n"
			 "sub $13, %%r12; or %%r12, %%rax; sub $14, %%r13; or %%r13, %%rax\n"
			 "sub $15, %%r14; or %%r14, %%rax; sub $16, %%r15; or %%r15, %%rax\n"
			 "add $8, %%rsp; pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp\n"
			 "pop %%rbx; add $136, %%rsp\n"
			 : "=a"(differs)
			 : "a"(entry)
			 : "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
	return differs;
}

static inline struct pt_regs native_regs(uint64_t pc, uint64_t frame)
{
	return (struct pt_regs){ .rip = pc, .rbp = frame };
}

#elif defined(__aarch64__)

enum {
	NATIVE_NUMBER = 12,
	NATIVE_TRAP = 0
};
static const uint8_t native_nop[] = { 0x1f, 0x20, 0x03, 0xd5 };
/* add x0, x0, x1; ret */
static const uint8_t native_add[] = { 0x00, 0x00, 0x01, 0x8b, 0xc0, 0x03, 0x5f, 0xd6 };

/* movz w0, n; movk w0, n >> 16, lsl 16; ret */
static inline void native_number(uint8_t *p, uint32_t n)
{
	const uint32_t words[] = { 0x52800000 | (n & 0xffff) << 5, 0x72a00000 | n >> 16 << 5,
				   0xd65f03c0 };

	memcpy(p, words, sizeof(words));
}

static inline void native_destroy(void)
{
	__asm__ volatile("mov x1, #-1; mov x2, x1; mov x3, x1; mov x4, x1; mov x5, x1\n"
			 "mov x6, x1; mov x7, x1; mov x8, x1; mov x9, x1; mov x10, x1\n"
			 "mov x11, x1; mov x12, x1; mov x13, x1; mov x14, x1; mov x15, x1\n"
			 "mov x16, x1; mov x17, x1\n" ::
				 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
				   "x11", "x12", "x13", "x14", "x15", "x16", "x17");
}

static inline uint64_t native_changes(uint64_t entry)
{
	register uint64_t x0 __asm__("x0") = entry;

	__asm__ volatile("stp x29, x30, [sp, #-96]!; stp x19, x20, [sp, #16]\n"
			 "stp x21, x22, [sp, #32]; stp x23, x24, [sp, #48]\n"
			 "stp x25, x26, [sp, #64]; stp x27, x28, [sp, #80]\n"
			 "mov x19, #19; mov x20, #20; mov x21, #21; mov x22, #22; mov x23, #23\n"
			 "mov x24, #24; mov x25, #25; mov x26, #26; mov x27, #27; mov x28, #28\n"
			 "mov x29, #29; mov x9, x0; mov x0, #0; mov x1, #0; blr x9; mov x0, #0\n"
			 "sub x19, x19, #19; orr x0, x0, x19; sub x20, x20, #20; orr x0, x0, x20\n"
			 "sub x21, x21, #21; orr x0, x0, x21; sub x22, x22, #22; orr x0, x0, x22\n"
			 "sub x23, x23, #23; orr x0, x0, x23; sub x24, x24, #24; orr x0, x0, x24\n"
			 "sub x25, x25, #25; orr x0, x0, x25; sub x26, x26, #26; orr x0, x0, x26\n"
			 "sub x27, x27, #27; orr x0, x0, x27; sub x28, x28, #28; orr x0, x0, x28\n"
			 "sub x29, x29, #29; orr x0, x0, x29\n"
			 "ldp x27, x28, [sp, #80]; ldp x25, x26, [sp, #64]\n"
			 "ldp x23, x24, [sp, #48]; ldp x21, x22, [sp, #32]\n"
			 "ldp x19, x20, [sp, #16]; ldp x29, x30, [sp], #96\n"
			 : "+r"(x0)
			 :
			 : "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory", "cc");
	return x0;
}

static inline struct pt_regs native_regs(uint64_t pc, uint64_t frame)
{
	return (struct pt_regs){ .pc = pc, .regs[29] = frame };
}

#endif

#endif
