/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the reader accept what loaders send, name what it finds, and refuse with the right errno? */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "btf/btf.h"
#include "support/btf_sample.h"

/* A blob from type words and strings, as libbpf's feature probes are built. */
static size_t blob(uint8_t *out, const uint32_t *types, uint32_t n_words, const char *strs,
		   uint32_t strs_len)
{
	struct btf_header hdr = { .magic = BTF_MAGIC,
				  .version = BTF_VERSION,
				  .hdr_len = sizeof(hdr),
				  .type_len = n_words * 4,
				  .str_off = n_words * 4,
				  .str_len = strs_len };

	memcpy(out, &hdr, sizeof(hdr));
	memcpy(out + sizeof(hdr), types, n_words * 4);
	memcpy(out + sizeof(hdr) + n_words * 4, strs, strs_len);
	return sizeof(hdr) + n_words * 4 + strs_len;
}

static int parse(const uint32_t *types, uint32_t n_words, const char *strs, uint32_t strs_len,
		 char *why, size_t why_size)
{
	uint8_t buf[512];
	size_t size = blob(buf, types, n_words, strs, strs_len);
	struct btf_blob *btf = NULL;
	struct text log;
	int err;

	text_init(&log, why, why_size);
	err = btf_parse(buf, size, NULL, &log, &btf);
	btf_unref(btf);
	return err;
}

#define INFO(kind, flag, vlen) ((uint32_t)(flag) << 31 | (uint32_t)(kind) << 24 | (vlen))
#define INT_TYPE(name)         (name), INFO(BTF_KIND_INT, 0, 0), 4, (1u << 24 | 32)
#define OK(types, strs) \
	assert_int_equal(parse(types, sizeof(types) / 4, strs, sizeof(strs), why, sizeof(why)), 0)
#define REFUSED(err, reason, types, strs)                                                      \
	do {                                                                                   \
		assert_int_equal(                                                              \
			parse(types, sizeof(types) / 4, strs, sizeof(strs), why, sizeof(why)), \
			err);                                                                  \
		assert_non_null(strstr(why, reason));                                          \
	} while (0)

/* The kinds that libbpf tries on a kernel before it uses them. */
static void test_probes_are_accepted(void **state)
{
	static const uint32_t just_int[] = { INT_TYPE(1) };
	static const uint32_t func_static[] = {
		INT_TYPE(1), 0, INFO(BTF_KIND_FUNC_PROTO, 0, 1), 0, 7,
		1,           5, INFO(BTF_KIND_FUNC, 0, 0),       2,
	};
	static const uint32_t func_global[] = {
		INT_TYPE(1), 0, INFO(BTF_KIND_FUNC_PROTO, 0, 1), 0, 7,
		1,           5, INFO(BTF_KIND_FUNC, 0, 1),       2,
	};
	static const uint32_t datasec[] = {
		INT_TYPE(0),
		1,
		INFO(BTF_KIND_VAR, 0, 0),
		1,
		0,
		3,
		INFO(BTF_KIND_DATASEC, 0, 1),
		4,
		2,
		0,
		4,
	};
	static const uint32_t flt[] = { 1, INFO(BTF_KIND_FLOAT, 0, 0), 4 };
	static const uint32_t decl_tag[] = {
		INT_TYPE(0), 1, INFO(BTF_KIND_VAR, 0, 0), 1, 0, 1, INFO(BTF_KIND_DECL_TAG, 0, 0), 2,
		UINT32_MAX,
	};
	static const uint32_t type_tag[] = {
		INT_TYPE(0), 1, INFO(BTF_KIND_TYPE_TAG, 0, 0), 1, 0, INFO(BTF_KIND_PTR, 0, 0), 2,
	};
	static const uint32_t enum64[] = { 1, INFO(BTF_KIND_ENUM64, 0, 0), 8 };
	char why[256];

	(void)state;
	OK(just_int, "\0int");
	OK(func_static, "\0int\0x\0a");
	OK(func_global, "\0int\0x\0a");
	OK(datasec, "\0x\0.data");
	OK(datasec, "\0x\0?.data");
	OK(flt, "\0float");
	OK(decl_tag, "\0x");
	OK(type_tag, "\0x");
	OK(enum64, "\0e");
}

static void test_unknown_layout_is_too_big(void **state)
{
	uint8_t buf[64] = { 0 };
	uint32_t hdr[8] = { BTF_MAGIC | 1 << 16, 32, 0, 16, 16, 5, 1, 8 };
	struct btf_blob *btf = NULL;

	(void)state;
	memcpy(buf, hdr, sizeof(hdr));
	assert_int_equal(btf_parse(buf, 32 + 16 + 5, NULL, NULL, &btf), -E2BIG);
}

