/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where was this thread called from?  Tables made ahead from the .eh_frame of every file that is
 * mapped executable tell, for each instruction, where its caller's stack pointer, frame pointer and
 * return address are.  A hit searches them and reads the stack, by reads that may fail: no file, no
 * lock, no allocation.  Code without a table is passed by its frame pointer.
 */
#ifndef HOOK_UNWIND_H
#define HOOK_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_stack_build_id;
struct maps;
struct run;

enum unwind_kind {
	UNWIND_NONE,      /* not known: by frame pointer */
	UNWIND_END,       /* nobody called it */
	UNWIND_RSP,       /* CFA = rsp + cfa_off */
	UNWIND_RBP,       /* CFA = rbp + cfa_off */
	UNWIND_RBP_DEREF, /* CFA is what stands at rbp + cfa_off */
	UNWIND_PLT,       /* a linkage stub: rsp + 8, and 8 more behind its push */
	UNWIND_SIGNAL,    /* a signal handler's return: everything is in the frame at rsp */
};

enum {
	UNWIND_BUILD_ID = 20,
	UNWIND_MAX_ROWS = 1 << 21, /* of one file */
};

/* What holds from pc (an address as linked) up to the next row.  The return address is at CFA - 8.
 * rbp_off: the caller's rbp is at CFA + rbp_off; 0: it is unchanged. */
struct unwind_row {
	uint32_t pc;
	int32_t cfa_off;
	int16_t rbp_off;
	uint8_t kind; /* enum unwind_kind */
};

/* unwind_table.c: of one file; it is hostile. */
struct unwind_table {
	struct unwind_row *rows; /* ascending */
	size_t n;
	uint32_t build_id_size; /* 0: none */
	uint8_t build_id[UNWIND_BUILD_ID];
};
/* Has the parts of the file that the two below look at put in their places of the image, all else
 * of which may be zeros.  False: it is no such file, or one of them cannot be had. */
bool unwind_table_wants(const void *image, size_t size,
			bool (*fetch)(void *arg, uint64_t off, uint64_t n), void *arg);
int unwind_table_read(const void *image, size_t size, struct unwind_table *ret_table);
void unwind_table_done(struct unwind_table *table);
/* Address as linked of what lies at an offset of the file, executable.  False: nothing does. */
bool unwind_vaddr(const void *image, size_t size, uint64_t off, uint64_t *ret_vaddr);

/* An executable mapping: an address less bias is as linked.  table may have no rows. */
struct unwind_map {
	uint64_t start, end, off, bias;
	const struct unwind_table *table;
};

struct unwind_set {
	size_t n;
	struct unwind_map maps[]; /* ascending */
};

/* What hits look in; NULL: nothing was made yet. */
extern const struct unwind_set *unwind_set;

/* Of the agent: makes tables for what is mapped now, and forgets those of what is not.  One thread
 * at a time.  False: nothing has changed. */
bool unwind_update(const struct maps *maps);

/* For struct helper_env.  The first is where the run's registers are. */
uint32_t unwind_walk(const struct run *run, uint64_t *ips, uint32_t max);
bool unwind_build_id(uint64_t ip, struct bpf_stack_build_id *ret_id);

#endif
