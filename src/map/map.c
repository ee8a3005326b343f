/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a file become a map, and when is a file not a sound map?  Creation writes the header's
 * magic last; opening believes nothing that it has not checked, and what is in the data is checked
 * on use.
 */
#include "map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <ring3/bpf.h>

#include "base/alloc.h"
#include "base/os.h"
#include "map/priv.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define MAP_MAGIC 0x70616d2d33676e72ULL /* "rng3-map" */
enum {
	MAP_VERSION = 10,
	SMALL = 1 << 20 /* bytes that need no look at the machine's memory */
};

struct map_header {
	uint64_t magic;
	uint32_t version, page_size;
	uint64_t data_size;
	struct map_desc desc;
	uint64_t sum; /* of desc and what is before it */
	uint32_t frozen;
};

static struct map_header *header_of(const struct map *map)
{
	return (struct map_header *)(void *)((char *)map->base + map->size - os_page_size());
}

static uint64_t sum_of(const struct map_header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	uint64_t sum = 0xcbf29ce484222325ULL;

	for (size_t k = 0; k < offsetof(struct map_header, sum); k++)
		sum = (sum ^ p[k]) * 0x100000001b3ULL;
	return sum;
}

static int check_access(uint32_t flags)
{
	const uint32_t user = BPF_F_RDONLY | BPF_F_WRONLY;
	const uint32_t prog = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	return (flags & user) == user || (flags & prog) == prog ? -EINVAL : 0;
}

uint32_t map_flags_of(const struct map_desc *desc)
{
	bool devices = desc->type == BPF_MAP_TYPE_DEVMAP || desc->type == BPF_MAP_TYPE_DEVMAP_HASH;

	return desc->flags | (devices ? BPF_F_RDONLY_PROG : 0);
}

