/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program, with which maps, should get which verdict?  Reads tests/verify/x.t.  A line is
 *      : NAME                       begins a case
 *      type: xdp [ATTACH]           program type, expected attach type (default: socket_filter)
 *      target: NAME                 function or typedef of the running kernel that it attaches to
 *      map: TAG TYPE KEY VALUE ENTRIES [flags=N] [frozen] [lock=OFF] [timer=OFF] [inner=TAG]
 *           [data=HEX]              the assembler text names it map_fd[TAG]; data: element 0
 *      kfunc: TAG NAME              the text calls it as `call kfunc TAG`
 *      func: INSN NAME static|global ARG...     int, ctx, mem16, fwd
 *      line: INSN NUMBER TEXT       source line of an instruction
 *      policy: unprivileged | nogpl | exact | strict | sleepable | run | nokernel
 *      limit: visits|insns|subprogs|pending|memory|maps N
 *      bytes: b7 00 ...             the whole program, instead of text
 *      => accept | => reject REASON
 *      log: TEXT                    in our log, and in the kernel's where the verdict is the same
 *      known: TEXT                  in the diagnosis
 *      kernel: accept|reject|skip WHY    where Linux 6.18 differs, or cannot be asked
 * and else assembler.
 */
#ifndef SUPPORT_VCASE_H
#define SUPPORT_VCASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/bpf.h>

enum {
	VCASE_MAPS = 8,
	VCASE_FIELDS = 4,
	VCASE_FUNCS = 8,
	VCASE_KFUNCS = 8,
	VCASE_LOGS = 6,
	VCASE_TEXT = 1 << 16
};

struct vcase_map {
	int32_t tag;
	char type[32];
	uint32_t key_size, value_size, max_entries, flags;
	bool frozen;
	int32_t inner;
	struct {
		char type[24];
		uint32_t off;
	} fields[VCASE_FIELDS]; /* special ones of the value */
	uint32_t n_fields;
	uint8_t data[64];
	uint32_t n_data;
};

struct vcase_func {
	uint32_t insn;
	char name[32];
	bool global;
	char args[5][16];
	uint32_t n_args;
};

struct vcase_kfunc {
	int32_t tag;
	char name[48];
};

struct vcase_line {
	uint32_t insn, number;
	char text[80];
};

enum vcase_kernel {
	VCASE_SAME,
	VCASE_KERNEL_ACCEPTS,
	VCASE_KERNEL_REJECTS,
	VCASE_KERNEL_SKIP
};

struct vcase {
	char name[128];
	uint32_t line;
	char type[32];
	uint32_t attach;
	char target[64];
	struct vcase_map maps[VCASE_MAPS];
	uint32_t n_maps;
	struct vcase_func funcs[VCASE_FUNCS];
	uint32_t n_funcs;
	struct vcase_kfunc kfuncs[VCASE_KFUNCS];
	uint32_t n_kfuncs;
	struct vcase_line lines[VCASE_FUNCS];
	uint32_t n_lines;
	bool unprivileged, no_gpl, exact, strict, sleepable, run, no_kernel;
	uint64_t max_visits, max_insns, max_subprogs, max_pending, max_memory, max_maps;
	/* 0: default */
	bool accept, has_verdict;
	char reason[48];
	char logs[VCASE_LOGS][160];
	uint32_t n_logs;
	char known[160];
	enum vcase_kernel kernel;
	char text[VCASE_TEXT];
	uint32_t text_len;
	struct bpf_insn *insns; /* assembled; owned */
	uint32_t n_insns;
};

/* Reads and assembles the next case.  1; 0 at the end; -EINVAL with what is wrong in why. */
int vcase_next(FILE *f, uint32_t *line, struct vcase *c, char *why, size_t why_size);
void vcase_done(struct vcase *c);

#endif
