/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does every feature probe of libbpf get the answer that enables the feature?  Each probe is issued
 * with the bytes that libbpf sends; where the kernel's eBPF may be used it must answer the same.
 */
#include <errno.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/os.h"
#include "ring3/bpf.h"
#include "ring3/ring3.h"

union attr {
	union bpf_attr k;
	struct ring3_attr_prog_load load;
	struct ring3_attr_btf_load btf;
	struct ring3_attr_link_create link;
	uint8_t raw[256];
};

typedef long (*bpf_fn)(int cmd, union attr *attr, unsigned int size);

static ring3 *rt;

static long ours(int cmd, union attr *attr, unsigned int size)
{
	return ring3_bpf(rt, cmd, &attr->k, size);
}

static long kernel(int cmd, union attr *attr, unsigned int size)
{
	return os_syscall(SYS_bpf, cmd, (long)attr, size, 0, 0, 0);
}

/* 1 for a descriptor (closed), 0, or negative errno. */
static int verdict(long ret)
{
	if (ret <= 0)
		return (int)ret;
	close((int)ret);
	return 1;
}

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define MOV0    INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0)
#define EXIT    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CALL(n) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, n)

static long prog_fd(bpf_fn bpf, uint32_t type, uint32_t attach, const struct bpf_insn *insns,
		    uint32_t n, const char *name)
{
	union attr a = { .load = { .prog_type = type,
				   .expected_attach_type = attach,
				   .insns = (uintptr_t)insns,
				   .insn_cnt = n,
				   .license = (uintptr_t) "GPL" } };

	if (name)
		snprintf(a.load.prog_name, sizeof(a.load.prog_name), "%s", name);
	return bpf(BPF_PROG_LOAD, &a, 148);
}

static long map_fd(bpf_fn bpf, uint32_t value_size, uint32_t flags, const char *name)
{
	union attr a = { .k = { .map_type = BPF_MAP_TYPE_ARRAY,
				.key_size = 4,
				.value_size = value_size,
				.max_entries = 1,
				.map_flags = flags } };

	snprintf(a.k.map_name, sizeof(a.k.map_name), "%s", name);
	return bpf(BPF_MAP_CREATE, &a, 72);
}

static const struct bpf_insn trivial[] = { { 0xb7, 0, 0, 0, 0 }, { 0x95, 0, 0, 0, 0 } };

/* --- the probes --- */

static int memcg_account(bpf_fn bpf)
{
	struct bpf_insn p[] = { CALL(BPF_FUNC_ktime_get_coarse_ns), EXIT };

	return verdict(prog_fd(bpf, BPF_PROG_TYPE_SOCKET_FILTER, 0, p, 2, NULL));
}

static int loading(bpf_fn bpf)
{
	return verdict(prog_fd(bpf, BPF_PROG_TYPE_SOCKET_FILTER, 0, trivial, 2, NULL));
}

static int loading_tracepoint(bpf_fn bpf)
{
	return verdict(prog_fd(bpf, BPF_PROG_TYPE_TRACEPOINT, 0, trivial, 2, NULL));
}

static int prog_name(bpf_fn bpf)
{
	return verdict(prog_fd(bpf, BPF_PROG_TYPE_SOCKET_FILTER, 0, trivial, 2, "libbpf_nametest"));
}

static int global_data(bpf_fn bpf)
{
	int map = (int)map_fd(bpf, 32, 0, "libbpf_global");
	struct bpf_insn p[] = { INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, map),
				INSN(0, 0, 0, 0, 16), INSN(BPF_ST | BPF_MEM | BPF_DW, 1, 0, 0, 42),
				MOV0, EXIT };
	int ret;

	if (map < 0)
		return map;
	ret = verdict(prog_fd(bpf, BPF_PROG_TYPE_SOCKET_FILTER, 0, p, 5, NULL));
	close(map);
	return ret;
}

static int array_mmap(bpf_fn bpf)
{
	return verdict(map_fd(bpf, 4, BPF_F_MMAPABLE, "libbpf_mmap"));
}

static int attach_type(bpf_fn bpf)
{
	return verdict(prog_fd(bpf, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, trivial,
			       2, NULL));
}

