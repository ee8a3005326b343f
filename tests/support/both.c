/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the running kernel and ring3 say to the same PROG_LOAD?  See both.h. */
#include "support/both.h"

#include <bpf/btf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"

#include "helper/prog_type.h"
#include "run/rt.h"
#include "support/kernel.h"

enum {
	SHOWN = 25,
	LAST_TYPE = 32,
	LAST_ATTACH = 58,
};

int both_init(struct both *b)
{
	int err;

	memset(b, 0, sizeof(*b));
	for (int i = 0; i < BOTH_MAPS; i++)
		b->kernel_map[i] = b->our_map[i] = -1;
	err = ring3_new(NULL, &b->rt);
	if (!err)
		b->rt->only_verify = true;
	return err;
}

void both_done(struct both *b)
{
	for (int i = 0; i < BOTH_MAPS; i++) {
		if (b->kernel_map[i] >= 0)
			close(b->kernel_map[i]);
		if (b->our_map[i] >= 0)
			close(b->our_map[i]);
	}
	ring3_unref(b->rt);
}

/* Types 1, a number of 4 bytes, and 2, an array of 16 of them. */
static int load_types(struct both *b, bool ours)
{
	struct btf *btf = btf__new_empty();
	union bpf_attr attr;
	int fd;

	if (!btf)
		return -ENOMEM;
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_array(btf, 1, 1, 16);
	memset(&attr, 0, sizeof(attr));
	attr.btf = (uintptr_t)btf__raw_data(btf, &attr.btf_size);
	fd = ours ? ring3_bpf(b->rt, BPF_BTF_LOAD, &attr, sizeof(attr))
		  : kernel_btf_load((void *)(uintptr_t)attr.btf, attr.btf_size);
	btf__free(btf);
	return fd;
}

bool both_as(struct both *b, enum both_mode mode)
{
	FILE *f = fopen("/proc/sys/kernel/unprivileged_bpf_disabled", "r");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	if (mode == BOTH_UNPRIVILEGED && c != '0')
		return false;
	b->mode = mode;
	b->policy = mode == BOTH_CAP_BPF ? verify_policy_cap_bpf() : verify_policy_unprivileged();
	b->rt->policy = mode == BOTH_ROOT ? NULL : &b->policy;
	return true;
}

static void caps_call(long nr, struct __user_cap_data_struct *data)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };

	os_syscall(nr, (long)&h, (long)data, 0, 0, 0, 0);
}

static int load_as(enum both_mode mode, const struct kernel_prog *k)
{
	struct __user_cap_data_struct all[2], fewer[2];
	int fd;

	if (mode == BOTH_ROOT)
		return kernel_prog_load(k);
	caps_call(SYS_capget, all);
	memcpy(fewer, all, sizeof(all));
	fewer[0].effective &= ~(1u << CAP_SYS_ADMIN);
	fewer[1].effective &= ~(1u << (CAP_PERFMON - 32));
	if (mode == BOTH_UNPRIVILEGED) {
		fewer[0].effective &= ~(1u << CAP_NET_ADMIN);
		fewer[1].effective &= ~(1u << (CAP_BPF - 32));
	}
	caps_call(SYS_capset, fewer);
	fd = kernel_prog_load(k);
	caps_call(SYS_capset, all);
	return fd;
}

bool both_map(struct both *b, uint32_t index, const struct kernel_map *m, bool typed)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = m->type;
	attr.key_size = m->key_size;
	attr.value_size = m->value_size;
	attr.max_entries = m->max_entries;
	attr.map_flags = m->flags;
	attr.btf_key_type_id = typed ? 1 : 0;
	attr.btf_value_type_id = typed ? 2 : 0;
	for (int ours = 0; ours < 2; ours++) {
		int *fds = ours ? b->our_map : b->kernel_map;

		attr.inner_map_fd = m->inner_fd ? (uint32_t)fds[m->inner_fd - 1] : 0;
		attr.btf_fd = typed ? (uint32_t)load_types(b, ours) : 0;
		fds[index] = ours ? ring3_bpf(b->rt, BPF_MAP_CREATE, &attr, sizeof(attr))
				  : (int)os_syscall(SYS_bpf, BPF_MAP_CREATE, (long)&attr,
						    sizeof(attr), 0, 0, 0);
		if (typed)
			close((int)attr.btf_fd);
	}
	return (b->our_map[index] >= 0) == (b->kernel_map[index] >= 0);
}

static void place_maps(const struct both *b, bool ours, const struct both_prog *p,
		       struct bpf_insn *insns)
{
	memcpy(insns, p->insns, p->n * sizeof(*insns));
	for (uint32_t i = 0; i < p->n; i++) {
		if (insns[i].code != 0x18)
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns[i].imm =
				ours ? b->our_map[insns[i].imm] : b->kernel_map[insns[i].imm];
		i++;
	}
}

