/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a thread do that is in the dynamic loader, before it maps or unmaps and behind it?  It
 * has said so in struct r_debug, counts, and waits while somebody patches. */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/os.h"
#include "hook/loader.h"

enum {
	WAIT_NS = 10000000,
	WAITS = 1000, /* then whoever patches is not there any more */
};

struct loader_gate *loader_gate;

void loader_pass(void)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };
	struct loader_gate *gate = loader_gate;

	/* Its locked instruction is the fence between what was said and the look at held. */
	__atomic_fetch_add(&gate->changes, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&gate->held, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_add(&gate->waiting, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WAITS && __atomic_load_n(&gate->held, __ATOMIC_ACQUIRE); i++)
		os_syscall(SYS_futex, (long)&gate->held, FUTEX_WAIT_PRIVATE, 1, (long)&wait, 0, 0);
	__atomic_fetch_sub(&gate->waiting, 1, __ATOMIC_RELAXED);
}