static void test_reasons(void **state)
{
	static const uint32_t loop[] = { 1, INFO(BTF_KIND_TYPEDEF, 0, 0), 1 };
	static const uint32_t ptr_loop[] = { 0, INFO(BTF_KIND_PTR, 0, 0),   2,
					     0, INFO(BTF_KIND_CONST, 0, 0), 1 };
	static const uint32_t self[] = { 1, INFO(BTF_KIND_STRUCT, 0, 1), 4, 1, 1, 0 };
	static const uint32_t missing[] = { 0, INFO(BTF_KIND_PTR, 0, 0), 7 };
	static const uint32_t kind[] = { 0, INFO(25, 0, 0), 0 };
	static const uint32_t name[] = { 99, INFO(BTF_KIND_PTR, 0, 0), 0 };
	static const uint32_t vlen[] = { 0, INFO(BTF_KIND_PTR, 0, 1), 0 };
	static const uint32_t cut[] = { 1, INFO(BTF_KIND_STRUCT, 0, 2), 4, 1, 1, 0 };
	static const uint32_t outside[] = {
		INT_TYPE(1), 1, INFO(BTF_KIND_STRUCT, 0, 1), 4, 1, 1, 8
	};
	char why[256];

	(void)state;
	REFUSED(-EEXIST, "[1] TYPEDEF T type_id=1 Loop detected", loop, "\0T");
	REFUSED(-EEXIST, "Loop detected", ptr_loop, "");
	REFUSED(-EEXIST, "Loop detected", self, "\0T");
	REFUSED(-EINVAL, "[1] PTR (anon) type_id=7 Invalid type_id", missing, "");
	REFUSED(-EINVAL, "Invalid kind:25", kind, "");
	REFUSED(-EINVAL, "[1] Invalid name_offset:99", name, "");
	REFUSED(-EINVAL, "vlen != 0", vlen, "");
	REFUSED(-EINVAL, "meta_left:24 meta_needed:36", cut, "\0T");
	REFUSED(-EINVAL, "Member exceeds struct_size", outside, "\0T");
}

static struct btf_blob *sample(struct btf_sample_ids *ids)
{
	struct btf_blob *btf = NULL;
	char why[256] = "";
	struct text log;
	size_t size;
	uint8_t *raw = btf_sample(&size, ids);

	text_init(&log, why, sizeof(why));
	if (btf_parse(raw, size, NULL, &log, &btf))
		fail_msg("%s", why);
	free(raw);
	return btf;
}

static void test_questions(void **state)
{
	struct btf_sample_ids ids;
	struct btf_blob *btf = sample(&ids);
	char buf[64];
	struct text t;

	(void)state;
	assert_int_equal(btf_find(btf, "value", BTF_KIND_STRUCT), ids.value_struct);
	assert_int_equal(btf_find(btf, "value", BTF_KIND_UNION), 0);
	assert_int_equal(btf_size_of(btf, ids.value_struct), 40);
	assert_int_equal(btf_size_of(btf, ids.func_proto), -EINVAL);
	text_init(&t, buf, sizeof(buf));
	btf_print_type(btf, ids.value_struct + 1, &t);
	assert_string_equal(buf, "struct value *");
	assert_null(btf_type(btf, btf_n_types(btf)));
	btf_unref(btf);
}

static void test_split(void **state)
{
	static const uint32_t types[] = { 1, INFO(BTF_KIND_TYPEDEF, 0, 0), 1 };
	struct btf_sample_ids ids;
	struct btf_blob *base = sample(&ids), *split = NULL;
	uint32_t words[3], n = btf_n_types(base);
	struct btf_header hdr;
	uint8_t buf[128];
	size_t size, raw_size;

	(void)state;
	memcpy(&hdr, btf_raw(base, &raw_size), sizeof(hdr));
	memcpy(words, types, sizeof(words));
	words[0] = hdr.str_len; /* the first string of the split part */
	words[2] = ids.int_id;
	size = blob(buf, words, 3, "mine", 5);
	assert_int_equal(btf_parse(buf, size, base, NULL, &split), 0);
	assert_int_equal(btf_find(split, "mine", BTF_KIND_TYPEDEF), n);
	assert_int_equal(btf_size_of(split, n), 4);
	btf_unref(base);
	assert_string_equal(btf_name(split, btf_type(split, ids.int_id)->name_off), "int");
	btf_unref(split);
}

static void test_func_info(void **state)
{
	struct btf_sample_ids ids;
	struct btf_blob *btf = sample(&ids);
	struct bpf_func_info f[2] = { { 0, ids.func }, { 2, ids.func } };

	(void)state;
	assert_int_equal(btf_check_func_info(btf, f, 8, 2, NULL, 4, NULL), 0);
	assert_int_equal(btf_check_func_info(btf, f, 4, 2, NULL, 4, NULL), -EINVAL);
	assert_int_equal(btf_check_func_info(btf, f, 16, 1, NULL, 4, NULL), -E2BIG);
	f[1].insn_off = 0;
	assert_int_equal(btf_check_func_info(btf, f, 8, 2, NULL, 4, NULL), -EINVAL);
	f[1].insn_off = 9;
	assert_int_equal(btf_check_func_info(btf, f, 8, 2, NULL, 4, NULL), -EINVAL);
	f[0].type_id = ids.int_id;
	assert_int_equal(btf_check_func_info(btf, f, 8, 1, NULL, 4, NULL), -EINVAL);
	btf_unref(btf);
}

static void test_line_info(void **state)
{
	struct btf_sample_ids ids;
	struct btf_blob *btf = sample(&ids);
	struct bpf_line_info l[2] = { { 0, 1, 1, 0 }, { 1, 1, 1, 0 } };

	(void)state;
	assert_int_equal(btf_check_line_info(btf, l, 16, 2, 4, NULL), 0);
	assert_int_equal(btf_check_line_info(btf, l, 12, 2, 4, NULL), -EINVAL);
	l[1].insn_off = 4;
	assert_int_equal(btf_check_line_info(btf, l, 16, 2, 4, NULL), -EINVAL);
	l[1].insn_off = 1;
	l[1].line_off = 100000;
	assert_int_equal(btf_check_line_info(btf, l, 16, 2, 4, NULL), -EINVAL);
	l[1].line_off = 0;
	assert_int_equal(btf_check_line_info(btf, l, 16, 2, 4, NULL), 0);
	btf_unref(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probes_are_accepted),
		cmocka_unit_test(test_unknown_layout_is_too_big),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_func_info),
		cmocka_unit_test(test_line_info),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
