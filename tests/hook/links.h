/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a test attach programs that count to functions of other processes? */
#ifndef TESTS_HOOK_LINKS_H
#define TESTS_HOOK_LINKS_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "ring3/ring3.h"
#include "run/link.h"
#include "run/rt.h"
#include "support/scratch.h"

enum {
	ENTER,
	LEAVE,
	ARGS,
	RESULTS,
	N_CELLS
};

static char dir[64], targets[600];
static ring3 *rt;
static int map_fd;
static uint32_t enter_prog, leave_prog;

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = 8,
				.max_entries = N_CELLS };

	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int cell_op(int cmd, uint32_t key, uint64_t *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)map_fd,
				.key = (uint64_t)(uintptr_t)&key,
				.value = (uint64_t)(uintptr_t)value };

	return ring3_bpf(rt, cmd, &attr, sizeof(attr));
}

static uint64_t cell(uint32_t key)
{
	uint64_t value = 0;

	assert_int_equal(cell_op(BPF_MAP_LOOKUP_ELEM, key, &value), 0);
	return value;
}

static void clear_cells(void)
{
	uint64_t zero = 0;

	for (uint32_t key = 0; key < N_CELLS; key++)
		assert_int_equal(cell_op(BPF_MAP_UPDATE_ELEM, key, &zero), 0);
}

/* cells[which] += r7 */
#define ADD_TO_CELL(which, fd)                                                            \
	{ .code = 0x62, .dst_reg = 10, .off = -4, .imm = (which) },                       \
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },                            \
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },                                \
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = (fd) }, { .code = 0 }, \
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },                        \
		{ .code = 0x15, .dst_reg = 0, .off = 1 },                                 \
	{                                                                                 \
		.code = 0xdb, .dst_reg = 0, .src_reg = 7                                  \
	}

/* cells[hits] += 1; cells[values] += the context's word at off */
static int load_prog(int hits, int values, int16_t off, uint32_t attach_type)
{
	const struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 7, .imm = 1 },
		ADD_TO_CELL(hits, map_fd),
		{ .code = 0x79, .dst_reg = 7, .src_reg = 6, .off = off },
		ADD_TO_CELL(values, map_fd),
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};
	static char log[65536];
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_KPROBE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.expected_attach_type = attach_type,
				.license = (uint64_t)(uintptr_t) "GPL",
				.log_level = 1,
				.log_buf = (uint64_t)(uintptr_t)log,
				.log_size = sizeof(log) };
	int fd = ring3_bpf(rt, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (fd < 0) {
		fprintf(stderr, "PROG_LOAD: %d\n%s", fd, log);
		exit(1);
	}
	return fd;
}

static uint32_t make_prog(int hits, int values, int16_t off)
{
	enum store_kind kind;
	uint32_t id = 0;

	rt_identify(rt, load_prog(hits, values, off, 0), &kind, &id);
	return id;
}

/* File offset of a function in a target. */
static uint64_t offset_of(const char *path, const char *name)
{
	char cmd[3072];
	unsigned long value = 0, vaddr = 0, off = 0;
	FILE *f;

	snprintf(cmd, sizeof(cmd),
		 "{ nm %s; nm -D --without-symbol-versions %s; } 2>/dev/null | "
		 "awk '$3 == \"%s\" && !n++ { print $1 }'; "
		 "readelf -lW %s | awk '/LOAD.* R E/ { print $3, $2 }'",
		 path, path, name, path);
	f = popen(cmd, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lx %lx %lx", &value, &vaddr, &off), 3);
	pclose(f);
	return value - vaddr + off;
}

static int attach_prog(const char *path, uint64_t off, enum link_kind kind, pid_t pid,
		       uint32_t prog, uint32_t *ret_id)
{
	struct link_site site = { .offset = off, .cookie = 42 };
	struct link_spec spec = {
		.kind = kind,
		.role = LINK_ROLE_EVENT,
		.pid = pid,
		.prog_id = prog,
		.enabled = true,
		.path = path,
		.sites = &site,
		.n_sites = 1,
	};
	int fd;

	assert_int_equal(link_create(rt->store, &spec, ret_id, &fd), 0);
	return fd;
}

static inline int attach_at(const char *path, uint64_t off, enum link_kind kind, pid_t pid,
			    uint32_t *ret_id)
{
	return attach_prog(path, off, kind, pid, kind == LINK_UPROBE ? enter_prog : leave_prog,
			   ret_id);
}

/* The folder that the test was built into: "build/release". */
static bool built_in(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);

	if (n < 0)
		return false;
	ret[n] = 0;
	*strstr(ret, "/tests/") = 0;
	return true;
}

/* Runtime, map and programs. */
static int links_init(void)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	char build[500];

	if (!built_in(build, sizeof(build)) || scratch_make(dir, sizeof(dir)) ||
	    ring3_new(&opts, &rt))
		return -1;
	snprintf(targets, sizeof(targets), "%s/tests/targets", build);
	map_fd = make_map();
	enter_prog = make_prog(ENTER, ARGS, 112);
	leave_prog = make_prog(LEAVE, RESULTS, 80);
	return 0;
}

static void target(const char *name, char path[static 700])
{
	snprintf(path, 700, "%s/%s", targets, name);
}

#endif
