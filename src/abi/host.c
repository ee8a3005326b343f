/* SPDX-License-Identifier: BSD-2-Clause */
/* What can a host do with a runtime beyond bpf(2)?  Contexts, helpers and programs of its own. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "abi/bind.h"
#include "abi/host_thunk.h"
#include "abi/wait.h"
#include "base/alloc.h"
#include "base/text.h"
#include "hook/fault.h"
#include "hook/fault_mend.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/rt_priv.h"

enum {
	MAX_CTX = 4096,
	MAX_FIELDS = 256,
	MAX_TYPES = 1024
};

const char *ring3_version(void)
{
	return RING3_VERSION;
}

/* --- the host's helpers --- */

static const uint8_t arg_kinds[] = {
	[RING3_ARG_NONE] = ARG_NONE,         [RING3_ARG_ANYTHING] = ARG_ANYTHING,
	[RING3_ARG_MEM] = ARG_MEM,           [RING3_ARG_UNINIT_MEM] = ARG_UNINIT_MEM,
	[RING3_ARG_SIZE] = ARG_SIZE,         [RING3_ARG_CTX] = ARG_CTX,
	[RING3_ARG_MAP] = ARG_CONST_MAP_PTR,
};

static int describe_helper(const struct ring3_helper *h, uint32_t n, struct helper_proto *p)
{
	if (!h->name || !h->fn)
		return -EINVAL;
	p->id = HELPER_HOST_BASE + n;
	p->name = h->name;
	p->ret = RET_INTEGER;
	p->groups = ~(uint64_t)0;
	p->fn = host_thunk(n);
	for (int i = 0; i < 5; i++) {
		bool mem = h->arg[i] == RING3_ARG_MEM || h->arg[i] == RING3_ARG_UNINIT_MEM;

		if (h->arg[i] >= sizeof(arg_kinds))
			return -EINVAL;
		/* Memory is followed by its size, a size follows memory. */
		if (mem && (i == 4 || h->arg[i + 1] != RING3_ARG_SIZE))
			return -EINVAL;
		if (h->arg[i] == RING3_ARG_SIZE && (!i || (h->arg[i - 1] != RING3_ARG_MEM &&
							   h->arg[i - 1] != RING3_ARG_UNINIT_MEM)))
			return -EINVAL;
		p->arg[i] = arg_kinds[h->arg[i]];
	}
	return 0;
}

static int take_helpers(struct ring3 *rt, const struct ring3_opts *o)
{
	int err = 0;

	if (!o->n_helpers)
		return 0;
	if (!o->helpers || o->n_helpers > HOST_MAX_HELPERS)
		return -EINVAL;
	rt->host_protos = mem_array(o->n_helpers, sizeof(*rt->host_protos));
	if (!rt->host_protos)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->n_helpers && !err; i++)
		err = describe_helper(&o->helpers[i], i, &rt->host_protos[i]);
	rt->host_helpers = o->helpers;
	rt->helpers.host = rt->host_protos;
	rt->helpers.n_host = o->n_helpers;
	return err;
}

/* --- the runtime --- */

static const uint8_t tiers[] = {
	[RING3_JIT_DEFAULT] = JIT_AUTO,
	[RING3_JIT_PLAIN] = JIT_PLAIN,
	[RING3_JIT_OPTIMISED] = JIT_OPTIMISED,
	[RING3_JIT_AUTO] = JIT_AUTO,
};

/* Callers built against an older header give fewer bytes. */
static int copy_opts(const struct ring3_opts *from, struct ring3_opts *o)
{
	*o = (struct ring3_opts){ 0 };
	if (!from)
		return 0;
	if (from->size < offsetof(struct ring3_opts, slots) || from->size > 4096)
		return -EINVAL;
	memcpy(o, from, from->size < sizeof(*o) ? from->size : sizeof(*o));
	for (size_t i = sizeof(*o); i < from->size; i++)
		if (((const uint8_t *)from)[i])
			return -E2BIG;
	return o->jit >= sizeof(tiers) ? -EINVAL : 0;
}

