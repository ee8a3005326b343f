/* SPDX-License-Identifier: BSD-2-Clause */
/* Each function of work.h as an XDP program that works on the packet. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define WORK_LOOP(n, fn, arg) bpf_loop(n, fn, arg, 0)
#include "work.h"

#define PROGRAM(name)                                    \
	SEC("xdp") int run_##name(struct xdp_md *ctx)    \
	{                                                \
		__u8 *data = (void *)(long)ctx->data;    \
		__u8 *end = (void *)(long)ctx->data_end; \
                                                         \
		if (data + WORK_BYTES > end)             \
			return 0;                        \
		return (int)work_##name(data);           \
	}
WORK_LIST(PROGRAM)

char _license[] SEC("license") = "Dual BSD/GPL";
