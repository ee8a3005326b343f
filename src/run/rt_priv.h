/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the runtime share; for rt.c, rt_object.c and prog*.c only. */
#ifndef RUN_RT_PRIV_H
#define RUN_RT_PRIV_H

#include "run/rt.h"

enum {
	RT_HOST_TYPE_BASE = 0x10000
};

struct rt_slot {
	uint64_t key; /* kind + 1 and id; 0: never used */
	void *object; /* NULL: gone */
	dev_t dev;
	ino_t ino;
};

struct rt_table {
	uint32_t cap, used; /* cap: a power of two; used: places of the index that are */
	uint32_t *by_ino;   /* open hash of inode numbers: 1 + slot; with the lock */
	struct rt_slot slot[];
};

void rt_map_release(void *object);
void rt_prog_release(void *object);
void rt_ring_release(void *object);
/* What an object of the store refers to, read from its file. */
int rt_object_refs(void *rt, enum store_kind kind, uint32_t id, int fd,
		   void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg);
/* The same of a program. */
int prog_file_refs(struct ring3 *rt, uint32_t id, int fd,
		   void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg);

#endif
