/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do the objects of several processes live, and how does one hear that something changed?  In
 * a directory that is ours alone, beside a registry that all map; those of one process in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
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
	REGISTRY_VERSION = 1,
	MIN_SLOTS = 16,
	SLOTS_PER_CPU = 4
};
static const uint64_t registry_magic = 0x3130676572336e72; /* "rn3reg01" */

static uint32_t default_slots(void)
{
	uint64_t n = (uint64_t)SLOTS_PER_CPU * os_n_cpus();

	if (n < MIN_SLOTS)
		n = MIN_SLOTS;
	return n > STORE_MAX_SLOTS ? STORE_MAX_SLOTS : (uint32_t)n;
}

/* --- registry --- */

static size_t registry_bytes(void)
{
	size_t page = os_page_size();

	return (sizeof(struct store_registry) + page - 1) / page * page;
}

static int registry_format(int fd, uint32_t n_slots)
{
	struct store_registry head = {
		.magic = registry_magic,
		.version = REGISTRY_VERSION,
		.n_slots = n_slots ? n_slots : default_slots(),
	};
	int err = posix_fallocate(fd, 0, (off_t)registry_bytes());

	if (err)
		return -err;
	if (pwrite(fd, &head, offsetof(struct store_registry, slots), 0) < 0)
		return -errno;
	return 0;
}

static int registry_map(struct store *s, int fd, struct text *why)
{
	struct store_registry *r;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) ||
	    st.st_size < (off_t)sizeof(*r)) {
		text_add(why, "registry: not a private file of ours of the right size");
		return -EINVAL;
	}
	r = mmap(NULL, registry_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (r == MAP_FAILED)
		return -errno;
	if (r->magic != registry_magic || r->version != REGISTRY_VERSION || !r->n_slots ||
	    r->n_slots > STORE_MAX_SLOTS) {
		munmap(r, registry_bytes());
		text_add(why, "registry: of another version, or damaged");
		return -EINVAL;
	}
	s->registry = r;
	s->n_slots = r->n_slots;
	return 0;
}

/* snprintf() would take a tenth of the time that making an object takes. */
void store_proc_path(int fd, char path[static 40])
{
	static const char prefix[] = "/proc/thread-self/fd/";
	char digits[12];
	size_t n = 0;

	memcpy(path, prefix, sizeof(prefix) - 1);
	path += sizeof(prefix) - 1;
	for (unsigned int left = (unsigned int)fd; left || !n; left /= 10)
		digits[n++] = (char)('0' + left % 10);
	while (n)
		*path++ = digits[--n];
	*path = 0;
}

int store_take_own(int fd, int *ret_fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		close(fd);
		return -EINVAL;
	}
	*ret_fd = fd;
	return 0;
}

