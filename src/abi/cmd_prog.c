/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a program loaded?  Descriptors become maps, kfunc ids become names, and the rest is
 * prog_new()'s: verify, compile, publish.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/caps.h"
#include "abi/attach.def"
#include "base/arena.h"
#include "base/os.h"
#include "base/text.h"
#include "btf/kernel.h"
#include "map/map.h"
#include "run/prog.h"

enum {
	MAX_INSNS = 1000000,
	MAX_REC = 252,
	NEAR_MAPS = 16,
	SMALL_LOAD = 4096 /* bytes that a small program's load copies, beside the program */
};

/* func_info or line_info: records of the caller's size, and of ours. */
struct info {
	uint64_t from;
	uint32_t n, rec, ours;
	const char *what;
	uint8_t *raw; /* the caller's; NULL: not read yet */
};

/* Everything that one PROG_LOAD has to give back. */
struct load {
	struct call *c;
	const struct ring3_attr_prog_load *a;
	struct user_log log;
	struct arena arena; /* of all the arrays */
	struct bpf_insn *insns;
	uint32_t *map_at;
	struct map **maps;
	int *map_fds; /* of maps[] */
	uint32_t n_maps;
	struct prog_kfunc *kfuncs;
	uint32_t n_kfuncs;
	struct rt_btf *btf;
	struct info func, line;
	void *func_info, *line_info;
	char license[128];
	struct prog *prog, *attach_to;
	const struct btf_kernel *kernel; /* with a module; NULL: without */
	struct verify_stats stats;
	struct verify_diag diag;
};

static void load_done(struct load *l)
{
	for (uint32_t i = 0; i < l->n_maps; i++)
		map_unref(l->maps[i]);
	rt_btf_unref(l->btf);
	prog_unref(l->prog);
	prog_unref(l->attach_to);
	arena_done(&l->arena);
}

