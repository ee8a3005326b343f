/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does every tracepoint and iterator of the running kernel give a program what we say it does?
 * Loads each argument of each in both verifiers and compares the types in the logs.
 *
 *      target_test [SUBSTRING]     prints the targets that match
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/kernel.h"
#include "support/rng.h"
#include "support/vload.h"

enum {
	MAX_ARGS = 12,
	SHOWN = 40,
	WALKS = 3000,
	MAX_POINTS = 4096
};

struct point {
	const char *name;
	uint32_t size; /* of the struct that argument `arg` points to */
	uint32_t arg;
};

struct points {
	unsigned int n;
	struct point at[MAX_POINTS];
};

struct tally {
	unsigned int n, differ, targets;
	const char *only;
};

static const char *last_of(const char *text, const char *what)
{
	const char *at = NULL;

	while ((text = strstr(text, what)))
		at = text++;
	return at;
}

/* "R2=trusted_ptr_task_struct()" as it is after the load, without numbers; or the refusal. */
static void type_of(const struct vload_verdict *v, char *buf, size_t size)
{
	const char *at = last_of(v->log, "R2="), *at3 = last_of(v->log, "R3=");
	size_t n;

	if (v->err) {
		snprintf(buf, size, "refused %d", v->err);
		return;
	}
	at = at3 ? at3 : at;
	n = at ? strcspn(at, " \n(") : 0;
	snprintf(buf, size, "%.*s", (int)n, at ? at : "");
}

static bool compare(struct tally *t, struct vcase *c, const char *name, unsigned int arg)
{
	struct vload_verdict ours, kernels;
	char a[128], b[128], why[256];
	bool ok = vload_ours(c, &ours, why, sizeof(why)) == 0 &&
		  vload_kernel(c, &kernels, why, sizeof(why)) == 0,
	     same;

	if (!ok)
		return false;
	type_of(&ours, a, sizeof(a));
	type_of(&kernels, b, sizeof(b));
	same = !strcmp(a, b);
	t->n++;
	t->differ += !same;
	if (t->only || (!same && t->differ <= SHOWN))
		printf("# %s argument %u: ring3 %s, kernel %s\n", name, arg, a, b);
	/* Behind the last argument nothing more comes. */
	ok = !ours.err || !kernels.err;
	vload_done(&ours);
	vload_done(&kernels);
	return ok;
}

static void try_target(struct tally *t, const char *name, uint32_t attach)
{
	struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 2, .src_reg = 1 },
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	struct vcase c = { .attach = attach, .insns = insns, .n_insns = 3 };

	if (t->only && !strstr(name, t->only))
		return;
	snprintf(c.type, sizeof(c.type), "tracing");
	snprintf(c.target, sizeof(c.target), "%s", name);
	t->targets++;
	for (unsigned int arg = 0; arg < MAX_ARGS; arg++) {
		insns[0].off = (int16_t)(arg * 8);
		compare(t, &c, name, arg);
	}
}

static bool is_tracepoint(const struct btf_type *t, const char *name)
{
	return btf_is_typedef(t) && !strncmp(name, "btf_trace_", 10) && strlen(name) < 63;
}

static bool is_iterator(const struct btf *btf, const struct btf_type *t, const char *name)
{
	char ctx[80];

	if (!btf_is_func(t) || strncmp(name, "bpf_iter_", 9) || strlen(name) >= 63)
		return false;
	snprintf(ctx, sizeof(ctx), "bpf_iter__%s", name + 9);
	return btf__find_by_name_kind(btf, ctx, BTF_KIND_STRUCT) > 0;
}

/* --- what is read through them --- */

static const struct btf_type *skip_mods(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static uint32_t pointed_size(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = skip_mods(btf, id);

	t = btf_is_ptr(t) ? skip_mods(btf, t->type) : NULL;
	return t && btf_is_composite(t) ? t->size : 0;
}

static void add_points(const struct btf *btf, const struct btf_type *t, const char *name,
		       struct points *all)
{
	const struct btf_type *proto = skip_mods(btf, skip_mods(btf, t->type)->type);

	for (uint32_t i = 1; i < btf_vlen(proto) && all->n < MAX_POINTS; i++) {
		uint32_t size = pointed_size(btf, btf_params(proto)[i].type);

		if (size)
			all->at[all->n++] = (struct point){ name, size, i - 1 };
	}
}

/* Two loads in a row at random offsets, so that pointers in members are followed too. */
static void walk_randomly(struct tally *t, const struct points *all, struct rng *rng)
{
	static const uint8_t codes[] = { 0x71, 0x69, 0x61, 0x79, 0x79, 0x79 };
	static const uint8_t sizes[] = { 1, 2, 4, 8, 8, 8 };
	struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 2, .src_reg = 1 },
		{ .code = 0x79, .dst_reg = 2, .src_reg = 2 },
		{ .code = 0x79, .dst_reg = 3, .src_reg = 2 },
		{ .code = 0xb7 },
		{ .code = 0x95 },
	};
	const struct point *p = &all->at[rng_below(rng, all->n)];
	struct vcase c = { .attach = BPF_TRACE_RAW_TP, .insns = insns, .n_insns = 5 };
	unsigned int k = (unsigned int)rng_below(rng, 6);

	insns[0].off = (int16_t)(p->arg * 8);
	insns[1].off = (int16_t)(rng_below(rng, (p->size < 8000 ? p->size : 8000) / 8 + 1) * 8);
	if (rng_below(rng, 2)) {
		insns[2].code = codes[k];
		insns[2].off = (int16_t)(rng_below(rng, 200) * sizes[k]);
	} else {
		insns[1].code = codes[k];
		insns[1].off = (int16_t)(rng_below(rng, (p->size < 8000 ? p->size : 8000) + 8) /
					 sizes[k] * sizes[k]);
		insns[2] = insns[3];
	}
	snprintf(c.type, sizeof(c.type), "tracing");
	snprintf(c.target, sizeof(c.target), "%s", p->name);
	compare(t, &c, p->name, (unsigned int)insns[1].off);
}

static unsigned int compare_contexts(const struct btf *btf, const char *only, struct points *all)
{
	struct tally t = { .only = only };

	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);

		if (is_tracepoint(type, name)) {
			try_target(&t, name, BPF_TRACE_RAW_TP);
			add_points(btf, type, name, all);
		} else if (is_iterator(btf, type, name)) {
			try_target(&t, name, BPF_TRACE_ITER);
		}
	}
	printf("%s 1 - %u arguments of %u targets, %u differ\n", t.differ ? "not ok" : "ok", t.n,
	       t.targets, t.differ);
	return t.differ;
}

int main(int argc, char **argv)
{
	static struct points all;
	struct btf *btf = btf__load_vmlinux_btf();
	const char *why = "no BTF of a kernel", *scale = getenv("RING3_PROP_SCALE");
	struct tally walks = { 0 };
	struct rng rng = { 20251122 };
	unsigned int differ;

	if (!btf || !kernel_can_load(&why)) {
		printf("1..0 # SKIP %s\n", why);
		return 0;
	}
	differ = compare_contexts(btf, argc > 1 ? argv[1] : NULL, &all);
	for (int i = 0; all.n && i < WALKS * (scale ? atoi(scale) : 1); i++)
		walk_randomly(&walks, &all, &rng);
	printf("%s 2 - %u random reads, %u differ\n1..2\n", walks.differ ? "not ok" : "ok", walks.n,
	       walks.differ);
	btf__free(btf);
	return differ || walks.differ;
}
