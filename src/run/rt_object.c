/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does an object of the store become known in this process?  Maps and BTF: made or opened here,
 * counted, and looked up by descriptor or id.  Also what refers to what, for the sweeper.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "btf/btf.h"
#include "map/map.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/rt_priv.h"

enum {
	MAX_BTF = 16 << 20
};

static int kind_of_fd(struct ring3 *rt, int fd, enum store_kind want, uint32_t *ret_id)
{
	enum store_kind kind;
	int err = rt_identify(rt, fd, &kind, ret_id);

	if (err)
		return err;
	return kind == want ? 0 : -EINVAL;
}

/* --- maps --- */

static struct map *resolve_map(void *arg, uint32_t id)
{
	const struct rt_map *info = arg;
	const struct map_desc *want = &info->map->desc, *is;
	struct map *inner = rt_find(info->rt, STORE_MAP, id);

	if (!inner)
		return NULL;
	is = &inner->desc;
	if (is->type != want->inner_type || is->key_size != want->inner_key_size ||
	    is->value_size != want->inner_value_size || is->flags != want->inner_flags)
		return NULL;
	if (is->type == BPF_MAP_TYPE_ARRAY && !(is->flags & BPF_F_INNER_MAP) &&
	    is->max_entries != want->inner_max_entries)
		return NULL;
	return inner;
}

/* Ids in a shared file are anybody's: only programs of the same kind as the caller are found. */
static const void *resolve_prog(void *arg, uint32_t id)
{
	const struct rt_map *info = arg;
	const struct prog *prog = rt_find(info->rt, STORE_PROG, id);

	if (!prog || prog->type->type + 1 != __atomic_load_n(&info->owner_type, __ATOMIC_ACQUIRE))
		return NULL;
	return prog;
}

static struct perf_ring *resolve_ring(void *arg, uint32_t id)
{
	const struct rt_map *info = arg;

	return rt_find(info->rt, STORE_RING, id);
}

struct rt_map *rt_map_info(struct map *map)
{
	return map->resolver_arg;
}

void rt_map_release(void *object)
{
	struct map *map = object;
	struct rt_map *info = map->resolver_arg;

	rt_uncharge(info->rt, info->bytes);
	map_unref(map);
	mem_free(info);
}

/* Takes the reference to map on success. */
static int know_map(struct ring3 *rt, struct map *map, uint64_t bytes)
{
	struct rt_map *info = mem_alloc(sizeof(*info));
	int err;

	if (!info)
		return -ENOMEM;
	*info = (struct rt_map){ .rt = rt, .map = map, .bytes = bytes };
	map->resolver_arg = info;
	map->resolve_map = resolve_map;
	map->resolve_prog = resolve_prog;
	map->resolve_ring = resolve_ring;
	err = rt_add(rt, STORE_MAP, map->desc.id, map->fd, map);
	if (err)
		mem_free(info);
	return err;
}

int rt_map_create(struct ring3 *rt, struct map_desc *desc, int *ret_fd)
{
	bool shared = store_dir(rt->store) != NULL;
	struct map *map;
	int64_t bytes;
	int fd, own, err;

	bytes = map_file_size(desc);
	if (bytes < 0)
		return (int)bytes;
	err = rt_charge(rt, (uint64_t)bytes);
	if (err)
		return err;
	err = store_create(rt->store, STORE_MAP, &desc->id, &fd);
	if (err)
		goto uncharge;
	err = store_reopen(rt->store, fd, false, &own);
	if (err)
		goto close_fd;
	err = map_create(own, desc, shared, &map);
	if (err) {
		close(own);
		goto close_fd;
	}
	/* Its entry first, so that whoever sees its name finds it; one more reference until then.
	 */
	map_ref(map);
	err = know_map(rt, map, (uint64_t)bytes);
	if (err) {
		map_unref(map);
	} else {
		err = store_publish(rt->store, STORE_MAP, desc->id, fd);
		if (err)
			rt_sweep(rt, true);
	}
	map_unref(map);
	if (!err) {
		*ret_fd = fd;
		return 0;
	}
close_fd:
	close(fd);
uncharge:
	if (err != -EEXIST)
		rt_uncharge(rt, (uint64_t)bytes);
	return err;
}