/* Unnamed files get their name through /proc, which needs no privilege. */
int store_link_fd(int fd, int dir_fd, const char *name)
{
	char proc[40];

	store_proc_path(fd, proc);
	return linkat(AT_FDCWD, proc, dir_fd, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

static int registry_make(struct store *s, struct text *why)
{
	int fd = openat(s->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int err;

	if (fd < 0) {
		err = -errno;
		text_add(why, "cannot make files there: %s%s", strerror(-err),
			 err == -EOPNOTSUPP ? " (use a directory on a tmpfs)" : "");
		return err;
	}
	err = registry_format(fd, s->opts.n_slots);
	if (!err)
		err = store_link_fd(fd, s->dir_fd, "registry");
	close(fd);
	if (err && err != -EEXIST)
		text_add(why, "cannot make the registry: %s", strerror(-err));
	return err == -EEXIST ? 0 : err;
}

static int registry_open(struct store *s, struct text *why)
{
	int fd, err;

	for (int i = 0; i < 2; i++) {
		fd = openat(s->dir_fd, "registry", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0) {
			s->registry_fd = fd;
			return registry_map(s, fd, why);
		}
		if (errno != ENOENT) {
			err = -errno;
			text_add(why, "cannot open the registry: %s", strerror(-err));
			return err;
		}
		err = registry_make(s, why);
		if (err)
			return err;
	}
	text_add(why, "the registry keeps disappearing");
	return -EAGAIN;
}

/* --- the directory --- */

static int sub_dir(int dir_fd, const char *name)
{
	int fd;

	if (mkdirat(dir_fd, name, 0700) && errno != EEXIST)
		return -errno;
	fd = openat(dir_fd, name, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_dir(struct store *s, const char *dir, struct text *why)
{
	struct stat st;
	int err;

	s->dir = mem_strdup(dir);
	if (!s->dir)
		return -ENOMEM;
	if (!s->opts.dir_fd && mkdir(dir, 0700) && errno != EEXIST) {
		err = -errno;
		text_add(why, "cannot make it: %s", strerror(-err));
		return err;
	}
	s->dir_fd = s->opts.dir_fd ? openat(s->opts.dir_fd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC)
				   : open(dir, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);
	if (s->dir_fd < 0 || fstat(s->dir_fd, &st)) {
		err = -errno;
		text_add(why, "cannot open it: %s", strerror(-err));
		return err;
	}
	if (st.st_uid != geteuid() || (st.st_mode & 077)) {
		text_add(why, "it must be ours with mode 0700: owner is %u, mode %04o",
			 (unsigned int)st.st_uid, (unsigned int)(st.st_mode & 07777));
		return -EACCES;
	}
	s->obj_fd = sub_dir(s->dir_fd, "obj");
	s->pin_fd = s->obj_fd < 0 ? s->obj_fd : sub_dir(s->dir_fd, "pin");
	if (s->pin_fd < 0) {
		text_add(why, "cannot make its folders: %s", strerror(-s->pin_fd));
		return s->pin_fd;
	}
	return registry_open(s, why);
}

static int open_private(struct store *s)
{
	int fd = memfd_create("ring3-registry", MFD_CLOEXEC);
	int err;
	struct text none;
	char buf[8];

	if (fd < 0)
		return -errno;
	text_init(&none, buf, sizeof(buf));
	s->registry_fd = fd;
	err = fchmod(fd, 0600) ? -errno : registry_format(fd, s->opts.n_slots);
	return err ? err : registry_map(s, fd, &none);
}

static int make_own(struct store *s, const char *name, int (*format)(void *arg, int fd), void *arg,
		    int *ret_fd)
{
	bool private = s->dir_fd < 0;
	int fd = private ? memfd_create(name, MFD_CLOEXEC)
			 : openat(s->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = format(arg, fd);
	if (!err && !private)
		err = store_link_fd(fd, s->dir_fd, name);
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int store_open_own(struct store *s, const char *name, int (*format)(void *arg, int fd), void *arg,
		   int *ret_fd)
{
	int fd = -1, err;

	if (s->dir_fd >= 0)
		fd = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		err = s->dir_fd < 0 || errno == ENOENT ? make_own(s, name, format, arg, ret_fd)
						       : -errno;
		if (err != -EEXIST)
			return err;
		fd = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0)
		return -errno;
	return store_take_own(fd, ret_fd);
}

int store_open(const struct store_opts *opts, struct text *reterr_why, struct store **ret_store)
{
	struct store *s = mem_alloc(sizeof(*s));
	struct text inner;
	char buf[160];
	int err;

	if (!s)
		return -ENOMEM;
	s->dir_fd = s->obj_fd = s->pin_fd = s->registry_fd = -1;
	s->opts = *opts;
	s->opts.dir = NULL;
	pthread_mutex_init(&s->lock, NULL);
	text_init(&inner, buf, sizeof(buf));
	if (opts->n_slots > STORE_MAX_SLOTS)
		err = -EINVAL;
	else
		err = opts->dir ? open_dir(s, opts->dir, &inner) : open_private(s);
	if (err) {
		if (reterr_why)
			text_add(reterr_why, "runtime directory %s: %s", opts->dir ? opts->dir : "",
				 inner.len ? inner.buf : strerror(-err));
		store_close(s);
		return err;
	}
	*ret_store = s;
	return 0;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	for (int kind = 0; kind < STORE_N_KINDS; kind++) {
		for (uint32_t i = 0; i < s->mem[kind].n; i++)
			if (s->mem[kind].at[i].fd >= 0)
				close(s->mem[kind].at[i].fd);
		mem_free(s->mem[kind].at);
	}
	if (s->registry)
		munmap(s->registry, registry_bytes());
	for (int i = 0; i < 4; i++) {
		const int fds[] = { s->dir_fd, s->obj_fd, s->pin_fd, s->registry_fd };

		if (fds[i] >= 0)
			close(fds[i]);
	}
	mem_free(s->dir);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
	return NULL;
}

void store_fork_lock(struct store *s)
{
	pthread_mutex_lock(&s->lock);
}

void store_fork_unlock(struct store *s)
{
	pthread_mutex_unlock(&s->lock);
}

struct store_registry *store_registry(struct store *s)
{
	return s->registry;
}

const char *store_dir(const struct store *s)
{
	return s->dir;
}

uint32_t store_n_slots(const struct store *s)
{
	return s->n_slots;
}

void store_notify(struct store *s)
{
	__atomic_add_fetch(&s->registry->generation, 1, __ATOMIC_SEQ_CST);
	if (s->dir || __atomic_load_n(&s->registry->waiters, __ATOMIC_SEQ_CST))
		os_syscall(SYS_futex, (long)&s->registry->generation, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

uint32_t store_wait(struct store *s, uint32_t seen, int timeout_ms)
{
	struct timespec ts = { timeout_ms / 1000, timeout_ms % 1000 * 1000000L };

	__atomic_add_fetch(&s->registry->waiters, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->registry->generation, __ATOMIC_SEQ_CST) == seen)
		os_syscall(SYS_futex, (long)&s->registry->generation, FUTEX_WAIT, (long)seen,
			   timeout_ms < 0 ? 0 : (long)&ts, 0, 0);
	__atomic_sub_fetch(&s->registry->waiters, 1, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&s->registry->generation, __ATOMIC_SEQ_CST);
}
