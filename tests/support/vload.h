/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do our verifier and the kernel say to a case of tests/verify?  Makes the maps and the BTF
 * that the case asks for, on both sides.
 */
#ifndef SUPPORT_VLOAD_H
#define SUPPORT_VLOAD_H

#include "support/vcase.h"
#include "verify/verify.h"

enum {
	VLOAD_LOG = 1 << 20
};

struct vload_verdict {
	int err;                 /* 0: accepted */
	struct verify_diag diag; /* ours only */
	struct verify_stats stats;
	char *log; /* owned: vload_done() */
};

/* May the case be judged here?  False: it needs the types of a kernel, and there are none. */
bool vload_possible(const struct vcase *c);
/* Given the case as our verifier takes it, with maps and types that live as long as the call. */
typedef void (*vload_fn)(const struct vcase *c, struct verify_input *in, void *arg);
int vload_input(const struct vcase *c, vload_fn use, void *arg, char *why, size_t why_size);
/* 0, or negative errno: the case could not be set up (not: was refused), with the reason in why. */
int vload_ours(const struct vcase *c, struct vload_verdict *ret, char *why, size_t why_size);
int vload_kernel(const struct vcase *c, struct vload_verdict *ret, char *why, size_t why_size);
void vload_done(struct vload_verdict *v);

#endif
