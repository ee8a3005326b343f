/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does our verifier give random programs the verdict of the running kernel?  What the kernel
 * accepts we accept; what we accept beyond that, we refuse under the policy that knows no more
 * than Linux.  RING3_PROP_SCALE multiplies the number of programs, SEED moves them; RING3_DIFFS
 * names a file that differences are appended to as they are found.  What only we accept runs in the
 * checking interpreter, RING3_PROP_INPUTS times.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <cmocka.h>

#include "base/os.h"
#include "base/text.h"
#include "btf/kernel.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "helper/helper.h"
#include "helper/packet.h"
#include "run/prog.h"
#include "support/kernel.h"
#include "support/vfeature.h"
#include "support/vgen.h"
#include "support/vtypes.h"
#include "verify/verify.h"

/* btf/btf.h of the library and libbpf's bpf/btf.h cannot be read together. */
struct btf_blob;
int btf_parse(const void *data, size_t size, struct btf_blob *base, struct text *log,
	      struct btf_blob **ret_btf);
struct btf_blob *btf_unref(struct btf_blob *btf);

enum {
	PROGRAMS = 400,          /* of each generator */
	WIDE_SEEDS = 1000000000, /* from here on: the wide one's */
	LOG_SIZE = 1 << 20,
	SHOWN = 10,     /* differences printed in full */
	INPUTS = 6,     /* for each program that only we accept */
	CLOCKED = 1000, /* runs between looks at the clock */
	RENEWAL = 6,
	WORDS = 64, /* of a context that is no packet */
	BATCH = 1000,
	PACKET_ROOM = 192,
	HEADROOM = 32
};

#define LONGEST_NS 500000000ull

/* Programs that were judged wrongly once, or called unsound by the checking interpreter. */
static const uint64_t once[] = { 400160729,  400057251,  400004341,  400077328,  400099562,
				 80120027,   700026326,  700134139,  2000007688, 2000045385,
				 2000179417, 2001029149, 2010285549, 60131857,   80260920,
				 910021844,  3300069942 };

static const struct kernel_map shapes[VGEN_N_MAPS] = {
	[VGEN_ARRAY] = { BPF_MAP_TYPE_ARRAY, 4, 24, 3, 0, 0 },
	[VGEN_HASH] = { BPF_MAP_TYPE_HASH, 8, 32, 16, 0, 0 },
	[VGEN_RINGBUF] = { BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0 },
	[VGEN_LOCKED] = { BPF_MAP_TYPE_ARRAY, 4, 32, 2, 0, 0 },
	[VGEN_PROGS] = { BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0, 0 },
	[VGEN_PERCPU] = { BPF_MAP_TYPE_PERCPU_ARRAY, 4, 16, 2, 0, 0 },
	[VGEN_LRU] = { BPF_MAP_TYPE_LRU_HASH, 8, 32, 16, 0, 0 },
	[VGEN_QUEUE] = { BPF_MAP_TYPE_QUEUE, 0, 8, 4, 0, 0 },
};

struct world {
	struct map *ours[VGEN_N_MAPS];
	struct btf_blob *map_btf[VGEN_N_MAPS];
	int theirs[VGEN_N_MAPS];
	int progs[32]; /* the kernel's prog arrays belong to the type that first names one */
	struct btf_kernel *kernel; /* whose maps programs look into; NULL: it tells nothing */
	struct btf_blob *btf;
	int btf_fd;
	uint32_t type_main, type_sub, type_global;
	uint32_t our_kfunc[VGEN_N_KFUNCS];
	int their_kfunc[VGEN_N_KFUNCS];
	char log[LOG_SIZE], why[300];
	uint8_t packet[PACKET_ROOM];
	uint64_t words[1024]; /* a context that is no packet: as large as any */
	unsigned int accepted, refused, beyond, missing, not_exact, finer, unsound, endless;
	uint64_t runs;
	unsigned int defects, unexplained;
	unsigned int cut; /* run less often, as a run of theirs takes long */
	uint64_t inputs;  /* for each program that only we accept */
	unsigned int by_feature[N_VFEATURES];
};

