/* SPDX-License-Identifier: BSD-2-Clause */
/* Which registers does a hook's context have?  See regs.h. */
#ifndef HELPER_REGS_X86_64_H
#define HELPER_REGS_X86_64_H

#include <stdint.h>
#include <asm/ptrace.h>

/* clang-format off */
#define MACHINE_REGS(R) \
	R(r15) R(r14) R(r13) R(r12) R(rbp) R(rbx) R(r11) R(r10) R(r9) R(r8) \
	R(rax) R(rcx) R(rdx) R(rsi) R(rdi) R(orig_rax) R(rip) R(cs) R(eflags) R(rsp) R(ss)
/* clang-format on */

static inline uint64_t regs_pc(const struct pt_regs *regs)
{
	return regs->rip;
}

/* Where a function keeps its caller's frame pointer, and the return address behind it. */
static inline uint64_t regs_frame(const struct pt_regs *regs)
{
	return regs->rbp;
}

#endif