int map_check(const struct map_desc *desc)
{
	const struct map_ops *ops = map_ops_of(desc->type);

	if (!ops || desc->flags & ~ops->flags_allowed || check_access(desc->flags))
		return -EINVAL;
	if (desc->extra && desc->type != BPF_MAP_TYPE_BLOOM_FILTER &&
	    desc->type != BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if (!desc->slots || desc->slots > MAP_MAX_SLOTS)
		return -EINVAL;
	if (desc->spin_lock_off >= 0 &&
	    (desc->spin_lock_off % 4 || (uint64_t)desc->spin_lock_off + 4 > desc->value_size))
		return -EINVAL;
	if (desc->timer_off >= 0 &&
	    (desc->timer_off % 8 || (uint64_t)desc->timer_off + 16 > desc->value_size))
		return -EINVAL;
	return ops->check(desc);
}

int64_t map_file_size(const struct map_desc *desc)
{
	const struct map_ops *ops = map_ops_of(desc->type);
	size_t page = os_page_size(), data;
	long n_pages = sysconf(_SC_PHYS_PAGES);
	int err = map_check(desc);

	if (err)
		return err;
	data = ops->size(desc, &err);
	if (!data)
		return err;
	if (data > (size_t)1 << 46)
		return -E2BIG;
	if (n_pages > 0 && data / page > (size_t)n_pages)
		return -ENOMEM;
	return (int64_t)(((data + page - 1) & ~(page - 1)) + page);
}

static struct map *map_at(int fd, size_t size, int prot)
{
	struct map *map = mem_alloc(sizeof(*map));
	void *base = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	if (!map || base == MAP_FAILED) {
		int err = map ? errno : ENOMEM;

		if (base != MAP_FAILED)
			munmap(base, size);
		mem_free(map);
		errno = err;
		return NULL;
	}
	map->fd = fd;
	map->base = map->data = base;
	map->size = size;
	map->readonly = !(prot & PROT_WRITE);
	map->refs = 1;
	return map;
}

/* The caller keeps the descriptor. */
static void forget(struct map *map)
{
	munmap(map->base, map->size);
	mem_free(map);
}

/* Bytes that the machine can give without going under; SIZE_MAX when it does not say. */
static size_t memory_left(void)
{
	void *text = NULL;
	size_t size, left = SIZE_MAX;
	const char *at;

	if (os_read_file("/proc/meminfo", 1 << 16, &text, &size))
		return left;
	at = memmem(text, size, "MemAvailable:", 13);
	if (at)
		left = (size_t)strtoull(at + 13, NULL, 10) * 1024;
	mem_free(text);
	return left;
}

/* Asked before fallocate(), which takes all the memory there is before it says that it is not
 * enough. */
static int check_room(int fd, size_t size)
{
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_blocks && (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize < size)
		return -ENOSPC;
	return size > SMALL && size > memory_left() / 8 * 7 ? -ENOMEM : 0;
}

static int reserve_space(int fd, size_t size, bool reserve)
{
	int err = reserve ? check_room(fd, size) : 0;

	if (err)
		return err;
	if (ftruncate(fd, (off_t)size))
		return errno == EFBIG ? -E2BIG : -errno;
	if (reserve)
		do {
			err = fallocate(fd, 0, 0, (off_t)size) ? -errno : 0;
		} while (err == -EINTR);
	return err;
}

static int format(struct map *map, const struct map_desc *desc, size_t data_size)
{
	struct map_header *h = header_of(map);
	int err;

	map->ops = map_ops_of(desc->type);
	map->desc = *desc;
	map->data_size = data_size;
	h->version = MAP_VERSION;
	h->page_size = (uint32_t)os_page_size();
	h->data_size = data_size;
	h->desc = *desc;
	err = map->ops->init ? map->ops->init(map) : 0;
	if (!err && map->ops->attach)
		err = map->ops->attach(map);
	if (err)
		return err;
	h->magic = MAP_MAGIC;
	sync_store(&h->sum, sum_of(h));
	return 0;
}

int map_create(int fd, const struct map_desc *desc, bool reserve, struct map **ret_map)
{
	int64_t size = map_file_size(desc);
	struct map_desc own = *desc;
	struct map *map;
	int err;

	if (size < 0)
		return (int)size;
	own.name[sizeof(own.name) - 1] = '\0';
	err = reserve_space(fd, (size_t)size, reserve);
	if (err)
		return err;
	map = map_at(fd, (size_t)size, PROT_READ | PROT_WRITE);
	if (!map)
		return -errno;
	err = format(map, &own, (size_t)size - os_page_size());
	if (err) {
		forget(map);
		return err;
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW); /* fails harmlessly on a plain file */
	*ret_map = map;
	return 0;
}

/* Only a map that nobody may write, programs included, is of use without PROT_WRITE. */
static bool may_be_readonly(const struct map_desc *desc)
{
	return desc->type == BPF_MAP_TYPE_ARRAY && desc->flags & BPF_F_RDONLY_PROG;
}

static int adopt(struct map *map)
{
	struct map_header h = *header_of(map);

	if (h.magic != MAP_MAGIC || h.version != MAP_VERSION || h.page_size != os_page_size() ||
	    h.sum != sum_of(&h) || memchr(h.desc.name, 0, sizeof(h.desc.name)) == NULL)
		return -EINVAL;
	if (map_file_size(&h.desc) != (int64_t)map->size || h.data_size != map->size - h.page_size)
		return -EINVAL;
	if (map->readonly && !may_be_readonly(&h.desc))
		return -EACCES;
	map->desc = h.desc;
	map->data_size = h.data_size;
	map->ops = map_ops_of(h.desc.type);
	return map->ops->attach ? map->ops->attach(map) : 0;
}

int map_open(int fd, struct map **ret_map)
{
	size_t page = os_page_size();
	struct stat st;
	struct map *map;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)(2 * page) || st.st_size % (off_t)page)
		return -EINVAL;
	map = map_at(fd, (size_t)st.st_size, PROT_READ | PROT_WRITE);
	if (!map && (errno == EPERM || errno == EACCES))
		map = map_at(fd, (size_t)st.st_size, PROT_READ);
	if (!map)
		return -errno;
	err = adopt(map);
	if (err) {
		forget(map);
		return err;
	}
	*ret_map = map;
	return 0;
}

struct map *map_ref(struct map *map)
{
	__atomic_add_fetch(&map->refs, 1, __ATOMIC_RELAXED);
	return map;
}

struct map *map_unref(struct map *map)
{
	if (!map || __atomic_sub_fetch(&map->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	if (map->ops->detach)
		map->ops->detach(map);
	close(map->fd);
	forget(map);
	return NULL;
}

bool map_is_frozen(const struct map *map)
{
	return __atomic_load_n(&header_of(map)->frozen, __ATOMIC_ACQUIRE);
}

int map_freeze(struct map *map)
{
	uint32_t *frozen = &header_of(map)->frozen;

	if (map->readonly || __atomic_exchange_n(frozen, 1, __ATOMIC_SEQ_CST))
		return -EBUSY;
	if (may_be_readonly(&map->desc))
		fcntl(map->fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE); /* memfds only */
	return 0;
}

void *map_direct_value(const struct map *map, uint64_t off, size_t *ret_room)
{
	uint64_t elem = map_round8(map->desc.value_size), room;

	if (map->desc.type != BPF_MAP_TYPE_ARRAY || map->desc.max_entries != 1)
		return NULL;
	room = map->desc.value_size;
	if (off >= room || room > elem)
		return NULL;
	*ret_room = room - off;
	return (char *)map->data + off;
}
