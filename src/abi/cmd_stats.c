/* SPDX-License-Identifier: BSD-2-Clause */
/* When are runs counted and timed?  While somebody holds a descriptor of BPF_ENABLE_STATS. */
#include <errno.h>
#include <unistd.h>
#include <sys/mman.h>

#include "abi/abi.h"

/* Counting stays on for the rest of the store's life: a closed descriptor cannot be noticed. */
int cmd_enable_stats(struct call *c)
{
	int fd;

	if (c->attr.k.enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	fd = memfd_create("bpf-stats", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	__atomic_store_n(&c->rt->registry->stats_enabled, 1, __ATOMIC_RELAXED);
	return fd;
}
