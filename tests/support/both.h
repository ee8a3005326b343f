/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the running kernel and ring3 say to the same PROG_LOAD?  Both are asked through bpf(2);
 * instructions name maps by index into a list that both sides have.
 */
#ifndef SUPPORT_BOTH_H
#define SUPPORT_BOTH_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "verify/verify.h"

enum {
	BOTH_MAPS = 40,
	BOTH_LOG = 1 << 16,
	BOTH_INSNS = 64,
};

struct ring3;
struct kernel_map;

/* Who asks. */
enum both_mode {
	BOTH_ROOT,
	BOTH_CAP_BPF, /* without CAP_PERFMON */
	BOTH_UNPRIVILEGED,
};

struct both {
	struct ring3 *rt;
	int kernel_map[BOTH_MAPS], our_map[BOTH_MAPS]; /* -1: not made */
	char kernel_log[BOTH_LOG], our_log[BOTH_LOG];
	uint32_t compared, differ;
	struct verify_policy policy;
	enum both_mode mode;
};

struct both_prog {
	uint32_t type, attach, flags, log_level;
	bool no_gpl;
	struct bpf_insn insns[BOTH_INSNS];
	uint32_t n;
};

/* 0 or negative errno of each side. */
struct both_verdict {
	int kernel, ours;
};

int both_init(struct both *b);
void both_done(struct both *b);
/* False: the kernel cannot be asked so. */
bool both_as(struct both *b, enum both_mode mode);
/* Makes map `index` on both sides, with BTF types if asked; inner_fd: 1 + index of the inner map.
 * False: one side has it and the other has not. */
bool both_map(struct both *b, uint32_t index, const struct kernel_map *m, bool typed);
struct both_verdict both_load(struct both *b, const struct both_prog *p);
/* Program types with an attach type that the kernel loads, in turn: false after the last.  Of a
 * type that any attach type goes with, those that our table tells apart.  Begin with *type 0. */
bool both_next_type(struct both *b, uint32_t *type, uint32_t *attach, int32_t *ret_r0);
/* Types whose target is a function or structure of the kernel. */
bool both_needs_target(uint32_t type);
uint32_t both_flags_of(uint32_t type);
void both_put(struct both_prog *p, struct bpf_insn insn);
/* Notes a comparison; prints the first differences, and all to the file that RING3_DIFFS names. */
void both_compare(struct both *b, bool same, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Last line of a log that is not a count. */
const char *both_reason(const char *log, char *buf, uint32_t size);
const char *both_type_name(uint32_t type);

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ (uint8_t)(c), (d), (s), (int16_t)(o), (int32_t)(i) })

#endif
