/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects may go?  Those that nobody holds, no other name links to, and no living object
 * refers to: mark from what is held, then remove what was not reached and yields its write lock.
 * Any process of the store may do it at any time.  Also pins, the other reason to live.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "run/store_priv.h"

struct node {
	enum store_kind kind;
	uint32_t id;
	bool alive, done;
};

struct graph {
	struct store *store;
	struct node *node;
	size_t n, cap;
	bool failed; /* no memory, no descriptor: nothing may be removed */
};

static bool graph_add(void *arg, enum store_kind kind, uint32_t id, uint64_t ino)
{
	struct graph *g = arg;
	struct node *more;

	(void)ino;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 64;

		more = mem_grow(g->node, g->cap * sizeof(*more), cap * sizeof(*more));
		if (!more) {
			g->failed = true;
			return true;
		}
		g->node = more;
		g->cap = cap;
	}
	g->node[g->n++] = (struct node){ .kind = kind, .id = id };
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void graph_fill(struct graph *g)
{
	pthread_mutex_lock(&g->store->lock);
	if (store_each(g->store, graph_add, g))
		g->failed = true;
	pthread_mutex_unlock(&g->store->lock);
	/* Those of a private store come in order. */
	if (g->n && g->store->dir)
		qsort(g->node, g->n, sizeof(*g->node), by_name);
}

static struct node *graph_find(struct graph *g, enum store_kind kind, uint32_t id)
{
	struct node want = { .kind = kind, .id = id };

	return g->n ? bsearch(&want, g->node, g->n, sizeof(want), by_name) : NULL;
}

static void graph_mark(void *arg, enum store_kind kind, uint32_t id)
{
	struct node *found = graph_find(arg, kind, id);

	if (found)
		found->alive = true;
}

/* What is gone or no sound file refers to nothing; what we could not open for want of means may. */
static int peek(struct graph *g, const struct node *n, int *ret_fd)
{
	int err = store_peek_id(g->store, n->kind, n->id, ret_fd);

	if (err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		g->failed = true;
	return err;
}

/* A copy of the holder's descriptor says nothing of holders; one of our own does.  The hold is made
 * by the copy, for it is the holder's. */
static bool is_mem_held(struct store *s, struct store_mem *m)
{
	int own;

	if (m->borrowed && !store_hold_fd(m->fd) && !store_reopen(s, m->fd, false, &own)) {
		close(m->fd);
		m->fd = own;
		m->borrowed = false;
	}
	return m->borrowed || store_is_held(m->fd);
}

static void roots_of_mem(struct graph *g)
{
	struct store *s = g->store;

	for (size_t i = 0; i < g->n; i++)
		g->node[i].alive = true;
	pthread_mutex_lock(&s->lock);
	for (int kind = 0; kind < STORE_N_KINDS; kind++)
		for (uint32_t i = 0; i < s->mem[kind].n; i++) {
			struct store_mem *m = &s->mem[kind].at[i];
			struct node *n = graph_find(g, (enum store_kind)kind, m->id);

			if (m->fd >= 0 && n)
				n->alive = is_mem_held(s, m);
		}
	pthread_mutex_unlock(&s->lock);
}

static void graph_roots(struct graph *g)
{
	int fd;

	if (!g->store->dir) {
		roots_of_mem(g);
		return;
	}
	for (size_t i = 0; i < g->n; i++) {
		/* What cannot be looked at is not ours to remove. */
		g->node[i].alive = true;
		if (peek(g, &g->node[i], &fd))
			continue;
		g->node[i].alive = store_is_held(fd);
		close(fd);
	}
}

static void graph_close(struct graph *g)
{
	const struct store_opts *o = &g->store->opts;
	bool again = o->refs != NULL;
	int fd;

	while (again) {
		again = false;
		for (size_t i = 0; i < g->n; i++) {
			struct node *n = &g->node[i];

			if (!n->alive || n->done)
				continue;
			n->done = again = true;
			if (peek(g, n, &fd))
				continue;
			if (o->refs(o->refs_arg, n->kind, n->id, fd, graph_mark, g))
				g->failed = true;
			close(fd);
		}
	}
}

static bool remove_mem(struct store *s, const struct node *n)
{
	struct store_mem *m;
	bool gone;

	pthread_mutex_lock(&s->lock);
	m = store_mem_find(s, n->kind, n->id);
	gone = m && !m->borrowed && !store_is_held(m->fd);
	if (gone) {
		close(m->fd);
		m->fd = -1;
	}
	pthread_mutex_unlock(&s->lock);
	return gone;
}

/* Closes the gaps. */
static void pack_mem(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	for (int kind = 0; kind < STORE_N_KINDS; kind++) {
		struct store_mems *mems = &s->mem[kind];
		uint32_t n = 0;

		for (uint32_t i = 0; i < mems->n; i++)
			if (mems->at[i].fd >= 0)
				mems->at[n++] = mems->at[i];
		mems->n = n;
	}
	pthread_mutex_unlock(&s->lock);
}

static bool remove_file(struct store *s, const struct node *n)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	char name[32];
	bool gone = false;
	int fd;

	if (store_peek_id(s, n->kind, n->id, &fd))
		return false;
	snprintf(name, sizeof(name), "%u.%s", n->id, store_kind_name(n->kind));
	if (fcntl(fd, F_OFD_SETLK, &fl) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1)
		gone = unlinkat(s->obj_fd, name, 0) == 0;
	close(fd);
	return gone;
}