static struct map *known_map(struct ring3 *rt, uint32_t id)
{
	struct map *map;

	pthread_mutex_lock(&rt->lock);
	map = rt_find(rt, STORE_MAP, id);
	if (map)
		map_ref(map);
	pthread_mutex_unlock(&rt->lock);
	return map;
}

int rt_map_of_id(struct ring3 *rt, uint32_t id, struct map **ret_map)
{
	struct map *map = known_map(rt, id);
	int fd, err;

	if (map) {
		*ret_map = map;
		return 0;
	}
	err = store_peek_id(rt->store, STORE_MAP, id, &fd);
	if (err)
		return err;
	err = map_open(fd, &map);
	if (err) {
		close(fd);
		return err;
	}
	err = map->desc.id == id ? know_map(rt, map, 0) : -EINVAL;
	if (err) {
		map_unref(map);
		if (err != -EEXIST)
			return err;
	}
	map = known_map(rt, id);
	if (!map)
		return -ENOENT;
	*ret_map = map;
	return 0;
}

int rt_map_of_fd(struct ring3 *rt, int fd, struct map **ret_map)
{
	uint32_t id;
	int err = kind_of_fd(rt, fd, STORE_MAP, &id);

	return err ? err : rt_map_of_id(rt, id, ret_map);
}

/* --- BTF --- */

struct rt_btf *rt_btf_unref(struct rt_btf *b)
{
	if (!b || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	btf_unref(b->btf);
	close(b->fd);
	mem_free(b);
	return NULL;
}

static int know_btf(struct ring3 *rt, uint32_t id, int own_fd, struct btf_blob *btf)
{
	struct rt_btf *b = mem_alloc(sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	*b = (struct rt_btf){ .refs = 1, .id = id, .fd = own_fd, .btf = btf_ref(btf) };
	err = rt_add(rt, STORE_BTF, id, own_fd, b);
	if (err) {
		btf_unref(b->btf);
		mem_free(b);
	}
	return err;
}

static int write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int rt_btf_create(struct ring3 *rt, struct btf_blob *btf, int *ret_fd)
{
	size_t size;
	const void *raw = btf_raw(btf, &size);
	uint32_t id;
	int fd, own, err;

	err = store_create(rt->store, STORE_BTF, &id, &fd);
	if (err)
		return err;
	err = write_all(fd, raw, size);
	if (!err)
		err = store_publish(rt->store, STORE_BTF, id, fd);
	if (!err)
		err = store_reopen(rt->store, fd, false, &own);
	if (err)
		goto fail;
	err = know_btf(rt, id, own, btf);
	if (err && err != -EEXIST) {
		close(own);
		goto fail;
	}
	*ret_fd = fd;
	return 0;
fail:
	close(fd);
	return err;
}

static struct rt_btf *known_btf(struct ring3 *rt, uint32_t id)
{
	struct rt_btf *b;

	pthread_mutex_lock(&rt->lock);
	b = rt_find(rt, STORE_BTF, id);
	if (b)
		__atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&rt->lock);
	return b;
}

/* The bytes are copied before they are judged: another process may write them. */
static int read_copy(int fd, size_t limit, void **ret_data, size_t *ret_size)
{
	struct stat st;
	void *data;
	ssize_t n;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size <= 0 || (uint64_t)st.st_size > limit)
		return -EINVAL;
	data = mem_alloc((size_t)st.st_size);
	if (!data)
		return -ENOMEM;
	n = pread(fd, data, (size_t)st.st_size, 0);
	if (n != st.st_size) {
		mem_free(data);
		return n < 0 ? -errno : -EINVAL;
	}
	*ret_data = data;
	*ret_size = (size_t)n;
	return 0;
}

