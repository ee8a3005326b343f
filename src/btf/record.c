/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parts of a type belong to the system?  See record.h; the kinds are rows of fields.def. */
#include "btf/record.h"

#include <errno.h>
#include <string.h>

#include "ring3/bpf.h"

enum {
	MAX_NESTING = 8,
	MAX_STEPS = 1 << 14, /* members looked at: the types are hostile */
};

#define MAP(t) (1ULL << BPF_MAP_TYPE_##t)
#define LOCKS                                                                                  \
	(MAP(HASH) | MAP(ARRAY) | MAP(CGROUP_STORAGE) | MAP(SK_STORAGE) | MAP(INODE_STORAGE) | \
	 MAP(TASK_STORAGE) | MAP(CGRP_STORAGE))
#define TIMED (MAP(HASH) | MAP(LRU_HASH) | MAP(ARRAY))
#define KEEPS                                                                               \
	(MAP(HASH) | MAP(PERCPU_HASH) | MAP(LRU_HASH) | MAP(LRU_PERCPU_HASH) | MAP(ARRAY) | \
	 MAP(PERCPU_ARRAY) | MAP(SK_STORAGE) | MAP(INODE_STORAGE) | MAP(TASK_STORAGE) |     \
	 MAP(CGRP_STORAGE))
#define TASKS MAP(TASK_STORAGE)

