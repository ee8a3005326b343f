/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges the kernel's older tests, which are tables of instructions: prints a line of judge.h a
 * test and mode.  The tables are included from where they were unpacked; the names of struct
 * bpf_test and of the fill functions are theirs.
 */
#include "tables.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selftests/judge.h"

#include "test_btf.h"

/* How the tables spell what they share. */
#define BPF_SK_LOOKUP(func)                                                                   \
	BPF_MOV64_IMM(BPF_REG_2, 0), BPF_STX_MEM(BPF_W, BPF_REG_10, BPF_REG_2, -8),           \
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -16),                              \
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -24),                              \
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -32),                              \
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -40),                              \
		BPF_STX_MEM(BPF_DW, BPF_REG_10, BPF_REG_2, -48),                              \
		BPF_MOV64_REG(BPF_REG_2, BPF_REG_10), BPF_ALU64_IMM(BPF_ADD, BPF_REG_2, -48), \
		BPF_MOV64_IMM(BPF_REG_3, sizeof(struct bpf_sock_tuple)),                      \
		BPF_MOV64_IMM(BPF_REG_4, 0), BPF_MOV64_IMM(BPF_REG_5, 0),                     \
		BPF_EMIT_CALL(BPF_FUNC_##func)
#define BPF_DIRECT_PKT_R2                                                                       \
	BPF_MOV64_IMM(BPF_REG_0, 0),                                                            \
		BPF_LDX_MEM(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct __sk_buff, data)),     \
		BPF_LDX_MEM(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct __sk_buff, data_end)), \
		BPF_MOV64_REG(BPF_REG_4, BPF_REG_2), BPF_ALU64_IMM(BPF_ADD, BPF_REG_4, 8),      \
		BPF_JMP_REG(BPF_JLE, BPF_REG_4, BPF_REG_3, 1), BPF_EXIT_INSN()
#define BPF_RAND_UEXT_R7                                                              \
	BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32), BPF_MOV64_REG(BPF_REG_7, BPF_REG_0), \
		BPF_ALU64_IMM(BPF_LSH, BPF_REG_7, 33), BPF_ALU64_IMM(BPF_RSH, BPF_REG_7, 33)
#define BPF_RAND_SEXT_R7                                                              \
	BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32), BPF_MOV64_REG(BPF_REG_7, BPF_REG_0), \
		BPF_ALU64_IMM(BPF_OR, BPF_REG_7, 0x80000000),                         \
		BPF_ALU64_IMM(BPF_LSH, BPF_REG_7, 32), BPF_ALU64_IMM(BPF_ARSH, BPF_REG_7, 32)

static struct bpf_test tests[] = {
#define FILL_ARRAY
#include "tables_list.h"
#undef FILL_ARRAY
};

struct table_map {
	const int *at; /* instructions, ended by 0 */
	uint32_t type, key_size, value_size;
	bool kptr;
};

/* --- the maps' BTF: struct { untrusted kptr, kptr, kptr } --- */

static int kptr_member(struct btf *btf, int target, const char *tag)
{
	return btf__add_ptr(btf, btf__add_type_tag(btf, tag, target));
}

static int load_kptr_btf(int *ret_value)
{
	struct btf *btf = btf__new_empty();
	int ref, member, ptr[3], fd;
	const void *raw;
	uint32_t size;

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	ref = btf__add_struct(btf, "prog_test_ref_kfunc", 0);
	member = btf__add_struct(btf, "prog_test_member", 0);
	ptr[0] = kptr_member(btf, ref, "kptr_untrusted");
	ptr[1] = kptr_member(btf, ref, "kptr");
	ptr[2] = kptr_member(btf, member, "kptr");
	*ret_value = btf__add_struct(btf, "btf_ptr", 24);
	for (int i = 0; i < 3; i++)
		btf__add_field(btf, "ptr", ptr[i], (uint32_t)i * 64, 0);
	raw = btf__raw_data(btf, &size);
	fd = bpf_btf_load(raw, size, NULL);
	btf__free(btf);
	return fd;
}

static int make_map(const struct table_map *m)
{
	LIBBPF_OPTS(bpf_map_create_opts, o);
	uint32_t entries = m->type == BPF_MAP_TYPE_RINGBUF ? 4096 : 1;
	int fd, value, zero = 0;

	o.map_flags = m->type == BPF_MAP_TYPE_HASH ? BPF_F_NO_PREALLOC : 0;
	if (m->kptr) {
		fd = load_kptr_btf(&value);
		if (fd < 0)
			return fd;
		o.btf_fd = (uint32_t)fd;
		o.btf_key_type_id = 1;
		o.btf_value_type_id = (uint32_t)value;
	}
	fd = bpf_map_create(m->type, m->kptr ? "test_map" : NULL, m->key_size, m->value_size,
			    entries, &o);
	if (m->kptr)
		close((int)o.btf_fd);
	if (fd >= 0 && m->type == BPF_MAP_TYPE_ARRAY && !m->kptr) {
		uint32_t v[12] = { 28, [7] = 0xabcdef12 };

		bpf_map_update_elem(fd, &zero, v, 0);
	}
	return fd;
}

