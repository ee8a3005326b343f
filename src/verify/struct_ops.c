/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which function of a kernel's struct does the program stand in for, and what may it do there?  The
 * struct and the member are what attach_btf_id and expected_attach_type name; a struct takes
 * programs if the kernel's BTF has a "bpf_struct_ops_" of its name.
 */
#include <stdio.h>
#include <string.h>

#include "verify/typed_call.h"

#define VALUE_PREFIX "bpf_struct_ops_"

enum {
	NAME_SIZE = 128,
	MAX_NESTING = 8,
};

enum fact {
	ABSENT,
	SLEEPS,
	OBJECT,
	NO_HELPER,
	WRITE,
	WRITE_IN,
	WRITE_TEXT,
	GIVEN,
	CALLS
};

static const struct {
	uint8_t fact;
	const char *ops, *a, *b;
	uint32_t number; /* of a helper or an argument */
} facts[] = {
#define ABSENT(ops, member)             { ABSENT, #ops, #member, NULL, 0 },
#define SLEEPS(ops, member)             { SLEEPS, #ops, #member, NULL, 0 },
#define OBJECT(ops, declared, given)    { OBJECT, #ops, declared, given, 0 },
#define NO_HELPER(ops, member, helper)  { NO_HELPER, #ops, member, NULL, helper },
#define WRITE(ops, object, member)      { WRITE, #ops, object, member, 0 },
#define WRITE_IN(ops, object, member)   { WRITE_IN, #ops, object, member, 0 },
#define WRITE_TEXT(ops, object, member) { WRITE_TEXT, #ops, object, member, 0 },
#define GIVEN(ops, member, arg, type)   { GIVEN, #ops, member, type, arg },
#define CALLS(ops, member, function)    { CALLS, #ops, member, #function, 0 },
#include "verify/struct_ops.def"
#undef ABSENT
#undef SLEEPS
#undef OBJECT
#undef NO_HELPER
#undef WRITE
#undef WRITE_IN
#undef WRITE_TEXT
#undef GIVEN
#undef CALLS
};

#define EACH_FACT(i, name)                                            \
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) \
		if (!strcmp(facts[i].ops, (name)))

static bool is_told(const char *ops, enum fact fact, const char *member)
{
	EACH_FACT(i, ops)
	if (facts[i].fact == fact && !strcmp(facts[i].a, member))
		return true;
	return false;
}

static bool takes_programs(struct verifier *v, const char *name)
{
	char value[NAME_SIZE];

	return *name &&
	       snprintf(value, sizeof(value), VALUE_PREFIX "%s", name) < (int)sizeof(value) &&
	       typed_find(v, value);
}

/* NULL: data. */
static const struct btf_type *function_of(const struct btf_blob *btf, const struct btf_member *m)
{
	const struct btf_type *t = btf_type(btf, btf_strip(btf, m->type));

	if (!t || btf_kind_of(t) != BTF_KIND_PTR)
		return NULL;
	t = btf_type(btf, btf_strip(btf, t->type));
	return t && btf_kind_of(t) == BTF_KIND_FUNC_PROTO ? t : NULL;
}

static bool may_sleep(const char *ops, const char *member)
{
	EACH_FACT(i, ops)
	if (facts[i].fact == SLEEPS)
		return is_told(ops, SLEEPS, member);
	return true;
}

static int check_member(struct verifier *v, const char *ops, const char *member)
{
	if (is_told(ops, ABSENT, member))
		return reject(v, OPS_UNSUPPORTED, member, ops);
	if (v->in->prog_flags & BPF_F_SLEEPABLE && !may_sleep(ops, member))
		return reject(v, OPS_SLEEPS, member, ops);
	return 0;
}

/* The kernel's own stand-in, whose parameters have telling names. */
static const struct btf_type *stub_of(struct verifier *v, const char *ops, const char *member)
{
	const struct btf_blob *btf = v->target.btf;
	char name[NAME_SIZE];
	uint32_t func;

	if (snprintf(name, sizeof(name), "%s__%s", ops, member) >= (int)sizeof(name))
		return NULL;
	func = btf_kernel_find(v->kernel, name, BTF_KIND_FUNC);
	return func ? btf_type(btf, btf_type(btf, func)->type) : NULL;
}

int struct_ops_resolve(struct verifier *v)
{
	struct target *target = &v->target;
	uint32_t id = v->in->attach_btf_id, index = v->in->expected_attach_type;
	const struct btf_type *t = btf_type(target->btf, id);
	const struct btf_member *m;
	const char *ops, *member;
	int err;

	if (!v->in->gpl)
		return reject(v, OPS_GPL);
	ops = t && btf_kind_of(t) == BTF_KIND_STRUCT ? btf_name(target->btf, t->name_off) : "";
	if (!takes_programs(v, ops))
		return reject(v, OPS_STRUCT, id);
	if (index >= btf_vlen_of(t))
		return reject(v, OPS_INDEX, index, ops);
	m = (const struct btf_member *)(t + 1) + index;
	member = btf_name(target->btf, m->name_off);
	if (!function_of(target->btf, m))
		return reject(v, OPS_MEMBER, member, index, ops);
	err = check_member(v, ops, member);
	if (err)
		return err;
	typed_needs_kernel(v, "it is a function of a kernel's struct");
	target->ops = ops;
	target->name = member;
	target->proto = function_of(target->btf, m);
	target->n_args = btf_vlen_of(target->proto);
	target->stub = stub_of(v, ops, member);
	target->trusted = true;
	return 0;
}

