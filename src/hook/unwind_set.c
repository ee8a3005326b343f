/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which files have tables in this process?  Those that are mapped executable, each read once.  Hits
 * see a whole set or another whole one; what no set names any more is freed when nobody is inside a
 * program.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "hook/maps.h"
#include "hook/thread.h"
#include "hook/unwind.h"

enum {
	MAX_MAPS = 4096,
	MAX_ALL_ROWS = 1 << 22, /* of the process: 48 MB */
};

struct file_part {
	uint64_t off, vaddr; /* as linked */
};

/* A file by what the maps say of it. */
struct file {
	struct file *next;
	uint64_t dev, ino;
	uint64_t size;
	int64_t written_ns;
	struct unwind_table table;
	struct file_part *parts; /* its executable mappings */
	size_t n_parts;
	bool mapped;
};

static struct file *files;

static size_t rows_of_all(void)
{
	size_t n = 0;

	for (const struct file *f = files; f; f = f->next)
		n += f->table.n;
	return n;
}

struct image {
	int fd;
	uint8_t *bytes;
	size_t size;
};

static bool fetch(void *arg, uint64_t off, uint64_t n)
{
	const struct image *image = arg;
	ssize_t got = 1;

	if (off > image->size || n > image->size - off)
		return false;
	for (; n && got > 0; off += (uint64_t)got, n -= (uint64_t)got)
		got = pread(image->fd, image->bytes + off, n, (off_t)off);
	return got > 0;
}

static bool is_file(const struct maps_row *row, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_ino == row->ino;
}

/* What is wanted of the file is read, not mapped: who cuts it off meanwhile must not end this
 * process.  NULL: it is not that file any more, or cannot be read. */
static void *read_image(const struct maps_row *row, size_t *ret_size, struct stat *ret_stat)
{
	int fd = open(row->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct image image = { .fd = fd };
	void *at = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, ret_stat) && is_file(row, ret_stat) && ret_stat->st_size > 0) {
		image.size = (size_t)ret_stat->st_size;
		at = mmap(NULL, image.size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}
	image.bytes = at;
	if (at != MAP_FAILED && !unwind_table_wants(at, image.size, fetch, &image)) {
		munmap(at, image.size);
		at = MAP_FAILED;
	}
	close(fd);
	*ret_size = image.size;
	return at == MAP_FAILED ? NULL : at;
}

static int64_t ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* Another file may have the number of one that was unlinked. */
static bool has_changed(const struct file *f, const struct maps_row *row)
{
	struct stat st;

	return !stat(row->path, &st) && is_file(row, &st) &&
	       (ns_of(&st.st_mtim) != f->written_ns || (uint64_t)st.st_size != f->size);
}

static struct file *find_file(const struct maps_row *row)
{
	struct file *f = files;

	while (f && (f->ino != row->ino || f->dev != row->dev))
		f = f->next;
	return f && !f->mapped && f->size && has_changed(f, row) ? NULL : f;
}

/* A file that cannot be read is remembered, too. */
static struct file *read_file(const struct maps *maps, const struct maps_row *row)
{
	struct file *f = mem_alloc(sizeof(*f));
	struct stat st = { 0 };
	size_t size = 0, n = 0;
	uint8_t *image;

	if (!f)
		return NULL;
	for (size_t i = 0; i < maps->n; i++)
		n += maps->rows[i].exec && maps->rows[i].ino == row->ino;
	f->parts = mem_array(n, sizeof(*f->parts));
	if (!f->parts) {
		mem_free(f);
		return NULL;
	}
	f->dev = row->dev;
	f->ino = row->ino;
	image = read_image(row, &size, &st);
	f->size = (uint64_t)st.st_size;
	f->written_ns = ns_of(&st.st_mtim);
	for (size_t i = 0; image && i < maps->n && f->n_parts < n; i++) {
		const struct maps_row *r = &maps->rows[i];

		if (!r->exec || r->ino != f->ino || r->dev != f->dev ||
		    !unwind_vaddr(image, size, r->off, &f->parts[f->n_parts].vaddr))
			continue;
		f->parts[f->n_parts++].off = r->off;
	}
	if (image)
		unwind_table_read(image, size, &f->table);
	if (image)
		munmap(image, size);
	if (rows_of_all() + f->table.n > MAX_ALL_ROWS)
		unwind_table_done(&f->table);
	f->next = files;
	files = f;
	return f;
}

static void drop_unmapped(void)
{
	struct file **at = &files, *f;

	while ((f = *at)) {
		if (f->mapped) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		unwind_table_done(&f->table);
		mem_free(f->parts);
		mem_free(f);
	}
}

/* A mapping that the file's headers do not know has no table. */
static void put_map(struct unwind_set *set, const struct maps_row *row, struct file *f)
{
	struct unwind_map *m = &set->maps[set->n];

	f->mapped = true;
	*m = (struct unwind_map){ .start = row->start, .end = row->end, .off = row->off };
	m->table = &f->table;
	for (size_t i = 0; i < f->n_parts; i++) {
		if (f->parts[i].off != row->off)
			continue;
		m->bias = row->start - f->parts[i].vaddr;
		set->n++;
		return;
	}
}

static bool is_same(const struct unwind_set *a, const struct unwind_set *b)
{
	return a && a->n == b->n && !memcmp(a->maps, b->maps, a->n * sizeof(a->maps[0]));
}

/* Rows of the maps are ascending. */
static struct unwind_set *make_set(const struct maps *maps)
{
	struct unwind_set *set;
	size_t n = 0;

	for (size_t i = 0; i < maps->n; i++)
		n += maps->rows[i].exec;
	n = n < MAX_MAPS ? n : MAX_MAPS;
	set = mem_alloc(sizeof(*set) + n * sizeof(set->maps[0]));
	for (struct file *f = files; f; f = f->next)
		f->mapped = false;
	for (size_t i = 0; set && i < maps->n && set->n < n; i++) {
		const struct maps_row *row = &maps->rows[i];
		struct file *f = row->exec ? find_file(row) : NULL;

		if (row->exec && !f)
			f = read_file(maps, row);
		if (f)
			put_map(set, row, f);
	}
	return set;
}

bool unwind_update(const struct maps *maps)
{
	const struct unwind_set *old = unwind_set;
	struct unwind_set *set = make_set(maps);

	/* Files that only the old set names may be in use. */
	if (!set || is_same(old, set)) {
		mem_free(set);
		return false;
	}
	__atomic_store_n(&unwind_set, set, __ATOMIC_SEQ_CST);
	if (old)
		thread_quiesce();
	drop_unmapped();
	mem_free((void *)(uintptr_t)old);
	return true;
}
