/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may a program call, and what does the call promise?  One row per helper (helpers.def) and
 * per kfunc (kfuncs.def): prototype for the verifier, program types that may use it, and the body.
 * A row without a body says why it cannot work in user space; such a program still verifies where
 * running is not asked for, and loading it is refused with that text.
 */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

struct map;
struct packet;
struct prog;
struct pt_regs;
struct ring3;
struct run;

/* What an argument must be.  The kernel's argument kinds. */
enum helper_arg {
	ARG_NONE,
	ARG_ANYTHING, /* any initialised value                                  */
	ARG_CONST_MAP_PTR,
	ARG_MAP_KEY,   /* readable, key_size bytes of the map argument           */
	ARG_MAP_VALUE, /* readable, value_size bytes                             */
	ARG_MAP_VALUE_OR_NULL,
	ARG_UNINIT_MAP_VALUE, /* writable, value_size bytes, the helper fills it        */
	ARG_MEM,              /* readable; the next argument is its size                */
	ARG_MEM_OR_NULL,
	ARG_MEM_RDWR,   /* read and written; next argument is the size            */
	ARG_UNINIT_MEM, /* writable, the helper fills it; next argument: size     */
	ARG_UNINIT_MEM_OR_NULL,
	ARG_FIXED_MEM,        /* readable, size in helper_proto.fixed_size[arg]         */
	ARG_FIXED_UNINIT_MEM, /* writable, filled, fixed size                           */
	ARG_SIZE,             /* size of the memory before it, > 0                      */
	ARG_SIZE_OR_ZERO,
	ARG_CONST_SIZE, /* known constant (RINGBUF reserve)                       */
	ARG_CTX,
	ARG_CTX_OR_NULL,
	ARG_SPIN_LOCK,
	ARG_TIMER,
	ARG_WQ,
	ARG_TASK_WORK,
	ARG_RES_SPIN_LOCK,
	ARG_IRQ_FLAG, /* eight bytes of stack for the state of interrupts           */
	ARG_TYPE_ID,  /* constant: a struct of the program's own types           */
	ARG_PERCPU_TYPE_ID,
	ARG_OBJECT, /* an allocated object, given back here                    */
	ARG_PERCPU_OBJECT,
	ARG_REFCOUNTED, /* an object with a count                                  */
	ARG_LIST_HEAD,
	ARG_LIST_NODE, /* of an object that goes into the list                    */
	ARG_RB_ROOT,
	ARG_RB_NODE,          /* of an object that goes into the tree                    */
	ARG_RB_NODE_IN,       /* of one that is in a tree                                */
	ARG_SCALAR,           /* a number, no pointer                                   */
	ARG_IGNORED,          /* the verifier fills it in: whatever is there                 */
	ARG_FUNC,             /* callback: a subprogram's address                       */
	ARG_STACK_OR_NULL,    /* stack pointer or NULL (callback context)               */
	ARG_CONST_STR,        /* NUL terminated string in a read-only map               */
	ARG_ALLOC_MEM,        /* pointer from ringbuf_reserve, to be released           */
	ARG_CONST_ALLOC_SIZE, /* constant, becomes the size of the returned memory      */
	ARG_DYNPTR_UNINIT,    /* stack slots that become a dynptr                       */
	ARG_DYNPTR,           /* initialised dynptr of any kind                         */
	ARG_DYNPTR_CHANGED,   /* ... that is not const                                  */
	ARG_BUFFER_OR_NULL,   /* may stand in for a slice; the next is the size of both */
	ARG_BUFFER_SIZE,      /* constant                                               */
	ARG_DYNPTR_RINGBUF,   /* initialised ring buffer dynptr, released here          */
	ARG_BTF_ID,           /* typed kernel pointer: helper_proto.btf_type[arg]       */
	ARG_SOCK_COMMON,
	ARG_SOCKET,
	ARG_LONG_PTR, /* writable, 8 bytes, filled                              */
	ARG_INT_PTR,  /* writable, 4 bytes, filled                              */
	ARG_PERCPU_BTF_ID,
	ARG_KPTR,       /* the place of a pointer that owns its object, in a map or object */
	ARG_KPTR_VALUE, /* an object that goes there, or NULL                              */
	ARG_MEM_RDWR_OR_NULL,
	ARG_SOCKET_OR_NULL,
	ARG_SOCK_COMMON_OR_NULL,
	ARG_BTF_ID_OR_NULL,
	ARG_SOCK_FIELDS, /* as ARG_SOCK_COMMON, but no object that BTF types */
};

