/* SPDX-License-Identifier: BSD-2-Clause */
/* The context that the example host hands to plug-ins; seen by both sides. */
#ifndef EXAMPLES_REQUEST_H
#define EXAMPLES_REQUEST_H

struct request {
	unsigned int method; /* 0 GET, 1 POST                  */
	unsigned int status; /* the plug-in may set it         */
	char path[64];       /* NUL terminated, read only      */
};

#define HOST_LOG 0x10000 /* long host_log(const char *text, unsigned long size) */

#endif
