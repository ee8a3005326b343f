/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that the host must refuse: it reads behind the end of its context. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "request.h"

SEC("request")
int read_too_far(struct request *req)
{
	return req[1].status;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
