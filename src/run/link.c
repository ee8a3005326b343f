/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is attached where?  Link files: written whole before they get their name; afterwards only
 * the few words below the line in struct link_file change, each by one store.
 */
#include "run/link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "run/store.h"

enum {
	LINK_VERSION = 2
};
static const uint64_t link_magic = 0x31306b6e6c336e72; /* "rn3lnk01" */

/* Where the counts begin. */
static size_t counts_at(uint32_t n_sites)
{
	const size_t line = sizeof(struct link_count);
	size_t end = sizeof(struct link_file) + (size_t)n_sites * sizeof(struct link_site);

	return (end + line - 1) & ~(line - 1);
}

static size_t file_bytes(uint32_t n_sites, uint32_t n_slots)
{
	return counts_at(n_sites) + n_slots * sizeof(struct link_count);
}

bool link_is_call(enum link_kind kind)
{
	return kind >= LINK_CALL_ENTER && kind <= LINK_CALL_DECIDE;
}

uint32_t link_prog_type(enum link_kind kind)
{
	switch (kind) {
	case LINK_CALL_ENTER:
	case LINK_CALL_LEAVE: return BPF_PROG_TYPE_TRACEPOINT;
	case LINK_CALL_RAW_ENTER:
	case LINK_CALL_RAW_LEAVE: return BPF_PROG_TYPE_RAW_TRACEPOINT;
	case LINK_CALL_DECIDE: return BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE;
	case LINK_SAMPLE: return BPF_PROG_TYPE_PERF_EVENT;
	case LINK_UPROBE:
	case LINK_URETPROBE:
	case LINK_N_KINDS: break;
	}
	return BPF_PROG_TYPE_KPROBE;
}

static int describe(const struct link_spec *spec, uint32_t id, uint32_t n_slots,
		    struct link_file *f)
{
	struct stat st;

