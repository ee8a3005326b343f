/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a line get from a program to the reader?  As one record of the ring.  Whether somebody
 * reads already is a lock on the ring's file, which ends with its holder.
 */
#include "run/trace.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/own.h"
#include "map/map.h"
#include "map/sync.h"
#include "run/rt.h"

enum {
	RING_BYTES = 128 * 1024,
	MAX_TEXT = 1024,
	COMM = 16
};

struct line_record {
	uint64_t ns;
	uint32_t tid, slot;
	char comm[COMM];
	char text[];
};

struct rt_trace {
	struct map *ring;
	int reader_fd; /* with the lock; -1: not reading */
};

/* What a thread is called is asked once, and again in a forked child. */
struct thread_name {
	uint32_t self;
	char comm[COMM];
};
static OWN_VAR struct thread_name own_name;

static const struct thread_name *name_self(void)
{
	struct thread_name *name = &OWN(own_name);

	if (name->self != sync_self()) {
		os_syscall(SYS_prctl, PR_GET_NAME, (long)name->comm, 0, 0, 0, 0);
		name->comm[COMM - 1] = '\0';
		name->self = sync_self();
	}
	return name;
}

/* In the hit path. */
static void write_line(void *arg, const struct run *run, const char *text, size_t len)
{
	struct rt_trace *t = arg;
	const struct thread_name *name = name_self();
	struct line_record *r;

	len = len < MAX_TEXT ? len : MAX_TEXT - 1;
	if (len && text[len - 1] == '\n')
		len--;
	r = ringbuf_reserve(t->ring, sizeof(*r) + len + 1);
	if (!r) {
		__atomic_fetch_add(ringbuf_lost(t->ring), 1, __ATOMIC_RELAXED);
		return;
	}
	r->ns = os_now_ns();
	r->tid = sync_tid(name->self);
	r->slot = run->slot;
	__builtin_memcpy(r->comm, name->comm, COMM);
	__builtin_memcpy(r->text, text, len);
	r->text[len] = '\0';
	ringbuf_submit(t->ring, r, BPF_RB_NO_WAKEUP, false);
}

static int format_ring(void *arg, int fd)
{
	struct map_desc desc = {
		.type = BPF_MAP_TYPE_RINGBUF,
		.max_entries = RING_BYTES,
		.slots = 1,
		.spin_lock_off = -1,
		.timer_off = -1,
		.name = "trace",
	};
	struct map *map;
	int own = dup(fd), err;

	(void)arg;
	if (own < 0)
		return -errno;
	err = map_create(own, &desc, true, &map);
	if (err)
		close(own);
	else
		map_unref(map);
	return err;
}

static int open_ring(struct ring3 *rt, struct map **ret_ring)
{
	int fd, err = store_open_own(rt->store, "trace", format_ring, NULL, &fd);

	if (err)
		return err;
	err = map_open(fd, ret_ring);
	if (err) {
		close(fd);
		return err;
	}
	if ((*ret_ring)->desc.type == BPF_MAP_TYPE_RINGBUF)
		return 0;
	map_unref(*ret_ring);
	return -EINVAL;
}

static int open_locked(struct ring3 *rt)
{
	struct rt_trace *t;
	int err;

	if (rt->trace)
		return 0;
	t = mem_alloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->reader_fd = -1;
	err = open_ring(rt, &t->ring);
	if (err) {
		mem_free(t);
		return err;
	}
	rt->trace = t;
	rt->env.trace_arg = t;
	__atomic_store_n(&rt->env.trace, write_line, __ATOMIC_RELEASE);
	return 0;
}

int trace_open(struct ring3 *rt)
{
	int err;

	pthread_mutex_lock(&rt->lock);
	err = open_locked(rt);
	pthread_mutex_unlock(&rt->lock);
	return err;
}

void trace_close(struct ring3 *rt)
{
	if (!rt->trace)
		return;
	if (rt->trace->reader_fd >= 0)
		close(rt->trace->reader_fd);
	map_unref(rt->trace->ring);
	mem_free(rt->trace);
	rt->trace = NULL;
}

uint64_t trace_take_lost(struct ring3 *rt)
{
	struct rt_trace *t = rt->trace;

	return t ? __atomic_exchange_n(ringbuf_lost(t->ring), 0, __ATOMIC_RELAXED) : 0;
}

struct reading {
	void (*line)(void *arg, const struct trace_line *line);
	void *arg;
	int n;
};

/* The record may change under us: it is copied, and the copy ended. */
static void read_record(void *arg, const void *data, uint32_t size)
{
	struct reading *reading = arg;
	union {
		struct line_record r;
		char bytes[sizeof(struct line_record) + MAX_TEXT];
	} copy;
	struct trace_line line;

	if (size <= sizeof(copy.r))
		return;
	size = size < sizeof(copy) ? size : sizeof(copy);
	memcpy(copy.bytes, data, size);
	copy.bytes[size - 1] = '\0';
	copy.r.comm[COMM - 1] = '\0';
	line = (struct trace_line){ .ns = copy.r.ns,
				    .tid = copy.r.tid,
				    .slot = copy.r.slot,
				    .comm = copy.r.comm,
				    .text = copy.r.text };
	reading->line(reading->arg, &line);
	reading->n++;
}

static void ignore_record(void *arg, const void *data, uint32_t size)
{
	(void)arg;
	(void)data;
	(void)size;
}

/* With a description of its own: descriptors of one description share a lock. */
static int take_reader(struct ring3 *rt)
{
	int fd, err = store_open_own(rt->store, "trace", format_ring, NULL, &fd);

	if (err)
		return err;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return -EBUSY;
	}
	rt->trace->reader_fd = fd;
	ringbuf_consume(rt->trace->ring, ignore_record, NULL);
	trace_take_lost(rt);
	return 0;
}

int trace_read(struct ring3 *rt, void (*line)(void *arg, const struct trace_line *line), void *arg)
{
	struct reading reading = { line, arg, 0 };
	int err = 0;

	if (!rt->trace)
		return 0;
	if (store_dir(rt->store) && rt->trace->reader_fd < 0)
		err = take_reader(rt);
	if (err)
		return err;
	ringbuf_consume(rt->trace->ring, read_record, &reading);
	return reading.n;
}

void trace_recover(struct ring3 *rt)
{
	if (rt->trace)
		map_recover(rt->trace->ring, NULL, NULL);
}
