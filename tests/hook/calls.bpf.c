/* SPDX-License-Identifier: BSD-2-Clause */
/* Which records do programs see of system calls? */
#include "calls.h"

/* Its arguments and its result. */
SEC("tracepoint/syscalls/sys_enter_pread64") int on_pread64(struct sys_enter *ctx)
{
	return add(&named, ctx->args[2] == 10 && ctx->args[3] == 4090 ? ctx->nr : 511);
}

SEC("tracepoint/syscalls/sys_exit_pwrite64") int on_pwrite64(struct sys_exit *ctx)
{
	return add(&named, ctx->ret == 10 ? ctx->nr : 511);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
