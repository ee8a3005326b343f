/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which registers does a hook's context have on this machine, and which of them say where it is?
 * MACHINE_REGS(R) names every member of struct pt_regs.
 */
#ifndef HELPER_REGS_H
#define HELPER_REGS_H

#if defined(__x86_64__)
#include "helper/regs_x86_64.h"
#elif defined(__aarch64__)
#include "helper/regs_aarch64.h"
#else
#error "registers of this machine are not described"
#endif

#endif