static void trace_to_log(void *arg, const struct run *run, const char *line, size_t len)
{
	struct ring3 *rt = arg;

	(void)run;
	(void)len;
	rt->log(rt->log_data, RING3_LOG_INFO, line);
}

int ring3_new(const struct ring3_opts *opts, ring3 **ret_rt)
{
	struct ring3_opts o;
	struct ring3 *rt;
	struct text why;
	char buf[256];
	int err = copy_opts(opts, &o), before = bind_enter();

	text_init(&why, buf, sizeof(buf));
	if (!err) {
		struct rt_opts ro = { .dir = o.dir, .n_slots = o.slots, .max_bytes = o.max_bytes };

		err = rt_new(&ro, &why, &rt);
		if (err && o.log && why.len)
			o.log(o.log_data, RING3_LOG_ERROR, buf);
	}
	bind_leave(before);
	if (err)
		return err;
	rt->log = o.log;
	rt->log_data = o.log_data;
	rt->host_data = o.host_data;
	rt->perf_map = o.perf_map != 0;
	rt->tier = tiers[o.jit];
	rt->jit_harden = o.jit_harden != 0;
	rt->verify_threads = o.verify_threads;
	rt->btf_path = o.btf ? mem_strdup(o.btf) : NULL;
	if (o.log) {
		rt->env.trace = trace_to_log;
		rt->env.trace_arg = rt;
	}
	err = o.btf && !rt->btf_path ? -ENOMEM : take_helpers(rt, &o);
	if (err) {
		ring3_unref(rt);
		return err;
	}
	*ret_rt = rt;
	return 0;
}

ring3 *ring3_ref(ring3 *rt)
{
	__atomic_add_fetch(&rt->refs, 1, __ATOMIC_RELAXED);
	return rt;
}

