/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do single helpers ask for beyond their rows?  Of the program before the arguments are looked
 * at (call_here), and of the arguments beyond their kinds (call_rules).
 */
#include <string.h>

#include "helper/format.h"
#include "verify/call.h"
#include "verify/typed.h"

static int local_storage(struct verifier *v, const struct call *c)
{
	if (reg_is_zero(&c->arg[1]))
		return precise_mark(v, BPF_REG_2);
	return reject(v, CALL_RULE, "get_local_storage() doesn't support non-zero flags");
}

/* Where a program runs inside the function that it traces. */
static int func_ip(struct verifier *v, const struct call *c)
{
	char buf[96];
	struct text t;

	if (v->type->type == BPF_PROG_TYPE_KPROBE || v->type->groups & HELPER_GROUP_FENTRY)
		return 0;
	text_init(&t, buf, sizeof(buf));
	text_add(&t, "func %s#%u not supported for program type %u", c->name, c->h->id,
		 v->type->type);
	return reject(v, CALL_RULE, (const char *)buf);
}

/* The format is there at load; its arguments are 8 bytes each. */
static int formatted(struct verifier *v, const struct call *c)
{
	const struct reg *fmt = &c->arg[2], *size = &c->arg[4];
	const struct vmap *m = &v->maps[fmt->obj];
	uint64_t bytes = size->s.bits.value; /* what is known of it, as in Linux */
	const char *s;
	size_t room;

	if (bytes % 8)
		return reject(v, CALL_RULE, "Invalid format string");
	s = map_direct_value(m->map, (uint64_t)fmt->off + scalar_const_value(&fmt->s), &room);
	if (!s || format_check(s, (uint32_t)(bytes / 8)))
		return reject(v, CALL_RULE, "Invalid format string");
	return 0;
}

/* Only these kinds of socket are locked while the program runs. */
static bool iterates_locked_sockets(const struct verifier *v)
{
	const char *name = v->target.name;

	return name && (!strcmp(name, "bpf_iter_tcp") || !strcmp(name, "bpf_iter_unix"));
}

/* Programs of some types are a cgroup's by their attach type only. */
static bool knows_cgroup(const struct verifier *v, uint32_t helper)
{
	uint32_t attach = v->in->expected_attach_type;

	if (v->type->groups & HELPER_GROUP_LSM)
		return attach == BPF_LSM_CGROUP;
	if (v->type->groups & (HELPER_GROUP_DEVICE | HELPER_GROUP_SYSCTL))
		return helper == BPF_FUNC_get_local_storage ||
		       (attach != BPF_CGROUP_INET_INGRESS && attach != BPF_CGROUP_INET_EGRESS &&
			attach != BPF_CGROUP_SOCK_OPS);
	return true;
}

int call_here(struct verifier *v, const struct call *c)
{
	if (!struct_ops_may_call(v, c->h->id))
		return reject(v, CALL_TYPE, c->name, c->h->id);
	switch (c->h->id) {
	case BPF_FUNC_d_path:
		if (v->target.name && !v->target.ops && !attach_may_ask_path(v))
			return reject(v, CALL_RULE, "helper call is not allowed in probe");
		/* fallthrough */
	case BPF_FUNC_sk_storage_get:
	case BPF_FUNC_sk_storage_delete:
		if (v->type->groups & HELPER_GROUP_SYSCALL)
			return reject(v, CALL_RULE, "helper call is not allowed in probe");
		return 0;
	case BPF_FUNC_get_retval:
	case BPF_FUNC_set_retval:
	case BPF_FUNC_get_local_storage:
		if (!knows_cgroup(v, c->h->id))
			return reject(v, CALL_TYPE, c->name, c->h->id);
		return 0;
	case BPF_FUNC_setsockopt:
	case BPF_FUNC_getsockopt:
		if (v->type->groups & HELPER_GROUP_LSM && !attach_has_sockopt(v))
			return reject(v, CALL_TYPE, c->name, c->h->id);
		if (v->type->groups & HELPER_GROUP_ITER && !iterates_locked_sockets(v))
			return reject(v, CALL_TYPE, c->name, c->h->id);
		return 0;
	}
	return 0;
}

int call_rules(struct verifier *v, const struct call *c)
{
	switch (c->h->id) {
	case BPF_FUNC_get_local_storage: return local_storage(v, c);
	case BPF_FUNC_get_func_ip: return func_ip(v, c);
	case BPF_FUNC_snprintf: return formatted(v, c);
	}
	return 0;
}