static int open_btf(struct ring3 *rt, uint32_t id)
{
	struct btf_blob *btf;
	void *data = NULL;
	size_t size = 0;
	int fd, err;

	err = store_peek_id(rt->store, STORE_BTF, id, &fd);
	if (err)
		return err;
	err = read_copy(fd, MAX_BTF, &data, &size);
	if (!err) {
		err = btf_parse(data, size, NULL, NULL, &btf);
		mem_free(data);
	}
	if (!err) {
		err = know_btf(rt, id, fd, btf);
		btf_unref(btf);
	}
	if (err)
		close(fd);
	return err == -EEXIST ? 0 : err;
}

int rt_btf_of_id(struct ring3 *rt, uint32_t id, struct rt_btf **ret_btf)
{
	struct rt_btf *b = known_btf(rt, id);
	int err;

	if (!b) {
		err = open_btf(rt, id);
		if (err)
			return err;
		b = known_btf(rt, id);
	}
	if (!b)
		return -ENOENT;
	*ret_btf = b;
	return 0;
}

int rt_btf_of_fd(struct ring3 *rt, int fd, struct rt_btf **ret_btf)
{
	uint32_t id;
	int err = kind_of_fd(rt, fd, STORE_BTF, &id);

	return err ? err : rt_btf_of_id(rt, id, ret_btf);
}

/* --- perf rings --- */

void rt_ring_release(void *object)
{
	perf_ring_unref(object);
}

static int know_ring(struct ring3 *rt, uint32_t id, int fd, struct perf_ring *ring)
{
	int err = rt_add(rt, STORE_RING, id, fd, ring);

	if (err)
		perf_ring_unref(ring);
	return err;
}

int rt_ring_format(struct ring3 *rt, int fd, uint32_t id, uint32_t n_pages)
{
	struct perf_ring *ring;
	struct stat st;
	int own, err;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size)
		return 0;
	err = store_reopen(rt->store, fd, false, &own);
	if (err)
		return err;
	err = perf_ring_create(own, n_pages, PERF_SAMPLE_RAW, &ring);
	if (err) {
		close(own);
		return err;
	}
	return know_ring(rt, id, own, ring);
}

/* Not counted: a ring stays known as long as its file has a holder. */
int rt_ring_of_id(struct ring3 *rt, uint32_t id, struct perf_ring **ret_ring)
{
	struct perf_ring *ring = rt_find(rt, STORE_RING, id);
	int fd, err;

	if (!ring) {
		err = store_peek_id(rt->store, STORE_RING, id, &fd);
		if (err)
			return err;
		err = perf_ring_open(fd, &ring);
		if (err) {
			close(fd);
			return err;
		}
		err = know_ring(rt, id, fd, ring);
		if (err && err != -EEXIST)
			return err;
		ring = rt_find(rt, STORE_RING, id);
	}
	if (!ring)
		return -ENOENT;
	*ret_ring = ring;
	return 0;
}

/* --- programs --- */

void rt_prog_release(void *object)
{
	prog_unref(object);
}

int rt_prog_of_fd(struct ring3 *rt, int fd, struct prog **ret_prog)
{
	uint32_t id;
	int err = kind_of_fd(rt, fd, STORE_PROG, &id);

	return err ? err : prog_open_id(rt, id, ret_prog);
}

/* --- what refers to what --- */

enum {
	MAX_KEY = 512
};

/* Which kind of id do the values of this map type hold?  STORE_N_KINDS: none. */
static enum store_kind value_kind(uint32_t type)
{
	if (type == BPF_MAP_TYPE_PROG_ARRAY)
		return STORE_PROG;
	if (type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS)
		return STORE_MAP;
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return STORE_RING;
	return STORE_N_KINDS;
}

static void each_array_id(struct map *map, enum store_kind kind,
			  void (*fn)(void *, enum store_kind, uint32_t), void *arg)
{
	for (uint32_t i = 0; i < map->desc.max_entries; i++) {
		uint32_t id = map_id_at(map, i);

		if (id)
			fn(arg, kind, id);
	}
}