static const struct field_row {
	const char *name;
	uint64_t maps;
	uint8_t size;
	bool alone, local, tagged;
} rows[N_FIELD_KINDS] = {
#define STRUCT(kind, type, bytes, one, obj, where) \
	[FIELD_##kind] = { .name = type, .size = bytes, .alone = one, .local = obj, .maps = where },
#define TAGGED(kind, tag, obj, where) \
	[FIELD_##kind] = { .name = tag, .size = 8, .local = obj, .maps = where, .tagged = true },
#include "btf/fields.def"
#undef STRUCT
#undef TAGGED
};

const char *btf_field_name(enum btf_field_kind kind)
{
	return rows[kind].name;
}

struct reading {
	const struct btf_blob *btf;
	struct btf_record *record;
	uint32_t seen; /* kinds among the members of one struct */
	uint32_t steps;
	enum btf_record_of of;
};

static int read_struct(struct reading *r, uint32_t id, uint64_t base, unsigned int depth);

static bool is_root(unsigned int kind)
{
	return kind == FIELD_LIST_HEAD || kind == FIELD_RB_ROOT;
}

static unsigned int node_of(unsigned int root)
{
	return root == FIELD_LIST_HEAD ? FIELD_LIST_NODE : FIELD_RB_NODE;
}

/* "contains:item:node", said of a head or root by a tag of the member or variable. */
static const char *contents_of(const struct btf_blob *btf, uint32_t owner, int component)
{
	for (uint32_t id = 0; (id = btf_tag(btf, owner, id));) {
		const struct btf_type *t = btf_type(btf, id);
		const struct btf_decl_tag *tag = (const void *)(t + 1);

		if (tag->component_idx != component)
			continue;
		if (!strncmp(btf_name(btf, t->name_off), "contains:", 9))
			return btf_name(btf, t->name_off) + 9;
	}
	return NULL;
}

static int find_node(const struct btf_blob *btf, const struct btf_type *item, const char *node,
		     unsigned int kind, uint32_t *ret_off)
{
	const struct btf_member *m = (const void *)(item + 1);

	for (unsigned int i = 0; i < btf_vlen_of(item); i++) {
		const struct btf_type *t = btf_type(btf, btf_strip(btf, m[i].type));
		uint32_t bit = BTF_INFO_KFLAG(item->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
							  : m[i].offset;

		if (strcmp(btf_name(btf, m[i].name_off), node))
			continue;
		if (!t || btf_kind_of(t) != BTF_KIND_STRUCT ||
		    strcmp(btf_name(btf, t->name_off), rows[kind].name) || bit % 64)
			return -EINVAL;
		*ret_off = bit / 8;
		return 0;
	}
	return -ENOENT;
}

static int read_root(struct reading *r, struct btf_field *f, uint32_t owner, int component)
{
	const char *contents = contents_of(r->btf, owner, component);
	const char *node = contents ? strchr(contents, ':') : NULL;
	size_t n = node ? (size_t)(node - contents) : 0;

	if (!n)
		return -EINVAL;
	for (uint32_t id = 1; id < btf_n_types(r->btf); id++) {
		const struct btf_type *t = btf_type(r->btf, id);
		const char *name = btf_name(r->btf, t->name_off);

		if (btf_kind_of(t) != BTF_KIND_STRUCT || strncmp(name, contents, n) || name[n])
			continue;
		f->type_id = id;
		return find_node(r->btf, t, node + 1, node_of(f->kind), &f->node_off);
	}
	return -ENOENT;
}

/* A pointer whose type tag is one of ours; -EINVAL: it has another one, or several. */
static int tagged_pointer(const struct btf_blob *btf, const struct btf_type *t)
{
	const struct btf_type *tag = btf_type(btf, t->type), *next;

	if (!t->type || btf_kind_of(tag) != BTF_KIND_TYPE_TAG || BTF_INFO_KFLAG(tag->info))
		return N_FIELD_KINDS;
	next = btf_type(btf, tag->type);
	if (next && btf_kind_of(next) == BTF_KIND_TYPE_TAG)
		return -EINVAL;
	for (int k = 0; k < N_FIELD_KINDS; k++)
		if (rows[k].tagged && !strcmp(btf_name(btf, tag->name_off), rows[k].name))
			return k;
	return -EINVAL;
}

static int any_kind_of(const struct btf_blob *btf, const struct btf_type *t)
{
	if (btf_kind_of(t) == BTF_KIND_PTR)
		return tagged_pointer(btf, t);
	if (btf_kind_of(t) != BTF_KIND_STRUCT)
		return N_FIELD_KINDS;
	for (int k = 0; k < N_FIELD_KINDS; k++)
		if (!rows[k].tagged && t->size == rows[k].size &&
		    !strcmp(btf_name(btf, t->name_off), rows[k].name))
			return k;
	return N_FIELD_KINDS;
}

/* Of kinds that do not count here a member is like any other. */
static int kind_of(const struct reading *r, const struct btf_type *t)
{
	int kind = any_kind_of(r->btf, t);

	if (kind < 0 || kind == N_FIELD_KINDS)
		return kind;
	return (r->of == RECORD_OF_OBJECT ? rows[kind].local : rows[kind].maps != 0)
		       ? kind
		       : N_FIELD_KINDS;
}

static int add_field(struct reading *r, const struct btf_type *t, int kind, uint64_t off,
		     uint32_t owner, int component)
{
	struct btf_record *rec = r->record;
	struct btf_field *f = &rec->field[rec->n];
	const struct btf_type *to;

	if (rows[kind].alone && r->seen >> kind & 1)
		return -E2BIG;
	r->seen |= 1u << kind;
	if (off % (rows[kind].size == 4 ? 4 : 8))
		return 0;
	if (rec->n == RECORD_FIELDS)
		return -E2BIG;
	*f = (struct btf_field){ .kind = (uint8_t)kind,
				 .off = (uint32_t)off,
				 .size = rows[kind].size };
	rec->n++;
	if (is_root((unsigned int)kind))
		return read_root(r, f, owner, component);
	if (!rows[kind].tagged)
		return 0;
	f->type_id = btf_strip(r->btf, t->type);
	to = btf_type(r->btf, f->type_id);
	return to && btf_kind_of(to) == BTF_KIND_STRUCT ? 0 : -EINVAL;
}

/* Fields from `first` on, of the first element of an array. */
static bool may_repeat(const struct btf_record *rec, uint32_t first)
{
	for (uint32_t i = first; i < rec->n; i++)
		if (!rows[rec->field[i].kind].tagged && !is_root(rec->field[i].kind))
			return false;
	return true;
}

/* One member or variable, an array element by element. */
static int read_one(struct reading *r, uint32_t type, uint64_t off, uint32_t owner, int component,
		    unsigned int depth)
{
	uint32_t id = btf_strip(r->btf, type);
	const struct btf_type *t = btf_type(r->btf, id);
	uint64_t n = 1, step = 0;
	int kind, err = 0;

	while (t && btf_kind_of(t) == BTF_KIND_ARRAY) {
		const struct btf_array *a = (const void *)(t + 1);

		n *= a->nelems;
		if (n > UINT32_MAX)
			return 0;
		step = (uint64_t)btf_size_of(r->btf, a->type);
		id = btf_strip(r->btf, a->type);
		t = btf_type(r->btf, id);
	}
	if (!t)
		return 0;
	kind = kind_of(r, t);
	if (kind < 0)
		return kind;
	if (kind == N_FIELD_KINDS && btf_kind_of(t) != BTF_KIND_STRUCT)
		return 0;
	for (uint64_t i = 0; i < n && !err; i++) {
		uint32_t before = r->record->n;

		if (++r->steps > MAX_STEPS)
			return -E2BIG;
		if (kind != N_FIELD_KINDS)
			err = add_field(r, t, kind, off + i * step, owner, component);
		else
			err = read_struct(r, id, off + i * step, depth);
		/* Elements without fields are all alike. */
		if (!err && r->record->n == before)
			break;
		if (!err && n > 1 && !may_repeat(r->record, before))
			return -EINVAL;
	}
	return err;
}

static int read_members(struct reading *r, uint32_t id, uint64_t base, unsigned int depth)
{
	const struct btf_type *t = btf_type(r->btf, id);
	const struct btf_member *m = (const void *)(t + 1);
	uint32_t outer = r->seen;

	r->seen = 0;
	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		uint32_t bit =
			BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;
		int err =
			bit % 8 ? 0 : read_one(r, m[i].type, base + bit / 8, id, (int)i, depth + 1);

		if (++r->steps > MAX_STEPS)
			err = -E2BIG;
		if (err)
			return err;
	}
	r->seen = outer;
	return 0;
}

static int read_section(struct reading *r, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = (const void *)(t + 1);

	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		uint32_t type = btf_type(r->btf, v[i].type)->type;
		int err = btf_size_of(r->btf, type) == v[i].size
				  ? read_one(r, type, v[i].offset, v[i].type, -1, 1)
				  : 0;

		if (err)
			return err;
	}
	return 0;
}

static int read_struct(struct reading *r, uint32_t id, uint64_t base, unsigned int depth)
{
	const struct btf_type *t = btf_type(r->btf, id);

	if (depth > MAX_NESTING)
		return -E2BIG;
	return t && btf_kind_of(t) == BTF_KIND_STRUCT ? read_members(r, id, base, depth) : 0;
}

static void sort(struct btf_record *rec)
{
	for (uint32_t i = 1; i < rec->n; i++)
		for (uint32_t k = i; k && rec->field[k].off < rec->field[k - 1].off; k--) {
			struct btf_field f = rec->field[k];

			rec->field[k] = rec->field[k - 1];
			rec->field[k - 1] = f;
		}
}

static bool has_root(const struct btf_record *record)
{
	return btf_record_find(record, FIELD_LIST_HEAD) || btf_record_find(record, FIELD_RB_ROOT);
}

static bool has_lock(const struct btf_record *record)
{
	return btf_record_find(record, FIELD_SPIN_LOCK) ||
	       btf_record_find(record, FIELD_RES_SPIN_LOCK);
}

/* What goes together: a lock of one kind, with it lists and trees; nodes of both with a count. */
static int check_whole(const struct btf_record *rec)
{
	bool nodes = btf_record_find(rec, FIELD_LIST_NODE) && btf_record_find(rec, FIELD_RB_NODE);

	if (btf_record_find(rec, FIELD_SPIN_LOCK) && btf_record_find(rec, FIELD_RES_SPIN_LOCK))
		return -EINVAL;
	if (has_root(rec) && !has_lock(rec))
		return -EINVAL;
	return nodes && !btf_record_find(rec, FIELD_REFCOUNT) ? -EINVAL : 0;
}

int btf_record_read(const struct btf_blob *btf, uint32_t type_id, enum btf_record_of of,
		    struct btf_record *ret_record)
{
	struct btf_record rec = { .btf = btf };
	struct reading r = { .btf = btf, .record = &rec, .of = of };
	uint32_t id = btf_strip(btf, type_id);
	const struct btf_type *t = btf_type(btf, id);
	int err = 0;

	if (t && btf_kind_of(t) == BTF_KIND_DATASEC)
		err = read_section(&r, t);
	else if (t && btf_kind_of(t) == BTF_KIND_STRUCT)
		err = read_members(&r, id, 0, 0);
	if (!err)
		err = check_whole(&rec);
	if (err)
		return err;
	sort(&rec);
	*ret_record = rec;
	return 0;
}

const struct btf_field *btf_record_find(const struct btf_record *record, enum btf_field_kind kind)
{
	for (uint32_t i = 0; i < record->n; i++)
		if (record->field[i].kind == kind)
			return &record->field[i];
	return NULL;
}

const struct btf_field *btf_record_at(const struct btf_record *record, uint64_t off)
{
	for (uint32_t i = 0; i < record->n; i++)
		if (record->field[i].off == off)
			return &record->field[i];
	return NULL;
}

const struct btf_field *btf_record_hit(const struct btf_record *record, int64_t low, int64_t high)
{
	for (uint32_t i = 0; i < record->n; i++) {
		const struct btf_field *f = &record->field[i];

		if (low < (int64_t)f->off + f->size && f->off < high)
			return f;
	}
	return NULL;
}

/* What lies in a list or tree may own others, which must not own any in turn. */
static int check_ownership(const struct btf_record *record)
{
	for (uint32_t i = 0; i < record->n; i++) {
		struct btf_record item, inner;

		if (!is_root(record->field[i].kind))
			continue;
		if (btf_record_read(record->btf, record->field[i].type_id, RECORD_OF_OBJECT, &item))
			return -EINVAL;
		for (uint32_t k = 0; k < item.n; k++) {
			if (!is_root(item.field[k].kind))
				continue;
			if (btf_record_read(record->btf, item.field[k].type_id, RECORD_OF_OBJECT,
					    &inner))
				return -EINVAL;
			if (has_root(&inner))
				return -ELOOP;
		}
	}
	return 0;
}

int btf_record_fits_map(const struct btf_record *record, uint32_t map_type, uint32_t map_flags)
{
	if (!record->n)
		return 0;
	if (map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	for (uint32_t i = 0; i < record->n; i++)
		if (map_type >= 64 || !(rows[record->field[i].kind].maps >> map_type & 1))
			return -EOPNOTSUPP;
	return check_ownership(record);
}

bool btf_record_fits_object(const struct btf_record *record)
{
	for (uint32_t i = 0; i < record->n; i++)
		if (!rows[record->field[i].kind].local)
			return false;
	if (btf_record_find(record, FIELD_REFCOUNT) && !btf_record_find(record, FIELD_LIST_NODE) &&
	    !btf_record_find(record, FIELD_RB_NODE))
		return false;
	return record->n && !check_ownership(record);
}

/* By a member of such a type Linux knows a struct that it looks into. */
static bool is_telling(const struct btf_blob *btf, uint32_t type)
{
	const struct btf_type *t = btf_type(btf, type), *to;
	int kind = t && btf_kind_of(t) == BTF_KIND_PTR ? tagged_pointer(btf, t) : N_FIELD_KINDS;

	if (kind >= 0 && kind != N_FIELD_KINDS && rows[kind].local) {
		to = btf_type(btf, btf_strip(btf, t->type));
		return to && btf_kind_of(to) == BTF_KIND_STRUCT;
	}
	if (!t || btf_kind_of(t) != BTF_KIND_STRUCT)
		return false;
	for (kind = 0; kind < N_FIELD_KINDS; kind++)
		if (rows[kind].local && !rows[kind].tagged && kind != FIELD_RES_SPIN_LOCK &&
		    !strcmp(btf_name(btf, t->name_off), rows[kind].name))
			return true;
	return false;
}

static bool is_looked_into(const struct btf_blob *btf, uint32_t id)
{
	const struct btf_type *t = btf_type(btf, id);
	const struct btf_member *m = (const void *)(t + 1);

	if (btf_kind_of(t) != BTF_KIND_STRUCT)
		return false;
	for (unsigned int i = 0; i < btf_vlen_of(t); i++)
		if (is_telling(btf, m[i].type))
			return true;
	return false;
}

/* What lies in a list or tree and has one of its own must not hold what has one. */
static int check_circles(const struct btf_record *record)
{
	struct btf_record item;

	if (!btf_record_find(record, FIELD_LIST_NODE) && !btf_record_find(record, FIELD_RB_NODE))
		return 0;
	for (uint32_t i = 0; i < record->n; i++)
		if (is_root(record->field[i].kind) &&
		    !btf_record_read(record->btf, record->field[i].type_id, RECORD_OF_OBJECT,
				     &item) &&
		    has_root(&item))
			return -ELOOP;
	return 0;
}

int btf_record_check_types(const struct btf_blob *btf,
			   int (*check)(const struct btf_record *record, void *arg), void *arg)
{
	struct btf_record record;
	int err = 0;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (uint32_t id = 1; id < btf_n_types(btf) && !err; id++) {
			if (!is_looked_into(btf, id))
				continue;
			err = btf_record_read(btf, id, RECORD_OF_OBJECT, &record);
			if (!err && pass)
				err = check_circles(&record);
			else if (!err)
				err = record.n ? check(&record, arg) : -EFAULT;
		}
	return err;
}