static struct world world;

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

/* One program by its SEED: everything about it is told. */
static bool is_looked_into(void)
{
	return getenv("SEED") && !getenv("RING3_PROP_SCALE");
}

static void make_types(struct world *w)
{
	struct btf *btf = btf__new_empty();
	uint32_t size;
	const void *raw;
	int num, proto, mem;

	assert_non_null(btf);
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(btf, num);
	w->type_main = (uint32_t)btf__add_func(btf, "prog", BTF_FUNC_GLOBAL, proto);
	w->type_sub = (uint32_t)btf__add_func(btf, "sub", BTF_FUNC_STATIC, proto);
	mem = btf__add_struct(btf, "mem", 16);
	btf__add_field(btf, "x", num, 0, 0);
	mem = btf__add_ptr(btf, mem);
	proto = btf__add_func_proto(btf, num);
	btf__add_func_param(btf, "n", num);
	btf__add_func_param(btf, "p", mem);
	w->type_global = (uint32_t)btf__add_func(btf, "global", BTF_FUNC_GLOBAL, proto);
	raw = btf__raw_data(btf, &size);
	assert_int_equal(btf_parse(raw, size, NULL, NULL, &w->btf), 0);
	if (btf_kernel_open("/sys/kernel/btf/vmlinux", &w->kernel))
		w->kernel = NULL;
	w->btf_fd = kernel_btf_load(raw, size);
	assert_true(w->btf_fd >= 0);
	btf__free(btf);
}

static void find_kfuncs(struct world *w)
{
	struct btf *vmlinux = btf__load_vmlinux_btf();

	for (int i = 0; i < VGEN_N_KFUNCS; i++) {
		const struct kfunc_proto *k = kfunc_by_name(vgen_kfuncs[i]);

		w->our_kfunc[i] = k ? k->p.id : UINT32_MAX;
		w->their_kfunc[i] =
			vmlinux ? btf__find_by_name_kind(vmlinux, vgen_kfuncs[i], BTF_KIND_FUNC)
				: 0;
	}
	btf__free(vmlinux);
}

static void make_map(struct world *w, int i)
{
	static const struct vcase_map locked = {
		.key_size = 4,
		.value_size = 32,
		.fields = { { .type = "bpf_spin_lock", .off = 8 } },
		.n_fields = 1,
	};
	struct kernel_map shape = shapes[i];
	struct map_desc desc = { .type = shape.type,
				 .key_size = shape.key_size,
				 .value_size = shape.value_size,
				 .max_entries = shape.max_entries,
				 .slots = 1,
				 .spin_lock_off = -1,
				 .timer_off = -1 };
	struct btf *btf = NULL;
	const void *raw;
	uint32_t size;

	if (i == VGEN_LOCKED) {
		btf = vtypes_map(&locked, &shape.btf_key, &shape.btf_value);
		raw = btf__raw_data(btf, &size);
		assert_int_equal(btf_parse(raw, size, NULL, NULL, &w->map_btf[i]), 0);
		shape.btf_fd = kernel_btf_load(raw, size);
		desc.btf_value_type_id = shape.btf_value;
	}
	assert_int_equal(map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &w->ours[i]),
			 0);
	w->theirs[i] = kernel_map_create(&shape);
	assert_true(w->theirs[i] >= 0);
	if (shape.btf_fd > 0)
		close(shape.btf_fd);
	btf__free(btf);
}

static int make_world(void **state)
{
	const char *why;

	(void)state;
	if (!kernel_can_load(&why)) {
		printf("1..0 # SKIP %s\n", why);
		exit(77);
	}
	for (int i = 0; i < VGEN_N_MAPS; i++)
		make_map(&world, i);
	find_kfuncs(&world);
	make_types(&world);
	return 0;
}

