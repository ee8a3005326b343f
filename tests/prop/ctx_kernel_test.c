/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are the context tables those of the running kernel?  For every program type and attach type that
 * libbpf's section names reach: each offset, width and kind of access, as a program of two
 * instructions in both; the type of what is loaded; the results that may be returned.
 * RING3_PROP_SCALE 2 adds the offsets and accesses that hardly differ.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/prog_type.h"
#include "support/both.h"
#include "support/kernel.h"

static struct both both;

enum {
	SIZE_W = 0x00,
	SIZE_H = 0x08,
	SIZE_B = 0x10,
	SIZE_DW = 0x18,
	LDX = 0x61,
	LDXSX = 0x81,
	ST = 0x62,
	STX = 0x63,
	ATOMIC = 0xc3,
};

static const struct {
	uint8_t code, width;
	bool reads, often;
	const char *name;
} accesses[] = {
	{ LDX | SIZE_B, 1, true, true, "read" },
	{ LDX | SIZE_H, 2, true, true, "read" },
	{ LDX | SIZE_W, 4, true, true, "read" },
	{ LDX | SIZE_DW, 8, true, true, "read" },
	{ STX | SIZE_B, 1, false, true, "write" },
	{ STX | SIZE_H, 2, false, true, "write" },
	{ STX | SIZE_W, 4, false, true, "write" },
	{ STX | SIZE_DW, 8, false, true, "write" },
	{ ST | SIZE_W, 4, false, false, "store" },
	{ ST | SIZE_DW, 8, false, false, "store" },
	{ LDXSX | SIZE_B, 1, true, false, "sign-extend" },
	{ LDXSX | SIZE_W, 4, true, false, "sign-extend" },
	{ ATOMIC | SIZE_W, 4, false, false, "add" },
};

static bool thorough(void)
{
	const char *s = getenv("RING3_PROP_SCALE");

	return s && atoi(s) > 1;
}

static int make(void **state)
{
	const char *why;

	(void)state;
	if (!kernel_can_load(&why)) {
		printf("1..0 # SKIP %s\n", why);
		exit(77);
	}
	return both_init(&both);
}

static int unmake(void **state)
{
	(void)state;
	both_done(&both);
	return 0;
}

/* What the log says of r2 after the first instruction: "scalar(...)"; "" when it does not. */
static void loaded_as(const char *log, char *buf, size_t size)
{
	const char *line = strstr(log, "\n1: ("), *p;

	buf[0] = '\0';
	p = line ? strstr(line, " R2") : NULL;
	if (!p || memchr(line + 1, '\n', (size_t)(p - line - 1)))
		return;
	p += strcspn(p, "=") + 1;
	snprintf(buf, size, "%.*s", (int)strcspn(p, "\n"), p);
}

static void compare_access(uint32_t type, uint32_t attach, int32_t r0, int off, size_t how)
{
	struct both_prog p = { .type = type, .attach = attach, .flags = both_flags_of(type) };
	uint8_t code = accesses[how].code;
	char theirs[160], mine[160];
	struct both_verdict v;

	both_put(&p, INSN(0xb7, 2, 0, 0, 0));
	if (accesses[how].reads)
		both_put(&p, INSN(code, 2, 1, off, 0));
	else
		both_put(&p, INSN(code, 1, (code & 7) == 2 ? 0 : 2, off, 0));
	both_put(&p, INSN(0xb7, 0, 0, 0, r0));
	both_put(&p, INSN(0x95, 0, 0, 0, 0));
	v = both_load(&both, &p);
	both_compare(&both, !v.kernel == !v.ours, "%s/%u %s %u at %d: Linux %s, ours %s",
		     both_type_name(type), attach, accesses[how].name, accesses[how].width * 8, off,
		     v.kernel ? strerror(-v.kernel) : "accepts",
		     v.ours ? strerror(-v.ours) : "accepts");
	if (v.kernel || v.ours || !accesses[how].reads)
		return;
	p.log_level = 2;
	both_load(&both, &p);
	loaded_as(both.kernel_log, theirs, sizeof(theirs));
	loaded_as(both.our_log, mine, sizeof(mine));
	both_compare(&both, !strcmp(theirs, mine), "%s/%u %s %u at %d: Linux loads %s, ours %s",
		     both_type_name(type), attach, accesses[how].name, accesses[how].width * 8, off,
		     theirs, mine);
}

/* Linux 6.18 lets tracepoint programs read before the record, which is nobody's to read. */
static int first_offset(uint32_t type)
{
	return type == BPF_PROG_TYPE_TRACEPOINT ? 0 : -8;
}

/* Contexts that are an array of equal words are looked at where they begin and end. */
static int next_offset(uint32_t type, int off)
{
	if (type == BPF_PROG_TYPE_TRACEPOINT && off == 64)
		return 8160;
	if (type == BPF_PROG_TYPE_SYSCALL && off == 40)
		return 32744;
	return off + 1;
}

static int last_offset(uint32_t type)
{
	const struct prog_type *t = NULL;

	for (uint32_t i = 0; prog_type_at(i) && !t; i++)
		if (prog_type_at(i)->type == type)
			t = prog_type_at(i);
	if (type == BPF_PROG_TYPE_SYSCALL)
		return 32767;
	if (type == BPF_PROG_TYPE_TRACEPOINT)
		return 8200;
	return t && t->ctx ? (int)t->ctx->size + 9 : 64;
}