__attribute__((format(printf, 2, 3))) static void say(struct load *l, const char *fmt, ...)
{
	struct text *t = user_log_text(&l->log);
	va_list ap;

	if (!t)
		return;
	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

static uint32_t default_attach_type(uint32_t type, uint32_t attach)
{
	if (attach)
		return attach;
	if (type == BPF_PROG_TYPE_CGROUP_SOCK)
		return BPF_CGROUP_INET_SOCK_CREATE;
	return type == BPF_PROG_TYPE_SK_REUSEPORT ? BPF_SK_REUSEPORT_SELECT : 0;
}

static bool attach_type_ok(uint32_t type, uint32_t attach)
{
	bool has_row = false;

#define ROW(name, first, last)                                                    \
	if (type == BPF_PROG_TYPE_##name) {                                       \
		has_row = true;                                                   \
		if (attach + 1 > (uint32_t)(first) && attach <= (uint32_t)(last)) \
			return true;                                              \
	}
	ATTACH_LIST(ROW)
#undef ROW
	return !has_row;
}

/* Types whose target is a BTF id of the kernel. */
static bool wants_btf_target(uint32_t type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
	       type == BPF_PROG_TYPE_EXT || type == BPF_PROG_TYPE_STRUCT_OPS;
}

static int check_attr(const struct ring3_attr_prog_load *a)
{
	const uint32_t flags = BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT |
			       BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | BPF_F_TEST_RND_HI32 |
			       BPF_F_XDP_HAS_FRAGS | BPF_F_XDP_DEV_BOUND_ONLY |
			       BPF_F_TEST_REG_INVARIANTS;

	if (a->prog_flags & ~flags)
		return -EINVAL;
	if (!name_is_ok(a->prog_name))
		return -EINVAL;
	if (!a->insn_cnt || a->insn_cnt > MAX_INSNS)
		return -E2BIG;
	if (a->prog_ifindex || a->prog_token_fd || a->signature || a->signature_size)
		return -EINVAL;
	if (!attach_type_ok(a->prog_type,
			    default_attach_type(a->prog_type, a->expected_attach_type)))
		return -EINVAL;
	if (a->attach_btf_id && !wants_btf_target(a->prog_type))
		return -EINVAL;
	if (a->attach_prog_fd && !wants_btf_target(a->prog_type))
		return -EINVAL;
	return 0;
}

/* --- what the instructions refer to --- */

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static int fd_of_index(struct load *l, uint32_t index, int *ret_fd)
{
	if (!l->a->fd_array) {
		say(l, "fd_idx without fd_array is invalid\n");
		return -EPROTO;
	}
	return user_read(ret_fd, l->a->fd_array + (uint64_t)index * sizeof(int), sizeof(int));
}

/* A load of a value's address: the map must have one there. */
static int check_direct(struct load *l, const struct map *map, uint32_t off)
{
	size_t room;

	if (map->desc.type == BPF_MAP_TYPE_ARENA && off < (uint64_t)map->desc.max_entries * 4096)
		return 0;
	if (map->desc.type != BPF_MAP_TYPE_ARRAY) {
		say(l, "no direct value access support for this map type\n");
		return -EINVAL;
	}
	if (map_direct_value(map, off, &room))
		return 0;
	say(l, "invalid access to map value pointer, value_size=%u off=%u\n", map->desc.value_size,
	    off);
	return -EINVAL;
}

/* What the last instructions named is likely named again. */
static int map_of_fd(struct load *l, int fd, struct map **ret_map)
{
	uint32_t to = l->n_maps > NEAR_MAPS ? l->n_maps - NEAR_MAPS : 0;
	int err;

	for (uint32_t i = l->n_maps; i-- > to;)
		if (l->map_fds[i] == fd) {
			*ret_map = map_ref(l->maps[i]);
			return 0;
		}
	err = rt_map_of_fd(l->c->rt, fd, ret_map);
	if (err)
		say(l, "fd %d is not pointing to valid bpf_map\n", fd);
	return err;
}

/* A wide load that names a map by index becomes one that names it by descriptor. */
static int map_of_insn(struct load *l, struct bpf_insn *insn, struct map **ret_map)
{
	int fd = insn->imm, err = 0;

	if ((insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_IDX) &&
	    insn[1].imm) {
		say(l, "unrecognized bpf_ld_imm64 insn\n");
		return -EINVAL;
	}
	if (insn->src_reg == BPF_PSEUDO_MAP_IDX || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)
		err = fd_of_index(l, (uint32_t)insn->imm, &fd);
	if (!err)
		err = map_of_fd(l, fd, ret_map);
	if (err)
		return err;
	l->map_fds[l->n_maps] = fd;
	if (insn->src_reg == BPF_PSEUDO_MAP_IDX)
		insn->src_reg = BPF_PSEUDO_MAP_FD;
	if (insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)
		insn->src_reg = BPF_PSEUDO_MAP_VALUE;
	insn->imm = (int32_t)(*ret_map)->desc.id;
	if (insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
		err = check_direct(l, *ret_map, (uint32_t)insn[1].imm);
		if (err)
			map_unref(*ret_map);
	}
	return err;
}

static bool names_map(const struct bpf_insn *insn)
{
	return is_wide(insn) && insn->src_reg != 0 && insn->src_reg != BPF_PSEUDO_BTF_ID &&
	       insn->src_reg != BPF_PSEUDO_FUNC && insn->src_reg <= BPF_PSEUDO_MAP_IDX_VALUE;
}

/* The types that the program names continue those of one module. */
static int use_module(struct load *l, int fd)
{
	const struct btf_kernel *kernel = NULL;
	struct rt_btf *b;
	int err = rt_btf_of_fd(l->c->rt, fd, &b);

	if (err)
		return err;
	if (b->kernel)
		kernel = rt_module_kernel(l->c->rt, b->id);
	rt_btf_unref(b);
	if (!kernel)
		return -EINVAL;
	if (l->kernel && l->kernel != kernel) {
		say(l, "types of more than one module are not supported\n");
		return -EOPNOTSUPP;
	}
	l->kernel = kernel;
	return 0;
}

static int module_of_call(struct load *l, const struct bpf_insn *insn)
{
	int fd, err;

	if (insn->off < 0) {
		say(l, "negative offset disallowed for kernel module function call\n");
		return -EINVAL;
	}
	if (!l->a->fd_array) {
		say(l, "kfunc offset > 0 without fd_array is invalid\n");
		return -EPROTO;
	}
	err = fd_of_index(l, (uint32_t)insn->off, &fd);
	if (!err)
		err = use_module(l, fd);
	if (err && err != -EOPNOTSUPP) {
		say(l, "invalid module BTF fd specified\n");
		err = -EINVAL;
	}
	return err;
}

static void name_kfunc(struct load *l, uint32_t at)
{
	const struct bpf_insn *insn = &l->insns[at];
	struct prog_kfunc *k = &l->kfuncs[l->n_kfuncs++];
	const struct btf_kernel *kernel = insn->off ? l->kernel : rt_kernel(l->c->rt);
	const struct btf_blob *btf = kernel ? btf_kernel_types(kernel) : NULL;
	const struct btf_type *t = btf ? btf_type(btf, (uint32_t)insn->imm) : NULL;
	const char *name = t ? btf_name(btf, t->name_off) : "";

	k->at = at;
	memcpy(k->name, name, strnlen(name, sizeof(k->name) - 1));
}

static int resolve(struct load *l)
{
	uint32_t n = l->a->insn_cnt, n_maps = 0, n_kfuncs = 0;

	for (uint32_t i = 0; i < n; i++) {
		n_maps += names_map(&l->insns[i]);
		n_kfuncs += l->insns[i].code == (BPF_JMP | BPF_CALL) &&
			    l->insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL;
	}
	l->map_at = arena_alloc_raw(&l->arena, n_maps * sizeof(*l->map_at));
	l->maps = arena_alloc_raw(&l->arena, n_maps * sizeof(struct map *));
	l->map_fds = arena_alloc_raw(&l->arena, n_maps * sizeof(*l->map_fds));
	l->kfuncs = arena_alloc(&l->arena, n_kfuncs * sizeof(*l->kfuncs));
	if (!l->map_at || !l->maps || !l->map_fds || !l->kfuncs)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct bpf_insn *insn = &l->insns[i];
		bool kfunc = insn->code == (BPF_JMP | BPF_CALL) &&
			     insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
		int err = kfunc && insn->off && l->c->rt->only_verify ? module_of_call(l, insn) : 0;

		if (err)
			return err;
		if (kfunc)
			name_kfunc(l, i);
		if (!is_wide(insn) || i + 1 >= n)
			continue;
		if (names_map(insn)) {
			err = map_of_insn(l, insn, &l->maps[l->n_maps]);
			if (err)
				return err;
			l->map_at[l->n_maps++] = i;
		}
		i++;
	}
	return 0;
}