static void each_value_id(struct map *map, void (*fn)(void *, enum store_kind, uint32_t), void *arg)
{
	enum store_kind kind = value_kind(map->desc.type);
	uint8_t key[MAX_KEY], next[MAX_KEY];
	uint32_t n = map->desc.max_entries;
	bool first = true;
	uint32_t id;

	if (kind == STORE_N_KINDS || map->desc.key_size > MAX_KEY)
		return;
	if (map->desc.type != BPF_MAP_TYPE_HASH_OF_MAPS) {
		each_array_id(map, kind, fn, arg);
		return;
	}
	while (n-- && map_user_next_key(map, first ? NULL : key, next) == 0) {
		memcpy(key, next, map->desc.key_size);
		first = false;
		if (map_user_lookup(map, key, &id, 0) == 0 && id)
			fn(arg, kind, id);
	}
}

static int map_refs(struct ring3 *rt, uint32_t id, int fd,
		    void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg)
{
	struct map *map = known_map(rt, id);
	int own, err;

	if (!map) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (own < 0)
			return -errno;
		err = map_open(own, &map);
		if (err) {
			close(own);
			return err == -EINVAL ? 0 : err;
		}
	}
	if (map->desc.btf_id)
		mark(mark_arg, STORE_BTF, map->desc.btf_id);
	if (map->desc.inner_btf_id)
		mark(mark_arg, STORE_BTF, map->desc.inner_btf_id);
	each_value_id(map, mark, mark_arg);
	map_unref(map);
	return 0;
}

static int link_refs(struct ring3 *rt, uint32_t id, void (*mark)(void *, enum store_kind, uint32_t),
		     void *mark_arg)
{
	struct link *link;
	int err = link_open_id(rt->store, id, &link);

	if (err)
		return err == -EINVAL || err == -ENOENT ? 0 : err;
	mark(mark_arg, STORE_PROG, link->file->prog_id);
	mark(mark_arg, STORE_LINK, link->fixed.event_id);
	link_free(link);
	return 0;
}

int rt_object_refs(void *arg, enum store_kind kind, uint32_t id, int fd,
		   void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg)
{
	switch (kind) {
	case STORE_MAP: return map_refs(arg, id, fd, mark, mark_arg);
	case STORE_PROG: return prog_file_refs(arg, id, fd, mark, mark_arg);
	case STORE_LINK: return link_refs(arg, id, mark, mark_arg);
	case STORE_BTF:
	case STORE_RING:
	case STORE_N_KINDS: break;
	}
	return 0;
}

static void open_value(void *arg, enum store_kind kind, uint32_t id)
{
	struct ring3 *rt = arg;
	struct perf_ring *ring;
	struct prog *prog;
	struct map *map;

	/* One that is known may not be ready yet. */
	if (kind == STORE_PROG && prog_open_id(rt, id, &prog) == 0) {
		prog_ready(prog);
		prog_unref(prog);
	}
	if (rt_find(rt, kind, id))
		return;
	if (kind == STORE_RING)
		rt_ring_of_id(rt, id, &ring);
	if (kind == STORE_MAP && rt_map_of_id(rt, id, &map) == 0)
		map_unref(map);
}

/* Opening one may make another known that names more; ids are finite, rounds are bounded. */
void rt_refresh(struct ring3 *rt)
{
	enum {
		ROUNDS = 33
	};
	struct rt_table *before = NULL;
	uint32_t used = 0;

	for (int i = 0; i < ROUNDS && (rt->table != before || rt->table->used != used); i++) {
		struct rt_table *t;
		uint32_t n = 0, cap;
		uint32_t *ids;

		pthread_mutex_lock(&rt->lock);
		t = before = rt->table;
		used = t->used;
		cap = t->used;
		ids = mem_array(cap ? cap : 1, sizeof(*ids));
		for (uint32_t k = 0; ids && k < t->cap; k++)
			if (t->slot[k].object && t->slot[k].key >> 32 == STORE_MAP + 1 && n < cap)
				ids[n++] = (uint32_t)t->slot[k].key;
		pthread_mutex_unlock(&rt->lock);
		for (uint32_t k = 0; ids && k < n; k++) {
			struct map *map = known_map(rt, ids[k]);

			if (map)
				each_value_id(map, open_value, rt);
			map_unref(map);
		}
		mem_free(ids);
	}
}