static void fill_funcs(const struct world *w, const struct vgen_prog *p, struct bpf_func_info *ret)
{
	for (uint32_t i = 0; i < p->n_subs; i++)
		ret[i] = (struct bpf_func_info){ .insn_off = p->sub_at[i],
						 .type_id = !i ? w->type_main
							    : p->sub[i] == VGEN_GLOBAL
								    ? w->type_global
								    : w->type_sub };
}

static int prog_array(struct world *w, uint32_t type)
{
	if (!w->progs[type])
		w->progs[type] = kernel_map_create(&shapes[VGEN_PROGS]);
	return w->progs[type];
}

static const struct btf_kernel *kernel_of(void *arg)
{
	struct world *w = arg;

	return w->kernel;
}

static int ask_kernel(struct world *w, const struct vgen_prog *p, bool log)
{
	static struct vgen_prog copy;
	struct bpf_func_info funcs[VGEN_MAX_SUBS];
	struct kernel_prog k = { .type = p->type,
				 .insns = copy.insns,
				 .n_insns = p->n,
				 .flags = p->strict_alignment ? BPF_F_STRICT_ALIGNMENT : 0U,
				 .btf_fd = w->btf_fd,
				 .func_info = funcs,
				 .n_func_info = p->n_subs };
	int fd;

	copy = *p;
	for (uint32_t i = 0; i < p->n_refs; i++) {
		uint32_t map = (uint32_t)p->insns[p->ref_at[i]].imm;

		copy.insns[p->ref_at[i]].imm =
			map == VGEN_PROGS ? prog_array(w, p->type) : w->theirs[map];
	}
	for (uint32_t i = 0; i < p->n_kfuncs; i++)
		copy.insns[p->kfunc_at[i]].imm = w->their_kfunc[p->insns[p->kfunc_at[i]].imm];
	fill_funcs(w, p, funcs);
	if (log) {
		k.log = w->log;
		k.log_size = LOG_SIZE;
		k.log_level = 2;
		w->log[0] = '\0';
	}
	fd = kernel_prog_load(&k);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int ask_ours(struct world *w, const struct vgen_prog *p, bool exact, unsigned int level,
		    struct text *log, struct verify_facts **ret_facts,
		    struct verify_diag *reterr_diag)
{
	struct bpf_func_info funcs[VGEN_MAX_SUBS];
	struct map *maps[VGEN_MAX_REFS];
	const struct btf_blob *btfs[VGEN_MAX_REFS];
	uint32_t rows[VGEN_MAX_REFS];
	const char *names[VGEN_MAX_REFS];
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(p->type, 0),
		.prog_flags = p->strict_alignment ? BPF_F_STRICT_ALIGNMENT : 0U,
		.gpl = true,
		.name = "random",
		.n_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF),
		.policy = verify_policy_privileged(),
		.maps = maps,
		.map_at = p->ref_at,
		.map_btfs = btfs,
		.n_map_refs = p->n_refs,
		.kfunc_rows = rows,
		.kfunc_names = names,
		.kfunc_at = p->kfunc_at,
		.n_kfunc_refs = p->n_kfuncs,
		.btf = w->btf,
		.kernel = kernel_of,
		.kernel_arg = w,
		.func_info = funcs,
		.n_func_info = p->n_subs,
		.log = log,
		.log_level = level,
	};
	struct verify_facts *facts = NULL;
	int err;

	in.policy.exact_kernel = exact;
	for (uint32_t i = 0; i < p->n_refs; i++) {
		maps[i] = w->ours[p->insns[p->ref_at[i]].imm];
		btfs[i] = w->map_btf[p->insns[p->ref_at[i]].imm];
	}
	for (uint32_t i = 0; i < p->n_kfuncs; i++) {
		rows[i] = w->our_kfunc[p->insns[p->kfunc_at[i]].imm];
		names[i] = vgen_kfuncs[p->insns[p->kfunc_at[i]].imm];
	}
	fill_funcs(w, p, funcs);
	err = verify_prog(&in, NULL, &facts, reterr_diag);
	if (ret_facts && !err)
		*ret_facts = facts;
	else
		verify_facts_free(facts);
	return err;
}

