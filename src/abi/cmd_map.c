/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a map made, and how are its elements reached from outside programs? */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/caps.h"
#include "abi/perf.h"
#include "base/alloc.h"
#include "btf/btf.h"
#include "btf/kernel.h"
#include "btf/kept.h"
#include "btf/record.h"
#include "map/map.h"
#include "run/prog.h"

/* --- MAP_CREATE --- */

static int key_btf(const struct btf_blob *btf, const struct map_desc *d)
{
	if (!d->btf_key_type_id) {
		/* The one array that has no key type is a data section. */
		if (d->type != BPF_MAP_TYPE_ARRAY || d->max_entries != 1)
			return -EINVAL;
		return 0;
	}
	return btf_size_of(btf, d->btf_key_type_id) == d->key_size ? 0 : -EINVAL;
}

static int32_t offset_of(const struct btf_record *rec, enum btf_field_kind kind)
{
	const struct btf_field *f = btf_record_find(rec, kind);

	return f ? (int32_t)f->off : -1;
}

static int value_btf(struct call *c, const struct btf_blob *btf, struct map_desc *d)
{
	const struct btf_kernel *kernel;
	struct btf_record rec;
	int err;

	if (btf_size_of(btf, d->btf_value_type_id) != d->value_size)
		return -EINVAL;
	if (btf_record_read(btf, d->btf_value_type_id, RECORD_OF_MAP, &rec))
		return 0;
	err = btf_record_fits_map(&rec, d->type, d->flags);
	if (!err && btf_record_find(&rec, FIELD_KPTR_REF)) {
		kernel = rt_kernel(c->rt);
		err = kernel ? kept_check_record(kernel, &rec) : 0;
	}
	if (err)
		return err;
	d->spin_lock_off = offset_of(&rec, FIELD_SPIN_LOCK);
	d->timer_off = offset_of(&rec, FIELD_TIMER);
	return 0;
}

/* A struct of functions: its value is the kernel's own struct around it. */
static int check_struct_ops(struct call *c, const struct map_desc *d)
{
	const struct btf_kernel *kernel = rt_kernel(c->rt);
	const struct btf_blob *btf = kernel ? btf_kernel_types(kernel) : NULL;
	uint32_t id = c->attr.map_create.btf_vmlinux_value_type_id;
	const struct btf_type *t = btf ? btf_type(btf, id) : NULL;
	const char prefix[] = "bpf_struct_ops_";

	if (!id)
		return -EINVAL;
	if (!t || btf_kind_of(t) != BTF_KIND_STRUCT ||
	    strncmp(btf_name(btf, t->name_off), prefix, sizeof(prefix) - 1) != 0)
		return -ABI_ENOTSUPP;
	return t->size == d->value_size ? 0 : -EINVAL;
}

static int set_btf(struct call *c, struct map_desc *d)
{
	const struct ring3_attr_map_create *a = &c->attr.map_create;
	struct rt_btf *b;
	int err;

	if (d->type == BPF_MAP_TYPE_STRUCT_OPS)
		return check_struct_ops(c, d);
	if (a->btf_vmlinux_value_type_id)
		return -EINVAL;
	if (!a->btf_key_type_id && !a->btf_value_type_id)
		return 0;
	if (!a->btf_value_type_id)
		return -EINVAL;
	err = rt_btf_of_fd(c->rt, (int)a->btf_fd, &b);
	if (err)
		return err;
	d->btf_id = b->id;
	d->btf_key_type_id = a->btf_key_type_id;
	d->btf_value_type_id = a->btf_value_type_id;
	err = key_btf(b->btf, d);
	if (!err)
		err = value_btf(c, b->btf, d);
	rt_btf_unref(b);
	return err;
}

