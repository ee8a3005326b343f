/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects exist, and who holds them?  Files are made without a name (O_TMPFILE) and linked to
 * their name when they are complete, so a process killed at any point leaves nothing behind.  A
 * hold is an OFD read lock; whoever can get the write lock knows that nobody holds the object.
 */
#include "run/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "run/store_priv.h"

enum {
	ID_TRIES = 4096
};

const char *store_kind_name(enum store_kind kind)
{
	static const char *const names[STORE_N_KINDS] = {
		[STORE_MAP] = "map", [STORE_PROG] = "prog", [STORE_LINK] = "link",
		[STORE_BTF] = "btf", [STORE_RING] = "ring",
	};

	return kind < STORE_N_KINDS ? names[kind] : "";
}

static void obj_name(enum store_kind kind, uint32_t id, char name[static 32])
{
	snprintf(name, 32, "%u.%s", id, store_kind_name(kind));
}

static bool name_parse(const char *name, enum store_kind *ret_kind, uint32_t *ret_id)
{
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	if (name[0] < '1' || name[0] > '9' || *end != '.' || id > UINT32_MAX)
		return false;
	for (int k = 0; k < STORE_N_KINDS; k++) {
		if (strcmp(end + 1, store_kind_name((enum store_kind)k)))
			continue;
		*ret_kind = (enum store_kind)k;
		*ret_id = (uint32_t)id;
		return true;
	}
	return false;
}

