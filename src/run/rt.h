/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does one runtime own in this process?  A store, and a table of what this process knows of
 * each object in it.  An entry is made when this process creates or opens an object and goes when
 * the object is dead in the store and nobody here uses it.  Finding an entry takes no lock; making
 * and removing do.
 */
#ifndef RUN_RT_H
#define RUN_RT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/helper.h"
#include "ring3/ring3.h"
#include "run/store.h"
#include "verify/verify.h"

struct map;
struct prog;
struct btf_blob;
struct link;
struct perf_ring;

/* A BTF object: parsed here. */
struct rt_btf {
	uint32_t id;
	int fd;
	struct btf_blob *btf;
	char name[64];
	bool kernel;
};

/* One object as this process knows it. */
struct rt_entry {
	enum store_kind kind;
	uint32_t id;
	dev_t dev;
	ino_t ino;
	void *object;        /* struct map, prog, link, rt_btf or perf_ring: by kind */
	uint32_t owner_type; /* of a prog array: type + 1 of the programs that may be in it */
	uint64_t bytes;      /* charged against max_bytes */
};

struct rt_table;

/* What PROG_LOAD found, for whoever wants more than an errno (the command, ring3_object_load). */
struct prog_report {
	const char *name;
	int err;
	uint32_t prog_id;
	const struct verify_stats *stats;
	const struct verify_diag *diag; /* NULL: not the verifier refused it */
};

struct ring3 {
	uint32_t refs;
	pthread_mutex_t lock; /* the table's writers, and what follows */
	struct store *store;
	struct store_registry *registry;
	uint32_t n_slots;
	struct rt_table *table; /* replaced when it grows; old ones stay until the end */
	uint64_t max_bytes, used_bytes;
	void (*log)(void *data, enum ring3_log_level level, const char *text);
	void *log_data;
	struct helper_set helpers;
	struct helper_proto *host_protos;
	const struct ring3_helper *host_helpers;
	void *host_data;
	struct prog_type **host_types; /* ring3_context_new */
	uint32_t n_host_types;
	struct btf_blob *vmlinux; /* of the running kernel, for names of kfuncs and types */
	bool vmlinux_tried;
	uint64_t swept_ns;
	struct prog *retired;         /* unreferenced; may still be running on some thread */
	bool interp_only, check_only; /* engines for PROG_TEST_RUN and hosts without JIT */
	void (*on_load)(void *arg, const struct prog_report *report);
	void *on_load_arg;
};

/* Entry of an object in this process, or NULL.  Lock-free. */
struct rt_entry *rt_find(struct ring3 *rt, enum store_kind kind, uint32_t id);
/* Adds an entry for a new object; -EEXIST when another thread was faster (object not taken). */
int rt_add(struct ring3 *rt, const struct rt_entry *entry);
/* Entry of the object behind a descriptor of ours; opens the object here when needed. */
int rt_by_fd(struct ring3 *rt, int fd, enum store_kind kind, struct rt_entry **ret_entry);
/* Entry of an object of the store; opens it here when needed. */
int rt_by_id(struct ring3 *rt, enum store_kind kind, uint32_t id, struct rt_entry **ret_entry);
/* Which object is it? -EBADF when none of this runtime's. */
int rt_identify(struct ring3 *rt, int fd, enum store_kind *ret_kind, uint32_t *ret_id);

/* Charges a new object; -ENOMEM above max_bytes. */
int rt_charge(struct ring3 *rt, uint64_t bytes);
void rt_uncharge(struct ring3 *rt, uint64_t bytes);
void rt_log(struct ring3 *rt, enum ring3_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Drops what is dead.  Cheap to call often: looks at most every few milliseconds unless `now`. */
void rt_sweep(struct ring3 *rt, bool now);
/* Opens programs and maps that arrays of this process's programs name by id, made elsewhere since.
 * Agents call it whenever the store's generation changed: the hit path only finds what is open. */
void rt_refresh(struct ring3 *rt);

/* Row of a program type: the built-in ones, and the host's. */
const struct prog_type *rt_prog_type(struct ring3 *rt, uint32_t type, uint32_t attach_type);
/* BTF of the running kernel, NULL when there is none. */
struct btf_blob *rt_vmlinux(struct ring3 *rt);

#endif
