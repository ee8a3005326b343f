/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does one runtime own in this process?  A store, and a table of what this process knows of
 * each object in it.  An entry is made when this process creates or opens an object and goes when
 * the object is dead in the store.  Programs find entries without a lock, so an object that leaves
 * the table is released only when every run that was under way has ended (rt_retire).
 */
#ifndef RUN_RT_H
#define RUN_RT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/helper.h"
#include "helper/prog_type.h"
#include "ring3/ring3.h"
#include "run/store.h"
#include "verify/verify.h"

struct map;
struct map_desc;
struct prog;
struct btf_blob;
struct perf_ring;
struct text;

/* A BTF object as this process knows it. */
struct rt_btf {
	uint32_t refs, id;
	int fd; /* without a hold */
	struct btf_blob *btf;
	char name[64];
	bool kernel;
};
struct rt_btf *rt_btf_unref(struct rt_btf *b);

/* A map as this process knows it, beside struct map itself. */
struct rt_map {
	struct ring3 *rt;
	struct map *map;
	uint32_t owner_type; /* of a prog array: 1 + type of the programs that may be in it */
	uint64_t bytes;      /* charged against max_bytes */
};

struct rt_modules;
struct rt_table;
struct rt_retired;
struct rt_trace;
struct wait_set;

/* What PROG_LOAD found, for whoever wants more than an errno (the command, ring3_object_load). */
struct prog_report {
	const char *name;
	uint64_t log_buf; /* the caller's; the log is there */
	int err;          /* of the program */
	int answer;       /* to PROG_LOAD, a descriptor or -errno: the log may not fit */
	uint32_t prog_id;
	const struct verify_stats *stats;
	const struct verify_diag *diag; /* diag->err 0: it was not the verifier that refused */
	/* Set to true: who loads a refused program is given a descriptor of nothing and goes on to
	 * the next. */
	bool *go_on;
};

struct ring3 {
	uint32_t refs;
	pthread_mutex_t lock; /* writers of the table, and what follows */
	struct store *store;
	struct store_registry *registry;
	uint32_t n_slots, n_cpus;
	uint32_t tag;           /* in gates of threads that keep a slot (keep.h) */
	struct rt_table *table; /* replaced when it grows */
	uint64_t max_bytes, used_bytes;
	void (*log)(void *data, enum ring3_log_level level, const char *text);
	void *log_data;
	struct helper_set helpers;
	struct helper_proto *host_protos;
	const struct ring3_helper *host_helpers;
	void *host_data;
	struct helper_env env;         /* what helpers know of this process */
	struct rt_trace *trace;        /* run/trace.h; NULL: not open */
	struct prog_type **host_types; /* ring3_context_new */
	uint32_t n_host_types;
	/* Types of the kernel that programs are judged for: of the running one, or of the file that
	 * btf_path (owned) names.  Read when they are first needed. */
	struct btf_kernel *kernel;
	bool kernel_tried;
	char *btf_path;
	struct rt_modules *modules; /* rt_module.c; NULL: nobody asked */
	pid_t only_pid;             /* what links that name no process are about; 0: every one */
	char *guest; /* owned: agent for processes that run already; NULL: none is joined */
	uint64_t swept_ns;
	uint64_t tend_ns;            /* when to look again */
	struct code_pool *code_pool; /* of all programs */
	struct prog_places *counts;  /* of a private store (prog_count.h); may be NULL */
	struct rt_retired *retired;
	bool ending;             /* nobody runs anything any more */
	struct wait_set *waits;  /* of whoever sleeps on ring buffers (abi/wait.h) */
	bool want_claims;        /* load programs for the checking interpreter */
	uint32_t engine;         /* enum prog_engine: of PROG_TEST_RUN */
	uint32_t tier;           /* enum jit_tier: of programs loaded from now on */
	bool jit_harden;         /* machine code of them is made for hostile programs (jit.h) */
	uint32_t verify_threads; /* of the verifier, at most; 0: as the policy has it */
	bool perf_map;           /* name compiled programs in /tmp/perf-PID.map */
	/* A program's machine code is there, or will be gone: for whoever tells debuggers. */
	void (*on_code)(void *arg, struct prog *prog, bool gone);
	void *on_code_arg;
	const struct verify_policy *policy; /* of programs and who loads them; NULL: privileged */
	bool only_verify; /* accept programs whose helpers cannot run here (ring3 verify) */
	void (*on_load)(void *arg, const struct prog_report *report);
	void *on_load_arg;
	/* Why a program is refused, at length: before on_load.  NULL: nobody asks. */
	void (*on_refused)(void *arg, const struct verify_explanation *e);
	void *on_refused_arg;
	const struct verify_names *names; /* of local variables, for on_refused; may be NULL */
	void *verify_spare;               /* memory for the next verification */
	/* A link (0: an object in an array) was made or changed through this runtime: links are
	 * attached by agents, and whoever traces itself wants to go on only when its own has done
	 * so. */
	void (*on_link)(struct ring3 *rt, uint32_t link_id);
};

