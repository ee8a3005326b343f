/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libring3: eBPF in user space.  Everything is a bpf(2) command on a runtime handle; the rest of
 * this header is what a host needs beyond that: contexts, helpers and hooks of its own, and why a
 * program was refused.
 *
 * Every call returns 0 (or a non-negative result) or a negative errno.  ret_x is written only on
 * success, reterr_x only on failure.  A runtime may be used by several threads at once; two
 * runtimes never meet.  The library does not print, exit or read the environment.
 */
#ifndef RING3_RING3_H
#define RING3_RING3_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RING3_API __attribute__((visibility("default")))
#else
#define RING3_API
#endif

typedef struct ring3 ring3;           /* a runtime: owns maps, programs, links, ids     */
typedef struct ring3_prog ring3_prog; /* a loaded program; counted                      */
typedef struct ring3_diag ring3_diag; /* why a call failed; the caller's to free        */

/* Zero-fills, sets the size that says which fields the caller knows.  C++: T o{}; o.size = sizeof
 * o; */
#define RING3_OPTS(type, ...) ((struct type){ .size = sizeof(struct type), __VA_ARGS__ })

enum ring3_log_level {
	RING3_LOG_ERROR,
	RING3_LOG_WARN,
	RING3_LOG_INFO,
	RING3_LOG_DEBUG
};

/* A context of the host's own: what its programs receive in r1. */
enum ring3_field_kind {
	RING3_FIELD_SCALAR = 0,
	RING3_FIELD_PACKET = 1,     /* pointer to the first byte of a packet       */
	RING3_FIELD_PACKET_END = 3, /* pointer behind its last byte                */
	RING3_FIELD_MEM = 4,        /* pointer to mem_size bytes, never NULL       */
	RING3_FIELD_MEM_OR_NULL = 5,
};
enum ring3_access {
	RING3_READ = 1,
	RING3_WRITE = 2,
	RING3_NARROW = 4,
	RING3_MEM_WRITE = 8
};

struct ring3_field {
	const char *name;
	uint32_t offset, size; /* in the host's struct; pointers are 8 bytes */
	uint32_t kind;         /* enum ring3_field_kind */
	uint32_t access;       /* enum ring3_access */
	uint32_t mem_size;     /* bytes behind RING3_FIELD_MEM* */
};

/* A helper of the host's own; programs call it by id. */
enum ring3_arg {
	RING3_ARG_NONE,
	RING3_ARG_ANYTHING,
	RING3_ARG_MEM,        /* readable bytes; the next argument is RING3_ARG_SIZE */
	RING3_ARG_UNINIT_MEM, /* bytes that the helper fills; next is RING3_ARG_SIZE */
	RING3_ARG_SIZE,       /* > 0 */
	RING3_ARG_CTX,
	RING3_ARG_MAP,
};
struct ring3_helper {
	const char *name;
	uint32_t arg[5]; /* enum ring3_arg */
	/* Returns what the program finds in r0.  host_data: of the runtime. */
	uint64_t (*fn)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
		       void *host_data);
};
#define RING3_HELPER_BASE 0x10000 /* id of the host's first helper */

/* How much is done for machine code. */
enum ring3_jit {
	RING3_JIT_DEFAULT,   /* RING3_JIT_AUTO */
	RING3_JIT_PLAIN,     /* one machine instruction after the other: at once */
	RING3_JIT_OPTIMISED, /* takes longer; what it cannot do is compiled plainly */
	/* Plain at first; optimised by ring3_prog_of() and ring3_object_load(), after a number of
	 * runs by BPF_PROG_TEST_RUN, and where probes are hit often. */
	RING3_JIT_AUTO,
};

struct ring3_opts {
	size_t size;
	const char *dir; /* runtime directory to share objects by; NULL: private memory */
	/* Execution slots (what programs see as CPUs); 0: some for each CPU.  A host that reads
	 * per-CPU maps or perf buffers through libbpf, which sizes its buffers by the machine's
	 * CPUs, sets this to libbpf_num_possible_cpus(); the preload library needs no such thing.
	 */
	uint32_t slots;
	uint64_t max_bytes; /* of all maps made through this handle; 0: no limit */
	void (*log)(void *data, enum ring3_log_level level, const char *text);
	void *log_data;
	const struct ring3_helper *helpers; /* kept until the runtime is gone */
	uint32_t n_helpers;
	void *host_data;   /* given to helpers */
	uint32_t perf_map; /* not 0: name compiled programs in /tmp/perf-PID.map */
	const char *btf;   /* file with a kernel's BTF; NULL: /sys/kernel/btf/vmlinux */
	uint32_t jit;      /* enum ring3_jit */
	/* Not 0: for programs whose authors nobody trusts, at the price of speed, machine code
	 * holds none of their constants as they are, jumps to an address only where a function
	 * begins, and waits for guessed branches before accesses that a wrong guess could
	 * misdirect. */
	uint32_t jit_harden;
	/* Threads that judge global functions of a large program at once while it is loaded, the
	 * loading one among them; they run with all signals blocked and have ended when the load
	 * returns.  0: one a CPU, at most 4; 1: no others. */
	uint32_t verify_threads;
};

