/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a function of a kernel take and return?  Its prototype in the kernel's BTF, where
 * suffixes of parameter names say what types do not, and the flags of kernel_funcs.def.
 */
#ifndef VERIFY_KFUNC_SIG_H
#define VERIFY_KFUNC_SIG_H

#include "verify/typed_call.h"

enum kfunc_flag {
	KF_ACQUIRE = 1 << 0,
	KF_RELEASE = 1 << 1,
	KF_RET_NULL = 1 << 2,
	KF_TRUSTED = 1 << 3, /* objects must be sure to live */
	KF_RCU = 1 << 4,     /* ... at least until the end of the RCU section */
	KF_SLEEPABLE = 1 << 5,
	KF_ITER_NEW = 1 << 6,
	KF_ITER_NEXT = 1 << 7,
	KF_ITER_DESTROY = 1 << 8,
	KF_RCU_PROTECTED = 1 << 9, /* items of the iterator live until the RCU section ends */
	KF_RCU_RESULT = 1 << 10,   /* so does the result; the call needs such a section */
	KF_CHANGES_PACKET = 1 << 11,
	KF_DEVICE = 1 << 12,   /* for programs that are bound to a device */
	KF_TRAP = 1 << 13,     /* what a compiler calls where it gave up */
	KF_UNKNOWN = 1 << 14,  /* only the prototype is known */
	KF_FASTCALL = 1 << 15, /* keeps R1 to R5 */
};

enum kfunc_param {
	KPARAM_SCALAR,
	KPARAM_CONST, /* a known number */
	KPARAM_IGNORED,
	KPARAM_CTX,
	KPARAM_OBJECT, /* a struct: an object of the kernel, or memory if it holds numbers only */
	KPARAM_MEM,    /* memory of `size` bytes */
	KPARAM_SIZED,  /* memory; the next parameter is its size */
	KPARAM_SIZE,
	KPARAM_CONST_SIZE,
	KPARAM_MAP,
	KPARAM_STRING, /* in a read-only map */
	KPARAM_ITER,
	KPARAM_DYNPTR,
	KPARAM_IRQ_FLAG, /* 8 bytes of stack */
	KPARAM_OTHER,    /* nothing that is known here */
};

enum kfunc_result {
	KRESULT_VOID,
	KRESULT_SCALAR,
	KRESULT_OBJECT,
	KRESULT_MEM,
};

struct kfunc_sig {
	const char *name;
	uint32_t flags;
	uint64_t groups;
	uint8_t n_params, result;
	uint32_t result_type, result_size;
	struct {
		uint8_t kind; /* enum kfunc_param */
		bool nullable;
		uint32_t type, size; /* what it points to */
	} param[5];
	struct kfunc_proto iter; /* of iterators: as stack_objects.c sees it */
};

/* NULL: not a function that programs may call, or nothing is known of it; or no memory. */
const struct kfunc_sig *kfunc_sig_of(struct verifier *v, const char *name);

#endif
