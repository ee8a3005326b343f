/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be read through a pointer to a map, which is an object of the kernel?  Fields of the
 * struct that keeps maps of its type there; nobody vouches for what they point to.
 */
#include <ring3/bpf.h>

#include "verify/typed_call.h"

static const char *struct_of(uint32_t map_type)
{
	static const struct {
		uint32_t type;
		const char *name;
	} structs[] = {
#define MAP_STRUCT(type, name) { BPF_MAP_TYPE_##type, name },
#include "verify/map_structs.def"
#undef MAP_STRUCT
	};

	for (size_t i = 0; i < sizeof(structs) / sizeof(structs[0]); i++)
		if (structs[i].type == map_type)
			return structs[i].name;
	return NULL;
}

int region_map_struct(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	const char *name = struct_of(map_of(v, r)->type);
	int64_t off = (int64_t)r->off + op->off;
	uint32_t type = name ? typed_find(v, name) : 0;

	if (!typed_kernel(v))
		return reject(v, TARGET_NO_BTF);
	if (!type)
		return reject(v, MEM_SCALAR, op->reg, "map_ptr");
	if (!v->in->policy.leak_pointers)
		return reject(v, TYPED_PERFMON, name);
	if (off < 0)
		return reject(v, MAP_STRUCT_NEGATIVE, op->reg, name, off);
	if (op->access != ACCESS_READ)
		return reject(v, MAP_STRUCT_WRITE, name);
	typed_needs_kernel(v, "it reads fields of a kernel's maps");
	return typed_read(v, op, type, (uint32_t)off);
}
