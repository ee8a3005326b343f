/* SPDX-License-Identifier: BSD-2-Clause */
/* What do our verifier and the kernel say to a case of tests/verify?  See vload.h. */
#include "support/vtypes.h"
#include "support/vload.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "helper/helper.h"
#include "helper/prog_type.h"
#include "map/map.h"
#include "support/kernel.h"

/* btf/btf.h of the library and libbpf's bpf/btf.h cannot be read together. */
struct btf_blob;
int btf_parse(const void *data, size_t size, struct btf_blob *base, struct text *log,
	      struct btf_blob **ret_btf);
struct btf_blob *btf_unref(struct btf_blob *btf);
struct btf_kernel;
int btf_kernel_open(const char *path, struct btf_kernel **ret_kernel);
uint32_t btf_kernel_find(const struct btf_kernel *kernel, const char *name, unsigned int kind);

enum {
	MAX_MAP_TYPE = 40,
	MAX_PROG_TYPE = 40,
	MAX_REFS = 256,
	AUDITS = 24 /* walks behind each accepted case */
};

/* The running kernel's, read once for all cases. */
static const struct btf_kernel *running_kernel(void *arg)
{
	static struct btf_kernel *kernel;
	static bool tried;

	(void)arg;
	if (!tried && btf_kernel_open("/sys/kernel/btf/vmlinux", &kernel))
		kernel = NULL;
	tried = true;
	return kernel;
}

static uint32_t target_of(const struct vcase *c)
{
	const struct btf_kernel *k = *c->target ? running_kernel(NULL) : NULL;
	uint32_t id = k ? btf_kernel_find(k, c->target, BTF_KIND_FUNC) : 0;

	if (k && !strncmp(c->target, "struct ", 7))
		return btf_kernel_find(k, c->target + 7, BTF_KIND_STRUCT);
	if (k && !id)
		id = btf_kernel_find(k, c->target, BTF_KIND_TYPEDEF);
	return id;
}

bool vload_possible(const struct vcase *c)
{
	return !*c->target || target_of(c);
}

static const struct prog_type *type_by_name(const char *name, uint32_t attach)
{
	uint32_t k;

	for (k = 1; k < MAX_PROG_TYPE; k++) {
		const struct prog_type *t = prog_type_of(k, attach);

		if (t && !strcmp(t->name, name))
			return t;
	}
	return NULL;
}

static int map_type_by_name(const char *name)
{
	uint32_t k;

	for (k = 1; k < MAX_MAP_TYPE; k++) {
		const struct map_ops *ops = map_ops_of(k);

		if (ops && !strcmp(ops->name, name))
			return (int)k;
	}
	return -ENOENT;
}

static const struct vcase_map *map_by_tag(const struct vcase *c, int32_t tag)
{
	uint32_t k;

	for (k = 0; k < c->n_maps; k++) {
		if (c->maps[k].tag == tag)
			return &c->maps[k];
	}
	return NULL;
}