	f->magic = link_magic;
	f->version = LINK_VERSION;
	f->size = (uint32_t)file_bytes(spec->n_sites, n_slots);
	f->n_slots = n_slots;
	f->id = id;
	f->kind = spec->kind;
	f->role = spec->role;
	f->n_sites = spec->n_sites;
	f->pid = spec->pid;
	f->event_id = spec->event_id;
	f->prog_id = spec->prog_id;
	f->enabled = spec->enabled;
	if (strlen(spec->path) >= LINK_MAX_PATH)
		return -ENAMETOOLONG;
	strcpy(f->path, spec->path);
	if (link_is_call(spec->kind) || spec->kind == LINK_SAMPLE)
		return 0;
	if (stat(spec->path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

static int write_all(int fd, const void *data, size_t size, off_t at)
{
	const char *p = data;

	while (size) {
		ssize_t n = pwrite(fd, p, size, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

int link_create(struct store *store, const struct link_spec *spec, uint32_t *ret_id, int *ret_fd)
{
	struct link_file *f;
	uint32_t id;
	int fd, err;

	if (!spec->n_sites || spec->n_sites > LINK_MAX_SITES)
		return spec->n_sites ? -E2BIG : -EINVAL;
	f = mem_alloc(sizeof(*f));
	if (!f)
		return -ENOMEM;
	err = store_create(store, STORE_LINK, &id, &fd);
	if (err) {
		mem_free(f);
		return err;
	}
	err = describe(spec, id, store_n_slots(store), f);
	if (!err)
		err = write_all(fd, f, sizeof(*f), 0);
	if (!err)
		err = write_all(fd, spec->sites, spec->n_sites * sizeof(*spec->sites), sizeof(*f));
	/* Counting must not meet a hole that cannot be filled. */
	if (!err)
		err = -posix_fallocate(fd, 0, f->size);
	if (!err)
		err = store_publish(store, STORE_LINK, id, fd);
	mem_free(f);
	if (err) {
		close(fd);
		return err;
	}
	*ret_id = id;
	*ret_fd = fd;
	return 0;
}

/* The mapping may change under us: the copy is checked, and the copy is used. */
static int check_fixed(struct link *l, uint32_t id)
{
	struct link_file *c = &l->fixed;

	memcpy(c, l->file, sizeof(*c));
	if (c->magic != link_magic || c->version != LINK_VERSION || c->id != id ||
	    c->kind >= LINK_N_KINDS || c->role >= LINK_N_ROLES || !c->n_sites ||
	    c->n_sites > LINK_MAX_SITES || c->n_slots > STORE_MAX_SLOTS ||
	    file_bytes(c->n_sites, c->n_slots) != l->size ||
	    strnlen(c->path, sizeof(c->path)) == sizeof(c->path))
		return -EINVAL;
	l->sites = mem_dup(l->file + 1, c->n_sites * sizeof(*l->sites));
	l->hits = (struct link_count *)(void *)((char *)l->file + counts_at(c->n_sites));
	return l->sites ? 0 : -ENOMEM;
}

int link_open_id(struct store *store, uint32_t id, struct link **ret_link)
{
	struct link *l = mem_alloc(sizeof(*l));
	struct stat st;
	int err;

	if (!l)
		return -ENOMEM;
	l->id = id;
	l->fd = -1;
	err = store_peek_id(store, STORE_LINK, id, &l->fd);
	if (err)
		goto out;
	err = -EINVAL;
	if (fstat(l->fd, &st) || st.st_size < (off_t)file_bytes(1, 0) ||
	    st.st_size > (off_t)file_bytes(LINK_MAX_SITES, STORE_MAX_SLOTS))
		goto out;
	err = -ENOENT;
	if (!store_is_held(l->fd))
		goto out;
	l->size = (size_t)st.st_size;
	l->file = mmap(NULL, l->size, PROT_READ | PROT_WRITE, MAP_SHARED, l->fd, 0);
	if (l->file == MAP_FAILED) {
		l->file = NULL;
		err = -errno;
		goto out;
	}
	err = check_fixed(l, id);
out:
	if (err) {
		link_free(l);
		return err;
	}
	*ret_link = l;
	return 0;
}

struct link *link_free(struct link *l)
{
	if (!l)
		return NULL;
	if (l->file)
		munmap(l->file, l->size);
	if (l->fd >= 0)
		close(l->fd);
	mem_free(l->sites);
	mem_free(l);
	return NULL;
}

bool link_is_live(const struct link *l)
{
	return store_is_held(l->fd);
}

uint64_t link_hits(const struct link *l)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < l->fixed.n_slots; i++)
		n += __atomic_load_n(&l->hits[i].n, __ATOMIC_RELAXED);
	return n;
}

uint32_t link_prog_id(const struct link *l)
{
	if (!__atomic_load_n(&l->file->enabled, __ATOMIC_ACQUIRE))
		return 0;
	return __atomic_load_n(&l->file->prog_id, __ATOMIC_ACQUIRE);
}

bool link_wants_pid(const struct link *l, pid_t pid)
{
	return l->fixed.pid < 0 || l->fixed.pid == pid;
}

bool link_is_event(struct store *store, uint32_t id)
{
	struct link *l;
	bool event;

	if (link_open_id(store, id, &l))
		return false;
	event = l->fixed.role == LINK_ROLE_EVENT;
	link_free(l);
	return event;
}

void link_set_prog(struct store *store, struct link *l, uint32_t prog_id)
{
	__atomic_store_n(&l->file->prog_id, prog_id, __ATOMIC_RELEASE);
	store_notify(store);
}

void link_set_enabled(struct store *store, struct link *l, bool enabled)
{
	__atomic_store_n(&l->file->enabled, enabled, __ATOMIC_RELEASE);
	store_notify(store);
}

void link_set_trouble(struct link *l, const char *text)
{
	size_t n = text ? strnlen(text, sizeof(l->file->trouble) - 1) : 0;

	if (n)
		memcpy(l->file->trouble, text, n);
	l->file->trouble[n] = 0;
}

void link_set_looked(struct link *l, pid_t pid, uint32_t generation)
{
	uint64_t word = (uint64_t)(uint32_t)pid << 32 | generation;

	__atomic_store_n(&l->file->looked[(uint32_t)pid % LINK_N_LOOKED], word, __ATOMIC_RELEASE);
}

bool link_wait_looked(const struct link *l, pid_t pid, uint32_t generation, int timeout_ms)
{
	const uint64_t *word = &l->file->looked[(uint32_t)pid % LINK_N_LOOKED];
	uint64_t end = os_now_ns() + (uint64_t)timeout_ms * 1000000u;
	struct timespec pause = { 0, 100000 };

	for (;;) {
		uint64_t seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);

		if (seen >> 32 == (uint32_t)pid && (int32_t)((uint32_t)seen - generation) >= 0)
			return true;
		if (os_now_ns() >= end)
			return false;
		nanosleep(&pause, NULL);
	}
}