/* --- func_info and line_info --- */

static bool rec_size_ok(const struct info *info)
{
	return info->rec >= info->ours && info->rec <= MAX_REC && info->rec % 4 == 0;
}

/* Makes records of ours of the caller's: what we do not know must be zero. */
static int copy_info(struct load *l, struct info *info, void **ret_info)
{
	uint32_t n = info->n, rec = info->rec, ours = info->ours;
	uint8_t *out;
	int err = 0;

	if (!n)
		return 0;
	if (n > l->a->insn_cnt)
		return -EINVAL;
	if (!rec_size_ok(info)) {
		say(l, "invalid %s rec size %u\n", info->what, rec);
		return -EINVAL;
	}
	if (!info->raw) {
		info->raw = arena_alloc_raw(&l->arena, (size_t)n * rec);
		err = info->raw ? user_read(info->raw, info->from, (size_t)n * rec) : -ENOMEM;
	}
	out = rec == ours ? info->raw : arena_alloc_raw(&l->arena, (size_t)n * ours);
	if (!out && !err)
		err = -ENOMEM;
	for (uint32_t i = 0; i < n && !err && out != info->raw; i++) {
		memcpy(out + (size_t)i * ours, info->raw + (size_t)i * rec, ours);
		for (uint32_t k = ours; k < rec && !err; k++)
			if (info->raw[(size_t)i * rec + k])
				err = -E2BIG;
	}
	if (!err)
		*ret_info = out;
	return err;
}

