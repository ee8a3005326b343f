/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs in the place of a system call's instruction?  It steps over the red zone, stores the
 * registers as the kernel would, asks call_enter(), makes the call, and tells call_leave().
 *
 * The kernel keeps all registers but rax, rcx and r11 over a call, so these two are free before
 * it, and nothing but the stack could carry what is needed after it.  Calls that come back on
 * another stack, or twice on the same one, are therefore made where nothing of ours is on it.
 *
 * The instruction here is where threads sleep, are signalled and cancelled: the unwind entries say
 * that the caller is what would run after the original one, exactly as interrupted.
 */
#include <stddef.h>

#include "hook/call.h"

_Static_assert(sizeof(struct pt_regs) == 168, "frame");
_Static_assert(offsetof(struct call_frame, spot) == 168, "frame");
_Static_assert(offsetof(struct call_frame, flags) == 224, "frame");
_Static_assert(sizeof(struct call_frame) == 232, "frame and red zone: 360");
_Static_assert(offsetof(struct call_spot, next) == 0, "spot");
_Static_assert(offsetof(struct call_spot, addr) == 8, "spot");

/* Number in nr, spot in spot; rcx is free from then on. */
#define STORE(nr, spot, rax)                                     \
	"	mov %r15, 0(%rsp)\n"                                   \
	"	mov %r14, 8(%rsp)\n"                                   \
	"	mov %r13, 16(%rsp)\n"                                  \
	"	mov %r12, 24(%rsp)\n"                                  \
	"	mov %rbp, 32(%rsp)\n"                                  \
	"	mov %rbx, 40(%rsp)\n"                                  \
	"	mov %r10, 56(%rsp)\n"                                  \
	"	mov %r9, 64(%rsp)\n"                                   \
	"	mov %r8, 72(%rsp)\n" rax "	mov %rdx, 96(%rsp)\n" \
	"	mov %rsi, 104(%rsp)\n"                                 \
	"	mov %rdi, 112(%rsp)\n"                                 \
	"	mov " nr ", 120(%rsp)\n"                         \
	"	mov " spot ", 168(%rsp)\n"                       \
	"	mov 8(" spot "), %rcx\n"                         \
	"	mov %rcx, 88(%rsp)\n"                                  \
	"	mov %rcx, 128(%rsp)\n"                                 \
	"	.cfi_offset rip, -232\n"                               \
	"	movq $0x33, 136(%rsp)\n"                               \
	"	pushfq\n"                                              \
	"	.cfi_def_cfa_offset 368\n"                             \
	"	popq 144(%rsp)\n"                                      \
	"	.cfi_def_cfa_offset 360\n"                             \
	"	cld\n"                                                 \
	"	mov 144(%rsp), %rcx\n"                                 \
	"	mov %rcx, 48(%rsp)\n"                                  \
	"	lea 360(%rsp), %rcx\n"                                 \
	"	mov %rcx, 152(%rsp)\n"                                 \
	"	movq $0x2b, 160(%rsp)\n"                               \
	"	movq $0, 224(%rsp)\n"

/* Calls fn with the frame. */
#define CALL_C(fn)                 \
	"	mov %rsp, %rbx\n"        \
	"	.cfi_offset rbx, -320\n" \
	"	.cfi_def_cfa rbx, 360\n" \
	"	mov %rsp, %rdi\n"        \
	"	and $-16, %rsp\n"        \
	"	call " fn "\n"     \
	"	mov %rbx, %rsp\n"        \
	"	.cfi_def_cfa rsp, 360\n"

/* DF is rarely set and popfq is slow.  Clobbers rax. */
#define LOAD_FLAGS(n)                                   \
	"	testb $4, 145(%rsp)\n"                        \
	"	jnz " n "1f\n"                          \
	"	movb 145(%rsp), %al\n"                        \
	"	shr $3, %al\n"                                \
	"	and $1, %al\n"                                \
	"	movb 144(%rsp), %ah\n"                        \
	"	add $127, %al\n"                              \
	"	sahf\n"                                       \
	"	jmp " n "2f\n" n "1:	pushq 144(%rsp)\n" \
	"	.cfi_adjust_cfa_offset 8\n"                   \
	"	popfq\n"                                      \
	"	.cfi_adjust_cfa_offset -8\n" n "2:\n"