static int probe_read_kernel(bpf_fn bpf)
{
	struct bpf_insn p[] = { INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0),
				INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -8),
				INSN(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 8),
				INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0),
				CALL(BPF_FUNC_probe_read_kernel),
				EXIT };

	return verdict(prog_fd(bpf, BPF_PROG_TYPE_TRACEPOINT, 0, p, 6, NULL));
}

static int bind_map(bpf_fn bpf)
{
	int map = (int)map_fd(bpf, 32, 0, "libbpf_det_bind"), prog, ret;
	union attr a = { 0 };

	if (map < 0)
		return map;
	prog = (int)prog_fd(bpf, BPF_PROG_TYPE_SOCKET_FILTER, 0, trivial, 2, NULL);
	a.k.prog_bind_map.prog_fd = (uint32_t)prog;
	a.k.prog_bind_map.map_fd = (uint32_t)map;
	ret = (int)bpf(BPF_PROG_BIND_MAP, &a, 12);
	close(prog);
	close(map);
	return ret;
}

static int perf_link(bpf_fn bpf)
{
	int prog = (int)prog_fd(bpf, BPF_PROG_TYPE_TRACEPOINT, 0, trivial, 2, NULL), ret;
	union attr a = { .link = { .prog_fd = (uint32_t)prog,
				   .target_fd = (uint32_t)-1,
				   .attach_type = BPF_PERF_EVENT } };

	if (prog < 0)
		return prog;
	ret = verdict(bpf(BPF_LINK_CREATE, &a, 64));
	close(prog);
	return ret;
}

static int cookie(bpf_fn bpf)
{
	struct bpf_insn p[] = { CALL(BPF_FUNC_get_attach_cookie), EXIT };

	return verdict(prog_fd(bpf, BPF_PROG_TYPE_TRACEPOINT, 0, p, 2, NULL));
}

static int uprobe_multi(bpf_fn bpf, uint32_t pid)
{
	int prog =
		(int)prog_fd(bpf, BPF_PROG_TYPE_KPROBE, BPF_TRACE_UPROBE_MULTI, trivial, 2, NULL);
	unsigned long offset = 0;
	union attr a = { .link = { .prog_fd = (uint32_t)prog,
				   .attach_type = BPF_TRACE_UPROBE_MULTI,
				   .uprobe_multi = { .path = (uintptr_t) "/",
						     .offsets = (uintptr_t)&offset,
						     .cnt = 1,
						     .pid = pid } } };
	int ret;

	if (prog < 0)
		return prog;
	ret = verdict(bpf(BPF_LINK_CREATE, &a, 64));
	close(prog);
	return ret;
}

static int uprobe_multi_path(bpf_fn bpf)
{
	return uprobe_multi(bpf, 0);
}

static int uprobe_multi_pid(bpf_fn bpf)
{
	return uprobe_multi(bpf, (uint32_t)-1);
}

static int kprobe_multi(bpf_fn bpf)
{
	int prog =
		(int)prog_fd(bpf, BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, trivial, 2, NULL);
	const char *sym = "ksys_read";
	union attr a = { .link = { .prog_fd = (uint32_t)prog,
				   .attach_type = BPF_TRACE_KPROBE_MULTI,
				   .kprobe_multi = { .cnt = 1, .syms = (uintptr_t)&sym } } };
	int ret;

	if (prog < 0)
		return prog;
	ret = verdict(bpf(BPF_LINK_CREATE, &a, 64));
	close(prog);
	return ret;
}

static int ldimm64_far(bpf_fn bpf)
{
	int map = (int)map_fd(bpf, 4, 0, "det_far"), ret;
	struct bpf_insn p[] = { INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, map),
				INSN(0, 0, 0, 0, 1 << 30), MOV0, EXIT };
	char log[1024] = "";
	union attr a = { .load = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
				   .insns = (uintptr_t)p,
				   .insn_cnt = 4,
				   .license = (uintptr_t) "GPL",
				   .log_level = 1,
				   .log_size = sizeof(log),
				   .log_buf = (uintptr_t)log } };

	if (map < 0)
		return map;
	ret = verdict(bpf(BPF_PROG_LOAD, &a, 148));
	close(map);
	assert_true(strstr(log, "invalid access to map value pointer") ||
		    strstr(log, "direct value offset of"));
	return ret < 0 ? -EINVAL : ret;
}

