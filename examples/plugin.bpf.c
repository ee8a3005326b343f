/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in for the example host: answers 403 to everything under /admin. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "request.h"

static long (*host_log)(const char *text, unsigned long size) = (void *)HOST_LOG;

SEC("request")
int deny_admin(struct request *req)
{
	static const char prefix[] = "/admin";
	char text[] = "denied";

	for (int i = 0; i < (int)sizeof(prefix) - 1; i++)
		if (req->path[i] != prefix[i])
			return 0;
	host_log(text, sizeof(text));
	req->status = 403;
	return 1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