enum helper_ret {
	RET_INTEGER,
	RET_VOID,
	RET_MAP_VALUE_OR_NULL,
	RET_ALLOC_MEM_OR_NULL,    /* size from the ARG_CONST_ALLOC_SIZE argument; acquired  */
	RET_DYNPTR_MEM_OR_NULL,   /* slice of the dynptr argument, size from the last one   */
	RET_DYNPTR_SLICE_OR_NULL, /* the same, read only, whatever the dynptr is of         */
	RET_DYNPTR_SLICE_RDWR_OR_NULL,
	RET_OBJECT_OR_NULL,    /* freshly allocated                                 */
	RET_OBJECT_SHARED,     /* one more reference to an object                   */
	RET_NODE_OR_NULL,      /* taken out of a list or tree                       */
	RET_NODE_PEEK_OR_NULL, /* still in it                                       */
	RET_SOCKET_OR_NULL,
	RET_TCP_SOCK_OR_NULL,
	RET_SOCK_COMMON_OR_NULL,
	RET_BTF_ID,
	RET_BTF_ID_TRUSTED,
	RET_BTF_ID_OR_NULL,
	RET_MEM_OR_BTF_ID,
	RET_MAP_VALUE, /* never NULL */
	RET_MEM_OR_BTF_ID_OR_NULL,
	RET_KPTR_OR_NULL, /* what the ARG_KPTR place held */
};

/* helper_proto.flags */
enum {
	HELPER_GPL = 1 << 0,         /* needs a GPL compatible licence            */
	HELPER_SLEEPABLE = 1 << 1,   /* only in sleepable programs                */
	HELPER_ACQUIRES = 1 << 2,    /* R0 is a reference                         */
	HELPER_RELEASES = 1 << 3,    /* ends the reference in its argument        */
	HELPER_CHANGES_PKT = 1 << 4, /* packet pointers die                       */
	HELPER_RET_BOUNDED = 1 << 5, /* R0 s<= the size argument, s>= -4095       */
	HELPER_CAP_PERFMON = 1 << 6, /* needs CAP_PERFMON in the kernel           */
	HELPER_FASTCALL = 1 << 7,    /* keeps R1 to R5                            */
	HELPER_PKT_ARGS = 1 << 8,    /* memory arguments may point into a packet  */
	HELPER_PROBES = 1 << 9,      /* reads addresses that may be bad           */
	HELPER_LOCKED = 1 << 10,     /* may be called while a lock is held        */
	HELPER_CAP_BPF = 1 << 11,    /* needs CAP_BPF in the kernel               */
};

/* Which function a call is given, that is: what the function gets and when it runs. */
enum helper_callback {
	CALLBACK_NONE,
	CALLBACK_LOOP,      /* (index, context)                        */
	CALLBACK_EACH,      /* (map, key, value, context)              */
	CALLBACK_DRAIN,     /* (dynptr, context)                       */
	CALLBACK_LESS,      /* (item, item) of a tree                  */
	CALLBACK_VMA,       /* (task, vma, context)                    */
	CALLBACK_TIMER,     /* (map, key, value), later                */
	CALLBACK_WQ,        /* the same, and may sleep                 */
	CALLBACK_TASK_WORK, /* the same                                */
};

/* What an ARG_DYNPTR_UNINIT becomes. */
enum helper_dynptr {
	HELPER_DYNPTR_LOCAL,
	HELPER_DYNPTR_RING,
	HELPER_DYNPTR_SKB,
	HELPER_DYNPTR_XDP,
	HELPER_DYNPTR_META,
	HELPER_DYNPTR_CLONE, /* what the other dynptr is */
};

static inline bool helper_callback_is_async(uint8_t callback)
{
	return callback >= CALLBACK_TIMER && callback <= CALLBACK_TASK_WORK;
}

/* What helpers need to know of the process or ask of the runtime.  Filled once, read by all runs.
 */
struct helper_env {
	uint64_t cgroup_id; /* of this process's cgroup, as the kernel numbers them; 0: unknown */
	uint64_t pid_ns_dev, pid_ns_ino; /* of /proc/self/ns/pid */
	/* Takes one line of bpf_trace_printk; must not lock, allocate or block.  NULL: dropped. */
	void (*trace)(void *arg, const struct run *run, const char *line, size_t len);
	void *trace_arg;
	/* Addresses that the run's registers were reached through, theirs first; NULL: by frame
	 * pointers. */
	uint32_t (*walk)(const struct run *run, uint64_t *ips, uint32_t max);
	/* Which file an address is in, and where.  NULL: not known. */
	bool (*build_id)(uint64_t ip, struct bpf_stack_build_id *ret_id);
	bool probe_faults;  /* a fault handler is installed that calls probe_fixup() */
	bool clock_follows; /* clock_follow() is as good as the vdso */
};