/**
 * ring3_new() - makes a runtime.
 * @opts: may be NULL for defaults.
 * @ret_rt: the handle; ring3_unref() ends it together with everything it owns.
 * Returns 0, -ENOMEM, -EINVAL (an option), -E2BIG (one that this version does not know), -EACCES,
 * -ENOSPC (the directory).  Thread safe.
 */
RING3_API int ring3_new(const struct ring3_opts *opts, ring3 **ret_rt);
RING3_API ring3 *ring3_ref(ring3 *rt);
RING3_API ring3 *ring3_unref(ring3 *rt); /* NULL in, NULL out */

/**
 * ring3_bpf() - the bpf(2) system call, answered by this runtime.
 * @cmd, @attr, @size: as in bpf(2); any size is accepted as the kernel accepts it.
 * Returns what the kernel returns, with a negative errno for -1.  Descriptors are real ones:
 * close(2), dup(2), mmap(2) of mmapable arrays and SCM_RIGHTS work on them.  Source: bpf(2),
 * linux/bpf.h.
 */
RING3_API int ring3_bpf(ring3 *rt, int cmd, union bpf_attr *attr, unsigned int size);

/**
 * ring3_bind_libbpf() - makes libbpf, called by this thread, speak to this runtime.
 * @rt: NULL ends it.  Until then bpf(2), perf_event_open(2) and their mmap(2), ioctl(2) issued
 * through libc's syscall() by this thread are answered by rt.  Other threads are not affected.
 */
RING3_API void ring3_bind_libbpf(ring3 *rt);

/**
 * ring3_catch_faults() - makes programs' reads of addresses that may be bad cost nanoseconds.
 * bpf_probe_read() and its like then read directly instead of by a system call, and a handler for
 * SIGSEGV and SIGBUS turns a fault into -EFAULT.  All other faults go on to the handler that was
 * installed before. The handler is the process's and stays.  A host that installs another one later
 * calls this again after it.  A thread in which one of the two is blocked before the first such
 * read keeps the system call; one that has read directly does not block them later, but outside of
 * programs or until BPF_PROG_TEST_RUN, which looks anew.  ring3_bpf() and bpf(2) of bound threads
 * copy to and from their caller by the same way, and look at the signals blocked in each call.
 * Returns 0 or a negative errno.
 */
RING3_API int ring3_catch_faults(ring3 *rt);

/** Registers a context type; *ret_type is the prog_type to load programs with (PROG_LOAD), and
 * SEC() names that begin with `name` load as it through ring3_object_load(). */
RING3_API int ring3_context_new(ring3 *rt, const char *name, uint32_t ctx_size,
				const struct ring3_field *fields, uint32_t n_fields,
				uint32_t *ret_type);

/* Programs.  prog_fd: of PROG_LOAD. */
RING3_API int ring3_prog_of(ring3 *rt, int prog_fd, ring3_prog **ret_prog);
RING3_API ring3_prog *ring3_prog_unref(ring3_prog *prog);
/** Runs once on the calling thread.  -EBUSY: this thread is already inside a program. */
RING3_API int ring3_prog_run(ring3_prog *prog, void *ctx, uint64_t *ret_r0);

/** Loads one program of an object file made by clang, through libbpf: maps, relocations and all.
 * section: SEC() name; NULL: the only program. prog_type: of ring3_context_new() or
 * BPF_PROG_TYPE_*. On refusal *reterr_diag tells why; it may be NULL. */
RING3_API int ring3_object_load(ring3 *rt, const char *path, const char *section,
				uint32_t prog_type, ring3_prog **ret_prog,
				ring3_diag **reterr_diag);

RING3_API const char *ring3_diag_reason(const ring3_diag *diag); /* stable id: "stack.oob" */
RING3_API unsigned int ring3_diag_insn(const ring3_diag *diag);
RING3_API const char *ring3_diag_text(const ring3_diag *diag); /* what a person reads     */
RING3_API ring3_diag *ring3_diag_free(ring3_diag *diag);

/** "0.1.0" */
RING3_API const char *ring3_version(void);

#ifdef __cplusplus
}
#endif

#endif
