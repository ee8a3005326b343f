/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do profilers and debuggers call the machine code of a program?  One symbol a function, named
 * as the kernel names it: bpf_prog_<tag>_<name of the function, by BTF where there is some>.
 */
#ifndef RUN_SYMBOL_H
#define RUN_SYMBOL_H

#include <stddef.h>
#include <stdint.h>

struct jit_image;
struct prog;

enum {
	SYMBOL_NAME = 160
};

struct prog_symbol {
	uint64_t addr;
	uint64_t size;
	char name[SYMBOL_NAME]; /* letters, digits, '_' and '.' only */
};

/* Of the i-th function of one of its images. */
void prog_symbol(struct prog *prog, const struct jit_image *image, uint32_t i,
		 struct prog_symbol *ret_symbol);

/* One line of a perf map, "ADDR SIZE NAME\n"; its length, or -ENOSPC. */
int symbol_perf_line(const struct prog_symbol *symbol, char *buf, size_t size);
/* Appends the program to perf's map of this process, /tmp/perf-PID.map.  -EPERM: somebody else put
 * something there. */
int symbol_perf_append(struct prog *prog);

#endif
