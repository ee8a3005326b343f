/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a process sleep until a ring buffer has something?  The waiter word of a ring is 1 while
 * the thread sleeps; a producer that finds 1 stores 0 and wakes.  Exchanging 1 back tells whether
 * there was something, and loses nothing: what is committed after the fence finds the 1, what was
 * before is found.
 *
 * No reader knows of the eventfd, so nobody empties it: it is edge triggered.  That alone would
 * report a ring twice that was emptied between two edges, and one that was left half full never
 * again; so whoever is about to sleep first has each eventfd say what its ring says.
 */
#include "abi/wait.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "abi/bind.h"
#include "base/alloc.h"
#include "base/os.h"
#include "map/map.h"
#include "map/sync.h"
#include "run/rt.h"

enum {
	MAX_WAIT = 127,
	TICK_MS = 1000,
	POLL_MS = 1,
	NR_FUTEX_WAITV = 449,
	FUTEX_SIZE_32 = 2
};

struct watch {
	enum store_kind kind;
	uint32_t id;
	int efd;
	bool written; /* and not yet read back */
	bool fresh;   /* its word was not 1 */
	uint32_t *word;
	struct map *map;        /* counted */
	struct perf_ring *ring; /* our own mapping */
};

struct wait_set {
	struct ring3 *rt;
	pthread_mutex_t lock;
	struct watch *watch;
	uint32_t n;
	uint32_t change; /* futex: another ring, or the end */
	bool stop, running;
	pid_t pid; /* whose thread it is: a forked child has none */
	pthread_t thread;
};

struct waitv {
	uint64_t val, addr;
	uint32_t flags, pad;
};

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* Sleeps until one of the words is no longer what it was. */
static void sleep_on(const struct waitv *v, uint32_t n)
{
	struct timespec until;
	long err;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_MS / 1000;
	err = os_syscall(NR_FUTEX_WAITV, (long)v, n, 0, (long)&until, CLOCK_MONOTONIC, 0);
	/* An older kernel, or too many rings for one call. */
	if (err == -ENOSYS || err == -EINVAL)
		sleep_ms(POLL_MS);
}

static bool has_data(const struct watch *w)
{
	return w->ring ? perf_ring_has_data(w->ring) : ringbuf_has_data(w->map);
}

/* With the lock.  Another edge, if there is something to read. */
static void signal_data(struct watch *w)
{
	uint64_t one = 1;

	if (has_data(w) && write(w->efd, &one, sizeof(one)) > 0)
		w->written = true;
}

/* The words first, then whether there is something to read: who writes looks the other way. */
static uint32_t signal_ready(struct wait_set *s, struct waitv *v)
{
	bool any = false;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		struct watch *w = &s->watch[i];

		w->fresh = !__atomic_exchange_n(w->word, 1, __ATOMIC_SEQ_CST);
		any |= w->fresh;
		if (n < MAX_WAIT)
			v[n++] = (struct waitv){ .val = 1,
						 .addr = (uintptr_t)w->word,
						 .flags = FUTEX_SIZE_32 };
	}
	if (any)
		sync_fence_all();
	for (uint32_t i = 0; i < s->n; i++)
		if (s->watch[i].fresh)
			signal_data(&s->watch[i]);
	return n;
}

static void drop(struct watch *w)
{
	close(w->efd);
	map_unref(w->map);
	perf_ring_unref(w->ring);
}

/* With the lock: rings that nobody has any more. */
static void prune(struct wait_set *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (store_exists(s->rt->store, s->watch[i].kind, s->watch[i].id))
			continue;
		drop(&s->watch[i]);
		s->watch[i--] = s->watch[--s->n];
	}
}

static void *wait_loop(void *arg)
{
	struct wait_set *s = arg;
	struct waitv v[MAX_WAIT + 1];
	uint32_t n;

	bind_enter();
	for (;;) {
		pthread_mutex_lock(&s->lock);
		if (s->stop) {
			pthread_mutex_unlock(&s->lock);
			return NULL;
		}
		prune(s);
		n = signal_ready(s, v);
		v[n++] = (struct waitv){ .val = s->change,
					 .addr = (uintptr_t)&s->change,
					 .flags = FUTEX_SIZE_32 };
		pthread_mutex_unlock(&s->lock);
		rt_tend(s->rt);
		if (n > MAX_WAIT)
			sleep_ms(POLL_MS);
		else
			sleep_on(v, n);
	}
}

static void wake(struct wait_set *s)
{
	__atomic_add_fetch(&s->change, 1, __ATOMIC_SEQ_CST);
	os_syscall(SYS_futex, (long)&s->change, FUTEX_WAKE, 1, 0, 0, 0);
}

/* With the set's lock.  Signals belong to the host's threads; what this thread does wrong is its
 * own (hook/fault_mend.h). */
