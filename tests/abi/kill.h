/* SPDX-License-Identifier: BSD-2-Clause */
/* What do kill.bpf.c and kill_test.c agree on? */
#ifndef TESTS_ABI_KILL_H
#define TESTS_ABI_KILL_H

enum {
	KILL_KEYS = 64
};

/* All four are equal. */
struct kill_value {
	unsigned long long n[4];
};

struct kill_event {
	unsigned long long n, not_n;
};

#endif