static void every_access(void **state)
{
	uint32_t type = 0, attach = 0, before;
	int32_t r0;

	(void)state;
	both.compared = both.differ = 0;
	while (both_next_type(&both, &type, &attach, &r0)) {
		before = both.differ;
		for (int off = first_offset(type); off <= last_offset(type);
		     off = next_offset(type, off))
			for (size_t k = 0; k < sizeof(accesses) / sizeof(accesses[0]); k++)
				if (thorough() ||
				    (accesses[k].often && !(off & 1 && accesses[k].width > 1)))
					compare_access(type, attach, r0, off, k);
		if (both.differ != before)
			print_message("# %s/%u: %u differences\n", both_type_name(type), attach,
				      both.differ - before);
	}
	print_message("# %u accesses compared, %u differ\n", both.compared, both.differ);
	assert_true(both.compared > 10000);
	assert_int_equal(both.differ, 0);
}

/* A kernel may have been built without some types: no attach type makes them load. */
static bool kernel_has(uint32_t type)
{
	struct bpf_insn insns[] = { INSN(0xb7, 0, 0, 0, 0), INSN(0x95, 0, 0, 0, 0) };
	struct kernel_prog p = {
		.type = type, .insns = insns, .n_insns = 2, .flags = both_flags_of(type)
	};

	if (type != BPF_PROG_TYPE_LIRC_MODE2)
		return true;
	return kernel_prog_load(&p) >= 0;
}

/* Every expected_attach_type with every type. */
static void every_attach_type(void **state)
{
	(void)state;
	both.compared = both.differ = 0;
	for (uint32_t type = 0; type < 36; type++) {
		if (both_needs_target(type) || !kernel_has(type))
			continue;
		for (uint32_t attach = 0; attach < 64; attach++) {
			struct both_prog p = { .type = type,
					       .attach = attach,
					       .flags = both_flags_of(type) };
			struct both_verdict v[2];

			both_put(&p, INSN(0xb7, 0, 0, 0, 0));
			both_put(&p, INSN(0x95, 0, 0, 0, 0));
			for (int r0 = 0; r0 < 2; r0++) {
				p.insns[0].imm = r0;
				v[r0] = both_load(&both, &p);
				both_compare(&both, v[r0].kernel == v[r0].ours,
					     "%s(%u)/%u returns %d: Linux %d, ours %d",
					     both_type_name(type), type, attach, r0, v[r0].kernel,
					     v[r0].ours);
			}
		}
	}
	assert_int_equal(both.differ, 0);
}

/* Flags that depend on the type. */
static void every_flag(void **state)
{
	static const uint32_t flags[] = { 0,
					  BPF_F_SLEEPABLE,
					  BPF_F_XDP_HAS_FRAGS,
					  BPF_F_STRICT_ALIGNMENT,
					  BPF_F_ANY_ALIGNMENT,
					  BPF_F_TEST_STATE_FREQ,
					  BPF_F_TEST_RND_HI32,
					  1 << 6,
					  1 << 7,
					  1 << 16,
					  1u << 31 };
	uint32_t type = 0, attach = 0;
	int32_t r0;

	(void)state;
	both.compared = both.differ = 0;
	while (both_next_type(&both, &type, &attach, &r0)) {
		for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++) {
			struct both_prog p = { .type = type, .attach = attach, .flags = flags[k] };
			struct both_verdict v;

			both_put(&p, INSN(0xb7, 0, 0, 0, r0));
			both_put(&p, INSN(0x95, 0, 0, 0, 0));
			v = both_load(&both, &p);
			both_compare(&both, v.kernel == v.ours,
				     "%s/%u with flags %x: Linux %d, ours %d", both_type_name(type),
				     attach, flags[k], v.kernel, v.ours);
		}
	}
	assert_int_equal(both.differ, 0);
}

static void every_result(void **state)
{
	static const int64_t values[] = { 0,  1,      2,     3,     4,       5,       7,
					  8,  64,     127,   128,   255,     -1,      -2,
					  12, -EPERM, -4095, -4096, INT_MAX, INT_MIN, 65535 };
	static const uint32_t masks[] = { 0, 1, 3, 7 };
	uint32_t type = 0, attach = 0;
	int32_t r0;

	(void)state;
	both.compared = both.differ = 0;
	while (both_next_type(&both, &type, &attach, &r0)) {
		struct both_prog p = { .type = type,
				       .attach = attach,
				       .flags = both_flags_of(type) };
		struct both_verdict v;

		for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
			p.n = 0;
			both_put(&p, INSN(0xb7, 0, 0, 0, values[k]));
			both_put(&p, INSN(0x95, 0, 0, 0, 0));
			v = both_load(&both, &p);
			both_compare(&both, v.kernel == v.ours,
				     "%s/%u returns %lld: Linux %d, ours %d", both_type_name(type),
				     attach, (long long)values[k], v.kernel, v.ours);
		}
		for (size_t k = 0; k < sizeof(masks) / sizeof(masks[0]); k++) {
			p.n = 0;
			both_put(&p, INSN(0x85, 0, 0, 0, BPF_FUNC_get_prandom_u32));
			if (masks[k])
				both_put(&p, INSN(0x57, 0, 0, 0, masks[k]));
			both_put(&p, INSN(0x95, 0, 0, 0, 0));
			v = both_load(&both, &p);
			both_compare(&both, v.kernel == v.ours,
				     "%s/%u returns anything & %u: Linux %d, ours %d",
				     both_type_name(type), attach, masks[k], v.kernel, v.ours);
		}
		p.n = 0;
		both_put(&p, INSN(0xbf, 0, 1, 0, 0));
		both_put(&p, INSN(0x95, 0, 0, 0, 0));
		v = both_load(&both, &p);
		both_compare(&both, v.kernel == v.ours,
			     "%s/%u returns a pointer: Linux %d, ours %d", both_type_name(type),
			     attach, v.kernel, v.ours);
	}
	assert_int_equal(both.differ, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_attach_type),
		cmocka_unit_test(every_flag),
		cmocka_unit_test(every_result),
		cmocka_unit_test(every_access),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
