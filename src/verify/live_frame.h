/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of its own stack frame does an instruction read and write?  Follows copies of the
 * frame pointer with constant offsets; a copy that gets lost may point anywhere in the frame.
 */
#ifndef VERIFY_LIVE_FRAME_H
#define VERIFY_LIVE_FRAME_H

#include "verify/live.h"

enum {
	LIVE_CALL_ARGS = 0x3e /* r1 to r5 */
};

struct live_effect {
	struct live_stack reads;  /* may be read, here or by what is called */
	struct live_stack writes; /* is overwritten whatever happens        */
};

/* 0 or -ENOMEM. effects: one per instruction slot, zeroed; scratch: the caller rewinds it. */
int live_frame_effects(const struct cfg *cfg, live_args_fn n_args, void *arg,
		       struct live_effect *effects, struct arena *scratch);

#endif
