/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are tables made of any file without harm, and is a walk from any registers harmless?  What they
 * say is shown by stacks_test.sh.
 */
#include <elf.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <asm/ptrace.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/os.h"
#include "helper/helper.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "hook/unwind.h"
#include "support/rng.h"

enum {
	N_DAMAGES = 300,
	N_WALKS = 20000,
	N_CUTS = 300,
	MAX_FILE = 64 << 20,
};

static void *read_self(size_t *ret_size)
{
	void *image;

	assert_int_equal(os_read_file("/proc/self/exe", MAX_FILE, &image, ret_size), 0);
	return image;
}

static void check_rows(const struct unwind_table *t)
{
	for (size_t i = 1; i < t->n; i++)
		assert_true(t->rows[i - 1].pc < t->rows[i].pc);
	assert_true(t->build_id_size <= UNWIND_BUILD_ID);
}

static void test_own_table(void **state)
{
	struct unwind_table t;
	size_t size;
	uint8_t *image = read_self(&size);

	(void)state;
	assert_int_equal(unwind_table_read(image, size, &t), 0);
	assert_true(t.n > 100);
	check_rows(&t);
	unwind_table_done(&t);
	mem_free(image);
}

/* Headers and the beginning of .eh_frame are where damage does most. */
static void test_damaged(void **state)
{
	struct rng rng = { .state = 42 };
	struct unwind_table t;
	size_t size, kept;
	uint8_t *image = read_self(&size), *copy;
	const uint8_t *frames;

	(void)state;
	for (int i = 0; i < N_DAMAGES; i++) {
		uint32_t n = 1 + (uint32_t)rng_below(&rng, 30);

		kept = rng_below(&rng, 4) ? size : rng_below(&rng, (uint32_t)size);
		copy = mem_dup(image, kept ? kept : 1);
		assert_non_null(copy);
		frames = memmem(image, size, "\x01zR\0\x01\x78\x10", 7);
		for (uint32_t k = 0; k < n && kept; k++) {
			size_t at = rng_below(&rng, 2) || !frames
					    ? rng_below(&rng, 1024)
					    : (size_t)(frames - image) + rng_below(&rng, 8192);

			if (at < kept)
				copy[at] = (uint8_t)rng_below(&rng, 256);
		}
		if (!unwind_table_read(copy, kept, &t)) {
			check_rows(&t);
			unwind_table_done(&t);
		}
		mem_free(copy);
	}
	mem_free(image);
}

/* Somewhere on the stack, somewhere in code, or anywhere. */
static uint64_t some_address(struct rng *rng, const struct maps *maps)
{
	const struct maps_row *row = &maps->rows[rng_below(rng, (uint32_t)maps->n)];
	uint64_t here = (uint64_t)(uintptr_t)&row;

	switch (rng_below(rng, 4)) {
	case 0: return (here & ~7ull) + 8 * rng_below(rng, 512);
	case 1: return row->start + rng_below(rng, (uint32_t)(row->end - row->start));
	case 2: return rng_next(rng);
	default: return rng_below(rng, 65536);
	}
}

static void test_any_registers(void **state)
{
	struct rng rng = { .state = 43 };
	uint64_t ips[127];
	struct maps maps;

	(void)state;
	assert_int_equal(maps_read(&maps), 0);
	unwind_update(&maps);
	assert_non_null(unwind_set);
	assert_true(unwind_set->n > 1);
	for (int i = 0; i < N_WALKS; i++) {
		struct pt_regs regs = { .rip = some_address(&rng, &maps),
					.rsp = some_address(&rng, &maps),
					.rbp = some_address(&rng, &maps) };
		struct run run = { .regs = &regs, .func_ip = regs.rip };
		uint32_t n = unwind_walk(&run, ips, 127);

		assert_in_range(n, 1, 127);
		assert_int_equal(ips[0], regs.rip);
	}
	maps_done(&maps);
}

/* --- files --- */

static bool fetch(void *arg, uint64_t off, uint64_t n)
{
	uint8_t **images = arg;

	memcpy(images[1] + off, images[0] + off, n);
	return true;
}

/* What is said to be wanted of a file is all that is looked at. */
static void test_wanted(void **state)
{
	struct unwind_table whole, part;
	size_t size;
	uint8_t *image = read_self(&size), *images[] = { image, calloc(1, size) };

	(void)state;
	assert_true(unwind_table_wants(images[1], size, fetch, images));
	assert_int_equal(unwind_table_read(image, size, &whole), 0);
	assert_int_equal(unwind_table_read(images[1], size, &part), 0);
	assert_true(whole.build_id_size && whole.build_id_size == part.build_id_size);
	assert_memory_equal(whole.build_id, part.build_id, whole.build_id_size);
	assert_int_equal(whole.n, part.n);
	for (size_t i = 0; i < whole.n; i++)
		assert_true(whole.rows[i].pc == part.rows[i].pc &&
			    whole.rows[i].kind == part.rows[i].kind);
	unwind_table_done(&whole);
	unwind_table_done(&part);
	free(images[1]);
	mem_free(image);
}