/* What the kernel says last before its figures. */
static void print_last_words(const char *log)
{
	const char *end = strstr(log, "processed "), *from;
	int lines = 0;

	if (!end)
		end = log + strlen(log);
	for (from = end; from > log && lines < 4; from--)
		lines += from[-1] == '\n';
	while (from < end) {
		const char *stop = memchr(from, '\n', (size_t)(end - from));

		if (!stop)
			stop = end;
		printf("#   kernel: %.*s\n", (int)(stop - from), from);
		from = stop + 1;
	}
}

/* Both logs in full: for a SEED that is looked into. */
static void print_logs(struct world *w, const struct vgen_prog *p, bool exact)
{
	struct verify_diag diag;
	struct text log;

	text_init_heap(&log);
	ask_ours(w, p, exact, 2, &log, NULL, &diag);
	printf("# ring3:\n%s\n# kernel:\n%s\n", log.buf ? log.buf : "", w->log);
	text_done(&log);
}

static void show(struct world *w, const struct vgen_prog *p, uint64_t seed, const char *what,
		 const struct verify_diag *diag, bool exact)
{
	char buf[128];
	struct text t;

	printf("# SEED=%" PRIu64 " %s, program type %u\n", seed, what, p->type);
	if (w->missing + w->not_exact + w->finer + w->unsound > SHOWN)
		return;
	for (uint32_t i = 0; i < p->n; i += isa_is_wide(p->insns[i].code) ? 2 : 1) {
		text_init(&t, buf, sizeof(buf));
		disasm_insn(&p->insns[i], p->n - i, &t);
		printf("# %4u: %s\n", i, buf);
	}
	if (diag)
		printf("#   ring3: %s at %u: %s\n", diag->reason, diag->insn, diag->message);
	ask_kernel(w, p, true);
	print_last_words(w->log);
	if (is_looked_into())
		print_logs(w, p, exact);
}

/* Did the kernel come to a defect of its own, which it names?  It may go on knowing less. */
static bool names_defect(struct world *w, const struct vgen_prog *p)
{
	ask_kernel(w, p, true);
	return strstr(w->log, "verifier bug") || strstr(w->log, "REG INVARIANTS VIOLATION");
}

/* EFAULT is what the kernel says of a defect of its own: no verdict, but counted.  It is also its
 * errno for too many pending branches, which is one.  Anything else is a failure. */
static bool is_defect(struct world *w, const struct vgen_prog *p, uint64_t seed)
{
	if (names_defect(w, p)) {
		w->defects++;
		return true;
	}
	if (!strstr(w->log, "jumps is too complex")) {
		printf("# SEED=%" PRIu64 " EFAULT without a defect\n", seed);
		print_last_words(w->log);
		w->unexplained++;
	}
	return false;
}

static bool is_packet(uint32_t type)
{
	return type != BPF_PROG_TYPE_KPROBE && type != BPF_PROG_TYPE_TRACEPOINT &&
	       type != BPF_PROG_TYPE_RAW_TRACEPOINT;
}

static void random_packet(struct world *w, struct rng *rng, struct packet *ret_ctx, bool is_xdp)
{
	uint32_t len = 14 + rng_below(rng, 100);

	memset(ret_ctx, 0, sizeof(*ret_ctx));
	ret_ctx->head = w->packet;
	ret_ctx->end_room = w->packet + PACKET_ROOM;
	ret_ctx->data = ret_ctx->data_meta = w->packet + HEADROOM;
	ret_ctx->data_end = ret_ctx->data + len;
	ret_ctx->len = len;
	ret_ctx->ingress_ifindex = ret_ctx->ifindex = (uint32_t)rng_value(rng);
	ret_ctx->rx_queue_index = (uint32_t)rng_value(rng);
	ret_ctx->is_xdp = is_xdp;
	for (uint32_t i = 0; i < PACKET_ROOM; i += sizeof(uint64_t)) {
		uint64_t bytes = rng_next(rng);

		memcpy(w->packet + i, &bytes, sizeof(bytes));
	}
}