enum {
	MAX_FDS = 8
};
struct fds {
	int fd[MAX_FDS];
	uint32_t n;
	bool failed;
};

static void place_maps(const struct bpf_test *t, struct bpf_insn *insns, struct fds *fds)
{
	const struct table_map maps[] = {
		{ t->fixup_map_hash_8b, BPF_MAP_TYPE_HASH, 8, 8 },
		{ t->fixup_map_hash_48b, BPF_MAP_TYPE_HASH, 8, 48 },
		{ t->fixup_map_array_48b, BPF_MAP_TYPE_ARRAY, 4, 48 },
		{ t->fixup_map_array_small, BPF_MAP_TYPE_ARRAY, 4, 1 },
		{ t->fixup_map_event_output, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4 },
		{ t->fixup_map_ringbuf, BPF_MAP_TYPE_RINGBUF, 0, 0 },
		{ t->fixup_map_kptr, BPF_MAP_TYPE_ARRAY, 4, 24, true },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		const int *at = maps[i].at;
		int fd;

		if (!*at)
			continue;
		fd = make_map(&maps[i]);
		if (fd < 0) {
			fds->failed = true;
			continue;
		}
		fds->fd[fds->n++] = fd;
		for (; *at; at++)
			insns[*at].imm = fd;
	}
}

/* --- what else a test names --- */

static const struct btf *vmlinux(void)
{
	static struct btf *btf;

	if (!btf)
		btf = btf__load_vmlinux_btf();
	return btf;
}

/* False: the kfunc is of the kernel's test module. */
static bool place_kfuncs(const struct bpf_test *t, struct bpf_insn *insns)
{
	for (int i = 0; t->fixup_kfunc_btf_id[i].kfunc; i++) {
		int id = btf__find_by_name_kind(vmlinux(), t->fixup_kfunc_btf_id[i].kfunc,
						BTF_KIND_FUNC);

		if (id < 0)
			return false;
		insns[t->fixup_kfunc_btf_id[i].insn_idx].imm = id;
	}
	return true;
}

static int load_types(const struct bpf_test *t)
{
	struct btf_header h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(h) };
	uint32_t n = 0;
	uint8_t *raw;
	int fd;

	while (n < MAX_BTF_TYPES && t->btf_types[n] != BTF_END_RAW)
		n++;
	h.type_len = h.str_off = n * 4;
	h.str_len = sizeof(t->btf_strings);
	raw = malloc(sizeof(h) + h.type_len + h.str_len);
	memcpy(raw, &h, sizeof(h));
	memcpy(raw + sizeof(h), t->btf_types, h.type_len);
	memcpy(raw + sizeof(h) + h.type_len, t->btf_strings, h.str_len);
	fd = bpf_btf_load(raw, sizeof(h) + h.type_len + h.str_len, NULL);
	free(raw);
	return fd;
}

static uint32_t length_of(const struct bpf_test *t)
{
	uint32_t n = MAX_INSNS - 1;

	if (t->fill_insns)
		return (uint32_t)t->prog_len;
	while (n > 0 && !t->insns[n].code && !t->insns[n].imm)
		n--;
	return n + 1;
}

/* A descriptor, or -errno; *ret_asked false: PROG_LOAD was not reached. */
static int load(const struct bpf_test *t, struct judge *j, bool *ret_asked)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o);
	uint32_t n = length_of(t), type = t->prog_type ? t->prog_type : BPF_PROG_TYPE_SOCKET_FILTER;
	struct bpf_insn *insns = malloc(n * sizeof(*insns));
	struct fds fds = { .n = 0 };
	int fd, id;

	*ret_asked = false;
	memcpy(insns, t->fill_insns ? t->fill_insns : t->insns, n * sizeof(*insns));
	place_maps(t, insns, &fds);
	o.expected_attach_type = t->expected_attach_type;
	o.prog_flags |= t->flags & F_LOAD_WITH_STRICT_ALIGNMENT ? BPF_F_STRICT_ALIGNMENT : 0;
	o.prog_flags |= t->flags & F_NEEDS_EFFICIENT_UNALIGNED_ACCESS ? BPF_F_ANY_ALIGNMENT : 0;
	o.prog_flags |= t->flags & ~3u;
	o.log_level = t->result == VERBOSE_ACCEPT ? 2 : 4;
	o.log_buf = judge_log(j);
	o.log_size = JUDGE_LOG;
	if (t->kfunc && (type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM)) {
		id = libbpf_find_vmlinux_btf_id(t->kfunc, t->expected_attach_type);
		o.attach_btf_id = id > 0 ? (uint32_t)id : 0;
	}
	if (t->btf_types[0]) {
		fd = load_types(t);
		fds.failed |= fd < 0;
		if (fd >= 0)
			fds.fd[fds.n++] = fd;
		o.prog_btf_fd = (uint32_t)fd;
	}
	o.func_info = t->func_info_cnt ? t->func_info : NULL;
	o.func_info_cnt = (uint32_t)t->func_info_cnt;
	o.func_info_rec_size = sizeof(t->func_info[0]);
	if (fds.failed || !place_kfuncs(t, insns)) {
		fd = -ENOENT;
	} else {
		*ret_asked = true;
		fd = bpf_prog_load(type, NULL, "GPL", insns, n, &o);
		fd = fd < 0 ? -errno : fd;
	}
	while (fds.n)
		close(fds.fd[--fds.n]);
	free(insns);
	return fd;
}

