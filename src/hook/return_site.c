/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs when a probed function returns, and how do unwinders get past it?
 *
 * The unwind entry says: CFA = rsp + 8 (libgcc tells frames apart by their CFA, so it must differ
 * from that of the body's frame, rsp); the caller's rsp = CFA - 8; the return address is computed
 * by an expression that searches the tables of all threads for the slot, CFA - 16.  libgcc refuses
 * to pick the lowest element of its stack, hence the spare copy of the CFA below the slot.  The
 * list of threads is found from the return site's own address, which the slot holds, by two
 * distances that the linker resolves: .eh_frame is not writable, so it can hold no address.
 */
#include "hook/return_site.h"

#include <stddef.h>
#include <asm/ptrace.h>

#include "hook/dispatch.h"
#include "hook/thread.h"

_Static_assert(offsetof(struct hook_thread, next) == 0, "unwind expression");
_Static_assert(offsetof(struct hook_thread, n_returns) == 8, "unwind expression");
_Static_assert(offsetof(struct hook_thread, returns) == 40, "unwind expression");
_Static_assert(sizeof(struct hook_return) == 32, "unwind expression");
_Static_assert(offsetof(struct hook_return, slot) == 0, "unwind expression");
_Static_assert(offsetof(struct hook_return, final) == 16, "unwind expression");
_Static_assert(offsetof(struct hook_return, site) == 24, "return_site");
_Static_assert(offsetof(struct hook_site, leave) == 8, "return_site");
_Static_assert(sizeof(struct pt_regs) == 168, "frame of return_site");

/* If the topmost entry is this slot's, its site knows how to go on: rax leads to the entry then,
 * and rax, rcx and rdx are stored.  No flag is changed; or, where the thread is known by its GS
 * base (thread_way), they stand as two bytes in the place of cs. */
#define STORE_THREE             \
	"	mov %rax, 80(%rsp)\n" \
	"	mov %rcx, 88(%rsp)\n" \
	"	mov %rdx, 96(%rsp)\n"
#define LOAD_THREE              \
	"	mov 80(%rsp), %rax\n" \
	"	mov 88(%rsp), %rcx\n" \
	"	mov 96(%rsp), %rdx\n"
/* Of the thread whose record rcx leads to, if any. */
#define ASK_TOP                       \
	"	jrcxz return_slow\n"        \
	"	mov 8(%rcx), %eax\n"        \
	"	lea (,%rax,8), %rax\n"      \
	"	lea 8(%rcx,%rax,4), %rax\n" \
	"	mov (%rax), %rdx\n"         \
	"	not %rdx\n"                 \
	"	lea 169(%rsp,%rdx), %rcx\n" \
	"	jrcxz 1f\n"                 \
	"	jmp return_slow\n"          \
	"1:	mov 24(%rax), %rcx\n"     \
	"	jmp *8(%rcx)\n"             \
	"return_slow:\n"
#ifdef RING3_GUEST
_Static_assert(offsetof(struct own_arena, blocks) == 0 && OWN_ARENA_BITS == 25, "ASK_SITE");
#define ASK_SITE                                                         \
	STORE_THREE                                                      \
	"	lahf\n"                                                        \
	"	seto %al\n"                                                    \
	"	mov %ax, 136(%rsp)\n"                                          \
	"	rdgsbase %rax\n"                                               \
	"	mov %rax, %rcx\n"                                              \
	"	sub own_arena(%rip), %rcx\n"                                   \
	"	shr $25, %rcx\n"                                               \
	"	jnz return_slow\n"                                             \
	"	rdfsbase %rcx\n"                                               \
	"	inc %rcx\n"                                                    \
	"	lea __start_ring3_own(%rip), %rdx\n"                           \
	"	sub %rdx, %rax\n"                                              \
	"	lea own_hook_key(%rip), %rdx\n"                                \
	"	cmp (%rax,%rdx), %rcx\n"                                       \
	"	jne return_slow\n"                                             \
	"	lea own_id_at(%rip), %rdx\n"                                   \
	"	mov (%rax,%rdx), %rcx\n"                                       \
	"	mov (%rcx), %ecx\n"                                            \
	"	lea own_id(%rip), %rdx\n"                                      \
	"	cmp (%rax,%rdx), %ecx\n"                                       \
	"	jne return_slow\n"                                             \
	"	lea own_hook_thread(%rip), %rdx\n"                             \
	"	mov (%rax,%rdx), %rcx\n" ASK_TOP "	mov 136(%rsp), %ax\n" \
	"	add $127, %al\n"                                               \
	"	sahf\n" LOAD_THREE
#else
#define ASK_SITE                                      \
	STORE_THREE                                   \
	"	mov own_hook_thread@gottpoff(%rip), %rcx\n" \
	"	mov %fs:(%rcx), %rcx\n" ASK_TOP LOAD_THREE
#endif

__asm__(".pushsection .text.return_site,\"ax\",@progbits\n"
	".globl return_call, return_site, return_slow\n"
	".hidden return_call, return_site, return_slow\n"
	".balign 32\n"
	"return_call:\n"
	"	call *-16(%rsp)\n"
	"return_site:\n"
	"	lea -176(%rsp), %rsp\n" ASK_SITE "	mov %r15, 0(%rsp)\n"
	"	mov %r14, 8(%rsp)\n"
	"	mov %r13, 16(%rsp)\n"
	"	mov %r12, 24(%rsp)\n"
	"	mov %rbp, 32(%rsp)\n"
	"	mov %rbx, 40(%rsp)\n"
	"	mov %r11, 48(%rsp)\n"
	"	mov %r10, 56(%rsp)\n"
	"	mov %r9, 64(%rsp)\n"
	"	mov %r8, 72(%rsp)\n"
	"	mov %rax, 80(%rsp)\n"
	"	mov %rcx, 88(%rsp)\n"
	"	mov %rdx, 96(%rsp)\n"
	"	mov %rsi, 104(%rsp)\n"
	"	mov %rdi, 112(%rsp)\n"
	"	lahf\n"
	"	seto %al\n"
	"	movzbl %ah, %ecx\n"
	"	movzbl %al, %eax\n"
	"	shl $11, %eax\n"
	"	lea 0x200(%rax,%rcx), %eax\n"
	"	mov %rax, 144(%rsp)\n"
	"	mov %rsp, %rbx\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call hook_leave\n"
	"	mov %rbx, %rsp\n"
	"	mov %rax, 168(%rsp)\n"
	"	mov 48(%rsp), %r11\n"
	"	mov 56(%rsp), %r10\n"
	"	mov 64(%rsp), %r9\n"
	"	mov 72(%rsp), %r8\n"
	"	mov 80(%rsp), %rax\n"
	"	mov 88(%rsp), %rcx\n"
	"	mov 96(%rsp), %rdx\n"
	"	mov 104(%rsp), %rsi\n"
	"	mov 112(%rsp), %rdi\n"
	"	mov 40(%rsp), %rbx\n"
	"	lea 168(%rsp), %rsp\n"
	"	ret\n"
	"return_end:\n"
	".popsection\n"
	".pushsection .eh_frame,\"a\",@progbits\n"
	".Lcie:\n"
	"	.long .Lcie_end - .Lcie_id\n"
	".Lcie_id:\n"
	"	.long 0\n"
	"	.byte 1\n"
	"	.asciz \"zR\"\n"
	"	.uleb128 1\n"  /* code alignment */
	"	.sleb128 -8\n" /* data alignment */
	"	.byte 16\n"    /* return address column */
	"	.uleb128 1\n"
	"	.byte 0x1b\n"       /* addresses: pcrel, sdata4 */
	"	.byte 0x0c, 7, 8\n" /* def_cfa rsp, 8 */
	"	.balign 8, 0\n"
	".Lcie_end:\n"
	"	.long .Lfde_end - .Lfde_id\n"
	".Lfde_id:\n"
	"	.long .Lfde_id - .Lcie\n"
	"	.long return_call - .\n"
	"	.long return_end - return_call\n"
	"	.uleb128 0\n"
	"	.byte 0x14, 7, 1\n" /* val_offset rsp, 1 * -8 */
	"	.byte 0x16, 16\n"   /* val_expression return address */
	"	.uleb128 .Lexpr_end - .Lexpr\n"
	".Lexpr:\n"                 /* cfa */
	"	.byte 0x12\n"       /* dup */
	"	.byte 0x40, 0x1c\n" /* lit16, minus: cfa slot */
	"	.byte 0x12, 0x06\n" /* dup, deref: cfa slot return_site */
	"	.byte 0x0d\n"       /* const4s */
	"	.long hook_threads - .\n"
	"	.byte 0x22\n" /* plus */
	"	.byte 0x0d\n" /* const4s */
	"	.long return_site - .\n"
	"	.byte 0x1c\n"       /* minus */
	"	.byte 0x36, 0x1c\n" /* lit6, minus: the two longs are 6 apart */
	"	.byte 0x06\n"       /* deref: cfa slot t */
	".Lnext_thread:\n"
	"	.byte 0x12\n" /* dup */
	"	.byte 0x28\n" /* bra */
	"	.2byte .Lthread - . - 2\n"
	"	.byte 0x2f\n" /* skip: no thread left, the answer is 0 */
	"	.2byte .Lexpr_end - . - 2\n"
	".Lthread:\n"
	"	.byte 0x12, 0x23, 8\n" /* dup, plus_uconst n_returns */
	"	.byte 0x94, 4\n"       /* deref_size 4: cfa slot t n */
	".Lnext_entry:\n"
	"	.byte 0x12\n" /* dup */
	"	.byte 0x28\n" /* bra */
	"	.2byte .Lentry - . - 2\n"
	"	.byte 0x13, 0x06\n" /* drop, deref: cfa slot t->next */
	"	.byte 0x2f\n"       /* skip */
	"	.2byte .Lnext_thread - . - 2\n"
	".Lentry:\n"
	"	.byte 0x31, 0x1c\n"       /* lit1, minus: cfa slot t i */
	"	.byte 0x12, 0x35, 0x24\n" /* dup, lit5, shl: cfa slot t i i*32 */
	"	.byte 0x15, 2, 0x22\n"    /* pick t, plus */
	"	.byte 0x23, 40\n"         /* plus_uconst returns: cfa slot t i r */
	"	.byte 0x12, 0x06\n"       /* dup, deref: cfa slot t i r r->slot */
	"	.byte 0x15, 4, 0x29\n"    /* pick slot, eq */
	"	.byte 0x28\n"             /* bra */
	"	.2byte .Lfound - . - 2\n"
	"	.byte 0x13\n" /* drop: cfa slot t i */
	"	.byte 0x2f\n" /* skip */
	"	.2byte .Lnext_entry - . - 2\n"
	".Lfound:\n"
	"	.byte 0x23, 16, 0x06\n" /* plus_uconst final, deref */
	".Lexpr_end:\n"
	"	.balign 8, 0\n"
	".Lfde_end:\n"
	".popsection\n");
