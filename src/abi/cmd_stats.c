/* SPDX-License-Identifier: BSD-2-Clause */
/* When are runs counted and timed?  While somebody holds a descriptor of BPF_ENABLE_STATS. */
#include <errno.h>

#include "abi/abi.h"

int cmd_enable_stats(struct call *c)
{
	int fd, err;

	if (c->attr.k.enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	err = store_hold_stats(c->rt->store, &fd);
	return err ? err : fd;
}
