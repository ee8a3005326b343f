/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program hand records to a reader of perf buffers?  The kernel's perf ring: a page with
 * data_head and data_tail, then 2^n pages of records that wrap byte by byte; behind them, where no
 * reader maps, a page of ours.  Writers of one ring are usually one slot at a time; those that
 * are not take turns by a lock that survives its owner.
 */
#include "map/map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "map/priv.h"

#define RING_MAGIC 0x676e69722d336772ULL /* "rg3-ring" */

struct ring_control {
	uint64_t magic, data_size, sample_type;
	uint64_t lost;
	uint32_t lock, waiter;
};

struct perf_ring {
	int fd;
	uint32_t refs;
	size_t size;
	struct perf_event_mmap_page *page;
	char *data;
	uint64_t data_size;
	struct ring_control *control;
};

static int map_ring(int fd, size_t data_size, struct perf_ring **ret_ring)
{
	size_t page = os_page_size(), size = data_size + 2 * page;
	struct perf_ring *ring = mem_alloc(sizeof(*ring));
	char *base;

	if (!ring)
		return -ENOMEM;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED) {
		mem_free(ring);
		return -errno;
	}
	*ring = (struct perf_ring){ .fd = fd,
				    .refs = 1,
				    .size = size,
				    .page = (struct perf_event_mmap_page *)(void *)base,
				    .data = base + page,
				    .data_size = data_size,
				    .control = (struct ring_control *)(void *)(base + page +
									       data_size) };
	*ret_ring = ring;
	return 0;
}

int perf_ring_create(int fd, uint32_t n_pages, uint64_t sample_type, struct perf_ring **ret_ring)
{
	size_t page = os_page_size(), data_size = page * n_pages;
	struct perf_ring *ring;
	int err;

	if (!n_pages || n_pages & (n_pages - 1) || n_pages > 1u << 18)
		return -EINVAL;
	if (sample_type != PERF_SAMPLE_RAW)
		return -EOPNOTSUPP;
	if (ftruncate(fd, (off_t)(data_size + 2 * page)) ||
	    fallocate(fd, 0, 0, (off_t)(data_size + 2 * page)))
		return -errno;
	err = map_ring(fd, data_size, &ring);
	if (err)
		return err;
	ring->page->data_offset = page;
	ring->page->data_size = data_size;
	ring->control->data_size = data_size;
	ring->control->sample_type = sample_type;
	sync_store(&ring->control->magic, RING_MAGIC);
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	*ret_ring = ring;
	return 0;
}

int perf_ring_open(int fd, struct perf_ring **ret_ring)
{
	size_t page = os_page_size(), data_size;
	struct perf_ring *ring;
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)(3 * page) || st.st_size % (off_t)page)
		return -EINVAL;
	data_size = (size_t)st.st_size - 2 * page;
	if (data_size & (data_size - 1))
		return -EINVAL;
	err = map_ring(fd, data_size, &ring);
	if (err)
		return err;
	if (ring->control->magic != RING_MAGIC || ring->control->data_size != data_size) {
		munmap(ring->page, ring->size);
		mem_free(ring);
		return -EINVAL;
	}
	*ret_ring = ring;
	return 0;
}

struct perf_ring *perf_ring_unref(struct perf_ring *ring)
{
	if (!ring || __atomic_sub_fetch(&ring->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	munmap(ring->page, ring->size);
	close(ring->fd);
	mem_free(ring);
	return NULL;
}

uint32_t *perf_ring_waiter(const struct perf_ring *ring)
{
	return &ring->control->waiter;
}

bool perf_ring_has_data(const struct perf_ring *ring)
{
	return __atomic_load_n(&ring->page->data_head, __ATOMIC_SEQ_CST) !=
	       __atomic_load_n(&ring->page->data_tail, __ATOMIC_SEQ_CST);
}

size_t perf_ring_size(const struct perf_ring *ring)
{
	return ring->size - os_page_size();
}

static uint64_t put(struct perf_ring *ring, uint64_t head, const void *data, size_t size)
{
	size_t at = head & (ring->data_size - 1), first = ring->data_size - at;

	if (first > size)
		first = size;
	__builtin_memcpy(ring->data + at, data, first);
	__builtin_memcpy(ring->data, (const char *)data + first, size - first);
	return head + size;
}

struct lost_record {
	struct perf_event_header header;
	uint64_t id, lost;
};

static int write_record(struct perf_ring *ring, const void *data, uint32_t size)
{
	static const char zeros[8];
	uint32_t raw = (uint32_t)map_round8(size + 4ull) - 4;
	struct perf_event_header header = { .type = PERF_RECORD_SAMPLE,
					    .size = (uint16_t)(sizeof(header) + 4 + raw) };
	struct lost_record lost = { .header = { .type = PERF_RECORD_LOST, .size = sizeof(lost) },
				    .lost = ring->control->lost };
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_RELAXED);
	uint64_t tail = __atomic_load_n(&ring->page->data_tail, __ATOMIC_ACQUIRE);
	uint64_t need = header.size + (lost.lost ? sizeof(lost) : 0);

	if (head % 8 || head - tail > ring->data_size || need > ring->data_size - (head - tail)) {
		ring->control->lost++;
		return -ENOSPC;
	}
	if (lost.lost)
		head = put(ring, head, &lost, sizeof(lost));
	ring->control->lost = 0;
	head = put(ring, head, &header, sizeof(header));
	head = put(ring, head, &raw, sizeof(raw));
	head = put(ring, head, data, size);
	head = put(ring, head, zeros, raw - size);
	__atomic_store_n(&ring->page->data_head, head, __ATOMIC_SEQ_CST);
	return 0;
}

int perf_ring_output(struct perf_ring *ring, const void *data, uint32_t size)
{
	uint32_t *waiter = &ring->control->waiter;
	int err;

	if (size > UINT16_MAX - 16)
		return -E2BIG;
	if (sync_lock(&ring->control->lock) < 0)
		return -EBUSY;
	err = write_record(ring, data, size);
	sync_unlock(&ring->control->lock);
	if (__atomic_load_n(waiter, __ATOMIC_SEQ_CST) == 1 &&
	    __atomic_exchange_n(waiter, 0, __ATOMIC_SEQ_CST) == 1)
		sync_wake(waiter);
	return err;
}

int perf_array_check(const struct map_desc *desc)
{
	return idarray_check(desc);
}

size_t perf_array_size(const struct map_desc *desc, int *ret_err)
{
	return idarray_size(desc, ret_err);
}

int perf_array_attach(struct map *map)
{
	(void)map;
	return 0;
}

int perf_array_output(struct map *map, uint64_t index, const void *data, uint64_t size)
{
	struct perf_ring *ring = NULL;
	uint32_t id;

	if (map->desc.type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return -EINVAL;
	if (index >= map->desc.max_entries)
		return -E2BIG;
	id = __atomic_load_n((uint32_t *)map->data + 2 * index, __ATOMIC_ACQUIRE);
	if (id && map->resolve_ring)
		ring = map->resolve_ring(map->resolver_arg, id);
	if (!ring)
		return -ENOENT;
	return size > UINT16_MAX ? -E2BIG : perf_ring_output(ring, data, (uint32_t)size);
}