#define LOAD_REGS                \
	"	mov 40(%rsp), %rbx\n"  \
	"	.cfi_same_value rbx\n" \
	"	mov 56(%rsp), %r10\n"  \
	"	mov 64(%rsp), %r9\n"   \
	"	mov 72(%rsp), %r8\n"   \
	"	mov 96(%rsp), %rdx\n"  \
	"	mov 104(%rsp), %rsi\n" \
	"	mov 112(%rsp), %rdi\n"

__asm__(".pushsection .text.call_entry,\"ax\",@progbits\n"
	".globl call_entry, call_after\n"
	".hidden call_entry, call_after\n"
	".balign 64\n"
	"	.cfi_startproc\n"
	"	.cfi_signal_frame\n"
	"call_entry:\n"
	"	.cfi_def_cfa rsp, 0\n"
	"	.cfi_escape 0x10, 16, 2, 0x7b, 8\n" /* rip is at r11 + 8 */
	"	lea -360(%rsp), %rsp\n"
	"	.cfi_def_cfa_offset 360\n" STORE("%rax", "%r11", "movq $-38, 80(%rsp)\n") CALL_C(
		"call_enter") "	test %rax, %rax\n"
			      "	jnz 3f\n" LOAD_REGS "	mov 120(%rsp), %rax\n"
			      "	syscall\n"
			      "	mov %rax, 80(%rsp)\n"
			      "4:\n" CALL_C("call_leave") "	.cfi_remember_state\n" LOAD_FLAGS(
				      "5") LOAD_REGS "	mov 80(%rsp), %rax\n"
						     "	mov 48(%rsp), %r11\n"
						     "	mov 168(%rsp), %rcx\n"
						     "	mov 0(%rcx), %rcx\n"
						     "	lea 360(%rsp), %rsp\n"
						     "	.cfi_def_cfa_offset 0\n"
						     "	.cfi_register rip, rcx\n"
						     "	jmp *%rcx\n"
						     "3:\n"
						     "	.cfi_restore_state\n"
						     "	cmp $1, %rax\n"
						     "	je 4b\n"
						     "	mov %rax, %rcx\n" LOAD_FLAGS("6") LOAD_REGS
	"	mov 120(%rsp), %rax\n"
	"	lea 360(%rsp), %rsp\n"
	"	.cfi_def_cfa_offset 0\n"
	"	.cfi_register rip, rcx\n"
	"	jmp *%rcx\n"
	"	.cfi_endproc\n"
	/* The child has what its creator gave it, which need not be fit for C: it goes on at once.
	 */
	"	.cfi_startproc\n"
	"	.cfi_signal_frame\n"
	"call_after:\n"
	"	.cfi_def_cfa rsp, 0\n"
	"	.cfi_escape 0x10, 16, 2, 0x72, 8\n" /* rip is at rcx + 8 */
	"	lea -352(%rsp), %rsp\n"
	"	.cfi_def_cfa_offset 352\n"
	"	pushfq\n"
	"	.cfi_def_cfa_offset 360\n"
	"	test %rax, %rax\n"
	"	jz 8f\n"
	"	popfq\n"
	"	.cfi_def_cfa_offset 352\n"
	"	lea -8(%rsp), %rsp\n"
	"	.cfi_def_cfa_offset 360\n" STORE(
		"%r11", "%rcx", "mov %rax, 80(%rsp)\n") "	jmp 4b\n"
							"8:\n"
							"	.cfi_escape 0x10, 16, 2, 0x72, 8\n"
							"	popfq\n"
							"	.cfi_def_cfa_offset 352\n"
							"	lea 352(%rsp), %rsp\n"
							"	.cfi_def_cfa_offset 0\n"
							"	mov 0(%rcx), %rcx\n"
							"	.cfi_register rip, rcx\n"
							"	jmp *%rcx\n"
							"	.cfi_endproc\n"
							".popsection\n");
