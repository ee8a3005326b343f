/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a loaded program in this process?  Verified here, compiled here once somebody may run it
 * (or interpreted where the JIT lacks something), and run on a slot.
 */
#include "run/prog.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/sha256.h"
#include "btf/btf.h"
#include "map/map.h"
#include "run/rt.h"
#include "run/symbol.h"
#include "run/trace.h"

static const uint32_t printers[] = { BPF_FUNC_trace_printk, BPF_FUNC_trace_vprintk };

struct prog *prog_ref(struct prog *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

static void free_arrays(struct prog *p)
{
	mem_free(p->insns);
	mem_free(p->map_at);
	mem_free(p->map_refs);
	mem_free(p->maps);
	mem_free(p->kfuncs);
	mem_free(p->func_info);
	mem_free(p->line_info);
}

struct prog *prog_unref(struct prog *p)
{
	if (!p || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	if (p->image && p->rt->on_code)
		p->rt->on_code(p->rt->on_code_arg, p, true);
	jit_free(p->image);
	jit_free(p->first_image);
	verify_facts_free(p->facts);
	for (uint32_t i = 0; i < p->n_maps; i++)
		map_unref(p->maps[i]);
	btf_unref(p->btf);
	prog_unshare_count(p);
	if (p->fd >= 0)
		close(p->fd);
	free_arrays(p);
	mem_free(p);
	return NULL;
}

static bool license_is_gpl(const char *license)
{
	static const char *const ok[] = {
		"GPL",          "GPL v2",       "GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"
	};

	for (size_t i = 0; i < sizeof(ok) / sizeof(ok[0]); i++)
		if (!strcmp(license, ok[i]))
			return true;
	return false;
}

/* The tag is a digest of the instructions with what differs from load to load taken out. */
static int make_tag(const struct prog *p, uint8_t ret_tag[static 8])
{
	size_t size = p->n_insns * sizeof(*p->insns);
	struct bpf_insn *copy = mem_dup(p->insns, size);
	uint8_t digest[32];

	if (!copy)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n_map_refs; i++) {
		copy[p->map_at[i]].imm = 0;
		copy[p->map_at[i] + 1].imm = 0;
	}
	sha256(copy, size, digest);
	memcpy(ret_tag, digest, sizeof(p->tag));
	mem_free(copy);
	return 0;
}

int prog_tag(struct prog *p, uint8_t ret_tag[static 8])
{
	uint8_t tag[sizeof(p->tag)];

	if (!__atomic_load_n(&p->has_tag, __ATOMIC_ACQUIRE)) {
		int err = make_tag(p, tag);

		if (err)
			return err;
		pthread_mutex_lock(&p->rt->lock);
		if (!p->has_tag)
			memcpy(p->tag, tag, sizeof(tag));
		__atomic_store_n(&p->has_tag, true, __ATOMIC_RELEASE);
		pthread_mutex_unlock(&p->rt->lock);
	}
	memcpy(ret_tag, p->tag, sizeof(p->tag));
	return 0;
}

int prog_add_map(struct prog *p, struct map *map)
{
	struct map **more;

	for (uint32_t i = 0; i < p->n_maps; i++)
		if (p->maps[i] == map)
			return 0;
	more = mem_grow(p->maps, p->n_maps * sizeof(*more), (p->n_maps + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[p->n_maps] = map_ref(map);
	p->maps = more;
	p->n_maps++;
	return 0;
}

static int dup_into(void *ret_copy, const void *from, size_t size)
{
	void *copy = NULL;

	if (size) {
		copy = mem_dup(from, size);
		if (!copy)
			return -ENOMEM;
	}
	memcpy(ret_copy, &copy, sizeof(copy));
	return 0;
}

static int copy_spec(struct prog *p, const struct prog_spec *s)
{
	int err = dup_into(&p->insns, s->insns, s->n_insns * sizeof(*s->insns));

	if (!err)
		err = dup_into(&p->map_at, s->map_at, s->n_map_refs * sizeof(*s->map_at));
	if (!err)
		err = dup_into(&p->map_refs, s->map_refs, s->n_map_refs * sizeof(*s->map_refs));
	if (!err)
		err = dup_into(&p->kfuncs, s->kfuncs, s->n_kfuncs * sizeof(*s->kfuncs));
	if (!err)
		err = dup_into(&p->func_info, s->func_info,
			       s->n_func_info * sizeof(struct bpf_func_info));
	if (!err)
		err = dup_into(&p->line_info, s->line_info,
			       s->n_line_info * sizeof(struct bpf_line_info));
	if (err)
		return err;
	p->n_insns = s->n_insns;
	p->n_map_refs = s->n_map_refs;
	p->n_kfuncs = s->n_kfuncs;
	p->n_func_info = s->n_func_info;
	p->n_line_info = s->n_line_info;
	p->btf = s->btf ? btf_ref(s->btf) : NULL;
	p->btf_id = s->btf_id;
	p->expected_attach_type = s->expected_attach_type;
	p->flags = s->flags;
	p->gpl = license_is_gpl(s->license);
	memcpy(p->name, s->name, strnlen(s->name, sizeof(p->name) - 1));
	for (uint32_t i = 0; i < s->n_map_refs && !err; i++)
		err = prog_add_map(p, s->map_refs[i]);
	for (uint32_t i = 0; i < s->n_bound && !err; i++)
		err = prog_add_map(p, s->bound[i]);
	return err;
}

static bool holds_programs(const struct map_desc *d)
{
	return d->type == BPF_MAP_TYPE_PROG_ARRAY || d->type == BPF_MAP_TYPE_DEVMAP ||
	       d->type == BPF_MAP_TYPE_CPUMAP;
}

/* A program array belongs to the type of the first program that uses it. */
static int claim_arrays(struct prog *p)
{
	uint32_t want = p->type->type + 1;

	for (uint32_t i = 0; i < p->n_maps; i++) {
		struct rt_map *info = rt_map_info(p->maps[i]);
		uint32_t none = 0;

		if (!holds_programs(&p->maps[i]->desc))
			continue;
		if (!__atomic_compare_exchange_n(&info->owner_type, &none, want, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
		    none != want)
			return -EINVAL;
	}
	return 0;
}

struct kfunc_refs {
	uint32_t *rows, *at;
	const char **names;
};

static void kfunc_refs_done(struct kfunc_refs *k)
{
	mem_free(k->rows);
	mem_free(k->at);
	mem_free(k->names);
}

static int kfunc_refs_init(struct kfunc_refs *k, const struct prog *p)
{
	*k = (struct kfunc_refs){ 0 };
	if (!p->n_kfuncs)
		return 0;
	k->rows = mem_array(p->n_kfuncs, sizeof(*k->rows));
	k->at = mem_array(p->n_kfuncs, sizeof(*k->at));
	k->names = mem_array(p->n_kfuncs, sizeof(*k->names));
	if (!k->rows || !k->at || !k->names) {
		kfunc_refs_done(k);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < p->n_kfuncs; i++) {
		const struct kfunc_proto *row = kfunc_by_name(p->kfuncs[i].name);

		k->rows[i] = row ? row->p.id : UINT32_MAX;
		k->at[i] = p->kfuncs[i].at;
		k->names[i] = p->kfuncs[i].name;
	}
	return 0;
}

/* The types of the maps' values, for their special fields. */
static void map_types_done(struct rt_btf **held, const struct btf_blob **btfs, uint32_t n)
{
	for (uint32_t i = 0; held && i < n; i++)
		rt_btf_unref(held[i]);
	mem_free(held);
	mem_free(btfs);
}

static int map_types(const struct prog *p, struct rt_btf ***ret_held,
		     const struct btf_blob ***ret_btfs)
{
	struct rt_btf **held = NULL;
	const struct btf_blob **btfs = NULL;
	int err = 0;

	if (p->n_map_refs) {
		held = mem_array(p->n_map_refs, sizeof(*held));
		btfs = mem_array(p->n_map_refs, sizeof(*btfs));
		err = held && btfs ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; i < p->n_map_refs && !err; i++) {
		const struct map_desc *d = &p->map_refs[i]->desc;
		uint32_t id = d->inner_btf_id ? d->inner_btf_id : d->btf_id;

		if (!id)
			continue;
		err = rt_btf_of_id(p->rt, id, &held[i]);
		if (!err)
			btfs[i] = held[i]->btf;
	}
	if (err) {
		map_types_done(held, btfs, p->n_map_refs);
		return err;
	}
	*ret_held = held;
	*ret_btfs = btfs;
	return 0;
}

static const struct btf_kernel *kernel(void *rt)
{
	return rt_kernel(rt);
}

static const struct btf_kernel *given_kernel(void *given)
{
	return given;
}

static int verify(struct prog *p, const struct prog_spec *s, struct verify_stats *stats,
		  struct verify_diag *reterr_diag)
{
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n_insns,
		.type = p->type,
		.expected_attach_type = p->expected_attach_type,
		.prog_flags = p->flags,
		.gpl = p->gpl,
		.name = p->name,
		.policy = p->rt->policy ? *p->rt->policy : verify_policy_privileged(),
		.maps = p->map_refs,
		.map_at = p->map_at,
		.n_map_refs = p->n_map_refs,
		.btf = p->btf,
		.func_info = p->func_info,
		.n_func_info = p->n_func_info,
		.line_info = p->line_info,
		.n_line_info = p->n_line_info,
		.kernel = kernel,
		.kernel_arg = p->rt,
		.attach_btf_id = s->attach_btf_id,
		.target = s->attach_to ? &s->attach_to->as_target : NULL,
		.helpers = &p->rt->helpers,
		.log_level = s->log_level,
		.log = s->log,
		/* A kernel's programs see its processors, ours see slots. */
		.n_cpus = p->rt->only_verify ? p->rt->n_cpus : p->rt->n_slots,
		.must_run = !p->rt->only_verify,
		.want_claims = p->rt->want_claims,
		.explain = p->rt->on_refused,
		.explain_arg = p->rt->on_refused_arg,
		.names = p->rt->names,
		.spare = &p->rt->verify_spare,
	};
	const void *given = s->kernel;
	struct kfunc_refs k;
	struct rt_btf **held;
	const struct btf_blob **btfs;
	int err = kfunc_refs_init(&k, p);

	if (err)
		return err;
	if (p->rt->verify_threads)
		in.policy.threads = p->rt->verify_threads;
	if (given) {
		in.kernel = given_kernel;
		in.kernel_arg = (void *)(uintptr_t)given;
	}
	err = map_types(p, &held, &btfs);
	if (err) {
		kfunc_refs_done(&k);
		return err;
	}
	in.map_btfs = btfs;
	in.kfunc_rows = k.rows;
	in.kfunc_at = k.at;
	in.kfunc_names = k.names;
	in.n_kfunc_refs = p->n_kfuncs;
	err = verify_prog(&in, stats, &p->facts, reterr_diag);
	map_types_done(held, btfs, p->n_map_refs);
	kfunc_refs_done(&k);
	return err;
}

static uint64_t boot_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* What cannot be told to a profiler is no reason not to run. */
void prog_announce(struct prog *p)
{
	int err = p->rt->perf_map && p->image ? symbol_perf_append(p) : 0;

	if (err)
		rt_log(p->rt, RING3_LOG_WARN, "%s: cannot be added to the perf map: %s", p->name,
		       strerror(-err));
	if (p->image && p->rt->on_code)
		p->rt->on_code(p->rt->on_code_arg, p, false);
}

static bool calls_one_of(const struct prog *p, const uint32_t *helpers, size_t n)
{
	const uint64_t *called = p->facts->helper_bits;
	bool calls = false;

	for (size_t i = 0; i < n; i++)
		calls |= called[helpers[i] / 64] >> helpers[i] % 64 & 1;
	return calls;
}

bool prog_walks_stack(const struct prog *p)
{
	static const uint32_t walkers[] = { BPF_FUNC_get_stackid, BPF_FUNC_get_stack };

	return p->facts && (p->facts->may_tail_call ||
			    calls_one_of(p, walkers, sizeof(walkers) / sizeof(walkers[0])));
}

/* Somebody may read its lines in another process.  Without a ring they are lost. */
static void open_trace(struct prog *p)
{
	bool prints = calls_one_of(p, printers, sizeof(printers) / sizeof(printers[0]));
	int err;

	if (!prints || p->rt->env.trace || !store_dir(p->rt->store))
		return;
	err = trace_open(p->rt);
	if (err)
		rt_log(p->rt, RING3_LOG_WARN, "%s: what it prints is lost: %s", p->name,
		       strerror(-err));
}

static void describe(struct prog *p, const struct prog_spec *s)
{
	const struct verify_target *to = s->attach_to ? &s->attach_to->as_target : NULL;
	bool extends = p->type->type == BPF_PROG_TYPE_EXT;

	p->as_target = (struct verify_target){
		.type = extends && to ? to->type : p->type,
		.attach_type = extends && to ? to->attach_type : p->expected_attach_type,
		.btf = p->btf,
		.func_info = p->func_info,
		.n_func_info = p->n_func_info,
		.funcs = p->facts->funcs,
		.n_funcs = p->facts->n_funcs,
		.is_extension = extends,
		.is_attached = to && p->type->type == BPF_PROG_TYPE_TRACING &&
			       s->attach_to->type->type == BPF_PROG_TYPE_TRACING,
	};
}

int prog_new(struct ring3 *rt, const struct prog_spec *spec, struct prog **ret_prog,
	     struct verify_stats *stats, struct verify_diag *reterr_diag)
{
	struct prog *p = mem_alloc(sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->refs = 1;
	p->fd = -1;
	p->count = &p->own_count;
	p->rt = rt;
	p->slot_tag = rt->tag;
	p->has_stats = &rt->registry->stats_enabled;
	p->load_time_ns = boot_ns();
	p->type = rt_prog_type(rt, spec->type, spec->expected_attach_type);
	p->takes_packet = p->type && p->type->ctx && p->type->ctx->packet;
	err = p->type ? copy_spec(p, spec) : -EINVAL;
	if (!err)
		err = verify(p, spec, &p->stats, reterr_diag);
	if (stats)
		*stats = p->stats;
	if (!err)
		err = claim_arrays(p);
	if (err) {
		prog_unref(p);
		return err;
	}
	prog_place_count(p);
	p->code = (struct code){
		.facts = p->facts,
		.helpers = &rt->helpers,
		.name = p->name,
		.pool = rt->code_pool,
		.tier = rt->tier,
		.harden = rt->jit_harden,
	};
	describe(p, spec);
	open_trace(p);
	*ret_prog = p;
	return 0;
}

static int make_ready(struct prog *p, enum jit_tier tier)
{
	struct code code = p->code;
	struct jit_image *image = NULL;
	bool first;
	int err;

	if (__atomic_load_n(&p->is_ready, __ATOMIC_ACQUIRE))
		return 0;
	/* What is only judged never runs, and what the JIT cannot do yet the interpreter can. */
	code.tier = tier;
	err = p->rt->only_verify ? -EOPNOTSUPP : jit_compile(&code, &image);
	if (err && err != -EOPNOTSUPP)
		return err;
	pthread_mutex_lock(&p->rt->lock);
	first = !p->is_ready;
	if (first) {
		prog_share_count(p);
		__atomic_store_n(&p->image, image, __ATOMIC_RELEASE);
		__atomic_store_n(&p->is_ready, true, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&p->rt->lock);
	if (first)
		prog_announce(p);
	else
		jit_free(image);
	return 0;
}

int prog_ready(struct prog *p)
{
	return make_ready(p, p->code.tier);
}

int prog_ready_hot(struct prog *p)
{
	int err = make_ready(p, p->code.tier == JIT_AUTO ? JIT_OPTIMISED : p->code.tier);

	if (!err)
		prog_hot(p);
	return err;
}
