/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the check of an object's BTF accept what clang writes and refuse references that lead out?
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <linux/btf.h>

#include "base/text.h"
#include "btf/shape.h"

/* int; struct { int a; }; VAR of it; DATASEC without a size, as clang leaves it. */
struct sample {
	struct btf_header h;
	struct btf_type int_type;
	uint32_t int_info;
	struct btf_type struct_type;
	struct btf_member member;
	struct btf_type var_type;
	struct btf_var var;
	struct btf_type sec_type;
	struct btf_var_secinfo entry;
	char strings[16];
};

static struct sample make(void)
{
	struct sample s = {
		.h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(struct btf_header) },
		.int_type = { 1, BTF_KIND_INT << 24, { 4 } },
		.int_info = 32,
		.struct_type = { 1, BTF_KIND_STRUCT << 24 | 1, { 4 } },
		.member = { 1, 1, 0 },
		.var_type = { 1, BTF_KIND_VAR << 24, { 2 } },
		.sec_type = { 1, BTF_KIND_DATASEC << 24 | 1, { 0 } },
		.entry = { 3, 0, 4 },
		.strings = "\0abc",
	};

	s.h.type_len = offsetof(struct sample, strings) - sizeof(s.h);
	s.h.str_off = s.h.type_len;
	s.h.str_len = sizeof(s.strings);
	return s;
}

static int check(const struct sample *s)
{
	char buf[128];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	return btf_shape_check(s, offsetof(struct sample, strings) + sizeof(s->strings), &why);
}

static void test_accepts_what_clang_writes(void **state)
{
	struct sample s = make();

	(void)state;
	assert_int_equal(check(&s), 0);
}

static void test_refuses_what_leads_out(void **state)
{
	struct sample good = make(), s;

	(void)state;
#define REFUSED(change) \
	s = good;       \
	change;         \
	assert_int_equal(check(&s), -EINVAL)
	REFUSED(s.member.type = 5);
	REFUSED(s.member.name_off = 16);
	REFUSED(s.var_type.type = 99);
	REFUSED(s.entry.type = 0);
	REFUSED(s.entry.type = 1);
	REFUSED(s.entry.type = 7);
	REFUSED(s.struct_type.info = BTF_KIND_STRUCT << 24 | 9);
	REFUSED(s.int_type.info = 31u << 24);
	REFUSED(s.strings[15] = 'x');
	REFUSED(s.h.type_len += 4);
	REFUSED(s.h.str_off = UINT32_MAX);
	REFUSED(s.sec_type.info = BTF_KIND_FUNC << 24; s.sec_type.type = 1);
#undef REFUSED
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_what_clang_writes),
		cmocka_unit_test(test_refuses_what_leads_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