static bool names_map(const struct bpf_insn *insn)
{
	return insn->code == 0x18 &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* --- BTF of the program: functions, their arguments, source lines ------------------------- */

struct types {
	struct btf *btf;
	int num, proto_main, ctx, mem16, fwd;
	struct bpf_func_info funcs[VCASE_FUNCS];
	struct bpf_line_info lines[VCASE_FUNCS];
};

static int arg_type(const struct types *t, const char *name)
{
	return !strcmp(name, "ctx")     ? t->ctx
	       : !strcmp(name, "mem16") ? t->mem16
	       : !strcmp(name, "fwd")   ? t->fwd
					: t->num;
}

static void add_base_types(struct types *t, const struct prog_type *type)
{
	int s;

	t->num = btf__add_int(t->btf, "int", 4, BTF_INT_SIGNED);
	s = btf__add_struct(t->btf, type->ctx ? type->ctx->name : "ctx", 4);
	btf__add_field(t->btf, "x", t->num, 0, 0);
	t->ctx = btf__add_ptr(t->btf, s);
	s = btf__add_struct(t->btf, "mem16", 16);
	btf__add_field(t->btf, "x", t->num, 0, 0);
	t->mem16 = btf__add_ptr(t->btf, s);
	t->fwd = btf__add_ptr(t->btf, btf__add_fwd(t->btf, "unknown", BTF_FWD_STRUCT));
	/* 8 and 9: an object that a program may allocate. */
	s = btf__add_struct(t->btf, "bpf_spin_lock", 4);
	btf__add_field(t->btf, "x", t->num, 0, 0);
	btf__add_struct(t->btf, "item", 16);
	btf__add_field(t->btf, "x", t->num, 0, 0);
	btf__add_field(t->btf, "lock", s, 32, 0);
	btf__add_field(t->btf, "y", t->num, 64, 0);
}

static void add_func(struct types *t, const struct vcase_func *f, struct bpf_func_info *info)
{
	int proto = btf__add_func_proto(t->btf, t->num);
	uint32_t k;
	char name[16];

	for (k = 0; k < f->n_args; k++) {
		snprintf(name, sizeof(name), "a%u", k);
		btf__add_func_param(t->btf, name, arg_type(t, f->args[k]));
	}
	info->insn_off = f->insn;
	info->type_id = (uint32_t)btf__add_func(
		t->btf, f->name, f->global ? BTF_FUNC_GLOBAL : BTF_FUNC_STATIC, proto);
}

static int make_types(const struct vcase *c, struct types *t)
{
	uint32_t k;

	memset(t, 0, sizeof(*t));
	if (!c->n_funcs)
		return 0;
	t->btf = btf__new_empty();
	if (!t->btf)
		return -ENOMEM;
	add_base_types(t, type_by_name(c->type, c->attach));
	for (k = 0; k < c->n_funcs; k++)
		add_func(t, &c->funcs[k], &t->funcs[k]);
	for (k = 0; k < c->n_lines; k++) {
		t->lines[k].insn_off = c->lines[k].insn;
		t->lines[k].file_name_off = (uint32_t)btf__add_str(t->btf, "dir/prog.c");
		t->lines[k].line_off = (uint32_t)btf__add_str(t->btf, c->lines[k].text);
		t->lines[k].line_col = c->lines[k].number << 10;
	}
	return 0;
}

/* --- ours ---------------------------------------------------------------------------------- */

struct ours {
	struct map *maps[VCASE_MAPS];
	struct map *refs[MAX_REFS];
	uint32_t at[MAX_REFS], n_refs;
	uint32_t kfunc_rows[MAX_REFS], kfunc_at[MAX_REFS], n_kfuncs;
	const char *kfunc_names[MAX_REFS];
	struct btf_blob *map_btf[VCASE_MAPS];
	const struct btf_blob *ref_btf[MAX_REFS];
	struct types types;
	struct btf_blob *btf;
};

static int give_map_types(const struct vcase_map *m, struct btf_blob **ret, uint32_t *ret_value)
{
	uint32_t key, size;
	struct btf *btf = vtypes_map(m, &key, ret_value);
	const void *raw = btf ? btf__raw_data(btf, &size) : NULL;
	int r = raw ? btf_parse(raw, size, NULL, NULL, ret) : 0;

	btf__free(btf);
	return r;
}

static int make_map(const struct vcase *c, const struct vcase_map *m, uint32_t value_type,
		    struct map **ret)
{
	struct map_desc desc = { .key_size = m->key_size,
				 .value_size = m->value_size,
				 .max_entries = m->max_entries,
				 .flags = m->flags,
				 .slots = 4,
				 .btf_value_type_id = value_type,
				 .spin_lock_off = -1,
				 .timer_off = -1,
				 .name = "m" };
	const struct vcase_map *in = map_by_tag(c, m->inner);
	int fd = memfd_create("case", MFD_CLOEXEC), type = map_type_by_name(m->type), r;
	uint32_t zero = 0;

	if (type < 0 || fd < 0)
		return -EINVAL;
	desc.type = (uint32_t)type;
	if (in && m->inner) {
		desc.inner_type = (uint32_t)map_type_by_name(in->type);
		desc.inner_key_size = in->key_size;
		desc.inner_value_size = in->value_size;
		desc.inner_max_entries = in->max_entries;
		desc.inner_flags = in->flags;
	}
	r = map_create(fd, &desc, false, ret);
	if (!r && m->n_data)
		r = map_user_update(*ret, &zero, m->data, 0);
	if (!r && m->frozen)
		r = map_freeze(*ret);
	if (r && !*ret)
		close(fd);
	return r;
}

static int refer_to_maps(const struct vcase *c, struct ours *o)
{
	uint32_t at, k;

	for (at = 0; at < c->n_insns; at++) {
		const struct vcase_map *m;

		if (!names_map(&c->insns[at]))
			continue;
		m = map_by_tag(c, c->insns[at].imm);
		if (!m || o->n_refs == MAX_REFS)
			return -ENOENT;
		k = (uint32_t)(m - c->maps);
		o->refs[o->n_refs] = o->maps[k];
		o->ref_btf[o->n_refs] = o->map_btf[k];
		o->at[o->n_refs++] = at;
	}
	return 0;
}

static void refer_to_kfuncs(const struct vcase *c, struct ours *o)
{
	uint32_t at, k;

	for (at = 0; at < c->n_insns && o->n_kfuncs < MAX_REFS; at++) {
		const struct kfunc_proto *p;

		if (c->insns[at].code != 0x85 || c->insns[at].src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		for (k = 0; k < c->n_kfuncs && c->kfuncs[k].tag != c->insns[at].imm; k++)
			;
		o->kfunc_names[o->n_kfuncs] = k < c->n_kfuncs ? c->kfuncs[k].name : "unknown";
		p = kfunc_by_name(o->kfunc_names[o->n_kfuncs]);
		o->kfunc_rows[o->n_kfuncs] = p ? p->p.id : UINT32_MAX;
		o->kfunc_at[o->n_kfuncs++] = at;
	}
}

static struct verify_policy policy_of(const struct vcase *c)
{
	struct verify_policy p =
		c->unprivileged ? verify_policy_unprivileged() : verify_policy_privileged();

	p.exact_kernel = c->exact;
	p.strict_alignment |= c->strict;
	p.max_visits = c->max_visits ? (uint32_t)c->max_visits : p.max_visits;
	p.max_insns = c->max_insns ? (uint32_t)c->max_insns : p.max_insns;
	p.max_subprogs = c->max_subprogs ? (uint32_t)c->max_subprogs : p.max_subprogs;
	p.max_pending = c->max_pending ? (uint32_t)c->max_pending : p.max_pending;
	p.max_maps = c->max_maps ? (uint32_t)c->max_maps : p.max_maps;
	p.max_memory = c->max_memory ? (size_t)c->max_memory : p.max_memory;
	return p;
}

static int give_types(const struct vcase *c, struct ours *o, struct verify_input *in)
{
	const void *raw;
	uint32_t size;
	int r = make_types(c, &o->types);

	if (r || !o->types.btf)
		return r;
	raw = btf__raw_data(o->types.btf, &size);
	r = btf_parse(raw, size, NULL, NULL, &o->btf);
	in->btf = o->btf;
	in->func_info = o->types.funcs;
	in->n_func_info = c->n_funcs;
	in->line_info = o->types.lines;
	in->n_line_info = c->n_lines;
	return r;
}

static int set_up(const struct vcase *c, struct ours *o, struct verify_input *in)
{
	uint32_t k, value_type = 0;
	int r = 0;

	for (k = 0; !r && k < c->n_maps; k++) {
		r = give_map_types(&c->maps[k], &o->map_btf[k], &value_type);
		if (!r)
			r = make_map(c, &c->maps[k], value_type, &o->maps[k]);
	}
	if (!r)
		r = refer_to_maps(c, o);
	refer_to_kfuncs(c, o);
	if (!r)
		r = give_types(c, o, in);
	in->maps = o->refs;
	in->map_at = o->at;
	in->map_btfs = o->ref_btf;
	in->n_map_refs = o->n_refs;
	in->kfunc_rows = o->kfunc_rows;
	in->kfunc_names = o->kfunc_names;
	in->kfunc_at = o->kfunc_at;
	in->n_kfunc_refs = o->n_kfuncs;
	return r;
}

/* Without a log paths end at other places, and functions need not be walked at each call: the same
 * verdict is asked for, also of what is refused, and of what was needed that it is enough. */
static void verify_again(const struct vcase *c, struct verify_input *in, struct vload_verdict *ret)
{
	in->log = NULL;
	in->log_level = 0;
	in->policy.audit_needed = c->max_memory ? 0 : AUDITS;
	in->policy.summarise = 1;
	for (uint32_t k = 0; k < 2; k++) {
		struct verify_facts *facts = NULL;
		struct verify_diag diag = { 0 };
		int err;

		/* Odd and even ones look for other mistakes. */
		in->policy.audit_seed = c->line + k;
		err = verify_prog(in, NULL, &facts, &diag);
		verify_facts_free(facts);
		if (!err != !ret->err || (err && !strcmp(diag.reason, "internal"))) {
			ret->err = err;
			ret->diag = diag;
		}
	}
}

int vload_input(const struct vcase *c, vload_fn use, void *arg, char *why, size_t why_size)
{
	struct verify_input in = { .insns = c->insns,
				   .n_insns = c->n_insns,
				   .type = type_by_name(c->type, c->attach),
				   .expected_attach_type = c->attach,
				   .prog_flags = (c->sleepable ? BPF_F_SLEEPABLE : 0U) |
						 (c->strict ? BPF_F_STRICT_ALIGNMENT : 0U),
				   .gpl = !c->no_gpl,
				   .name = "case",
				   .policy = policy_of(c),
				   .kernel = c->no_kernel ? NULL : running_kernel,
				   .attach_btf_id = target_of(c),
				   .must_run = c->run };
	struct ours o;
	uint32_t k;
	int r;

	memset(&o, 0, sizeof(o));
	r = in.type ? set_up(c, &o, &in) : -ENOENT;
	if (r)
		snprintf(why, why_size, "cannot set up the case: %s", strerror(-r));
	else
		use(c, &in, arg);
	for (k = 0; k < c->n_maps; k++) {
		map_unref(o.maps[k]);
		btf_unref(o.map_btf[k]);
	}
	btf_unref(o.btf);
	btf__free(o.types.btf);
	return r;
}

static void judge_ours(const struct vcase *c, struct verify_input *in, void *arg)
{
	struct vload_verdict *ret = arg;
	struct verify_facts *facts = NULL;
	struct text log;

	text_init_heap(&log);
	in->log = &log;
	in->log_level = 2;
	ret->err = verify_prog(in, &ret->stats, &facts, &ret->diag);
	verify_again(c, in, ret);
	ret->log = mem_strdup(log.buf ? log.buf : "");
	text_done(&log);
	verify_facts_free(facts);
}

int vload_ours(const struct vcase *c, struct vload_verdict *ret, char *why, size_t why_size)
{
	int err;

	memset(ret, 0, sizeof(*ret));
	err = vload_input(c, judge_ours, ret, why, why_size);
	if (err)
		ret->log = mem_strdup("");
	return err;
}

/* --- the kernel's --------------------------------------------------------------------------- */

static int kernel_maps(const struct vcase *c, int *fds)
{
	uint32_t zero = 0, size, k;

	for (k = 0; k < c->n_maps; k++) {
		const struct vcase_map *m = &c->maps[k], *in = map_by_tag(c, m->inner);
		struct kernel_map km = { .type = (uint32_t)map_type_by_name(m->type),
					 .key_size = m->key_size,
					 .value_size = m->value_size,
					 .max_entries = m->max_entries,
					 .flags = m->flags,
					 .inner_fd = in && m->inner ? fds[in - c->maps] : 0 };
		struct btf *btf = vtypes_map(m, &km.btf_key, &km.btf_value);
		const void *raw = btf ? btf__raw_data(btf, &size) : NULL;

		km.btf_fd = raw ? kernel_btf_load(raw, size) : 0;
		fds[k] = kernel_map_create(&km);
		if (km.btf_fd > 0)
			close(km.btf_fd);
		btf__free(btf);
		if (fds[k] < 0)
			return fds[k];
		if (m->n_data)
			kernel_map_update(fds[k], &zero, m->data);
		if (m->frozen)
			kernel_map_freeze(fds[k]);
	}
	return 0;
}

static int resolve(const struct vcase *c, const int *fds, struct bpf_insn *insns)
{
	static struct btf *vmlinux;
	uint32_t at, k;

	for (at = 0; at < c->n_insns; at++) {
		const struct vcase_map *m = map_by_tag(c, insns[at].imm);

		if (names_map(&insns[at]) && m)
			insns[at].imm = fds[m - c->maps];
		if (insns[at].code != 0x85 || insns[at].src_reg != BPF_PSEUDO_KFUNC_CALL)
			continue;
		for (k = 0; k < c->n_kfuncs && c->kfuncs[k].tag != insns[at].imm; k++)
			;
		if (!vmlinux)
			vmlinux = btf__load_vmlinux_btf();
		if (k < c->n_kfuncs && vmlinux)
			insns[at].imm =
				btf__find_by_name_kind(vmlinux, c->kfuncs[k].name, BTF_KIND_FUNC);
	}
	return 0;
}

int vload_kernel(const struct vcase *c, struct vload_verdict *ret, char *why, size_t why_size)
{
	const struct prog_type *type = type_by_name(c->type, c->attach);
	struct kernel_prog p = { .type = type ? type->type : 0,
				 .attach = c->attach,
				 .n_insns = c->n_insns,
				 .no_gpl = c->no_gpl,
				 .flags = (c->sleepable ? BPF_F_SLEEPABLE : 0U) |
					  (c->strict ? BPF_F_STRICT_ALIGNMENT : 0U),
				 .attach_btf_id = target_of(c),
				 .log_level = 2,
				 .log_size = VLOAD_LOG };
	struct bpf_insn *insns = mem_dup(c->insns, c->n_insns * sizeof(*insns));
	int fds[VCASE_MAPS] = { 0 }, r, fd;
	struct types types;
	const void *raw;
	uint32_t size, k;

	memset(ret, 0, sizeof(*ret));
	ret->log = mem_alloc(VLOAD_LOG);
	p.log = ret->log;
	p.insns = insns;
	r = insns && ret->log ? kernel_maps(c, fds) : -ENOMEM;
	if (!r)
		r = resolve(c, fds, insns);
	if (make_types(c, &types) == 0 && types.btf) {
		raw = btf__raw_data(types.btf, &size);
		p.btf_fd = kernel_btf_load(raw, size);
		p.func_info = types.funcs;
		p.n_func_info = c->n_funcs;
	}
	if (r) {
		snprintf(why, why_size, "kernel: cannot make the maps: %s", strerror(-r));
	} else {
		fd = kernel_prog_load(&p);
		/* A log that does not fit hides the verdict. */
		if (fd == -ENOSPC) {
			p.log = NULL;
			fd = kernel_prog_load(&p);
		}
		ret->err = fd < 0 ? fd : 0;
		if (fd >= 0)
			close(fd);
	}
	for (k = 0; k < c->n_maps; k++) {
		if (fds[k] > 0)
			close(fds[k]);
	}
	if (p.btf_fd > 0)
		close(p.btf_fd);
	btf__free(types.btf);
	mem_free(insns);
	return r;
}

void vload_done(struct vload_verdict *v)
{
	mem_free(v->log);
	v->log = NULL;
}
