/* SPDX-License-Identifier: BSD-2-Clause */
/* What store*.c share; nobody else includes it. */
#ifndef RUN_STORE_PRIV_H
#define RUN_STORE_PRIV_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "run/store.h"

/* An object of a private store: our own descriptor of its memfd, without a hold.  Borrowed: a copy
 * of the holder's, which holds nothing yet, until a sweep wants to know whether there is a holder.
 */
struct store_mem {
	bool borrowed;
	uint32_t id;
	int fd; /* -1: it is gone, by a sweep that goes on */
	dev_t dev;
	ino_t ino;
};

/* Those of one kind, by id. */
struct store_mems {
	struct store_mem *at;
	uint32_t n, cap;
};

struct store {
	struct store_opts opts;
	char *dir;
	int dir_fd, obj_fd, pin_fd, registry_fd;
	struct store_registry *registry;
	uint32_t n_slots;
	pthread_mutex_t lock; /* mem */
	struct store_mems mem[STORE_N_KINDS];
};

/* With the lock.  NULL: there is none. */
struct store_mem *store_mem_find(struct store *store, enum store_kind kind, uint32_t id);
/* Takes the hold that a descriptor of the object's makes. */
int store_hold_fd(int fd);

/* What leads to a descriptor's file. */
void store_proc_path(int fd, char path[static 40]);
/* Gives an unnamed file a name. */
int store_link_fd(int fd, int dir_fd, const char *name);
/* Takes what was opened in the directory: closed unless it is a regular file of the user's. */
int store_take_own(int fd, int *ret_fd);
/* Stops counting when nobody asks for it any more. */
void store_drop_stats(struct store *store);
/* With the lock: calls fn(arg, kind, id, inode) for every named object until it returns true.
 * Negative errno when the directory cannot be read. */
int store_each(struct store *store, bool (*fn)(void *, enum store_kind, uint32_t, uint64_t),
	       void *arg);

#endif