/* All of the context and the maps before every RENEWAL runs; between them a part of the context. */
static void random_input(struct world *w, struct rng *rng, struct packet *ret_ctx,
			 const struct vgen_prog *p, uint64_t nr)
{
	const uint32_t n = nr % RENEWAL ? WORDS / RENEWAL : WORDS;

	if (is_packet(p->type))
		random_packet(w, rng, ret_ctx, p->type == BPF_PROG_TYPE_XDP);
	else
		for (uint32_t i = 0, at = rng_below(rng, WORDS); i < n; i++)
			w->words[(at + i) % WORDS] = rng_value(rng);
	for (uint32_t m = VGEN_ARRAY; m <= VGEN_HASH && p->n_refs && !(nr % RENEWAL); m++)
		for (uint64_t k = 0; k < 3; k++) {
			uint64_t value[4];

			for (int i = 0; i < 4; i++)
				value[i] = rng_value(rng);
			map_update(w->ours[m], &k, value, 0, 0);
		}
}

/* What only we accept has to stay in its memory. */
static void run_checked(struct world *w, const struct vgen_prog *p,
			const struct verify_facts *facts, struct rng *rng)
{
	struct code code = { .facts = facts, .name = "random" };
	struct prog prog = { .type = prog_type_of(p->type, 0) };
	uint64_t end = os_thread_cpu_ns() + LONGEST_NS;
	struct interp_check *ck = NULL;
	char buf[300];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	assert_int_equal(interp_check_new(&code, &ck), 0);
	for (uint32_t m = 0; m < VGEN_N_MAPS; m++)
		interp_check_add_map(ck, w->ours[m]);
	for (uint64_t i = 0, bad = 0; i < w->inputs && !bad; i++, w->runs++) {
		if (i % CLOCKED == CLOCKED - 1 && os_thread_cpu_ns() > end) {
			w->cut++;
			break;
		}
		struct packet ctx;
		struct run run = { .fuel = 1000, .ctx = &ctx, .packet = &ctx, .prog = &prog };

		random_input(w, rng, &ctx, p, i);
		if (is_packet(p->type))
			interp_check_run(ck, &ctx, sizeof(ctx), &run, &bad, &why);
		else
			interp_check_run(ck, w->words, sizeof(w->words), &run, &bad, &why);
		if (bad)
			snprintf(w->why, sizeof(w->why), "%s", buf);
	}
	interp_check_free(ck);
}

/* A number that tells the programs apart which are worth looking at: what the kernel says. */
static void save(struct world *w, const struct vgen_prog *p, uint64_t seed, const char *what,
		 const struct verify_diag *ours)
{
	const char *path = getenv("RING3_DIFFS"), *end, *from;
	FILE *f = path ? fopen(path, "a") : NULL;
	int err;

	if (!f)
		return;
	w->log[0] = '\0';
	err = ask_kernel(w, p, true);
	end = strstr(w->log, "\nprocessed ");
	end = end ? end : w->log + strlen(w->log);
	for (from = end; from > w->log && from[-1] != '\n'; from--)
		;
	fprintf(f, "%s\t%" PRIu64 "\t%d\t%s\t%s\t%.*s\n", what, seed, err, ours ? ours->reason : "",
		ours ? ours->message : "", (int)(end - from), from);
	fclose(f);
}

/* Which of our features is it that Linux lacks? */
static enum vfeature feature_of(struct world *w, const struct vgen_prog *p)
{
	struct verify_diag diag = { 0 };
	struct text ours, exact;
	enum vfeature found = VFEATURE_NONE;