/* One segment: headers, the head of .eh_frame_hdr, and .eh_frame of one function that shares rules
 * with others, among them so many that do nothing. */
static size_t make_file(uint8_t *to, uint32_t n_nothing)
{
	const uint8_t rules[] = { 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1 };
	Elf64_Ehdr *eh = (void *)to;
	Elf64_Phdr *ph = (void *)(to + sizeof(*eh));
	uint32_t head = sizeof(*eh) + 2 * sizeof(*ph), frames = head + 8, at = frames + 8;
	uint32_t common = 4 + sizeof(rules) + n_nothing, entry[5];

	memset(to, 0, at + common + sizeof(entry) + 8);
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_machine = EM_X86_64;
	eh->e_phentsize = sizeof(*ph);
	eh->e_phoff = sizeof(*eh);
	eh->e_phnum = 2;
	memcpy(to + head, "\1\x1b\0\0\4\0\0", 8);
	memcpy(to + frames, &common, 4);
	memcpy(to + at, rules, sizeof(rules));
	at = frames + 4 + common;
	entry[0] = 16;
	entry[1] = at + 4 - frames;
	entry[2] = 0x1000; /* from there */
	entry[3] = 0x10;
	entry[4] = 0;
	memcpy(to + at, entry, sizeof(entry));
	at += sizeof(entry) + 4;
	ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = at };
	ph[1] = (Elf64_Phdr){ .p_type = PT_GNU_EH_FRAME, .p_offset = head, .p_vaddr = head };
	ph[1].p_filesz = 8;
	return at;
}

/* They are run for each function, of which there may be many. */
static void test_much_in_common(void **state)
{
	static uint8_t file[1 << 16];
	struct unwind_table t;
	size_t size = make_file(file, 16);

	(void)state;
	assert_int_equal(unwind_table_read(file, size, &t), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.rows[0].kind, UNWIND_RSP);
	assert_int_equal(t.rows[0].cfa_off, 8);
	unwind_table_done(&t);
	size = make_file(file, 1 << 14);
	assert_int_equal(unwind_table_read(file, size, &t), 0);
	assert_int_equal(t.n, 0);
	unwind_table_done(&t);
}

static struct maps one_map(const char *path, int fd)
{
	static struct maps_row row;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	row = (struct maps_row){ .start = 0x10000, .end = 0x20000, .exec = true, .path = path };
	row.dev = st.st_dev;
	row.ino = st.st_ino;
	return (struct maps){ .rows = &row, .n = 1 };
}

/* As where a file takes the number of another that is gone. */
static void test_another_file(void **state)
{
	static uint8_t image[1 << 16];
	char path[] = "/tmp/ring3-unwind-XXXXXX";
	int fd = mkstemp(path);
	size_t size = make_file(image, 16);
	struct maps maps = one_map(path, fd);

	(void)state;
	assert_int_equal(pwrite(fd, image, size, 0), size);
	assert_true(unwind_update(&maps));
	assert_int_equal(unwind_set->n, 1);
	assert_int_equal(unwind_set->maps[0].table->n, 2);
	assert_false(unwind_update(&maps));
	size = make_file(image, 1 << 14);
	assert_int_equal(pwrite(fd, image, size, 0), size);
	assert_true(unwind_update(&maps));
	assert_int_equal(unwind_set->n, 1);
	assert_int_equal(unwind_set->maps[0].table->n, 0);
	close(fd);
	unlink(path);
}

struct cutter {
	const uint8_t *image;
	size_t size;
	int fd;
	bool stop;
};

static void *cut(void *arg)
{
	struct cutter *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		assert_int_equal(ftruncate(c->fd, 0), 0);
		assert_int_equal(pwrite(c->fd, c->image, c->size, 0), c->size);
	}
	return NULL;
}

static void test_cut_off(void **state)
{
	char path[] = "/tmp/ring3-unwind-XXXXXX";
	struct cutter c = { .fd = mkstemp(path) };
	struct maps maps = one_map(path, c.fd);
	pthread_t thread;

	(void)state;
	c.image = read_self(&c.size);
	assert_int_equal(pthread_create(&thread, NULL, cut, &c), 0);
	for (int i = 0; i < N_CUTS; i++)
		unwind_update(&maps);
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	close(c.fd);
	unlink(path);
	mem_free((void *)(uintptr_t)c.image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_table),     cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_wanted),        cmocka_unit_test(test_much_in_common),
		cmocka_unit_test(test_any_registers), cmocka_unit_test(test_another_file),
		cmocka_unit_test(test_cut_off),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