/* Where a kernel gives its types. */
#define RT_KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct rt_opts {
	const char *dir;
	int dir_fd; /* not 0: of that directory, which dir may not lead to */
	uint32_t n_slots;
	uint64_t max_bytes;
};
int rt_new(const struct rt_opts *opts, struct text *reterr_why, struct ring3 **ret_rt);
void rt_free(struct ring3 *rt);
/* Around fork(2), by programs that fork with a runtime in use. */
void rt_fork_lock(struct ring3 *rt);
void rt_fork_unlock(struct ring3 *rt);

/* Object of this process behind an id, not counted: for running programs only.  Lock-free. */
void *rt_find(struct ring3 *rt, enum store_kind kind, uint32_t id);
/* Takes an object into the table (one reference moves there): -EEXIST if another thread was faster.
 * fd: of its file, for its identity. */
int rt_add(struct ring3 *rt, enum store_kind kind, uint32_t id, int fd, void *object);
/* The same for a new object, whose file is st, and which is published in the store before anybody's
 * sweep finds one here that the store does not know.  ret_known: the table has it, whatever is
 * returned. */
int rt_add_new(struct ring3 *rt, enum store_kind kind, uint32_t id, int fd, const struct stat *st,
	       void *object, bool *ret_known);
/* Counted object behind a descriptor or an id, opened here when this process does not know it yet.
 * By descriptor: -EBADF none of ours, -EINVAL of another kind. */
int rt_map_of_fd(struct ring3 *rt, int fd, struct map **ret_map);
int rt_map_of_id(struct ring3 *rt, uint32_t id, struct map **ret_map);
int rt_prog_of_fd(struct ring3 *rt, int fd, struct prog **ret_prog);
int rt_btf_of_fd(struct ring3 *rt, int fd, struct rt_btf **ret_btf);
int rt_ring_of_id(struct ring3 *rt, uint32_t id, struct perf_ring **ret_ring);
int rt_btf_of_id(struct ring3 *rt, uint32_t id, struct rt_btf **ret_btf);
/* Which object is behind fd?  -EBADF: none of this runtime's. */
int rt_identify(struct ring3 *rt, int fd, enum store_kind *ret_kind, uint32_t *ret_id);
/* The runtime's side of a map in the table. */
struct rt_map *rt_map_info(struct map *map);
/* A new map into store and table; *ret_fd holds it. */
int rt_map_create(struct ring3 *rt, struct map_desc *desc, int *ret_fd);
int rt_btf_create(struct ring3 *rt, struct btf_blob *btf, int *ret_fd);

/* Formats the ring behind fd when its reader maps it for the first time. */
int rt_ring_format(struct ring3 *rt, int fd, uint32_t id, uint32_t n_pages);

/* Releases later, when nobody can be running with it any more. */
void rt_retire(struct ring3 *rt, void (*release)(void *object), void *object);
/* Charges a new object; -ENOMEM above max_bytes. */
int rt_charge(struct ring3 *rt, uint64_t bytes);
void rt_uncharge(struct ring3 *rt, uint64_t bytes);
void rt_log(struct ring3 *rt, enum ring3_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Drops what is dead.  Cheap to call often: looks at most every few milliseconds unless `now`. */
void rt_sweep(struct ring3 *rt, bool now);
/* What failed for want of descriptors, of which dead objects keep some until a sweep, is worth
 * another try. */
bool rt_made_room(struct ring3 *rt, int err);
/* Housekeeping, at most once a second: sweeps, and gives back what dead threads left half done in
 * the maps that this process knows.  Whoever waits or polls calls it. */
void rt_tend(struct ring3 *rt);
/* Opens programs and maps that arrays of this process's programs name by id, made elsewhere since.
 * Agents call it whenever the store's generation changed: the hit path only finds what is open. */
void rt_refresh(struct ring3 *rt);

/* Row of a program type: the built-in ones, and the host's. */
const struct prog_type *rt_prog_type(struct ring3 *rt, uint32_t type, uint32_t attach_type);
/* Types of the kernel that programs are judged for, NULL when there are none. */
const struct btf_kernel *rt_kernel(struct ring3 *rt);

/* rt_module.c: types of the modules of the kernel that programs are judged for.  Files of their BTF
 * beside RT_KERNEL_BTF, or those that were named with the file that btf_path names. */
int rt_module_name(struct ring3 *rt, const char *path, const char *name);
/* BTF objects for all of them, once; who lists BTF objects finds them from then on. */
void rt_modules_list(struct ring3 *rt);
/* The kernel's types and the module's, by the module's BTF object.  NULL: it is none of a module.
 */
const struct btf_kernel *rt_module_kernel(struct ring3 *rt, uint32_t btf_id);
void rt_modules_free(struct ring3 *rt);

#endif