static int token(bpf_fn bpf)
{
	union attr a = { 0 };

	a.k.map_fd = 0;
	return bpf(BPF_TOKEN_CREATE, &a, 8) < 0 ? -1 : 1;
}

static int common_attrs(bpf_fn bpf)
{
	union attr a = { 0 };

	return (int)bpf(BPF_PROG_LOAD | 1 << 16, &a, 148);
}

/* --- types of every kind --- */

#define INFO(kind, vlen) ((uint32_t)(kind) << 24 | (vlen))

struct btf_blob_bytes {
	struct btf_header h;
	uint8_t rest[200];
};

static int btf_load(bpf_fn bpf, const uint32_t *types, uint32_t n_words, const char *strs,
		    uint32_t n_strs)
{
	struct btf_blob_bytes b = { .h = { .magic = 0xeb9f,
					   .version = 1,
					   .hdr_len = sizeof(struct btf_header),
					   .type_len = 4 * n_words,
					   .str_off = 4 * n_words,
					   .str_len = n_strs } };
	union attr a = { .btf = { .btf = (uintptr_t)&b } };

	memcpy(b.rest, types, 4 * n_words);
	memcpy(b.rest + 4 * n_words, strs, n_strs);
	a.btf.btf_size = (uint32_t)(sizeof(b.h) + 4 * n_words + n_strs);
	return verdict(bpf(BPF_BTF_LOAD, &a, 28));
}

#define WORDS(t)       (t), sizeof(t) / 4
#define TEXT(s)        (s), sizeof(s)
#define INT_TYPE(name) (name), INFO(BTF_KIND_INT, 0), 4, 0x01000020

static int btf_int(bpf_fn bpf)
{
	uint32_t t[] = { INT_TYPE(1) };

	return btf_load(bpf, WORDS(t), TEXT("\0int"));
}

static int btf_func(bpf_fn bpf, uint32_t linkage)
{
	uint32_t t[] = { INT_TYPE(1), 0, INFO(BTF_KIND_FUNC_PROTO, 1), 0, 7,
			 1,           5, INFO(BTF_KIND_FUNC, linkage), 2 };

	return btf_load(bpf, WORDS(t), TEXT("\0int\0x\0a"));
}

static int btf_func_static(bpf_fn bpf)
{
	return btf_func(bpf, 0);
}

static int btf_func_global(bpf_fn bpf)
{
	return btf_func(bpf, 1);
}

static int btf_datasec(bpf_fn bpf)
{
	uint32_t t[] = {
		INT_TYPE(0), 1, INFO(BTF_KIND_VAR, 0), 1, 0, 3, INFO(BTF_KIND_DATASEC, 1), 4, 2,
		0,           4
	};

	t[0] = 9;
	return btf_load(bpf, WORDS(t), TEXT("\0x\0.data\0int"));
}

static int btf_qmark_datasec(bpf_fn bpf)
{
	uint32_t t[] = { INT_TYPE(10),
			 1,
			 INFO(BTF_KIND_VAR, 0),
			 1,
			 0,
			 3,
			 INFO(BTF_KIND_DATASEC, 1),
			 4,
			 2,
			 0,
			 4 };

	return btf_load(bpf, WORDS(t), TEXT("\0x\0?.data\0int"));
}

static int btf_float(bpf_fn bpf)
{
	uint32_t t[] = { 1, INFO(BTF_KIND_FLOAT, 0), 4 };

	return btf_load(bpf, WORDS(t), TEXT("\0float"));
}

static int btf_decl_tag(bpf_fn bpf)
{
	uint32_t t[] = { INT_TYPE(5), 1, INFO(BTF_KIND_VAR, 0),      1,
			 0,           3, INFO(BTF_KIND_DECL_TAG, 0), 2,
			 (uint32_t)-1 };

	return btf_load(bpf, WORDS(t), TEXT("\0x\0t\0int"));
}

