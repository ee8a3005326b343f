/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a program of an object expected to do?  Read from the declaration tags of its BTF. */
#ifndef SELFTESTS_SPEC_H
#define SELFTESTS_SPEC_H

#include "selftests/judge.h"

struct btf;

struct spec {
	bool test, foreign; /* foreign: for another machine only */
	bool auxiliary[N_MODES], wanted[N_MODES];
	bool fails[N_MODES];
	const char *msg[N_MODES][JUDGE_MSGS];
	uint32_t n_msgs[N_MODES];
	bool runs[N_MODES];
	uint32_t retval[N_MODES];
	uint32_t flags, log_level;
	const char *description;
};

/* The value of a result that any pointer fulfils. */
#define SPEC_POINTER_VALUE 0xcafe4au

void spec_read(const struct btf *btf, const char *prog, struct spec *ret);

#endif
