/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does bpf_loop() do the same wherever it runs?  On the interpreter, by the helper and as the
 * optimiser writes it: how often, until when, with which argument, and what is left of registers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "isa/asm.h"
#include "ring3/ring3.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	ETH_LEN = 14 /* what a socket filter does not see */
};

/* The packet's first number says how many rounds, its second where it ends.  What is returned
 * depends on the helper's result, on all rounds, and on registers and stack that live across. */
static const char text[] =
	"r9 = r1\n"
	"r6 = *(u32 *)(r1 + 0)\n"
	"*(u64 *)(r10 - 40) = r6\n"
	"r0 = 0\n*(u64 *)(r10 - 8) = r0\n*(u64 *)(r10 - 16) = r0\n"
	"*(u64 *)(r10 - 24) = r0\n"
	"r1 = r9\nr2 = 0\nr3 = r10\nr3 += -24\nr4 = 8\ncall 26\n"
	"r7 = *(u32 *)(r10 - 24)\nr8 = *(u32 *)(r10 - 20)\n"
	"*(u64 *)(r10 - 16) = r8\n"
	"r1 = r7\nr7 *= 3\nr2 = func body ll\nr3 = r10\nr3 += -16\nr4 = 0\ncall 181\n"
	"r1 = *(u64 *)(r10 - 8)\nr1 *= 31\nr0 += r1\n"
	"r0 *= 31\nr0 += r7\nr0 *= 31\nr0 += r8\n"
	"r1 = *(u64 *)(r10 - 40)\nr0 *= 31\nr0 += r1\nexit\n"
	"body: r6 = *(u64 *)(r2 + 8)\nr6 *= 7\nr6 += r1\n*(u64 *)(r2 + 8) = r6\n"
	"r7 = *(u64 *)(r2 + 0)\nr0 = 0\nr8 = 5\nr9 = 6\n"
	"if r1 != r7 goto +1\nr0 = 1\nexit\n";

/* A callback has to tell its type: body(), behind the first exit, is static. */
static int load_types(ring3 *rt, const struct bpf_insn *insns, struct bpf_func_info *ret)
{
	struct btf *btf = btf__new_empty();
	union bpf_attr attr = { 0 };
	int num, proto, fd;

	assert_non_null(btf);
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	proto = btf__add_func_proto(btf, num);
	memset(ret, 0, 2 * sizeof(*ret));
	ret[0].type_id = (uint32_t)btf__add_func(btf, "prog", BTF_FUNC_GLOBAL, proto);
	ret[1].type_id = (uint32_t)btf__add_func(btf, "body", BTF_FUNC_STATIC, proto);
	while (insns[ret[1].insn_off++].code != (BPF_JMP | BPF_EXIT))
		;
	attr.btf = (uintptr_t)btf__raw_data(btf, &attr.btf_size);
	fd = ring3_bpf(rt, BPF_BTF_LOAD, &attr, sizeof(attr));
	btf__free(btf);
	assert_true(fd >= 0);
	return fd;
}

static int load(ring3 *rt)
{
	struct bpf_func_info funcs[2];
	struct asm_error error = { .message = "" };
	struct bpf_insn *insns = NULL;
	uint32_t n = 0;
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				.license = (uintptr_t) "GPL" };
	int fd, types;

	if (asm_text(text, strlen(text), &insns, &n, &error))
		fail_msg("line %u: %s", error.line, error.message);
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = n;
	types = load_types(rt, insns, funcs);
	attr.prog_btf_fd = (uint32_t)types;
	attr.func_info = (uintptr_t)funcs;
	attr.func_info_cnt = 2;
	attr.func_info_rec_size = sizeof(funcs[0]);
	fd = ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));
	mem_free(insns);
	close(types);
	assert_true(fd >= 0);
	return fd;
}

static uint32_t run(ring3 *rt, int fd, uint32_t rounds, uint32_t end)
{
	uint8_t frame[64] = { 0 };
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd,
					  .data_in = (uintptr_t)frame,
					  .data_size_in = sizeof(frame) } };

	memcpy(frame + ETH_LEN, &rounds, sizeof(rounds));
	memcpy(frame + ETH_LEN + sizeof(rounds), &end, sizeof(end));
	assert_int_equal(ring3_bpf(rt, BPF_PROG_TEST_RUN, &attr, sizeof(attr)), 0);
	return attr.test.retval;
}

static ring3 *runtime(uint32_t jit)
{
	struct ring3_opts opts = { .size = sizeof(opts), .jit = jit };
	ring3 *rt;

	assert_int_equal(ring3_new(&opts, &rt), 0);
	return rt;
}

static void test_all_engines(void **state)
{
	static const uint32_t rounds[] = { 0, 1, 2, 7, 100, 1 << 23, (1 << 23) + 1, ~0u };
	static const uint32_t ends[] = { 0, 1, 6, 99, 100, 1000, 1 << 22, 1u << 31 };
	ring3 *plain = runtime(RING3_JIT_PLAIN), *best = runtime(RING3_JIT_OPTIMISED);
	ring3 *interp = runtime(RING3_JIT_PLAIN);
	uint32_t last = 0, differ = 0;
	int a = load(plain), b = load(best), c = load(interp);

	(void)state;
	interp->engine = PROG_INTERP;
	for (unsigned int i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++)
		for (unsigned int k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			uint32_t want = run(interp, c, rounds[i], ends[k]);

			differ += want != last;
			last = want;
			assert_int_equal(run(plain, a, rounds[i], ends[k]), want);
			assert_int_equal(run(best, b, rounds[i], ends[k]), want);
		}
	assert_true(differ > 40);
	close(a);
	close(b);
	close(c);
	ring3_unref(plain);
	ring3_unref(best);
	ring3_unref(interp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_engines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