static int btf_type_tag(bpf_fn bpf)
{
	uint32_t t[] = {
		INT_TYPE(3), 1, INFO(BTF_KIND_TYPE_TAG, 0), 1, 0, INFO(BTF_KIND_PTR, 0), 2
	};

	return btf_load(bpf, WORDS(t), TEXT("\0t\0int"));
}

static int btf_enum64(bpf_fn bpf)
{
	uint32_t t[] = { 1, INFO(BTF_KIND_ENUM64, 0), 8 };

	return btf_load(bpf, WORDS(t), TEXT("\0enum64"));
}

/* Of a header that is longer than anybody knows, the rest must be zero. */
static int btf_layout(bpf_fn bpf)
{
	struct {
		struct btf_header h;
		uint32_t layout_off, layout_len;
		uint32_t types[4];
		uint32_t layout[2];
		char strs[5];
	} b = { .h = { .magic = 0xeb9f,
		       .version = 1,
		       .hdr_len = sizeof(b.h) + 8,
		       .type_len = sizeof(b.types),
		       .str_off = sizeof(b.types) + sizeof(b.layout),
		       .str_len = sizeof(b.strs) },
		.layout_off = sizeof(b.types),
		.layout_len = sizeof(b.layout),
		.types = { INT_TYPE(1) },
		.strs = "\0int" };
	union attr a = { .btf = { .btf = (uintptr_t)&b,
				  .btf_size = offsetof(__typeof__(b), strs) + sizeof(b.strs) } };

	return verdict(bpf(BPF_BTF_LOAD, &a, 28));
}

/* A global function whose argument a tag declares to be the context. */
static int arg_ctx_tag(bpf_fn bpf)
{
	enum {
		A = 1,
		B = 3,
		TAG = 5
	};
	static const char strs[] = "\0a\0b\0arg:ctx";
	const uint32_t types[] = {
		INT_TYPE(A), 0, INFO(BTF_KIND_PTR, 0),  0, 0,   INFO(BTF_KIND_FUNC_PROTO, 1), 1, A,
		2,           A, INFO(BTF_KIND_FUNC, 1), 3, 0,   INFO(BTF_KIND_FUNC_PROTO, 1), 1, B,
		2,           B, INFO(BTF_KIND_FUNC, 1), 5, TAG, INFO(BTF_KIND_DECL_TAG, 0),   6, 0
	};
	const struct bpf_insn p[] = { INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1), EXIT,
				      CALL(BPF_FUNC_get_func_ip), EXIT };
	const struct bpf_func_info funcs[] = { { 0, 4 }, { 2, 6 } };
	struct btf_blob_bytes b = { .h = { .magic = 0xeb9f,
					   .version = 1,
					   .hdr_len = sizeof(struct btf_header),
					   .type_len = sizeof(types),
					   .str_off = sizeof(types),
					   .str_len = sizeof(strs) } };
	union attr a = { .btf = { .btf = (uintptr_t)&b,
				  .btf_size = sizeof(b.h) + sizeof(types) + sizeof(strs) } };
	int btf, ret;

	memcpy(b.rest, types, sizeof(types));
	memcpy(b.rest + sizeof(types), strs, sizeof(strs));
	btf = (int)bpf(BPF_BTF_LOAD, &a, 28);
	if (btf < 0)
		return btf;
	a = (union attr){ .load = { .prog_type = BPF_PROG_TYPE_KPROBE,
				    .insns = (uintptr_t)p,
				    .insn_cnt = 4,
				    .license = (uintptr_t) "GPL",
				    .prog_name = "det_arg_ctx",
				    .prog_btf_fd = (uint32_t)btf,
				    .func_info = (uintptr_t)funcs,
				    .func_info_cnt = 2,
				    .func_info_rec_size = sizeof(funcs[0]) } };
	ret = verdict(bpf(BPF_PROG_LOAD, &a, 148));
	close(btf);
	return ret;
}