	text_init_heap(&ours);
	text_init_heap(&exact);
	ask_ours(w, p, false, 2, &ours, NULL, &diag);
	if (ask_ours(w, p, true, 1, &exact, NULL, &diag) && ours.buf && exact.buf)
		found = vfeature_of(p->insns, ours.buf, exact.buf, diag.reason, diag.insn);
	if (is_looked_into())
		printf("# accepted by %s:\n%s\n# refused with no more than Linux knows:\n%s\n",
		       vfeature_names[found], ours.buf ? ours.buf : "", exact.buf ? exact.buf : "");
	text_done(&ours);
	text_done(&exact);
	return found;
}

/* A number in two pieces, of which exact_kernel knows each better than Linux knows both. */
static bool is_parted(struct world *w, const struct vgen_prog *p)
{
	struct verify_diag diag = { 0 };
	struct text log;
	bool parted;

	text_init_heap(&log);
	parted = !ask_ours(w, p, true, 2, &log, NULL, &diag) && log.buf &&
		 vfeature_is_parted(p->insns, log.buf);
	text_done(&log);
	return parted;
}

static void beyond(struct world *w, const struct vgen_prog *p, uint64_t seed,
		   struct verify_facts *facts, struct rng *rng)
{
	enum vfeature f = feature_of(w, p);
	struct verify_diag named = { 0 };

	if (f == VFEATURE_NONE && names_defect(w, p))
		f = VFEATURE_DEFECT;
	else if (f == VFEATURE_NONE && is_parted(w, p))
		f = VFEATURE_PIECES;
	named.reason = vfeature_names[f];
	w->beyond++;
	w->by_feature[f]++;
	w->why[0] = '\0';
	run_checked(w, p, facts, rng);
	save(w, p, seed, w->why[0] ? "unsound" : "beyond", &named);
	if (!w->why[0])
		return;
	w->unsound++;
	printf("# %s\n", w->why);
	show(w, p, seed, "accepted, and leaves its memory", NULL, false);
}

/* A loop around a call that repeats a callback: Linux 6.18 takes each round of the callback for
 * progress of the loop, so that it accepts some that never end, or not before 2^64 rounds. */
static bool is_endless(const struct vgen_prog *p, const char *reason)
{
	if (strcmp(reason, "loop.infinite") != 0 && strncmp(reason, "limit.", 6) != 0)
		return false;
	for (uint32_t i = 1; i < p->n_subs; i++)
		if (p->sub[i] == VGEN_LOOP || p->sub[i] == VGEN_EACH)
			return true;
	return false;
}

static void compare(struct world *w, uint64_t seed)
{
	static struct vgen_prog p;
	struct rng rng = { seed ^ 0x7665726469637421ULL };
	struct verify_diag diag = { 0 }, exact_diag = { 0 };
	struct verify_facts *facts = NULL;
	int kernel, ours, exact;

	if (seed >= WIDE_SEEDS)
		vgen_wide_program(&rng, &p);
	else
		vgen_program(&rng, &p);
	kernel = ask_kernel(w, &p, false);
	if (kernel == -EFAULT && is_defect(w, &p, seed))
		return;
	ours = ask_ours(w, &p, false, 0, NULL, &facts, &diag);
	w->accepted += !kernel;
	w->refused += kernel != 0;
	if (kernel && !ours)
		beyond(w, &p, seed, facts, &rng);
	verify_facts_free(facts);
	/* What both refuse is refused by a policy that knows less, too. */
	exact = kernel && ours ? ours : ask_ours(w, &p, true, 0, NULL, NULL, &exact_diag);
	if (is_looked_into())
		printf("# the kernel: %d, we: %d %s, under exact_kernel: %d %s\n", kernel, ours,
		       ours ? diag.reason : "", exact, exact ? exact_diag.reason : "");
	if (!kernel && ours && is_endless(&p, diag.reason)) {
		w->endless++;
		save(w, &p, seed, "endless", &diag);
	} else if (!kernel && ours) {
		w->missing++;
		save(w, &p, seed, "missing", &diag);
		show(w, &p, seed, "the kernel accepts, we refuse", &diag, false);
	}
	if (!kernel && exact && (!ours || !is_endless(&p, exact_diag.reason))) {
		w->not_exact++;
		save(w, &p, seed, "exact", &exact_diag);
		show(w, &p, seed, "refused under exact_kernel only", &exact_diag, true);
	} else if (kernel && !exact && names_defect(w, &p)) {
		w->defects++;
	} else if (kernel && !exact && is_parted(w, &p)) {
		save(w, &p, seed, "pieces", NULL);
	} else if (kernel && !exact) {
		w->finer++;
		save(w, &p, seed, "finer", NULL);
		show(w, &p, seed, "accepted under exact_kernel", NULL, true);
	}
}

