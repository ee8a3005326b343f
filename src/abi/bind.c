/* SPDX-License-Identifier: BSD-2-Clause */
/* How does libbpf inside this process reach a runtime? */
#include "abi/bind.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "abi/abi.h"
#include "abi/interpose.h"
#include "abi/perf.h"
#include "abi/preload.h"
#include "abi/wait.h"
#include "base/os.h"
#include "map/map.h"

_Static_assert((int)PERF_NOT_OURS == (int)INTERPOSE_PASS, "one word for it");

struct bound {
	struct ring3 *rt;
	struct verify_diag *diag;
};

static __thread struct bound bound __attribute__((tls_model("initial-exec")));

/* There only where the preload files are linked in. */
__attribute__((weak)) struct ring3 *preload_runtime(bool create);
__attribute__((weak)) int preload_failure(void);

void bind_thread(struct ring3 *rt, struct verify_diag *diag)
{
	bound.rt = rt;
	bound.diag = diag;
	interpose_thread()->ops = rt ? bind_ops() : NULL;
}

void ring3_bind_libbpf(ring3 *rt)
{
	bind_thread(rt, NULL);
}

struct ring3 *bind_thread_runtime(void)
{
	return bound.rt;
}

/* The calling thread's runtime, else the process's. */
static struct ring3 *runtime(bool create)
{
	if (bound.rt)
		return bound.rt;
	return preload_runtime ? preload_runtime(create) : NULL;
}

int bind_enter(void)
{
	struct interpose_thread *t = interpose_thread();
	int before = t->inside;

	t->inside = 1;
	return before;
}

void bind_leave(int before)
{
	interpose_thread()->inside = before;
}

static long answer_call(long nr, const long a[6])
{
	struct ring3 *rt = runtime(true);

	if (!rt)
		return nr == SYS_bpf && preload_failure && preload_failure() ? preload_failure()
									     : INTERPOSE_PASS;
	if (nr == SYS_bpf)
		return abi_bpf(rt, (int)a[0], (uint64_t)a[1], (uint32_t)a[2], bound.diag);
	return perf_open(rt, (uint64_t)a[0], (int)a[1], (int)a[2], (int)a[3], (unsigned long)a[4]);
}

/* Arenas are there to be judged: nobody else ever sees what a loader writes into them. */
static int arena_allows(const struct map *map, size_t len, int flags, off_t off)
{
	if (!(flags & MAP_SHARED) || off)
		return -EINVAL;
	return len > (size_t)map->desc.max_entries * os_page_size() ? -E2BIG : INTERPOSE_PASS;
}

static int map_allows(const struct map *map, size_t len, int prot, int flags, off_t off)
{
	bool shared = flags & MAP_SHARED;
	size_t page = os_page_size();

	if (map->desc.type == BPF_MAP_TYPE_RINGBUF) {
		if (prot & PROT_WRITE && (off || len != page))
			return -EPERM;
		return (uint64_t)off + len > 2 * (page + (size_t)map->desc.max_entries) ? -EINVAL
											: 0;
	}
	if (map->desc.type == BPF_MAP_TYPE_ARENA)
		return arena_allows(map, len, flags, off);
	if (map->desc.type != BPF_MAP_TYPE_ARRAY)
		return -ABI_ENOTSUPP;
	if (!shared || !(map->desc.flags & BPF_F_MMAPABLE))
		return -EINVAL;
	if (prot & PROT_WRITE && map->desc.flags & BPF_F_RDONLY_PROG)
		return -EACCES;
	if (prot & PROT_WRITE && map_is_frozen(map))
		return -EPERM;
	return (uint64_t)off + len > ((map->data_size + page - 1) & ~(page - 1)) ? -EINVAL : 0;
}

static long answer_map(size_t len, int prot, int flags, int fd, off_t off)
{
	struct ring3 *rt = runtime(false);
	size_t page = os_page_size();
	enum store_kind kind;
	struct map *map;
	uint32_t id;
	int err;

	if (!rt)
		return 0;
	err = rt_identify(rt, fd, &kind, &id);
	if (err)
		return err == -EBADF ? 0 : err;
	switch (kind) {
	case STORE_MAP:
		err = rt_map_of_id(rt, id, &map);
		if (!err) {
			err = map_allows(map, len, prot, flags, off);
			map_unref(map);
		}
		return err;
	case STORE_RING:
		if (off || len < 2 * page || ((len / page - 1) & (len / page - 2)) || len % page)
			return -EINVAL;
		return rt_ring_format(rt, fd, id, (uint32_t)(len / page - 1));
	case STORE_PROG:
	case STORE_LINK:
	case STORE_BTF:
	case STORE_N_KINDS: break;
	}
	return -ENODEV;
}

static long answer_control(int fd, unsigned long request, long arg)
{
	struct ring3 *rt = runtime(false);

	return rt ? perf_ioctl(rt, fd, request, (uint64_t)arg) : INTERPOSE_PASS;
}

/* An eventfd stands in for a ring; edge triggered, since its readers do not empty it. */
static long answer_watch(int *fd, struct epoll_event *event)
{
	struct ring3 *rt = runtime(false);
	enum store_kind kind;
	uint32_t id;
	int err;

	if (!rt)
		return 0;
	err = rt_identify(rt, *fd, &kind, &id);
	if (err)
		return err == -EBADF ? 0 : err;
	err = wait_eventfd(rt, kind, id, fd);
	event->events |= EPOLLET;
	return err == -EINVAL ? -EPERM : err;
}

static void before_sleep(void)
{
	struct ring3 *rt = runtime(false);

	if (rt)
		wait_settle(rt);
}

const struct interpose_ops *bind_ops(void)
{
	static const struct interpose_ops ops = { answer_call, answer_map, answer_control,
						  answer_watch, before_sleep };

	return &ops;
}
