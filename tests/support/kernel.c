/* SPDX-License-Identifier: BSD-2-Clause */
/* What does the running kernel say to this program?  See kernel.h. */
#include "support/kernel.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"

static int kernel_bpf(int cmd, union bpf_attr *attr)
{
	return (int)os_syscall(SYS_bpf, cmd, (long)attr, sizeof(*attr), 0, 0, 0);
}

bool kernel_can_load(const char **ret_why)
{
	const struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	struct kernel_prog p = { .type = BPF_PROG_TYPE_XDP, .insns = insns, .n_insns = 2 };
	int fd = kernel_prog_load(&p);

	if (fd < 0) {
		*ret_why = "bpf(2) is not permitted here";
		return false;
	}
	close(fd);
	return true;
}

int kernel_map_create(const struct kernel_map *m)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = m->type;
	attr.key_size = m->key_size;
	attr.value_size = m->value_size;
	attr.max_entries = m->max_entries;
	attr.map_flags = m->flags;
	attr.inner_map_fd = (uint32_t)m->inner_fd;
	attr.btf_fd = (uint32_t)m->btf_fd;
	attr.btf_key_type_id = m->btf_key;
	attr.btf_value_type_id = m->btf_value;
	return kernel_bpf(BPF_MAP_CREATE, &attr);
}

int kernel_map_update(int fd, const void *key, const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)fd;
	attr.key = (uint64_t)(uintptr_t)key;
	attr.value = (uint64_t)(uintptr_t)value;
	return kernel_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

int kernel_map_freeze(int fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (uint32_t)fd;
	return kernel_bpf(BPF_MAP_FREEZE, &attr);
}

int kernel_btf_load(const void *data, uint32_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = (uint64_t)(uintptr_t)data;
	attr.btf_size = size;
	return kernel_bpf(BPF_BTF_LOAD, &attr);
}

int kernel_prog_load(const struct kernel_prog *p)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = p->type;
	attr.expected_attach_type = p->attach;
	attr.insns = (uint64_t)(uintptr_t)p->insns;
	attr.insn_cnt = p->n_insns;
	attr.license = (uint64_t)(uintptr_t)(p->no_gpl ? "BSD" : "GPL");
	attr.prog_flags = p->flags;
	attr.attach_btf_id = p->attach_btf_id;
	if (p->log && p->log_size) {
		attr.log_level = p->log_level ? p->log_level : 1;
		attr.log_buf = (uint64_t)(uintptr_t)p->log;
		attr.log_size = p->log_size;
	}
	if (p->func_info) {
		attr.prog_btf_fd = (uint32_t)p->btf_fd;
		attr.func_info = (uint64_t)(uintptr_t)p->func_info;
		attr.func_info_cnt = p->n_func_info;
		attr.func_info_rec_size = sizeof(struct bpf_func_info);
	}
	return kernel_bpf(BPF_PROG_LOAD, &attr);
}
