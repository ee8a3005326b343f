/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a loaded program in this process?  Facts, engines, maps it holds, statistics.  Made by
 * PROG_LOAD, or by an agent from a program file in the store: both verify here, since a verdict of
 * another process is never trusted.
 */
#ifndef RUN_PROG_H
#define RUN_PROG_H

#include "jit/jit.h"
#include "run/engine.h"
#include "run/store.h"

struct ring3;

enum prog_engine {
	PROG_JIT,
	PROG_INTERP,
	PROG_CHECK,
};

struct prog {
	uint32_t refs, id;
	int fd;			/* of the program file; -1 while loading */
	struct ring3 *rt;
	const struct prog_type *type;
	uint32_t expected_attach_type, flags, load_uid;
	uint64_t load_time_ns;	/* CLOCK_BOOTTIME */
	bool gpl;
	char name[16];
	uint8_t tag[8];
	struct bpf_insn *insns;	/* as loaded, for info and for other processes */
	uint32_t n_insns;
	struct map **maps;	/* distinct maps it uses, counted */
	uint32_t n_maps;
	struct btf_blob *btf;
	uint32_t btf_id;
	void *func_info, *line_info;
	uint32_t n_func_info, n_line_info;
	struct verify_facts *facts;
	struct verify_stats stats;
	struct code code;
	struct jit_image *image; /* NULL: no JIT for it */
	uint64_t run_cnt, run_ns, missed;
};

struct prog *prog_ref(struct prog *prog);
struct prog *prog_unref(struct prog *prog);

/* Runs a program on a slot that the caller entered.  ctx has the type's real layout. */
uint64_t prog_run(const struct prog *prog, void *ctx, struct run *run);
/* The whole: enters a slot, fills a run, runs, leaves.  -EBUSY: this thread already runs one. */
int prog_run_once(struct prog *prog, void *ctx, uint64_t cookie, uint64_t *ret_r0);

/* Program behind an id in this process (tail calls, agents), or NULL.  Lock-free. */
const struct prog *prog_by_id(struct ring3 *rt, uint32_t id);

#endif
