/* SPDX-License-Identifier: BSD-2-Clause */
/* What does the running kernel say to this program?  bpf(2) by its own system call. */
#ifndef SUPPORT_KERNEL_H
#define SUPPORT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/bpf.h>

struct kernel_map {
	uint32_t type, key_size, value_size, max_entries, flags;
	int inner_fd; /* 0: none */
	int btf_fd;   /* 0: none */
	uint32_t btf_key, btf_value;
};

struct kernel_prog {
	uint32_t type, attach;
	const struct bpf_insn *insns;
	uint32_t n_insns;
	bool no_gpl;
	uint32_t flags;
	uint32_t attach_btf_id;
	uint32_t log_level;
	char *log;
	uint32_t log_size;
	int btf_fd; /* 0: none */
	const void *func_info;
	uint32_t n_func_info;
};

/* May programs be loaded here at all?  When not, why is the reason for a test to skip. */
bool kernel_can_load(const char **ret_why);
/* A descriptor or negative errno. */
int kernel_map_create(const struct kernel_map *m);
int kernel_map_update(int fd, const void *key, const void *value);
int kernel_map_freeze(int fd);
int kernel_btf_load(const void *data, uint32_t size);
int kernel_prog_load(const struct kernel_prog *p);

#endif