static int load_ours(struct both *b, const struct both_prog *p)
{
	struct bpf_insn insns[BOTH_INSNS];
	union bpf_attr attr;
	int fd;

	place_maps(b, true, p, insns);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = p->type;
	attr.expected_attach_type = p->attach;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = p->n;
	attr.license = (uintptr_t)(p->no_gpl ? "BSD" : "GPL");
	attr.prog_flags = p->flags;
	b->our_log[0] = '\0';
	if (p->log_level) {
		attr.log_level = p->log_level;
		attr.log_buf = (uintptr_t)b->our_log;
		attr.log_size = BOTH_LOG;
	}
	fd = ring3_bpf(b->rt, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

struct both_verdict both_load(struct both *b, const struct both_prog *p)
{
	struct bpf_insn insns[BOTH_INSNS];
	struct kernel_prog k = { .type = p->type,
				 .attach = p->attach,
				 .insns = insns,
				 .n_insns = p->n,
				 .no_gpl = p->no_gpl,
				 .flags = p->flags };
	struct both_verdict v;
	int fd;

	place_maps(b, false, p, insns);
	b->kernel_log[0] = '\0';
	if (p->log_level) {
		k.log_level = p->log_level;
		k.log = b->kernel_log;
		k.log_size = BOTH_LOG;
	}
	fd = load_as(b->mode, &k);
	if (fd >= 0)
		close(fd);
	v.kernel = fd < 0 ? fd : 0;
	v.ours = load_ours(b, p);
	return v;
}

void both_put(struct both_prog *p, struct bpf_insn insn)
{
	if (p->n == BOTH_INSNS)
		abort();
	p->insns[p->n++] = insn;
}

uint32_t both_flags_of(uint32_t type)
{
	return type == BPF_PROG_TYPE_SYSCALL ? BPF_F_SLEEPABLE : 0;
}

bool both_needs_target(uint32_t type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_STRUCT_OPS ||
	       type == BPF_PROG_TYPE_EXT || type == BPF_PROG_TYPE_LSM;
}

/* Which constant may a program return? */
static bool loads(const struct both *b, uint32_t type, uint32_t attach, int32_t *ret_r0)
{
	struct bpf_insn insns[] = { INSN(0xb7, 0, 0, 0, 0), INSN(0x95, 0, 0, 0, 0) };
	struct kernel_prog k = { .type = type,
				 .attach = attach,
				 .insns = insns,
				 .n_insns = 2,
				 .flags = both_flags_of(type) };

	for (int32_t r0 = 0; r0 < 2; r0++) {
		int fd;

		insns[0].imm = r0;
		fd = load_as(b->mode, &k);
		if (fd < 0)
			continue;
		close(fd);
		*ret_r0 = r0;
		return true;
	}
	return false;
}

static bool told_apart(uint32_t type, uint32_t attach)
{
	const struct prog_type *t = prog_type_of(type, attach);

	return t && t != prog_type_of(type, attach - 1);
}

bool both_next_type(struct both *b, uint32_t *type, uint32_t *attach, int32_t *ret_r0)
{
	for (*attach = *type ? *attach + 1 : 0, *type += !*type; *type <= LAST_TYPE;
	     (*type)++, *attach = 0) {
		int32_t r0;
		/* An attach type that is none of this type's. */
		bool any = loads(b, *type, BPF_TRACE_ITER, &r0);

		for (; *attach <= LAST_ATTACH && !both_needs_target(*type); (*attach)++) {
			if (any && *attach && !told_apart(*type, *attach))
				continue;
			if (loads(b, *type, *attach, ret_r0))
				return true;
		}
	}
	return false;
}

const char *both_type_name(uint32_t type)
{
	for (uint32_t i = 0; prog_type_at(i); i++)
		if (prog_type_at(i)->type == type)
			return prog_type_at(i)->name;
	return "?";
}

void both_compare(struct both *b, bool same, const char *fmt, ...)
{
	const char *path = getenv("RING3_DIFFS");
	char line[1024];
	va_list ap;
	FILE *f;

	b->compared++;
	if (same)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (b->differ++ < SHOWN)
		printf("# %s\n", line);
	f = path ? fopen(path, "a") : NULL;
	if (f) {
		fprintf(f, "%s\n", line);
		fclose(f);
	}
}

const char *both_reason(const char *log, char *buf, uint32_t size)
{
	const char *best = "";
	size_t n = 0;

	while (*log) {
		size_t len = strcspn(log, "\n");

		if (len && strncmp(log, "processed ", 10)) {
			best = log;
			n = len;
		}
		log += len + (log[len] == '\n');
	}
	snprintf(buf, size, "%.*s", (int)n, best);
	return buf;
}
