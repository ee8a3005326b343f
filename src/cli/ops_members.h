/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For which member of which struct does a program of an object stand?  Read from the object's
 * sections .struct_ops.link and the like, which libbpf 1.1 passes over.
 */
#ifndef CLI_OPS_MEMBERS_H
#define CLI_OPS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_kernel;
struct ops_members;

/* btf: the object's types as libbpf laid them out.  NULL: nothing of the kind, or not readable. */
struct ops_members *ops_members_open(const char *path, const void *btf, size_t btf_size);
struct ops_members *ops_members_free(struct ops_members *members);
/* Struct and member of this program in the kernel; false: not known, or not in this kernel. */
bool ops_members_find(const struct ops_members *members, const struct btf_kernel *kernel,
		      const char *program, uint32_t *ret_struct, uint32_t *ret_index);

#endif
