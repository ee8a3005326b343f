/* SPDX-License-Identifier: BSD-2-Clause */
/* What do map.bpf.c and map_bench.c agree on? */
#ifndef BENCH_MAP_OPS_H
#define BENCH_MAP_OPS_H

enum {
	MAP_OPS = 512,  /* operations a run, */
	MAP_FAULTS = 16 /* and of those that fault */
};

#endif