/* Where it is, or would be.  New ids are mostly the greatest. */
static uint32_t mem_place(const struct store_mems *mems, uint32_t id)
{
	uint32_t from = 0, to = mems->n;

	if (to && mems->at[to - 1].id < id)
		return to;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (mems->at[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct store_mem *store_mem_find(struct store *s, enum store_kind kind, uint32_t id)
{
	const struct store_mems *mems = &s->mem[kind];
	uint32_t i = mem_place(mems, id);
	bool there = i < mems->n && mems->at[i].id == id && mems->at[i].fd >= 0;

	return there ? &mems->at[i] : NULL;
}

static int lock_fd(int fd, short type, int cmd, struct flock *fl)
{
	*fl = (struct flock){ .l_type = type, .l_whence = SEEK_SET };
	return fcntl(fd, cmd, fl) ? -errno : 0;
}

/* A sweeper holds the write lock for an instant only. */
int store_hold_fd(int fd)
{
	struct timespec pause = { 0, 1000000 };
	struct flock fl;
	int err = 0;

	for (int i = 0; i < 1000; i++) {
		err = lock_fd(fd, F_RDLCK, F_OFD_SETLK, &fl);
		if (err != -EAGAIN && err != -EACCES)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

bool store_is_held(int fd)
{
	struct flock fl;
	struct stat st;

	if (lock_fd(fd, F_WRLCK, F_OFD_GETLK, &fl) == 0 && fl.l_type != F_UNLCK)
		return true;
	return fstat(fd, &st) == 0 && st.st_nlink > 1;
}

static bool id_taken(struct store *s, enum store_kind kind, uint32_t id)
{
	char name[32];

	if (!s->dir)
		return store_mem_find(s, kind, id) != NULL;
	obj_name(kind, id, name);
	return faccessat(s->obj_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool store_exists(struct store *s, enum store_kind kind, uint32_t id)
{
	bool there;

	pthread_mutex_lock(&s->lock);
	there = id_taken(s, kind, id);
	pthread_mutex_unlock(&s->lock);
	return there;
}

bool store_is(struct store *s, enum store_kind kind, uint32_t id, dev_t dev, ino_t ino)
{
	struct store_mem *m;
	struct stat st;
	char name[32];
	bool same;

	if (s->dir) {
		obj_name(kind, id, name);
		return fstatat(s->obj_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		       st.st_ino == ino && st.st_dev == dev;
	}
	pthread_mutex_lock(&s->lock);
	m = store_mem_find(s, kind, id);
	same = m && m->ino == ino && m->dev == dev;
	pthread_mutex_unlock(&s->lock);
	return same;
}

static int fresh_id(struct store *s, enum store_kind kind, uint32_t *ret_id)
{
	for (int i = 0; i < ID_TRIES; i++) {
		uint32_t id = __atomic_add_fetch(&s->registry->next_id[kind], 1, __ATOMIC_RELAXED);

		if (id && id <= INT32_MAX && !id_taken(s, kind, id)) {
			*ret_id = id;
			return 0;
		}
	}
	return -ENOSPC;
}

int store_create(struct store *s, enum store_kind kind, uint32_t *ret_id, int *ret_fd)
{
	static const char *const mem_names[STORE_N_KINDS] = {
		[STORE_MAP] = "bpf-map", [STORE_PROG] = "bpf-prog",   [STORE_LINK] = "bpf-link",
		[STORE_BTF] = "btf",     [STORE_RING] = "perf_event",
	};
	uint32_t id;
	int fd, err;

	pthread_mutex_lock(&s->lock);
	err = fresh_id(s, kind, &id);
	pthread_mutex_unlock(&s->lock);
	if (err)
		return err;
	if (s->dir)
		fd = openat(s->obj_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	else
		fd = memfd_create(mem_names[kind], MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	/* Nobody looks for holders of a private one before a sweep, which makes its hold. */
	err = s->dir ? store_hold_fd(fd) : 0;
	if (err) {
		close(fd);
		return err;
	}
	*ret_id = id;
	*ret_fd = fd;
	return 0;
}

static int dup_fd(int fd, int *ret_fd)
{
	int more = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (more < 0)
		return -errno;
	*ret_fd = more;
	return 0;
}

/* With the lock: room for one more of the kind. */
static int mem_reserve(struct store_mems *mems)
{
	uint32_t cap = mems->cap ? mems->cap * 2 : 16;
	struct store_mem *more;

	if (mems->n < mems->cap)
		return 0;
	more = mem_grow(mems->at, mems->cap * sizeof(*more), cap * sizeof(*more));
	if (!more)
		return -ENOMEM;
	mems->at = more;
	mems->cap = cap;
	return 0;
}

static int publish_mem(struct store *s, enum store_kind kind, uint32_t id, int fd,
		       const struct stat *st)
{
	struct store_mems *mems = &s->mem[kind];
	struct store_mem m = { .borrowed = true, .id = id, .dev = st->st_dev, .ino = st->st_ino };
	uint32_t i;
	int err;

	err = dup_fd(fd, &m.fd);
	if (err)
		return err;
	pthread_mutex_lock(&s->lock);
	err = mem_reserve(mems);
	if (!err) {
		i = mem_place(mems, id);
		memmove(&mems->at[i + 1], &mems->at[i], (mems->n - i) * sizeof(m));
		mems->at[i] = m;
		mems->n++;
	}
	pthread_mutex_unlock(&s->lock);
	if (err)
		close(m.fd);
	return err;
}

int store_publish_file(struct store *s, enum store_kind kind, uint32_t id, int fd,
		       const struct stat *st)
{
	char name[32];
	int err;

	if (s->dir) {
		obj_name(kind, id, name);
		err = store_link_fd(fd, s->obj_fd, name);
	} else {
		err = publish_mem(s, kind, id, fd, st);
	}
	if (!err)
		store_notify(s);
	return err;
}

int store_publish(struct store *s, enum store_kind kind, uint32_t id, int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -errno : store_publish_file(s, kind, id, fd, &st);
}

int store_reopen(struct store *s, int fd, bool hold, int *ret_fd)
{
	char proc[40];
	int own, err;

	(void)s;
	store_proc_path(fd, proc);
	own = open(proc, O_RDWR | O_CLOEXEC);
	if (own < 0)
		return -errno;
	err = hold ? store_hold_fd(own) : 0;
	if (err) {
		close(own);
		return err;
	}
	*ret_fd = own;
	return 0;
}

int store_peek_id(struct store *s, enum store_kind kind, uint32_t id, int *ret_fd)
{
	struct store_mem *m;
	char name[32];
	int fd, err = -ENOENT;

	if (!s->dir) {
		pthread_mutex_lock(&s->lock);
		m = store_mem_find(s, kind, id);
		if (m)
			err = store_reopen(s, m->fd, false, ret_fd);
		pthread_mutex_unlock(&s->lock);
		return err;
	}
	obj_name(kind, id, name);
	fd = openat(s->obj_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	return store_take_own(fd, ret_fd);
}

/* A byte of the registry file that whoever wants runs counted keeps locked. */
static int lock_stats(int fd, short type)
{
	struct flock fl = { .l_type = type, .l_start = (off_t)1 << 40, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &fl) ? -errno : 0;
}

int store_hold_stats(struct store *s, int *ret_fd)
{
	struct timespec pause = { 0, 1000000 };
	int fd = -1, err = store_reopen(s, s->registry_fd, false, &fd);

	if (err)
		return err;
	for (int i = 0; i < 1000; i++) {
		err = lock_stats(fd, F_RDLCK);
		if (err != -EAGAIN && err != -EACCES)
			break;
		nanosleep(&pause, NULL);
	}
	if (err) {
		close(fd);
		return err;
	}
	__atomic_store_n(&s->registry->stats_enabled, 1, __ATOMIC_RELEASE);
	store_notify(s);
	*ret_fd = fd;
	return 0;
}

void store_drop_stats(struct store *s)
{
	if (!__atomic_load_n(&s->registry->stats_enabled, __ATOMIC_RELAXED) ||
	    lock_stats(s->registry_fd, F_WRLCK))
		return;
	__atomic_store_n(&s->registry->stats_enabled, 0, __ATOMIC_RELEASE);
	lock_stats(s->registry_fd, F_UNLCK);
}

int store_open_id(struct store *s, enum store_kind kind, uint32_t id, int *ret_fd)
{
	struct stat st;
	int fd, err;

	err = store_peek_id(s, kind, id, &fd);
	if (err)
		return err;
	err = store_hold_fd(fd);
	/* The sweeper may have been faster: then the file has no name any more. */
	if (!err && s->dir && (fstat(fd, &st) || st.st_nlink == 0))
		err = -ENOENT;
	if (!err && !s->dir && !store_exists(s, kind, id))
		err = -ENOENT;
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

static void each_mem(struct store *s, bool (*fn)(void *, enum store_kind, uint32_t, uint64_t),
		     void *arg)
{
	for (int kind = 0; kind < STORE_N_KINDS; kind++)
		for (uint32_t i = 0; i < s->mem[kind].n; i++) {
			const struct store_mem *m = &s->mem[kind].at[i];

			if (m->fd >= 0 && fn(arg, (enum store_kind)kind, m->id, m->ino))
				return;
		}
}

int store_each(struct store *s, bool (*fn)(void *, enum store_kind, uint32_t, uint64_t), void *arg)
{
	enum store_kind kind;
	struct dirent *e;
	uint32_t id;
	DIR *d;
	int fd, err;

	if (!s->dir) {
		each_mem(s, fn, arg);
		return 0;
	}
	fd = openat(s->obj_fd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		err = -errno;
		close(fd);
		return err;
	}
	while ((e = readdir(d)))
		if (name_parse(e->d_name, &kind, &id) && fn(arg, kind, id, e->d_ino))
			break;
	closedir(d);
	return 0;
}

struct next_arg {
	enum store_kind kind;
	uint32_t start, best;
};

static bool next_visit(void *arg, enum store_kind kind, uint32_t id, uint64_t ino)
{
	struct next_arg *n = arg;

	(void)ino;
	if (kind == n->kind && id > n->start && (!n->best || id < n->best))
		n->best = id;
	return false;
}

int store_next_id(struct store *s, enum store_kind kind, uint32_t start, uint32_t *ret_id)
{
	struct next_arg n = { kind, start, 0 };
	int err;

	pthread_mutex_lock(&s->lock);
	err = store_each(s, next_visit, &n);
	pthread_mutex_unlock(&s->lock);
	if (err || !n.best)
		return err ? err : -ENOENT;
	*ret_id = n.best;
	return 0;
}

struct ident_arg {
	uint64_t ino;
	enum store_kind kind;
	uint32_t id;
};

static bool ident_visit(void *arg, enum store_kind kind, uint32_t id, uint64_t ino)
{
	struct ident_arg *a = arg;

	if (ino != a->ino)
		return false;
	a->kind = kind;
	a->id = id;
	return true;
}

/* By the name under which it was opened, which costs no descriptor and no walk. */
static bool ident_by_name(struct store *s, int fd, const struct stat *st, struct ident_arg *a)
{
	char proc[32], path[PATH_MAX];
	struct stat named;
	const char *name;
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	/* Not libc's, which is ours where the preload library is: it asks us. */
	n = s->dir ? os_syscall(SYS_readlinkat, AT_FDCWD, (long)proc, (long)path, sizeof(path) - 1,
				0, 0)
		   : -1;
	if (n < 0)
		return false;
	path[n] = 0;
	name = strrchr(path, '/');
	return name && name_parse(name + 1, &a->kind, &a->id) &&
	       fstatat(s->obj_fd, name + 1, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       named.st_ino == st->st_ino && named.st_dev == st->st_dev;
}

int store_identify(struct store *s, int fd, enum store_kind *ret_kind, uint32_t *ret_id)
{
	struct ident_arg a = { 0 };
	struct stat st, dir;
	int err = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -EBADF;
	if (fstat(s->dir ? s->obj_fd : s->registry_fd, &dir) || dir.st_dev != st.st_dev)
		return -EBADF;
	if (!ident_by_name(s, fd, &st, &a)) {
		a = (struct ident_arg){ .ino = st.st_ino };
		pthread_mutex_lock(&s->lock);
		err = store_each(s, ident_visit, &a);
		pthread_mutex_unlock(&s->lock);
	}
	if (err || !a.id)
		return err ? err : -EBADF;
	*ret_kind = a.kind;
	*ret_id = a.id;
	return 0;
}
