/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds the sample with libbpf's writer. */
#include "support/btf_sample.h"

#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

static void add_rest(struct btf *b, int i, int s)
{
	int var, e, fwd, fl;

	fwd = btf__add_fwd(b, "later", BTF_FWD_STRUCT);
	btf__add_ptr(b, btf__add_const(b, btf__add_volatile(b, fwd)));
	btf__add_restrict(b, btf__add_ptr(b, 0));
	e = btf__add_enum(b, "color", 4);
	btf__add_enum_value(b, "RED", 0);
	btf__add_enum_value(b, "BLUE", -1);
	btf__add_enum64(b, "wide", 8, false);
	btf__add_enum64_value(b, "BIG", 1ULL << 40);
	fl = btf__add_float(b, "double", 8);
	btf__add_ptr(b, btf__add_type_tag(b, "user", i));
	btf__add_union(b, "both", 8);
	btf__add_field(b, "e", e, 0, 0);
	btf__add_field(b, "f", fl, 0, 0);
	btf__add_struct(b, "bits", 8);
	btf__add_field(b, "low", i, 0, 3);
	btf__add_field(b, "high", i, 3, 29);
	btf__add_field(b, "e", e, 32, 0);
	var = btf__add_var(b, "counter", BTF_VAR_STATIC, i);
	btf__add_decl_tag(b, "tag", s, 0);
	btf__add_decl_tag(b, "tag", var, -1);
	btf__add_datasec(b, ".data", 16);
	btf__add_datasec_var_info(b, var, 4, 4);
}

uint8_t *btf_sample(size_t *ret_size, struct btf_sample_ids *ret_ids)
{
	struct btf *b = btf__new_empty();
	const void *raw;
	uint8_t *copy;
	uint32_t size;
	int i, a, l, t, s, ctx;

	i = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	t = btf__add_typedef(b, "number", i);
	a = btf__add_array(b, i, t, 5);
	l = btf__add_struct(b, "bpf_spin_lock", 4);
	btf__add_field(b, "val", i, 0, 0);
	s = btf__add_struct(b, "value", 40);
	btf__add_field(b, "next", btf__type_cnt(b), 0, 0); /* the pointer that follows */
	btf__add_field(b, "numbers", a, 64, 0);
	btf__add_field(b, "lock", l, 224, 0);
	btf__add_ptr(b, s);
	ctx = btf__add_ptr(b, 0);
	ret_ids->func_proto = (uint32_t)btf__add_func_proto(b, i);
	btf__add_func_param(b, "ctx", ctx);
	ret_ids->func =
		(uint32_t)btf__add_func(b, "main_prog", BTF_FUNC_GLOBAL, ret_ids->func_proto);
	add_rest(b, i, s);
	ret_ids->int_id = (uint32_t)i;
	ret_ids->lock_struct = (uint32_t)l;
	ret_ids->value_struct = (uint32_t)s;
	ret_ids->datasec = btf__type_cnt(b) - 1;
	raw = btf__raw_data(b, &size);
	copy = malloc(size);
	memcpy(copy, raw, size);
	btf__free(b);
	*ret_size = size;
	return copy;
}
