/* SPDX-License-Identifier: BSD-2-Clause */
/* Which registers does a hook's context have?  See regs.h. */
#ifndef HELPER_REGS_AARCH64_H
#define HELPER_REGS_AARCH64_H

#include <stdint.h>

/* As user_pt_regs, which is what programs are shown. */
struct pt_regs {
	uint64_t regs[31], sp, pc, pstate;
};

/* clang-format off */
#define MACHINE_REGS(R) \
	R(regs[0]) R(regs[1]) R(regs[2]) R(regs[3]) R(regs[4]) R(regs[5]) R(regs[6]) R(regs[7]) \
	R(regs[8]) R(regs[9]) R(regs[10]) R(regs[11]) R(regs[12]) R(regs[13]) R(regs[14]) \
	R(regs[15]) R(regs[16]) R(regs[17]) R(regs[18]) R(regs[19]) R(regs[20]) R(regs[21]) \
	R(regs[22]) R(regs[23]) R(regs[24]) R(regs[25]) R(regs[26]) R(regs[27]) R(regs[28]) \
	R(regs[29]) R(regs[30]) R(sp) R(pc) R(pstate)
/* clang-format on */

static inline uint64_t regs_pc(const struct pt_regs *regs)
{
	return regs->pc;
}

static inline uint64_t regs_frame(const struct pt_regs *regs)
{
	return regs->regs[29];
}

#endif
