/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a call followed in a function that is probed, too?  Attached before and after the call's. */
#include "calls.h"

struct pt_regs;

SEC("uprobe/libc.so.6:getppid") int on_function(struct pt_regs *ctx)
{
	return add(&named, 1);
}

SEC("uretprobe/libc.so.6:getppid") int on_return(struct pt_regs *ctx)
{
	return add(&named, 2);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