static int take_btf(struct load *l)
{
	const struct ring3_attr_prog_load *a = l->a;
	struct text *log = user_log_text(&l->log);
	int err;

	if (!a->func_info_cnt && !a->line_info_cnt && !a->prog_btf_fd)
		return 0;
	if (!a->prog_btf_fd && !a->func_info_cnt && !a->line_info_cnt)
		return 0;
	err = rt_btf_of_fd(l->c->rt, (int)a->prog_btf_fd, &l->btf);
	if (!err)
		err = copy_info(l, &l->func, &l->func_info);
	if (!err)
		err = copy_info(l, &l->line, &l->line_info);
	if (!err && l->func_info)
		err = btf_check_func_info(l->btf->btf, l->func_info, sizeof(struct bpf_func_info),
					  a->func_info_cnt, l->insns, a->insn_cnt, log);
	if (!err && l->line_info)
		err = btf_check_line_info(l->btf->btf, l->line_info, sizeof(struct bpf_line_info),
					  a->line_info_cnt, a->insn_cnt, log);
	return err;
}

/* --- the load --- */

/* A program, or the types of a module. */
static int attach_to(struct load *l, int fd)
{
	int err = rt_prog_of_fd(l->c->rt, fd, &l->attach_to);

	return err ? use_module(l, fd) : 0;
}

static int target_ok(struct load *l)
{
	const struct ring3_attr_prog_load *a = l->a;

	if (!wants_btf_target(a->prog_type))
		return 0;
	if (l->c->rt->only_verify) {
		/* Now, so that its time is not the program's. */
		rt_kernel(l->c->rt);
		return a->attach_prog_fd ? attach_to(l, (int)a->attach_prog_fd) : 0;
	}
	if (a->prog_type == BPF_PROG_TYPE_STRUCT_OPS)
		return -ABI_ENOTSUPP;
	if (a->prog_type == BPF_PROG_TYPE_EXT && !a->attach_prog_fd)
		say(l, "Cannot replace kernel functions\n");
	else if (!a->attach_btf_id)
		say(l, "Tracing programs must provide btf_id\n");
	else
		say(l, "attach_btf_id %u is not a function\n", a->attach_btf_id);
	return -EINVAL;
}

static int verify_and_publish(struct load *l, int *ret_fd)
{
	const struct ring3_attr_prog_load *a = l->a;
	struct prog_spec spec = {
		.type = a->prog_type,
		.expected_attach_type = default_attach_type(a->prog_type, a->expected_attach_type),
		.flags = a->prog_flags,
		.attach_btf_id = a->attach_btf_id,
		.attach_to = l->attach_to,
		.kernel = l->kernel,
		.name = a->prog_name,
		.license = l->license,
		.insns = l->insns,
		.n_insns = a->insn_cnt,
		.map_at = l->map_at,
		.map_refs = l->maps,
		.n_map_refs = l->n_maps,
		.kfuncs = l->kfuncs,
		.n_kfuncs = l->n_kfuncs,
		.btf = l->btf ? l->btf->btf : NULL,
		.btf_id = l->btf ? l->btf->id : 0,
		.func_info = l->func_info,
		.n_func_info = a->func_info_cnt,
		.line_info = l->line_info,
		.n_line_info = a->line_info_cnt,
		.log_level = a->log_level,
		.log = user_log_text(&l->log),
	};
	int err = prog_new(l->c->rt, &spec, &l->prog, &l->stats, &l->diag);

	if (err)
		return err;
	err = prog_publish(l->prog, ret_fd);
	return rt_made_room(l->c->rt, err) ? prog_publish(l->prog, ret_fd) : err;
}

/* All that the attribute points to, at once.  False: something is wrong with it, and reading one
 * after the other tells what. */
static bool fetch(struct load *l)
{
	const struct ring3_attr_prog_load *a = l->a;
	struct info *infos[] = { &l->func, &l->line };
	size_t page = os_page_size(), to_end = page - (size_t)(a->license % page);
	size_t n_license = to_end < sizeof(l->license) ? to_end : sizeof(l->license);
	struct user_part parts[USER_PARTS] = {
		{ l->license, a->license, n_license },
		{ l->insns, a->insns, a->insn_cnt * sizeof(*l->insns) },
	};
	unsigned int n = 2;

	for (int i = 0; i < 2; i++) {
		struct info *info = infos[i];

		if (!info->n || info->n > a->insn_cnt || !rec_size_ok(info))
			continue;
		info->raw = arena_alloc_raw(&l->arena, (size_t)info->n * info->rec);
		if (!info->raw)
			return false;
		parts[n++] =
			(struct user_part){ info->raw, info->from, (size_t)info->n * info->rec };
	}
	if (!user_read_parts(parts, n) && memchr(l->license, 0, n_license))
		return true;
	for (int i = 0; i < 2; i++)
		infos[i]->raw = NULL;
	return false;
}