ring3 *ring3_unref(ring3 *rt)
{
	int before;

	if (!rt || __atomic_sub_fetch(&rt->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	before = bind_enter();
	rt->waits = wait_free(rt->waits);
	rt_free(rt);
	bind_leave(before);
	return NULL;
}

int ring3_catch_faults(ring3 *rt)
{
	const char *dir = store_dir(rt->store);
	int err = fault_catch();

	if (!err && dir)
		err = fault_mend_below(dir);
	if (!err)
		__atomic_store_n(&rt->env.probe_faults, true, __ATOMIC_RELAXED);
	return err;
}

/* --- the host's contexts --- */

static const uint8_t field_kinds[] = {
	[RING3_FIELD_SCALAR] = CTX_SCALAR,           [RING3_FIELD_PACKET] = CTX_PACKET,
	[RING3_FIELD_PACKET_END] = CTX_PACKET_END,   [RING3_FIELD_MEM] = CTX_MEM,
	[RING3_FIELD_MEM_OR_NULL] = CTX_MEM_OR_NULL,
};

struct host_type {
	struct prog_type row;
	struct ctx_type ctx;
	char name[32];
	struct ctx_field fields[];
};

static int describe_field(const struct ring3_field *f, uint32_t ctx_size, struct ctx_field *out)
{
	bool pointer = f->kind != RING3_FIELD_SCALAR, array = f->size > 8;

	if (f->kind > RING3_FIELD_MEM_OR_NULL || f->kind == 2 || !f->size || f->offset > ctx_size ||
	    f->size > ctx_size - f->offset || f->access & ~(uint32_t)15)
		return -EINVAL;
	if (!array && (f->size & (f->size - 1) || f->offset % f->size))
		return -EINVAL;
	if (pointer && (f->size != 8 || f->access & RING3_WRITE))
		return -EINVAL;
	if (f->kind >= RING3_FIELD_MEM && !f->mem_size)
		return -EINVAL;
	*out = (struct ctx_field){
		.name = f->name,
		.off = (uint16_t)f->offset,
		.size = (uint16_t)f->size,
		.kind = field_kinds[f->kind],
		.access = (uint16_t)(f->access | (array ? CTX_ANY_ALIGNED : 0)),
		.real_off = (uint16_t)f->offset,
		.mem_size = f->mem_size,
	};
	return 0;
}

static int describe_type(struct host_type *t, const char *name, uint32_t ctx_size,
			 const struct ring3_field *fields, uint32_t n)
{
	uint32_t end = 0;
	int err = 0;

	memcpy(t->name, name, strnlen(name, sizeof(t->name) - 1));
	t->ctx = (struct ctx_type){ .name = t->name,
				    .size = ctx_size,
				    .real_size = ctx_size,
				    .fields = t->fields,
				    .n_fields = n };
	t->row = (struct prog_type){ .name = t->name,
				     .ctx = &t->ctx,
				     .groups = HELPER_GROUP_BASE | HELPER_GROUP_HOST,
				     .runs = true };
	for (uint32_t i = 0; i < n && !err; i++) {
		/* Sorted and not overlapping: what the verifier searches. */
		if (fields[i].offset < end)
			return -EINVAL;
		err = describe_field(&fields[i], ctx_size, &t->fields[i]);
		end = fields[i].offset + fields[i].size;
		if (fields[i].kind == RING3_FIELD_PACKET)
			t->row.pkt_access = true;
		if (fields[i].access & RING3_MEM_WRITE && fields[i].kind == RING3_FIELD_PACKET)
			t->row.pkt_write = true;
	}
	return err;
}

int ring3_context_new(ring3 *rt, const char *name, uint32_t ctx_size,
		      const struct ring3_field *fields, uint32_t n_fields, uint32_t *ret_type)
{
	struct prog_type **more;
	struct host_type *t;
	int err;

	if (!name || !*name || !ctx_size || ctx_size > MAX_CTX || n_fields > MAX_FIELDS ||
	    (n_fields && !fields))
		return -EINVAL;
	t = mem_alloc(sizeof(*t) + n_fields * sizeof(t->fields[0]));
	if (!t)
		return -ENOMEM;
	err = describe_type(t, name, ctx_size, fields, n_fields);
	pthread_mutex_lock(&rt->lock);
	if (!err && rt->n_host_types >= MAX_TYPES)
		err = -ENOSPC;
	if (!err) {
		more = mem_grow(rt->host_types, rt->n_host_types * sizeof(*more),
				(rt->n_host_types + 1) * sizeof(*more));
		if (more) {
			t->row.type = RT_HOST_TYPE_BASE + rt->n_host_types;
			more[rt->n_host_types++] = &t->row;
			rt->host_types = more;
			*ret_type = t->row.type;
		} else {
			err = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&rt->lock);
	if (err)
		mem_free(t);
	return err;
}

/* --- programs --- */

struct ring3_prog {
	struct prog *prog;
	int hold_fd;
};

int ring3_prog_of(ring3 *rt, int prog_fd, ring3_prog **ret_prog)
{
	struct ring3_prog *p = mem_alloc(sizeof(*p));
	int err, before = bind_enter();

	err = p ? rt_prog_of_fd(rt, prog_fd, &p->prog) : -ENOMEM;
	if (!err)
		err = prog_ready_hot(p->prog);
	if (!err)
		err = store_reopen(rt->store, prog_fd, true, &p->hold_fd);
	bind_leave(before);
	if (err) {
		if (p)
			prog_unref(p->prog);
		mem_free(p);
		return err;
	}
	*ret_prog = p;
	return 0;
}

ring3_prog *ring3_prog_unref(ring3_prog *p)
{
	int before = bind_enter();

	if (p) {
		close(p->hold_fd);
		prog_unref(p->prog);
	}
	mem_free(p);
	bind_leave(before);
	return NULL;
}

int ring3_prog_run(ring3_prog *p, void *ctx, uint64_t *ret_r0)
{
	return prog_run_once(p->prog, ctx, ret_r0);
}
