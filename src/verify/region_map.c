/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which bytes of a map's value or key may a program touch?  Bounds, rights, special fields, and
 * the contents of frozen read-only maps, which are constants.
 */
#include "verify/constant.h"
#include "verify/kptr.h"

static int check_rights(struct verifier *v, const struct mem_op *op, const struct map_desc *m,
			int64_t at)
{
	if (op->access & ACCESS_WRITE && map_flags_of(m) & BPF_F_RDONLY_PROG)
		return reject(v, MAP_WRITE, m->value_size, at, op->size);
	if (op->access & ACCESS_READ && m->flags & BPF_F_WRONLY_PROG)
		return reject(v, MAP_READ, m->value_size, at, op->size);
	return 0;
}

/* The special field that the access touches; NULL: none. */
static const struct btf_field *special(struct verifier *v, const struct mem_op *op,
				       const struct reg *r)
{
	int64_t low = (int64_t)r->off + op->off + scalar_smin(&r->s);
	int64_t end = (int64_t)r->off + op->off + (int64_t)scalar_umax(&r->s) + op->size;

	return btf_record_hit(&v->maps[r->obj].record, low, end);
}

int region_map(struct verifier *v, const struct mem_op *op)
{
	struct reg *r = reg_at(v, op->reg);
	const struct map_desc *m = map_of(v, r);
	int64_t at = (int64_t)r->off + op->off + scalar_smin(&r->s);
	struct scalar s = scalar_unknown();
	bool is_const = scalar_is_const(&r->s);
	const struct map *map = v->maps[r->obj].map;
	const struct btf_field *f;
	uint64_t value;
	int err = check_rights(v, op, m, at);

	if (!err)
		err = region_bounds(v, op, m->value_size);
	if (!err)
		err = offset_accessed(v, op, m->value_size);
	f = err ? NULL : special(v, op, r);
	if (f && kptr_is(f))
		return kptr_access(v, op, &v->maps[r->obj].record, f, at);
	if (f)
		return reject(v, MAP_SPECIAL, btf_field_name(f->kind));
	if (err || op->value < 0 || !(op->access & ACCESS_READ))
		return err;
	if (op->size < 8)
		s = scalar_zext(&s, op->size * 8);
	if (is_const && map && !op->is_atomic &&
	    constant_map_read(map, (uint64_t)at, op->size, &value))
		s = scalar_const(value);
	reg_set_scalar(reg_at(v, (unsigned int)op->value), s);
	return 0;
}

int region_map_key(struct verifier *v, const struct mem_op *op)
{
	struct reg *r = reg_at(v, op->reg);
	struct scalar s = scalar_unknown();
	int err;

	if (op->access & ACCESS_WRITE)
		return reject(v, MAP_KEY_WRITE, op->reg);
	err = region_bounds(v, op, map_of(v, r)->key_size);
	if (err || op->value < 0)
		return err;
	reg_set_scalar(reg_at(v, (unsigned int)op->value),
		       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	return 0;
}