static int fetch_singly(struct load *l)
{
	const struct ring3_attr_prog_load *a = l->a;
	int err = user_string(l->license, a->license, sizeof(l->license));

	if (err == -ENAMETOOLONG)
		l->license[sizeof(l->license) - 1] = 0;
	else if (err)
		return err;
	return user_read(l->insns, a->insns, a->insn_cnt * sizeof(*l->insns));
}

static int load(struct load *l, int *ret_fd)
{
	const struct ring3_attr_prog_load *a = l->a;
	int err;

	if (!rt_prog_type(l->c->rt, a->prog_type, a->expected_attach_type))
		return -EINVAL;
	l->func = (struct info){ a->func_info,          a->func_info_cnt,
				 a->func_info_rec_size, sizeof(struct bpf_func_info),
				 "func info",           NULL };
	l->line = (struct info){ a->line_info,          a->line_info_cnt,
				 a->line_info_rec_size, sizeof(struct bpf_line_info),
				 "line info",           NULL };
	l->insns = arena_alloc_raw(&l->arena, a->insn_cnt * sizeof(*l->insns));
	if (!l->insns)
		return -ENOMEM;
	err = fetch(l) ? 0 : fetch_singly(l);
	if (!err)
		err = target_ok(l);
	if (!err)
		err = resolve(l);
	if (!err)
		err = take_btf(l);
	return err ? err : verify_and_publish(l, ret_fd);
}

/* Tells who asked to be told.  The answer to PROG_LOAD. */
static int report(struct load *l, int err, int answer)
{
	struct ring3 *rt = l->c->rt;
	bool go_on = false;
	struct prog_report r = { .name = l->a->prog_name,
				 .log_buf = l->a->log_buf,
				 .err = err,
				 .answer = answer,
				 .prog_id = l->prog ? l->prog->id : 0,
				 .stats = &l->stats,
				 .diag = &l->diag,
				 .go_on = &go_on };

	if (l->c->diag)
		*l->c->diag = l->diag;
	if (rt->on_load)
		rt->on_load(rt->on_load_arg, &r);
	return answer < 0 && go_on ? (int)os_syscall(SYS_eventfd2, 0, EFD_CLOEXEC, 0, 0, 0, 0)
				   : answer;
}

int cmd_prog_load(struct call *c)
{
	struct load l = { .c = c, .a = &c->attr.prog_load };
	_Alignas(16) char small[SMALL_LOAD];
	int fd = -1, err, of_prog;

	err = check_attr(l.a);
	if (!err)
		err = caps_prog(c->rt, l.a->prog_type, l.a->insn_cnt);
	if (!err)
		err = user_log_begin(&l.log, l.a->log_level, l.a->log_buf, l.a->log_size);
	if (err)
		return err;
	rt_sweep(c->rt, false);
	arena_init(&l.arena, 0);
	arena_lend(&l.arena, small, sizeof(small));
	of_prog = load(&l, &fd);
	err = user_log_end(&l.log, of_prog);
	if (CALL_PUT(c, prog_load.log_true_size, l.log.true_size) && !err)
		err = -EFAULT;
	if (err && fd >= 0)
		close(fd);
	fd = report(&l, of_prog, err ? err : fd);
	load_done(&l);
	return fd;
}

int cmd_prog_bind_map(struct call *c)
{
	struct prog *prog;
	struct map *map;
	int err;

	if (c->attr.k.prog_bind_map.flags)
		return -EINVAL;
	err = rt_prog_of_fd(c->rt, (int)c->attr.k.prog_bind_map.prog_fd, &prog);
	if (err)
		return err;
	err = rt_map_of_fd(c->rt, (int)c->attr.k.prog_bind_map.map_fd, &map);
	if (!err) {
		err = prog_bind_map(prog, map);
		map_unref(map);
	}
	prog_unref(prog);
	return err;
}
