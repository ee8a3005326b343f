/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects exist, and who holds them?  The store is a directory (private tmpfs, mode 0700)
 * with one file per shared object and a registry page, or, for an embedder that wants nothing
 * shared, no directory and memfds instead.  File references are object references: every holder
 * keeps an OFD read lock on the object's file, so "does anybody still hold it" survives dup, fork
 * and SIGKILL.  A futex word in the registry tells every process that something changed.
 *
 * Files in the directory:  registry (struct store_registry), obj/ID.KIND, pin/...
 * An object without a holder lives on while another name links to it (a pin), or while an object
 * that lives refers to it (store_refs_fn tells what refers to what).
 */
#ifndef RUN_STORE_H
#define RUN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/text.h"

enum store_kind {
	STORE_MAP,
	STORE_PROG,
	STORE_LINK,
	STORE_BTF,
	STORE_RING, /* a perf ring */
	STORE_N_KINDS
};

enum {
	STORE_MAX_SLOTS = 256
};

/* One execution slot, a cache line.  owner: thread id of who runs a program on it, or keeps it for
 * its next runs (STORE_SLOT_KEPT), else 0; it changes in one step with pidns, the inode number of
 * the pid name space in which that id means something. */
#define STORE_SLOT_KEPT 0x80000000u
struct store_slot {
	_Alignas(8) uint32_t owner;
	uint32_t pidns;
	uint64_t runs;
	uint32_t pid;
	uint8_t pad[44];
};

/* The registry page(s); hostile processes of the same user may write it: values are checked. */
struct store_registry {
	uint64_t magic;
	uint32_t version, n_slots;
	uint32_t generation; /* futex: changes whenever an object, link or program array changes */
	uint32_t next_id[STORE_N_KINDS];
	uint32_t stats_enabled; /* somebody holds a descriptor of BPF_ENABLE_STATS */
	uint32_t waiters;       /* of a private store: threads in store_wait(), or killed there */
	uint8_t pad[20];
	struct store_slot slots[STORE_MAX_SLOTS];
};

struct store;

/* Names the objects that the object behind fd refers to, by mark(mark_arg, kind, id).  Negative
 * errno: they could not be read; a damaged object refers to nothing. */
typedef int (*store_refs_fn)(void *arg, enum store_kind kind, uint32_t id, int fd,
			     void (*mark)(void *mark_arg, enum store_kind kind, uint32_t id),
			     void *mark_arg);

struct store_opts {
	const char *dir;    /* NULL: private */
	int dir_fd;         /* not 0: of that directory, which dir may not lead to */
	uint32_t n_slots;   /* for a new registry; 0: default */
	uint64_t max_bytes; /* of all objects this process creates; 0: none */
	store_refs_fn refs; /* NULL: nothing refers to anything */
	void *refs_arg;
};

int store_open(const struct store_opts *opts, struct text *reterr_why, struct store **ret_store);
struct store *store_close(struct store *store);
void store_fork_lock(struct store *store); /* around fork(2) */
void store_fork_unlock(struct store *store);
struct store_registry *store_registry(struct store *store);
const char *store_dir(const struct store *store);  /* NULL: private */
uint32_t store_n_slots(const struct store *store); /* checked copy of the registry's */
const char *store_kind_name(enum store_kind kind);

/* A file of the store itself, beside its objects: made and formatted by whoever is first, complete
 * or absent.  In a private store: a fresh one each time. */
int store_open_own(struct store *store, const char *name, int (*format)(void *arg, int fd),
		   void *arg, int *ret_fd);

/* A fresh file for a new object with a fresh id; the caller formats it, then publishes it.  The
 * descriptor holds the object. */
int store_create(struct store *store, enum store_kind kind, uint32_t *ret_id, int *ret_fd);
int store_publish(struct store *store, enum store_kind kind, uint32_t id, int fd);
/* The same for who knows already which file it is. */
int store_publish_file(struct store *store, enum store_kind kind, uint32_t id, int fd,
		       const struct stat *st);
/* Opens (and holds) an object by id.  -ENOENT when there is none or it is dead. */
int store_open_id(struct store *store, enum store_kind kind, uint32_t id, int *ret_fd);
/* The same without holding it: for those who only look, and live by somebody else's hold. */
int store_peek_id(struct store *store, enum store_kind kind, uint32_t id, int *ret_fd);
/* Is there such an object, dead or alive? */
bool store_exists(struct store *store, enum store_kind kind, uint32_t id);
/* And is this its file?  A file system may give a dead object's number to the next. */
bool store_is(struct store *store, enum store_kind kind, uint32_t id, dev_t dev, ino_t ino);
/* Another descriptor of the same object with a hold of its own, or without one. */
int store_reopen(struct store *store, int fd, bool hold, int *ret_fd);
/* Does somebody hold (or pin) the object behind this descriptor, apart from the descriptor itself?
 */
bool store_is_held(int fd);
/* Next id after start in use, -ENOENT at the end. */
int store_next_id(struct store *store, enum store_kind kind, uint32_t start, uint32_t *ret_id);
/* Which object does this descriptor refer to?  -EBADF when none of ours. */
int store_identify(struct store *store, int fd, enum store_kind *ret_kind, uint32_t *ret_id);
/* Tells every process to look again. */
void store_notify(struct store *store);
/* Waits until the generation differs from `seen` or timeout_ms passed; the new generation. */
uint32_t store_wait(struct store *store, uint32_t seen, int timeout_ms);
/* Runs are counted as long as somebody holds *ret_fd, or another such. */
int store_hold_stats(struct store *store, int *ret_fd);
/* Removes objects nobody holds and slots whose owner is dead. Returns how many objects went. */
int store_sweep(struct store *store);

/* Pins: names below pin/ of the directory.  -EOPNOTSUPP in a private store.  path is relative to
 * pin/, without "..", and its directories exist (store_pin_mkdir). */
int store_pin(struct store *store, int fd, const char *path);
int store_pin_open(struct store *store, const char *path, enum store_kind *ret_kind,
		   uint32_t *ret_id, int *ret_fd);

#endif
