/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a damaged BTF do harm?  Thousands of mutations of a sound one: none may crash the reader,
 * and, where bpf(2) is permitted, each is accepted or refused as the running kernel does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/bpf.h>

#include "btf/btf.h"
#include "support/btf_sample.h"
#include "support/rng.h"

enum {
	MUTATIONS = 20000,
	KERNEL_MUTATIONS = 6000
};

/* Asks everything of what was accepted. */
static int consume(const uint8_t *data, size_t size)
{
	struct btf_blob *btf = NULL;
	char buf[512];
	struct text t;
	int err;

	text_init(&t, buf, sizeof(buf));
	err = btf_parse(data, size, NULL, &t, &btf);
	if (err) {
		assert_true(err < 0 && !btf);
		return err;
	}
	for (uint32_t id = 0; id < btf_n_types(btf) + 1; id++) {
		text_init(&t, buf, sizeof(buf));
		btf_print_type(btf, id, &t);
		btf_strip(btf, id);
		btf_size_of(btf, id);
	}
	btf_unref(btf);
	return 0;
}

static void mutate(uint8_t *data, size_t size, struct rng *rng)
{
	uint32_t n = 1 + rng_below(rng, 3);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = rng_below(rng, (uint32_t)size), word;

		switch (rng_below(rng, 4)) {
		case 0: data[at] ^= (uint8_t)(1u << rng_below(rng, 8)); break;
		case 1: data[at] = (uint8_t)rng_below(rng, 256); break;
		case 2: /* small numbers are type ids, lengths and offsets */
			word = rng_below(rng, 48);
			memcpy(data + at / 4 * 4, &word, size - at / 4 * 4 < 4 ? 1 : 4);
			break;
		default:
			word = UINT32_MAX >> rng_below(rng, 32);
			memcpy(data + at / 4 * 4, &word, size - at / 4 * 4 < 4 ? 1 : 4);
		}
	}
}

static void test_mutations(void **state)
{
	struct btf_sample_ids ids;
	struct rng rng = { 1 };
	uint32_t refused = 0;
	size_t size;
	uint8_t *sound = btf_sample(&size, &ids), *copy = malloc(size);

	(void)state;
	assert_int_equal(consume(sound, size), 0);
	for (uint32_t i = 0; i < MUTATIONS; i++) {
		memcpy(copy, sound, size);
		mutate(copy, size, &rng);
		refused += consume(copy, size) != 0;
	}
	assert_in_range(refused, MUTATIONS / 4, MUTATIONS - 100);
	free(copy);
	free(sound);
}

static void test_truncations(void **state)
{
	struct btf_sample_ids ids;
	size_t size;
	uint8_t *sound = btf_sample(&size, &ids);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *copy =
			malloc(cut + !cut); /* exact, so that a checker sees one byte more */

		memcpy(copy, sound, cut);
		assert_true(consume(copy, cut) < 0);
		free(copy);
	}
	free(sound);
}

static char kernel_log[65536];

static const char *last_line(char *log)
{
	size_t n = strlen(log);
	char *nl;

	if (n)
		log[n - 1] = 0;
	nl = strrchr(log, '\n');
	return nl ? nl + 1 : log;
}

static int kernel_load(const uint8_t *data, size_t size)
{
	union bpf_attr attr = { .btf = (uint64_t)data,
				.btf_size = (uint32_t)size,
				.btf_log_buf = (uint64_t)kernel_log,
				.btf_log_size = sizeof(kernel_log),
				.btf_log_level = 1 };
	long fd;

	kernel_log[0] = 0;
	fd = syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));

	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

static void test_kernel_agrees(void **state)
{
	struct btf_sample_ids ids;
	struct rng rng = { 2 };
	uint32_t differ = 0;
	size_t size;
	uint8_t *sound = btf_sample(&size, &ids), *copy = malloc(size), *lock;

	(void)state;
	/* Where a lock lies in a value concerns whoever makes a map of such values, not the reader;
	 * the kernel looks already here, for objects that programs allocate. */
	lock = memmem(sound, size, "bpf_spin_lock", 13);
	lock[0] = 'x';
	if (kernel_load(sound, size)) {
		free(copy);
		free(sound);
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (uint32_t i = 0; i < KERNEL_MUTATIONS; i++) {
		int ours, theirs;

		memcpy(copy, sound, size);
		mutate(copy, size, &rng);
		ours = consume(copy, size);
		theirs = kernel_load(copy, size);
		if (!ours == !theirs)
			continue;
		if (differ++ < 8) {
			struct btf_blob *btf = NULL;
			char why[256] = "";
			struct text t;

			text_init(&t, why, sizeof(why));
			btf_parse(copy, size, NULL, &t, &btf);
			btf_unref(btf);
			print_error("mutation %u: ours %d, kernel %d: %s%s\n", i, ours, theirs, why,
				    last_line(kernel_log));
		}
	}
	assert_int_equal(differ, 0);
	free(copy);
	free(sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_kernel_agrees),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
