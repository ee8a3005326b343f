/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May a program be attached to this function of a kernel, and what does it promise there?  The
 * functions that are not like the others are rows of attach.def.
 */
#include <string.h>

#include "verify/typed.h"

enum {
	OFF = 1 << 0,
	BOOL = 1 << 1,
	FREED = 1 << 2,
	SLEEPS = 1 << 3,
	IS_UNTRACED = 1 << 4,
	IS_NO_RETURN = 1 << 5,
	IS_D_PATH = 1 << 6,
	SOCKOPT = 1 << 7,
};

#define LSM_PREFIX "bpf_lsm_"

static const struct {
	const char *name;
	uint16_t what;
} known[] = {
#define HOOK(name, what) { LSM_PREFIX #name, (what) },
#define UNTRACED(name)   { #name, IS_UNTRACED },
#define NO_RETURN(name)  { #name, IS_NO_RETURN },
#define D_PATH(name)     { #name, IS_D_PATH },
#include "verify/attach.def"
#undef HOOK
#undef UNTRACED
#undef NO_RETURN
#undef D_PATH
};

static bool is(const struct verifier *v, unsigned int what)
{
	for (size_t i = 0; v->target.name && i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, v->target.name))
			return known[i].what & what;
	return false;
}

int attach_hook(struct verifier *v)
{
	if (is(v, OFF))
		return reject(v, TARGET_OFF, v->in->attach_btf_id, v->target.name);
	if (v->in->prog_flags & BPF_F_SLEEPABLE && !is(v, SLEEPS))
		return reject(v, TARGET_SLEEPS, v->target.name);
	v->target.trusted = !is(v, FREED);
	return 0;
}

int attach_function(struct verifier *v)
{
	if (is(v, IS_UNTRACED))
		return reject(v, TARGET_UNTRACED, v->target.name);
	if (v->in->expected_attach_type != BPF_TRACE_FENTRY && is(v, IS_NO_RETURN))
		return reject(v, TARGET_NO_RETURN, v->target.name);
	return 0;
}

bool attach_returns_bool(const struct verifier *v)
{
	return is(v, BOOL);
}

bool attach_has_sockopt(const struct verifier *v)
{
	return v->in->expected_attach_type == BPF_LSM_CGROUP && is(v, SOCKOPT);
}

bool attach_may_ask_path(const struct verifier *v)
{
	if (v->type->groups & HELPER_GROUP_ITER)
		return true;
	return is(v, v->type->type == BPF_PROG_TYPE_LSM ? SLEEPS : IS_D_PATH);
}