static bool is_outer(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int set_inner(struct call *c, struct map_desc *d)
{
	struct map *inner;
	int err;

	if (!is_outer(d->type))
		return c->attr.map_create.inner_map_fd ? -EINVAL : 0;
	err = rt_map_of_fd(c->rt, (int)c->attr.map_create.inner_map_fd, &inner);
	if (err)
		return err;
	if (is_outer(inner->desc.type))
		err = -EINVAL;
	d->inner_type = inner->desc.type;
	d->inner_key_size = inner->desc.key_size;
	d->inner_value_size = inner->desc.value_size;
	d->inner_max_entries = inner->desc.max_entries;
	d->inner_flags = inner->desc.flags;
	d->inner_btf_id = inner->desc.btf_id;
	d->inner_btf_value_type_id = inner->desc.btf_value_type_id;
	map_unref(inner);
	return err;
}

/* Whose fault it is is known here only. */
static void tell_room(struct ring3 *rt, const struct map_desc *d, int err)
{
	const char *comma = d->name[0] ? ", " : "";

	if (err == -ENOSPC)
		rt_log(rt, RING3_LOG_ERROR,
		       "no room for a map%s%s in the runtime directory: the disk is full", comma,
		       d->name);
	else if (err == -ENOMEM)
		rt_log(rt, RING3_LOG_ERROR,
		       "no memory for a map%s%s: %u entries of %u bytes; lower its max_entries",
		       comma, d->name, d->max_entries, d->key_size + d->value_size);
}

int cmd_map_create(struct call *c)
{
	const struct ring3_attr_map_create *a = &c->attr.map_create;
	struct map_desc d = {
		.type = a->map_type,
		.key_size = a->key_size,
		.value_size = a->value_size,
		.max_entries = a->max_entries,
		.flags = a->map_flags,
		.extra = a->map_extra,
		.btf_key_type_id = a->btf_key_type_id,
		.btf_value_type_id = a->btf_value_type_id,
		.slots = c->rt->n_slots,
		.spin_lock_off = -1,
		.timer_off = -1,
	};
	int fd, err;

	if (a->excl_prog_hash || a->excl_prog_hash_size)
		return -EINVAL;
	if (a->map_extra && d.type != BPF_MAP_TYPE_BLOOM_FILTER && d.type != BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if (!name_is_ok(a->map_name))
		return -EINVAL;
	memcpy(d.name, a->map_name, sizeof(d.name));
	if (a->map_ifindex)
		return -EINVAL;
	/* Judged, but there is nothing to run with it yet. */
	if (d.type == BPF_MAP_TYPE_ARENA && !c->rt->only_verify)
		return -EINVAL;
	if (d.type == BPF_MAP_TYPE_STRUCT_OPS && !c->rt->only_verify)
		return -ABI_ENOTSUPP;
	err = map_check(&d);
	if (!err)
		err = caps_map(c->rt, d.type);
	if (!err)
		err = set_inner(c, &d);
	if (!err)
		err = set_btf(c, &d);
	if (err)
		return err;
	rt_sweep(c->rt, false);
	err = rt_map_create(c->rt, &d, &fd);
	if (rt_made_room(c->rt, err))
		err = rt_map_create(c->rt, &d, &fd);
	if (err)
		tell_room(c->rt, &d, err);
	return err ? err : fd;
}

/* --- elements --- */

struct access {
	struct map *map;
	uint8_t *key, *value;
	size_t value_size;
};

static void access_done(struct access *x)
{
	mem_free(x->key);
	mem_free(x->value);
	map_unref(x->map);
}

static bool may_write(int fd)
{
	return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
}

/* wants: 1 the key from the caller, 2 room for a value, 4 the value from the caller. */
enum {
	WANT_KEY = 1,
	WANT_VALUE = 2,
	WANT_VALUE_IN = 4
};

static int access_key(struct call *c, struct access *x)
{
	uint32_t n = x->map->desc.key_size;

	if (!n)
		return c->attr.k.key ? -EINVAL : 0;
	x->key = mem_alloc(n);
	return x->key ? user_read(x->key, c->attr.k.key, n) : -ENOMEM;
}

static int access_begin(struct call *c, struct access *x, unsigned int wants)
{
	int fd = (int)c->attr.k.map_fd;
	int err;

	*x = (struct access){ 0 };
	err = rt_map_of_fd(c->rt, fd, &x->map);
	if (err)
		return err;
	if ((wants & WANT_VALUE_IN) && (!may_write(fd) || map_is_frozen(x->map)))
		err = -EPERM;
	if (!err && (wants & WANT_KEY))
		err = access_key(c, x);
	x->value_size = map_user_value_size(x->map);
	if (!err && (wants & (WANT_VALUE | WANT_VALUE_IN))) {
		x->value = mem_alloc(x->value_size ? x->value_size : 1);
		if (!x->value)
			err = -ENOMEM;
	}
	if (!err && (wants & WANT_VALUE_IN))
		err = user_read(x->value, c->attr.k.value, x->value_size);
	if (err)
		access_done(x);
	return err;
}

static int lock_flag_ok(const struct access *x, uint64_t flags)
{
	return (flags & BPF_F_LOCK) && x->map->desc.spin_lock_off < 0 ? -EINVAL : 0;
}

int cmd_map_lookup(struct call *c)
{
	uint64_t flags = c->attr.k.flags;
	struct access x;
	int err;

	if (flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	err = access_begin(c, &x, WANT_KEY | WANT_VALUE);
	if (err)
		return err;
	err = lock_flag_ok(&x, flags);
	/* A bloom filter is asked with the value. */
	if (!err && x.map->desc.type == BPF_MAP_TYPE_BLOOM_FILTER)
		err = user_read(x.value, c->attr.k.value, x.value_size);
	if (!err)
		err = map_user_lookup(x.map, x.key, x.value, flags);
	if (!err)
		err = user_write(c->attr.k.value, x.value, x.value_size);
	access_done(&x);
	return err;
}

/* Replaces the descriptor that the caller gave by the id that the file holds. */
static int id_of_fd(struct call *c, struct map *map, int fd, uint32_t *ret_id)
{
	enum store_kind want, kind;
	struct prog *prog;
	struct map *inner;
	int err;

	if (is_outer(map->desc.type)) {
		err = rt_map_of_fd(c->rt, fd, &inner);
		if (err)
			return err;
		*ret_id = inner->desc.id;
		err = map_inner_fits(&map->desc, &inner->desc) ? 0 : -EINVAL;
		map_unref(inner);
		return err;
	}
	if (map->desc.type == BPF_MAP_TYPE_PROG_ARRAY) {
		uint32_t none = 0;

		err = rt_prog_of_fd(c->rt, fd, &prog);
		if (err)
			return err;
		*ret_id = prog->id;
		if (!__atomic_compare_exchange_n(&rt_map_info(map)->owner_type, &none,
						 prog->type->type + 1, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE) &&
		    none != prog->type->type + 1)
			err = -EINVAL;
		if (!err)
			err = prog_ready(prog);
		prog_unref(prog);
		return err;
	}
	want = STORE_RING;
	err = rt_identify(c->rt, fd, &kind, ret_id);
	return err ? err : kind == want ? 0 : -EINVAL;
}

static bool holds_ids(uint32_t type)
{
	return is_outer(type) || type == BPF_MAP_TYPE_PROG_ARRAY ||
	       type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

int cmd_map_update(struct call *c)
{
	uint64_t flags = c->attr.k.flags;
	struct access x;
	uint32_t id;
	int err;

	err = access_begin(c, &x, WANT_KEY | WANT_VALUE_IN);
	if (err)
		return err;
	err = lock_flag_ok(&x, flags);
	if (!err && holds_ids(x.map->desc.type)) {
		int fd;

		memcpy(&fd, x.value, sizeof(fd));
		err = id_of_fd(c, x.map, fd, &id);
		if (!err)
			memcpy(x.value, &id, sizeof(id));
	}
	if (!err)
		err = map_user_update(x.map, x.key, x.value, flags);
	if (!err && holds_ids(x.map->desc.type)) {
		store_notify(c->rt->store);
		perf_link_changed(c->rt, 0);
	}
	access_done(&x);
	return err;
}

int cmd_map_delete(struct call *c)
{
	struct access x;
	int err;

	err = access_begin(c, &x, 0);
	if (err)
		return err;
	if (!may_write((int)c->attr.k.map_fd) || map_is_frozen(x.map))
		err = -EPERM;
	if (!err)
		err = access_key(c, &x);
	if (!err)
		err = map_user_delete(x.map, x.key);
	if (!err && holds_ids(x.map->desc.type))
		store_notify(c->rt->store);
	access_done(&x);
	return err;
}

int cmd_map_next_key(struct call *c)
{
	struct access x;
	uint8_t *next = NULL;
	int err;

	err = access_begin(c, &x, 0);
	if (err)
		return err;
	next = mem_alloc(x.map->desc.key_size ? x.map->desc.key_size : 1);
	if (!next)
		err = -ENOMEM;
	if (!err && c->attr.k.key)
		err = access_key(c, &x);
	if (!err)
		err = map_user_next_key(x.map, x.key, next);
	if (!err)
		err = user_write(c->attr.k.next_key, next, x.map->desc.key_size);
	mem_free(next);
	access_done(&x);
	return err;
}

int cmd_map_lookup_delete(struct call *c)
{
	uint64_t flags = c->attr.k.flags;
	struct access x;
	int err;

	if (flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	err = access_begin(c, &x, WANT_VALUE);
	if (err)
		return err;
	if (flags &&
	    (x.map->desc.type == BPF_MAP_TYPE_QUEUE || x.map->desc.type == BPF_MAP_TYPE_STACK))
		err = -EINVAL;
	if (!err)
		err = lock_flag_ok(&x, flags);
	if (!err && (!may_write((int)c->attr.k.map_fd) || map_is_frozen(x.map)))
		err = -EPERM;
	if (!err)
		err = access_key(c, &x);
	if (!err)
		err = map_user_lookup_and_delete(x.map, x.key, x.value, flags);
	if (!err)
		err = user_write(c->attr.k.value, x.value, x.value_size);
	access_done(&x);
	return err;
}

int cmd_map_freeze(struct call *c)
{
	struct map *map;
	int err = rt_map_of_fd(c->rt, (int)c->attr.k.map_fd, &map);

	if (err)
		return err;
	if (map->desc.timer_off >= 0)
		err = -ABI_ENOTSUPP;
	else if (!may_write((int)c->attr.k.map_fd))
		err = -EPERM;
	else
		err = map_freeze(map);
	map_unref(map);
	return err;
}
