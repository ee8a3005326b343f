/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a call not made when a program says so, and do others still see it? */
#include <asm/errno.h>
#include <ring3/bpf.h>

#include "calls.h"

struct context {
	struct ring3_syscall *call;
};

SEC("raw_tp.w/sys_enter_getpgid") int decide_getpgid(struct context *ctx)
{
	struct ring3_syscall *call = ctx->call;

	switch (call->args[0]) {
	case 1001: return -EXDEV;
	case 1002: call->ret = 4242; return 1;
	case 1003:
		call->args[0] = 0;
		call->args[1] = 0;
		break;
	}
	return 0;
}

/* Of all calls: those that make children.  What a program writes as the number means nothing. */
SEC("raw_tp.w/sys_enter") int decide_all(struct context *ctx)
{
	struct ring3_syscall *call = ctx->call;
	__u64 nr = call->nr;

	call->nr = 39;
	return nr == 56 || nr == 58 || nr == 435 ? -EAGAIN : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