static int start(struct wait_set *s)
{
	sigset_t all, old;
	int err;

	if (s->running && s->pid == getpid()) {
		wake(s);
		return 0;
	}
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&s->thread, NULL, wait_loop, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	s->running = !err;
	s->pid = getpid();
	return -err;
}

static struct wait_set *set_of(struct ring3 *rt)
{
	struct wait_set *s;

	pthread_mutex_lock(&rt->lock);
	if (!rt->waits) {
		s = mem_alloc(sizeof(*s));
		if (s) {
			s->rt = rt;
			pthread_mutex_init(&s->lock, NULL);
		}
		__atomic_store_n(&rt->waits, s, __ATOMIC_RELEASE);
	}
	s = rt->waits;
	pthread_mutex_unlock(&rt->lock);
	return s;
}

static int find_ring(struct ring3 *rt, struct watch *w)
{
	int fd, err;

	err = store_peek_id(rt->store, STORE_RING, w->id, &fd);
	if (err)
		return err;
	err = perf_ring_open(fd, &w->ring);
	if (err)
		close(fd);
	else
		w->word = perf_ring_waiter(w->ring);
	return err;
}

static int find_word(struct ring3 *rt, struct watch *w)
{
	int err;

	if (w->kind == STORE_RING)
		return find_ring(rt, w);
	if (w->kind != STORE_MAP)
		return -EINVAL;
	err = rt_map_of_id(rt, w->id, &w->map);
	if (err)
		return err;
	if (w->map->desc.type == BPF_MAP_TYPE_RINGBUF) {
		w->word = ringbuf_waiter(w->map);
		return 0;
	}
	w->map = map_unref(w->map);
	return -EINVAL;
}

static int add(struct ring3 *rt, struct wait_set *s, const struct watch *w, int *ret_fd)
{
	struct watch fresh = *w, *more;
	int err = find_word(rt, &fresh);

	if (err)
		return err;
	fresh.efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	more = fresh.efd < 0 ? NULL
			     : mem_grow(s->watch, s->n * sizeof(*more), (s->n + 1) * sizeof(*more));
	if (!more) {
		if (fresh.efd >= 0)
			close(fresh.efd);
		map_unref(fresh.map);
		perf_ring_unref(fresh.ring);
		return -ENOMEM;
	}
	more[s->n++] = fresh;
	s->watch = more;
	*ret_fd = fresh.efd;
	return start(s);
}

int wait_eventfd(struct ring3 *rt, enum store_kind kind, uint32_t id, int *ret_fd)
{
	struct watch want = { .kind = kind, .id = id };
	struct wait_set *s = set_of(rt);
	int err = -ENOENT;

	if (!s)
		return -ENOMEM;
	pthread_mutex_lock(&s->lock);
	for (uint32_t i = 0; i < s->n && err; i++) {
		if (s->watch[i].kind != kind || s->watch[i].id != id)
			continue;
		*ret_fd = s->watch[i].efd;
		/* Whoever asks again may have missed the last one. */
		__atomic_store_n(s->watch[i].word, 0, __ATOMIC_SEQ_CST);
		err = start(s);
	}
	if (err == -ENOENT)
		err = add(rt, s, &want, ret_fd);
	pthread_mutex_unlock(&s->lock);
	return err;
}

void wait_settle(struct ring3 *rt)
{
	struct wait_set *s = __atomic_load_n(&rt->waits, __ATOMIC_ACQUIRE);
	uint64_t count;

	/* Who holds the lock of a forked child's copy is not there. */
	if (!s || s->pid != getpid())
		return;
	pthread_mutex_lock(&s->lock);
	for (uint32_t i = 0; i < s->n; i++) {
		struct watch *w = &s->watch[i];

		if (w->written && read(w->efd, &count, sizeof(count)) > 0)
			w->written = false;
		signal_data(w);
	}
	pthread_mutex_unlock(&s->lock);
}

void wait_fork_lock(struct ring3 *rt)
{
	for (;;) {
		struct wait_set *s = __atomic_load_n(&rt->waits, __ATOMIC_ACQUIRE);

		if (s)
			pthread_mutex_lock(&s->lock);
		rt_fork_lock(rt);
		if (s == __atomic_load_n(&rt->waits, __ATOMIC_ACQUIRE))
			return;
		/* There was none yet. */
		rt_fork_unlock(rt);
	}
}

void wait_fork_unlock(struct ring3 *rt)
{
	struct wait_set *s = __atomic_load_n(&rt->waits, __ATOMIC_ACQUIRE);

	rt_fork_unlock(rt);
	if (s)
		pthread_mutex_unlock(&s->lock);
}

struct wait_set *wait_free(struct wait_set *s)
{
	if (!s)
		return NULL;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	wake(s);
	if (s->running && s->pid == getpid())
		pthread_join(s->thread, NULL);
	for (uint32_t i = 0; i < s->n; i++)
		drop(&s->watch[i]);
	mem_free(s->watch);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
	return NULL;
}
