/* SPDX-License-Identifier: BSD-2-Clause */
/* What is learnt from the arguments of one call, on the way from its checks to its effects? */
#ifndef VERIFY_CALL_H
#define VERIFY_CALL_H

#include "verify/env.h"

struct call {
	const struct helper_proto *h;
	bool is_kfunc;
	char name[64];
	struct reg arg[5]; /* as they were */
	uint32_t map;      /* number of the map argument, NO_MAP */
	uint32_t map_uid;
	const char *field;     /* name of the special field that is an argument; NULL: none */
	bool key_in_range;     /* a lookup that cannot fail */
	uint32_t fill_size[5]; /* stack bytes that the helper overwrites */
	bool releases[5];
	uint32_t object;              /* type of the allocated object that is an argument or made */
	bool object_owned;            /* ... which the program owns */
	uint32_t gives;               /* reference that goes to a list or tree */
	const struct btf_field *root; /* head of the list or tree that is an argument; NULL: none */
	const struct btf_blob *root_btf;
	const struct btf_field *kptr; /* place that is exchanged; NULL: none */
	const struct btf_blob *kptr_btf;
	uint64_t size_max; /* of the size argument */
	uint32_t alloc_size;
	uint32_t callback; /* subprogram, UINT32_MAX */
	uint32_t dynptr;   /* enum dynptr_type + 1 of the first dynptr argument; 0: none */
	uint32_t dynptr_id, dynptr_ref;
	unsigned int dynptr_new; /* register that becomes a dynptr; 0: none */
};

/* Checks all arguments.  0 or negative errno. */
int call_args(struct verifier *v, struct call *c);
/* May this program call this helper at all, beyond what its row says? */
int call_here(struct verifier *v, const struct call *c);
/* Rules of single helpers (not kfuncs) that the kinds of their arguments do not say. */
int call_rules(struct verifier *v, const struct call *c);
/* Is it a NUL-terminated string that nobody can change?  Register r points to a map value. */
int call_string(struct verifier *v, unsigned int r);
/* Locks, dynptrs: what passing the arguments does. */
int call_args_apply(struct verifier *v, const struct call *c);
/* What a value argument is with this call's map: elements of sockmaps are sockets. */
enum helper_arg call_map_value(const struct verifier *v, const struct call *c, enum helper_arg arg);
/* Is what a lookup finds a reference? */
bool call_map_acquires(const struct verifier *v, const struct call *c);
/* Does this helper work on this type of map? */
int call_check_map(struct verifier *v, const struct call *c);

#endif
