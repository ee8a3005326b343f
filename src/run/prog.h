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
struct btf_blob;
struct btf_kernel;

enum prog_engine {
	PROG_JIT,
	PROG_INTERP,
	PROG_CHECK,
};

/* A kfunc call in the program: names are what another process or kernel can understand. */
struct prog_kfunc {
	uint32_t at; /* instruction */
	char name[60];
};

/* What BPF_ENABLE_STATS counts, of all processes: it lies in the program's file. */
struct prog_count {
	uint64_t run_cnt, run_ns, missed;
};

struct prog {
	uint32_t refs, id;
	int fd;          /* of the program file, without a hold; -1: nobody needed it yet */
	bool is_written; /* the file; in a private store when somebody needs it */
	bool takes_packet;
	struct ring3 *rt;
	uint32_t slot_tag;         /* the runtime's */
	const uint32_t *has_stats; /* of the registry: runs are counted */
	const struct prog_type *type;
	uint32_t expected_attach_type, flags, load_uid;
	uint64_t load_time_ns; /* CLOCK_BOOTTIME */
	bool gpl;
	char name[16];
	bool has_tag; /* prog_tag() was here */
	uint8_t tag[8];
	struct bpf_insn *insns; /* as loaded, wide loads of maps hold ids; for info and files */
	uint32_t n_insns;
	uint32_t *map_at;      /* instructions that name maps, ascending */
	struct map **map_refs; /* the map of each */
	uint32_t n_map_refs;
	struct map **maps; /* distinct maps it uses, counted; bound ones too */
	uint32_t n_maps;
	struct prog_kfunc *kfuncs;
	uint32_t n_kfuncs;
	struct btf_blob *btf;
	uint32_t btf_id;
	void *func_info, *line_info;
	uint32_t n_func_info, n_line_info;
	struct verify_facts *facts;
	struct verify_target as_target; /* what programs that attach to it see of it */
	struct verify_stats stats;
	struct code code;
	bool is_ready;           /* prog_ready() was here */
	struct jit_image *image; /* NULL: not ready, or no JIT for it; prog_image() */
	/* prog_hot.c.  The first image stays: somebody may run it or read it. */
	struct jit_image *first_image;
	uint32_t n_test_runs;                /* of BPF_PROG_TEST_RUN */
	bool was_hot;                        /* the optimiser has it, or had it */
	const char *why_plain;               /* what the optimiser could not do; else NULL */
	struct prog_count *count, own_count; /* own: there is nothing better */
};

/* What PROG_LOAD was given, with descriptors already resolved.  Pointers are the caller's. */
struct prog_spec {
	uint32_t type, expected_attach_type, flags;
	uint32_t attach_btf_id; /* in the BTF of attach_to, or of the kernel */
	struct prog *attach_to; /* the program whose function is meant, or NULL */
	/* The kernel with a module whose types the program names; NULL: without one. */
	const struct btf_kernel *kernel;
	const char *name, *license;
	const struct bpf_insn *insns; /* wide loads of maps: src_reg 1 or 2, imm = map id */
	uint32_t n_insns;
	const uint32_t *map_at;
	struct map *const *map_refs;
	uint32_t n_map_refs;
	struct map *const *bound; /* further maps it holds, or NULL */
	uint32_t n_bound;
	const struct prog_kfunc *kfuncs;
	uint32_t n_kfuncs;
	struct btf_blob *btf;
	uint32_t btf_id;
	const void *func_info, *line_info; /* records of 8 and 16 bytes */
	uint32_t n_func_info, n_line_info;
	uint32_t log_level;
	struct text *log; /* may be NULL */
	bool want_claims; /* for the checking interpreter */
};

/* Verifies.  The program has no file and no id yet. */
int prog_new(struct ring3 *rt, const struct prog_spec *spec, struct prog **ret_prog,
	     struct verify_stats *stats, struct verify_diag *reterr_diag);
/* Writes its file and publishes it; *ret_fd holds it. */
int prog_publish(struct prog *prog, int *ret_fd);
/* The program behind an id of the store, verified here if it was not; counted.  It
 * lives in the store by somebody else's hold (a link's, for an agent).  -ENOENT, -EINVAL (not a
 * sound file), or the verifier's. */
int prog_open_id(struct ring3 *rt, uint32_t id, struct prog **ret_prog);
/* Compiles, and counts where other processes count: for whoever is about to run it or tells about
 * it.  Loading it needs none of that, and most programs run in another process than the one that
 * loads them.  A program that runs all the same (by a tail call) is interpreted.  Any thread, any
 * number of times. */
int prog_ready(struct prog *prog);
/* The kernel's digest of it, made when somebody asks for it first: that takes as long as compiling
 * it.  Not with the runtime's lock. */
int prog_tag(struct prog *prog, uint8_t ret_tag[static 8]);
/* prog_hot.c: what was ready is worth optimising, and what it can go on with by tail calls, unless
 * the runtime wants another tier.  Takes its time; threads that run the program meanwhile go on
 * with the code there was.  What the optimiser cannot do stays as it is. */
void prog_hot(struct prog *prog);
/* prog_ready() and prog_hot() at once: without the plain code that nobody would run. */
int prog_ready_hot(struct prog *prog);
/* The program is about to be run by BPF_PROG_TEST_RUN so many times. */
void prog_note_test_runs(struct prog *prog, uint32_t n);
/* Counts in the program's file from now on, where others count too, if it has no better place; and
 * no longer. */
void prog_place_count(struct prog *prog); /* of a private store: where forked children do too */
void prog_share_count(struct prog *prog);
void prog_unshare_count(struct prog *prog);
/* BPF_PROG_BIND_MAP: the program holds one more map. */
int prog_add_map(struct prog *prog, struct map *map);
int prog_bind_map(struct prog *prog, struct map *map);

struct prog *prog_ref(struct prog *prog);
struct prog *prog_unref(struct prog *prog);

/* Runs a program on a slot that the caller entered.  ctx has the type's real layout. */
uint64_t prog_run(const struct prog *prog, void *ctx, struct run *run);
/* The same `times` times one after the other; what the last returned. */
uint64_t prog_run_times(const struct prog *prog, void *ctx, struct run *run, uint32_t times);
/* The same on the interpreter, whatever the program was compiled to. */
uint64_t prog_interpret(const struct prog *prog, void *ctx, struct run *run);
/* The whole: enters a slot, fills a run, runs, leaves.  -EBUSY: this thread already runs one. */
int prog_run_once(struct prog *prog, void *ctx, uint64_t *ret_r0);

/* Tells profilers and debuggers of machine code that is new. */
void prog_announce(struct prog *prog);

/* Does it ask where it was called from, or may what it calls by a tail call? */
bool prog_walks_stack(const struct prog *prog);

/* Its machine code, or NULL: interpret it. */
static inline const struct jit_image *prog_image(const struct prog *p)
{
	return __atomic_load_n(&p->image, __ATOMIC_ACQUIRE);
}

#endif