const char *struct_ops_param(const struct target *target, uint32_t arg, const char *name)
{
	const struct btf_param *p;

	if (!target->stub || btf_kind_of(target->stub) != BTF_KIND_FUNC_PROTO ||
	    arg >= btf_vlen_of(target->stub))
		return name;
	p = (const struct btf_param *)(target->stub + 1) + arg;
	return btf_name(target->btf, p->name_off);
}

uint32_t struct_ops_object(struct verifier *v, uint32_t type)
{
	const struct btf_type *t = btf_type(v->target.btf, type);
	const char *name = t ? btf_name(v->target.btf, t->name_off) : "";

	EACH_FACT(i, v->target.ops)
	{
		uint32_t given;

		if (facts[i].fact != OBJECT || strcmp(facts[i].a, name) != 0)
			continue;
		given = typed_find(v, facts[i].b);
		return given ? given : type;
	}
	return type;
}

bool struct_ops_may_call(const struct verifier *v, uint32_t helper)
{
	if (!v->target.ops)
		return true;
	EACH_FACT(i, v->target.ops)
	if (facts[i].fact == NO_HELPER && (!*facts[i].a || !strcmp(facts[i].a, v->target.name)) &&
	    (!facts[i].number || facts[i].number == helper))
		return false;
	return true;
}

bool struct_ops_may_call_kfunc(const struct verifier *v, const char *name)
{
	bool told = false;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (facts[i].fact != CALLS || strcmp(facts[i].b, name) != 0)
			continue;
		told = true;
		if (v->target.ops && !strcmp(facts[i].ops, v->target.ops) &&
		    (!*facts[i].a || !strcmp(facts[i].a, v->target.name)))
			return true;
	}
	return !told;
}

uint32_t struct_ops_given(struct verifier *v, uint32_t arg)
{
	if (!v->target.ops)
		return 0;
	EACH_FACT(i, v->target.ops)
	if (facts[i].fact == GIVEN && facts[i].number == arg && !strcmp(facts[i].a, v->target.name))
		return typed_find(v, facts[i].b);
	return 0;
}

/* --- what may be written --- */

/* Bytes of a struct that a row names. */
struct bytes {
	int64_t at, size;
};

/* Behind the name of a member: the rest of the path, and of what struct. */
static const char *enter_member(struct verifier *v, const char *rest, uint32_t *type)
{
	char name[NAME_SIZE];
	size_t n;

	if (*rest != ':')
		return rest + (*rest == '.');
	n = strcspn(++rest, ".");
	snprintf(name, sizeof(name), "%.*s", (int)n, rest);
	*type = typed_find(v, name);
	return rest + n + (rest[n] == '.');
}

/* "inet_conn.icsk_ack.pending": the member, by names from struct to struct, of which each holds the
 * byte at `off`.  Members of structs and unions without a name count as those of the struct around
 * them.  Behind a colon the name of another struct follows, which lies in the member.  False: this
 * kernel has no such member, or it is elsewhere. */
static bool find_path(struct verifier *v, uint32_t id, const char *path, int64_t off,
		      unsigned int depth, struct bytes *ret)
{
	const struct btf_blob *btf = typed_btf(v);
	const struct btf_type *t = btf_type(btf, btf_strip(btf, id));
	const struct btf_member *m = btf_is_struct(t) ? (const void *)(t + 1) : NULL;
	size_t n = strcspn(path, ".:");

	if (!*path) {
		*ret = (struct bytes){ 0, btf_size_of(btf, id) };
		return off < ret->size;
	}
	for (unsigned int i = 0; m && i < btf_vlen_of(t) && depth < MAX_NESTING; i++) {
		int64_t at = (BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
						      : m[i].offset) /
			     8;
		const char *rest = path, *have;
		uint32_t type = m[i].type;

		/* They are in the order of their offsets, or (a union's) all at the beginning. */
		if (off < at)
			break;
		if (off - at >= btf_size_of(btf, m[i].type))
			continue;
		have = btf_name(btf, m[i].name_off);
		if (*have && (strncmp(have, path, n) != 0 || have[n]))
			continue;
		if (*have)
			rest = enter_member(v, path + n, &type);
		if (!find_path(v, type, rest, off - at, depth + 1, ret))
			continue;
		ret->at += at;
		return true;
	}
	return false;
}

/* Whose rows say what programs of this type may write. */
static const char *writer(const struct verifier *v)
{
	if (v->target.ops)
		return v->target.ops;
	return v->type->groups & (HELPER_GROUP_TC | HELPER_GROUP_XDP) ? "packet_programs" : "";
}

int struct_ops_write(struct verifier *v, uint32_t type, int64_t off, uint32_t size)
{
	const struct btf_blob *btf = typed_btf(v);
	const struct btf_type *t = btf_type(btf, type);
	const char *name = t ? btf_name(btf, t->name_off) : "";
	bool any = false;

	EACH_FACT(i, writer(v))
	{
		bool text = facts[i].fact == WRITE_TEXT;
		bool inside = text || facts[i].fact == WRITE_IN;
		struct bytes s;

		if ((facts[i].fact != WRITE && !inside) || strcmp(facts[i].a, name) != 0)
			continue;
		any = true;
		if (!find_path(v, type, facts[i].b, off, 0, &s) || (off != s.at && !inside))
			continue;
		s.size -= text;
		if (off + size <= s.at + s.size)
			return 0;
		return reject_text(v, TYPED_WRITE_AT,
				   "write access at off %lld with size %u beyond the member of %s "
				   "ended at %lld",
				   (long long)off, size, name, (long long)(s.at + s.size));
	}
	return any ? reject_text(v, TYPED_WRITE_AT, "no write support to %s at off %lld", name,
				 (long long)off)
		   : reject(v, TYPED_WRITE);
}
