/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the kernel's verifier write things down?  Instruction lines, register names and the
 * trailer, with the wording that tools parse.  State printing is state_print.c's.
 */
#ifndef VERIFY_LOG_H
#define VERIFY_LOG_H

#include <stdint.h>
#include <linux/bpf.h>

#include "base/text.h"
#include "verify/cfg.h"
#include "verify/verify.h"

/* "(b7) r0 = 0": without number and newline. */
void log_insn(struct text *t, const struct verify_input *in, const struct cfg *cfg, uint32_t at);
/* "12: (b7) r0 = 0"; what follows (states, the newline) is the caller's. */
void log_insn_line(struct text *t, const struct verify_input *in, const struct cfg *cfg,
		   uint32_t at);
/* Pads from the start of the current line to the kernel's column and writes ";". */
void log_state_column(struct text *t, size_t line_start);
/* "from 3 to 7: " */
void log_from(struct text *t, uint32_t prev, uint32_t at);
/* "verification time 15 usec\nstack depth 8+0\nprocessed 2 insns (limit 1000000) ..." */
void log_trailer(struct text *t, const struct verify_stats *stats, uint32_t limit,
		 const uint16_t *depths, uint32_t n_depths, bool with_time);

#endif