/* A long run that is cut short has said how far it came. */
static void note_batch(const struct world *w, uint64_t seed)
{
	const char *path = getenv("RING3_DIFFS");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!f)
		return;
	fprintf(f,
		"batch\t%" PRIu64 "\t%u accepted, %u refused, %u beyond, %u missing, %" PRIu64
		" runs\n",
		seed, w->accepted, w->refused, w->beyond, w->missing, w->runs);
	fclose(f);
}

static void compare_many(struct world *w, uint64_t first, uint64_t n)
{
	for (uint64_t seed = first; seed < first + n; seed++) {
		compare(w, seed);
		if ((seed - first) % BATCH == BATCH - 1)
			note_batch(w, seed);
	}
}

static void test_same_verdict(void **state)
{
	uint64_t first = env_number("SEED", 0);
	uint64_t n = PROGRAMS * env_number("RING3_PROP_SCALE", 1);

	(void)state;
	world.inputs = env_number("RING3_PROP_INPUTS", INPUTS);
	if (first && !getenv("RING3_PROP_SCALE"))
		n = 1;
	compare_many(&world, first ? first : 1, n);
	if (!first)
		compare_many(&world, WIDE_SEEDS, n);
	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]) && !first; i++)
		compare(&world, once[i]);
	n = world.accepted + world.refused;
	printf("# %" PRIu64 " programs: the kernel accepts %u, refuses %u; %u more accepted by us, "
	       "%u missing, %u do not end; under exact_kernel %u missing, %u more; "
	       "%u defects of the kernel\n",
	       n, world.accepted, world.refused, world.beyond, world.missing, world.endless,
	       world.not_exact, world.finer, world.defects);
	for (int i = 0; i < N_VFEATURES; i++)
		if (world.by_feature[i])
			printf("# %6u accepted by %s\n", world.by_feature[i], vfeature_names[i]);
	if (world.cut)
		printf("# %u programs ran for %d ms of CPU time and not as often\n", world.cut,
		       (int)(LONGEST_NS / 1000000));
	printf("# %" PRIu64 " runs in the checking interpreter, %u programs left their memory\n",
	       world.runs, world.unsound);
	assert_int_equal(world.unsound, 0);
	assert_int_equal(world.by_feature[VFEATURE_NONE], 0);
	assert_int_equal(world.missing, 0);
	assert_int_equal(world.not_exact, 0);
	assert_int_equal(world.finer, 0);
	assert_int_equal(world.unexplained, 0);
}

/* A generator that makes only safe or only wrong programs would compare nothing. */
static void test_both_verdicts_occur(void **state)
{
	unsigned int n = world.accepted + world.refused;

	(void)state;
	if (!n || env_number("SEED", 0)) {
		puts(n ? "# SKIP one program says nothing of the generator"
		       : "# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	assert_true(n > PROGRAMS / 2);
	assert_true(world.accepted > n / 10);
	assert_true(world.refused > n / 10);
}

static int end_world(void **state)
{
	(void)state;
	for (int i = 0; i < VGEN_N_MAPS; i++) {
		map_unref(world.ours[i]);
		btf_unref(world.map_btf[i]);
		close(world.theirs[i]);
	}
	btf_unref(world.btf);
	close(world.btf_fd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_verdict),
		cmocka_unit_test(test_both_verdicts_occur),
	};

	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_world, end_world);
}