/* Fills what the process knows of itself; the runtime adds the rest. */
void helper_env_init(struct helper_env *env);

/* One run of a program, on the stack of whoever runs it; passed to every helper.  JIT code keeps
 * its address in a register.  Offsets of fields that JIT code uses are in jit/. */
struct run {
	const struct prog *prog;
	struct ring3 *rt;
	void *ctx;
	uint32_t slot; /* execution slot: which copy of per-CPU values is ours */
	uint64_t fuel; /* may_goto and policy budget left */
	/* Together one word, which is 0 when the run begins. */
	uint32_t tail_calls; /* made so far, at most 33 */
	uint16_t n_rings;    /* see rings */
	bool overridden;     /* see override_ret */
	bool pad;
	uint64_t cookie;            /* bpf_get_attach_cookie                                      */
	uint64_t func_ip;           /* bpf_get_func_ip                                            */
	const struct pt_regs *regs; /* user registers, for stack walks; may be NULL           */
	/* Packet of packet programs: the bytes lie in [head, end_room), data in between. */
	struct packet *packet;
	/* Calls a BPF callback (ARG_FUNC value `fn`) on the engine that runs this program. */
	uint64_t (*invoke)(struct run *run, uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
			   uint64_t a4, uint64_t a5);
	void *engine; /* of the interpreter */
	uint64_t scratch[4];
	const struct helper_env *env; /* may be NULL */
	int64_t override_ret;         /* bpf_override_return: what the function is to return */
	/* Ring buffers that records were reserved in, since a record does not say whose it is. */
	struct map *rings[4];
};

typedef uint64_t (*helper_fn)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
			      struct run *run);

struct helper_proto {
	uint32_t id;      /* BPF_FUNC_*; host helpers: from HELPER_HOST_BASE up */
	const char *name; /* without bpf_ */
	uint8_t ret;      /* enum helper_ret */
	uint8_t arg[5];   /* enum helper_arg */
	uint8_t dynptr;   /* enum helper_dynptr: of its ARG_DYNPTR_UNINIT */
	uint8_t callback; /* enum helper_callback: of its ARG_FUNC */
	uint16_t flags;
	uint64_t groups;         /* HELPER_GROUP_* that offer it: helper/prog_type.h */
	uint64_t maps;           /* bit n: map type n may be its map argument; 0: no map */
	uint32_t fixed_size[5];  /* of ARG_FIXED_* arguments */
	const char *btf_type[5]; /* type name of ARG_BTF_ID arguments */
	const char *ret_type;    /* type name of RET_BTF_ID */
	helper_fn fn;            /* NULL: cannot run here */
	const char *why_not;     /* if fn is NULL */
};

/* A host's own helpers (embedding); ids from HELPER_HOST_BASE, dense. */
enum {
	HELPER_HOST_BASE = 0x10000,
	HELPER_MAX_LOOPS = 1 << 23, /* of one bpf_loop() */
};
struct helper_set {
	const struct helper_proto *host;
	uint32_t n_host;
};

/* From now on, and no longer, a child that this thread waits for may be running on its memory, so
 * that who runs has to be asked each time.  These nest. */
void process_is_lent(bool lent);

/* Row of a helper id; set may be NULL.  NULL: unknown id. */
const struct helper_proto *helper_find(const struct helper_set *set, uint32_t id);
/* Row of a helper as a program type sees it: some have other arguments there.  NULL: unknown id; a
 * row whose groups do not meet `groups` means that the type may not call it. */
const struct helper_proto *helper_find_for(const struct helper_set *set, uint32_t id,
					   uint64_t groups);
const struct helper_proto *helper_by_name(const char *name);
uint32_t helper_max_id(void); /* highest kernel helper id known (211) */

/* kfuncs: found by name, since their ids are BTF ids of some kernel.  `proto` is as for helpers;
 * iterators have their own column. */
enum kfunc_iter {
	KFUNC_PLAIN,
	KFUNC_ITER_NEW,  /* arg 1 is the iterator on the stack, becomes initialised */
	KFUNC_ITER_NEXT, /* returns pointer or NULL                                 */
	KFUNC_ITER_DESTROY,
};
struct kfunc_proto {
	struct helper_proto p;  /* p.id: dense row number */
	uint8_t iter;           /* enum kfunc_iter */
	uint8_t iter_size;      /* bytes of the iterator on the stack */
	uint8_t iter_item_size; /* bytes that next's pointer may read */
};
const struct kfunc_proto *kfunc_by_name(const char *name);
const struct kfunc_proto *kfunc_row(uint32_t row);

#endif