static void load_side(struct judge *j, const struct bpf_test *test, struct trial *t, enum side side,
		      bool must_run)
{
	bool asked;
	int fd;

	judge_enter(j, side, t->mode, must_run, NULL);
	fd = load(test, j, &asked);
	if (!must_run) {
		judge_note(j, side, fd >= 0, fd, &t->side[side]);
		if (side == SIDE_OURS || fd >= 0 || t->side[side].why[0])
			t->side[side].verdict = fd >= 0 ? VERDICT_ACCEPT
						: asked ? VERDICT_REJECT
							: VERDICT_UNASKED;
	}
	if (!must_run)
		judge_messages(j, side, t);
	if (fd >= 0 && t->n_runs && side == SIDE_KERNEL) {
		judge_leave(j);
		judge_run(j, fd, false, false, t, &t->kernel_runs);
	}
	if (fd >= 0 && t->n_runs && side == SIDE_OURS && must_run) {
		judge_run(j, fd, false, false, t, &t->jit_runs);
		judge_run(j, fd, true, false, t, &t->interp_runs);
	}
	if (fd >= 0)
		close(fd);
	judge_leave(j);
}

static void split_messages(struct trial *t, char *text)
{
	for (char *p = strtok(text, "\t"); p && t->n_msgs < JUDGE_MSGS; p = strtok(NULL, "\t"))
		t->msg[t->n_msgs++] = p;
}

static void expect(struct trial *t, const struct bpf_test *test, char *text, size_t size)
{
	bool unpriv = t->mode == MODE_UNPRIV;
	const char *errstr = unpriv && test->errstr_unpriv ? test->errstr_unpriv : test->errstr;
	int result = unpriv && test->result_unpriv ? test->result_unpriv : test->result;

	t->expect_accept = result != REJECT;
	snprintf(text, size, "%s", errstr ? errstr : "");
	split_messages(t, text);
	for (int i = 0; t->expect_accept && i < (test->runs > 1 ? test->runs : 1); i++) {
		bool own = unpriv && test->retvals[i].retval_unpriv;

		t->run[i].retval = own ? test->retvals[i].retval_unpriv : test->retvals[i].retval;
		t->run[i].data = test->retvals[i].data;
		t->run[i].size = TEST_DATA_LEN;
		t->n_runs = (uint32_t)i + 1;
	}
}

static void judge_test(struct judge *j, struct bpf_test *test, enum mode mode)
{
	struct trial *t = calloc(1, sizeof(*t));
	char text[1024], name[256];

	t->file = "tables";
	snprintf(name, sizeof(name), "%s", test->descr);
	t->name = name;
	t->mode = mode;
	expect(t, test, text, sizeof(text));
	if (judge_can(j, SIDE_KERNEL, mode))
		load_side(j, test, t, SIDE_KERNEL, false);
	load_side(j, test, t, SIDE_OURS, false);
	if (t->n_runs && t->side[SIDE_OURS].verdict == VERDICT_ACCEPT)
		load_side(j, test, t, SIDE_OURS, true);
	judge_print(t);
	free(t);
}

/* What anybody may load. */
static bool type_for_all(uint32_t type)
{
	return !type || type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_CGROUP_SKB;
}

int main(int argc, char **argv)
{
	struct judge *j;
	int err = judge_new(&j);

	if (err) {
		fprintf(stderr, "tables: %s\n", strerror(-err));
		return 1;
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct bpf_test *t = &tests[i];

		if (argc > 1 && !strstr(t->descr, argv[1]))
			continue;
		if (t->fill_helper) {
			t->fill_insns = calloc(MAX_FILLED, sizeof(struct bpf_insn));
			t->fill_helper(t);
		}
		judge_test(j, t, MODE_PRIV);
		if (type_for_all(t->prog_type))
			judge_test(j, t, MODE_UNPRIV);
		free(t->fill_insns);
	}
	judge_free(j);
	return 0;
}