/* A slot of another pid name space says nothing that we could check. */
static void sweep_slots(struct store *s)
{
	uint32_t ns = os_pid_space();

	for (uint32_t i = 0; i < s->n_slots; i++) {
		uint64_t *word = (uint64_t *)(void *)&s->registry->slots[i].owner;
		uint64_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
		uint32_t part[2];

		memcpy(part, &seen, sizeof(part));
		if (!part[0] || part[1] != ns ||
		    os_syscall(SYS_tkill, part[0] & ~STORE_SLOT_KEPT, 0, 0, 0, 0, 0) != -ESRCH)
			continue;
		__atomic_compare_exchange_n(word, &seen, 0, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED);
	}
}

static bool all_alive(const struct graph *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (!g->node[i].alive)
			return false;
	return true;
}

int store_sweep(struct store *s)
{
	struct graph g = { .store = s };
	int n_gone = 0;

	sweep_slots(s);
	store_drop_stats(s);
	graph_fill(&g);
	if (!g.failed) {
		graph_roots(&g);
		/* What refers to what matters to those that nobody holds. */
		if (!all_alive(&g))
			graph_close(&g);
	}
	for (size_t i = 0; i < g.n && !g.failed; i++)
		if (!g.node[i].alive)
			n_gone += s->dir ? remove_file(s, &g.node[i]) : remove_mem(s, &g.node[i]);
	mem_free(g.node);
	if (n_gone)
		pack_mem(s);
	if (n_gone)
		store_notify(s);
	return n_gone;
}

/* --- pins --- */

static bool path_ok(const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 2 && p[0] == '.' && p[1] == '.') || (n == 1 && p[0] == '.'))
			return false;
		p += n;
		if (*p == '/')
			p++;
	}
	return *path != 0 && strlen(path) < 1024;
}

int store_pin(struct store *s, int fd, const char *path)
{
	enum store_kind kind;
	uint32_t id;
	char proc[48];
	int err;

	if (!s->dir)
		return -EOPNOTSUPP;
	if (!path_ok(path))
		return -EINVAL;
	err = store_identify(s, fd, &kind, &id);
	if (err)
		return err;
	snprintf(proc, sizeof(proc), "/proc/thread-self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, s->pin_fd, path, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

int store_pin_open(struct store *s, const char *path, enum store_kind *ret_kind, uint32_t *ret_id,
		   int *ret_fd)
{
	int fd, err;

	if (!s->dir)
		return -EOPNOTSUPP;
	if (!path_ok(path))
		return -EINVAL;
	fd = openat(s->pin_fd, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = store_identify(s, fd, ret_kind, ret_id);
	close(fd);
	return err ? err : store_open_id(s, *ret_kind, *ret_id, ret_fd);
}
