/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does our verifier give random programs the verdict of the running kernel?  What the kernel
 * accepts we accept; what we accept beyond that, we refuse under the policy that knows no more
 * than Linux.  RING3_PROP_SCALE multiplies the number of programs, SEED moves them.
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

#include "base/text.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "support/kernel.h"
#include "support/vgen.h"
#include "verify/verify.h"

/* btf/btf.h of the library and libbpf's bpf/btf.h cannot be read together. */
struct btf_blob;
int btf_parse(const void *data, size_t size, struct btf_blob *base, struct text *log,
	      struct btf_blob **ret_btf);
struct btf_blob *btf_unref(struct btf_blob *btf);

enum {
	PROGRAMS = 600,
	LOG_SIZE = 1 << 20,
	SHOWN = 10, /* differences printed in full */
};

static const struct kernel_map shapes[VGEN_N_MAPS] = {
	[VGEN_ARRAY] = { BPF_MAP_TYPE_ARRAY, 4, 24, 3, 0, 0 },
	[VGEN_HASH] = { BPF_MAP_TYPE_HASH, 8, 32, 16, 0, 0 },
	[VGEN_RINGBUF] = { BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0 },
};

struct world {
	struct map *ours[VGEN_N_MAPS];
	int theirs[VGEN_N_MAPS];
	struct btf_blob *btf;
	int btf_fd;
	uint32_t type_main, type_sub;
	char log[LOG_SIZE];
	unsigned int accepted, refused, beyond, missing, not_exact, finer;
	unsigned int defects, unexplained;
};

static struct world world;

static uint64_t env_number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoull(s, NULL, 0) : otherwise;
}

static void make_types(struct world *w)
{
	struct btf *btf = btf__new_empty();
	uint32_t size;
	const void *raw;
	int num, proto;

	assert_non_null(btf);
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(btf, num);
	w->type_main = (uint32_t)btf__add_func(btf, "prog", BTF_FUNC_GLOBAL, proto);
	w->type_sub = (uint32_t)btf__add_func(btf, "sub", BTF_FUNC_STATIC, proto);
	raw = btf__raw_data(btf, &size);
	assert_int_equal(btf_parse(raw, size, NULL, NULL, &w->btf), 0);
	w->btf_fd = kernel_btf_load(raw, size);
	assert_true(w->btf_fd >= 0);
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
	for (int i = 0; i < VGEN_N_MAPS; i++) {
		struct map_desc desc = { .type = shapes[i].type,
					 .key_size = shapes[i].key_size,
					 .value_size = shapes[i].value_size,
					 .max_entries = shapes[i].max_entries,
					 .slots = 1,
					 .spin_lock_off = -1,
					 .timer_off = -1 };

		assert_int_equal(
			map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &world.ours[i]),
			0);
		world.theirs[i] = kernel_map_create(&shapes[i]);
		assert_true(world.theirs[i] >= 0);
	}
	make_types(&world);
	return 0;
}