static int module_btf(bpf_fn bpf)
{
	uint32_t t[] = { INT_TYPE(1) };
	char name[16] = "";
	struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
	struct btf_blob_bytes b = { .h = { .magic = 0xeb9f,
					   .version = 1,
					   .hdr_len = sizeof(struct btf_header),
					   .type_len = sizeof(t),
					   .str_off = sizeof(t),
					   .str_len = 5 } };
	union attr a = { .btf = { .btf = (uintptr_t)&b, .btf_size = sizeof(b.h) + sizeof(t) + 5 } };
	int fd, ret;

	memcpy(b.rest, t, sizeof(t));
	memcpy(b.rest + sizeof(t), "\0int", 5);
	fd = (int)bpf(BPF_BTF_LOAD, &a, 28);
	if (fd < 0)
		return fd;
	a = (union attr){ .k = { .info = { .bpf_fd = (uint32_t)fd,
					   .info_len = sizeof(info),
					   .info = (uintptr_t)&info } } };
	ret = (int)bpf(BPF_OBJ_GET_INFO_BY_FD, &a, 16);
	close(fd);
	return ret;
}

/* --- the table --- */

static const struct probe {
	const char *name;
	int (*fn)(bpf_fn bpf);
	int want;
	bool kernel_differs; /* by its age or configuration */
} probes[] = {
	{ "memcg_account", memcg_account, 1, false },
	{ "loading", loading, 1, false },
	{ "loading_tracepoint", loading_tracepoint, 1, false },
	{ "prog_name", prog_name, 1, false },
	{ "global_data", global_data, 1, false },
	{ "array_mmap", array_mmap, 1, false },
	{ "attach_type", attach_type, 1, false },
	{ "probe_read_kernel", probe_read_kernel, 1, false },
	{ "bind_map", bind_map, 0, false },
	{ "perf_link", perf_link, -EBADF, false },
	{ "cookie", cookie, 1, false },
	{ "uprobe_multi_path", uprobe_multi_path, -EBADF, true },
	{ "uprobe_multi_pid", uprobe_multi_pid, -EINVAL, true },
	{ "kprobe_multi", kprobe_multi, -EOPNOTSUPP, true },
	{ "ldimm64_far", ldimm64_far, -EINVAL, false },
	{ "token", token, -1, false },
	{ "common_attrs", common_attrs, -EINVAL, true },
	{ "btf_int", btf_int, 1, false },
	{ "btf_func_static", btf_func_static, 1, false },
	{ "btf_func_global", btf_func_global, 1, false },
	{ "btf_datasec", btf_datasec, 1, false },
	{ "btf_qmark_datasec", btf_qmark_datasec, 1, true },
	{ "btf_float", btf_float, 1, false },
	{ "btf_decl_tag", btf_decl_tag, 1, false },
	{ "btf_type_tag", btf_type_tag, 1, false },
	{ "btf_enum64", btf_enum64, 1, false },
	{ "btf_layout", btf_layout, -E2BIG, true },
	{ "arg_ctx_tag", arg_ctx_tag, 1, true },
	{ "module_btf", module_btf, 0, false },
};

enum {
	N_PROBES = sizeof(probes) / sizeof(probes[0])
};

static void one_probe(void **state)
{
	const struct probe *p = *state;

	assert_int_equal(p->fn(ours), p->want);
}

static void same_as_kernel(void **state)
{
	(void)state;
	if (loading(kernel) != 1) {
		puts("# SKIP the kernel's eBPF is not permitted here");
		skip();
	}
	for (int i = 0; i < N_PROBES; i++) {
		int ret = probes[i].fn(kernel);

		if (ret != probes[i].want)
			print_message("# %s: the kernel answers %d\n", probes[i].name, ret);
		if (!probes[i].kernel_differs)
			assert_int_equal(ret, probes[i].want);
	}
}

static int begin(void **state)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, 0);

	(void)state;
	return ring3_new(&opts, &rt);
}

static int end(void **state)
{
	(void)state;
	rt = ring3_unref(rt);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[N_PROBES + 1] = { 0 };

	for (int i = 0; i < N_PROBES; i++)
		tests[i] = (struct CMUnitTest){ probes[i].name, one_probe, NULL, NULL,
						(void *)(uintptr_t)&probes[i] };
	tests[N_PROBES] = (struct CMUnitTest){ "same_as_kernel", same_as_kernel, NULL, NULL, NULL };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