static void fill_funcs(const struct world *w, const struct vgen_prog *p, struct bpf_func_info *ret)
{
	for (uint32_t i = 0; i < p->n_subs; i++)
		ret[i] = (struct bpf_func_info){ .insn_off = p->sub_at[i],
						 .type_id = i ? w->type_sub : w->type_main };
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
	for (uint32_t i = 0; i < p->n_refs; i++)
		copy.insns[p->ref_at[i]].imm = w->theirs[p->insns[p->ref_at[i]].imm];
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

static int ask_ours(struct world *w, const struct vgen_prog *p, bool exact, struct text *log,
		    struct verify_diag *reterr_diag)
{
	struct bpf_func_info funcs[VGEN_MAX_SUBS];
	struct map *maps[VGEN_MAX_REFS];
	struct verify_input in = {
		.insns = p->insns,
		.n_insns = p->n,
		.type = prog_type_of(p->type, 0),
		.prog_flags = p->strict_alignment ? BPF_F_STRICT_ALIGNMENT : 0U,
		.gpl = true,
		.name = "random",
		.policy = verify_policy_privileged(),
		.maps = maps,
		.map_at = p->ref_at,
		.n_map_refs = p->n_refs,
		.btf = w->btf,
		.func_info = funcs,
		.n_func_info = p->n_subs,
		.log = log,
		.log_level = log ? 2 : 0,
	};
	struct verify_facts *facts = NULL;
	int err;

	in.policy.exact_kernel = exact;
	for (uint32_t i = 0; i < p->n_refs; i++)
		maps[i] = w->ours[p->insns[p->ref_at[i]].imm];
	fill_funcs(w, p, funcs);
	err = verify_prog(&in, NULL, &facts, reterr_diag);
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
	ask_ours(w, p, exact, &log, &diag);
	printf("# ring3:\n%s\n# kernel:\n%s\n", log.buf ? log.buf : "", w->log);
	text_done(&log);
}

static void show(struct world *w, const struct vgen_prog *p, uint64_t seed, const char *what,
		 const struct verify_diag *diag, bool exact)
{
	char buf[128];
	struct text t;

	printf("# SEED=%" PRIu64 " %s, program type %u\n", seed, what, p->type);
	if (w->missing + w->not_exact + w->finer > SHOWN)
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
	if (getenv("SEED"))
		print_logs(w, p, exact);
}

/* EFAULT is what the kernel says of a defect of its own, and it names it: no verdict, but counted.
 * It is also its errno for too many pending branches, which is one.  Anything else is a failure. */
static bool is_defect(struct world *w, const struct vgen_prog *p, uint64_t seed)
{
	static const char *const defects[] = { "verifier bug", "REG INVARIANTS VIOLATION" };

	ask_kernel(w, p, true);
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (strstr(w->log, defects[i])) {
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

static void compare(struct world *w, uint64_t seed)
{
	static struct vgen_prog p;
	struct rng rng = { seed ^ 0x7665726469637421ULL };
	struct verify_diag diag = { 0 }, exact_diag = { 0 };
	int kernel, ours, exact;

	vgen_program(&rng, &p);
	kernel = ask_kernel(w, &p, false);
	if (kernel == -EFAULT && is_defect(w, &p, seed))
		return;
	ours = ask_ours(w, &p, false, NULL, &diag);
	exact = ask_ours(w, &p, true, NULL, &exact_diag);
	w->accepted += !kernel;
	w->refused += kernel != 0;
	w->beyond += kernel && !ours;
	if (!kernel && ours) {
		w->missing++;
		show(w, &p, seed, "the kernel accepts, we refuse", &diag, false);
	} else if (!kernel && exact) {
		w->not_exact++;
		show(w, &p, seed, "refused under exact_kernel only", &exact_diag, true);
	} else if (kernel && !exact) {
		w->finer++;
		show(w, &p, seed, "accepted under exact_kernel", NULL, true);
	}
}

static void test_same_verdict(void **state)
{
	uint64_t first = env_number("SEED", 1);
	uint64_t n = PROGRAMS * env_number("RING3_PROP_SCALE", 1);

	(void)state;
	if (getenv("SEED") && !getenv("RING3_PROP_SCALE"))
		n = 1;
	for (uint64_t seed = first; seed < first + n; seed++)
		compare(&world, seed);
	printf("# %" PRIu64 " programs: the kernel accepts %u, refuses %u; %u more accepted by us, "
	       "%u missing; under exact_kernel %u missing, %u more; %u "
	       "defects of the kernel\n",
	       n, world.accepted, world.refused, world.beyond, world.missing, world.not_exact,
	       world.finer, world.defects);
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
	if (n < PROGRAMS / 2)
		skip();
	assert_true(world.accepted > n / 10);
	assert_true(world.refused > n / 10);
}

static int end_world(void **state)
{
	(void)state;
	for (int i = 0; i < VGEN_N_MAPS; i++) {
		map_unref(world.ours[i]);
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
