/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program reach other processes?  As a file with what PROG_LOAD was given, maps and BTF
 * by id and kfuncs by name.  The file is hostile: it is copied, every size is checked, and the
 * verifier judges what is in it as if it had come from PROG_LOAD.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "map/map.h"
#include "run/prog.h"
#include "run/prog_count.h"
#include "run/rt.h"
#include "run/rt_priv.h"

enum {
	FILE_VERSION = 2,
	MAX_INSNS = 1 << 20,
	MAX_MAPS = 1 << 12,
	MAX_FILE = 256 << 20,
};
static const uint64_t file_magic = 0x313067707233676e; /* "ng3rpg01" */

/* Behind it: insns, func_info, line_info, kfuncs, map ids; each array as long as its count says. */
struct prog_file {
	uint64_t magic;
	uint32_t version, id;
	uint32_t type, expected_attach_type, flags, uid;
	uint64_t load_time_ns;
	uint32_t gpl, n_insns, n_func_info, n_line_info, n_kfuncs, n_maps, btf_id, pad;
	char name[16];
	struct prog_count count; /* changes while it is used */
};

static size_t body_bytes(const struct prog_file *f)
{
	return f->n_insns * sizeof(struct bpf_insn) +
	       f->n_func_info * sizeof(struct bpf_func_info) +
	       f->n_line_info * sizeof(struct bpf_line_info) +
	       f->n_kfuncs * sizeof(struct prog_kfunc) + f->n_maps * sizeof(uint32_t);
}

static bool counts_ok(const struct prog_file *f)
{
	return f->magic == file_magic && f->version == FILE_VERSION && f->n_insns &&
	       f->n_insns <= MAX_INSNS && f->n_func_info <= f->n_insns &&
	       f->n_line_info <= f->n_insns && f->n_kfuncs <= f->n_insns && f->n_maps <= MAX_MAPS &&
	       memchr(f->name, 0, sizeof(f->name));
}

/* --- writing --- */

struct sink {
	int fd, err;
	off_t at;
	size_t n; /* gathered, to be written at `at` */
	char buf[4096];
};

static void sink_write(struct sink *s, const void *data, size_t size)
{
	const char *p = data;

	while (size && !s->err) {
		ssize_t n = pwrite(s->fd, p, size, s->at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->err = n ? -errno : -EIO;
			return;
		}
		p += n;
		s->at += n;
		size -= (size_t)n;
	}
}

static int sink_flush(struct sink *s)
{
	sink_write(s, s->buf, s->n);
	s->n = 0;
	return s->err;
}

static void sink_put(struct sink *s, const void *data, size_t size)
{
	if (size > sizeof(s->buf) - s->n)
		sink_flush(s);
	if (size > sizeof(s->buf)) {
		sink_write(s, data, size);
		return;
	}
	if (size)
		memcpy(s->buf + s->n, data, size);
	s->n += size;
}

static int write_file(const struct prog *p, uint32_t id, int fd)
{
	struct sink s;
	struct prog_file f = {
		.magic = file_magic,
		.version = FILE_VERSION,
		.id = id,
		.type = p->type->type,
		.expected_attach_type = p->expected_attach_type,
		.flags = p->flags,
		.uid = p->load_uid,
		.load_time_ns = p->load_time_ns,
		.gpl = p->gpl,
		.n_insns = p->n_insns,
		.n_func_info = p->n_func_info,
		.n_line_info = p->n_line_info,
		.n_kfuncs = p->n_kfuncs,
		.n_maps = p->n_maps,
		.btf_id = p->btf_id,
	};

	s.fd = fd;
	s.err = 0;
	s.at = 0;
	s.n = 0;
	memcpy(f.name, p->name, sizeof(f.name));
	sink_put(&s, &f, sizeof(f));
	sink_put(&s, p->insns, p->n_insns * sizeof(*p->insns));
	sink_put(&s, p->func_info, p->n_func_info * sizeof(struct bpf_func_info));
	sink_put(&s, p->line_info, p->n_line_info * sizeof(struct bpf_line_info));
	sink_put(&s, p->kfuncs, p->n_kfuncs * sizeof(*p->kfuncs));
	for (uint32_t i = 0; i < p->n_maps; i++)
		sink_put(&s, &p->maps[i]->desc.id, sizeof(uint32_t));
	return sink_flush(&s);
}

/* Nobody else reads the files of a private store: each is written when there is a use for it. */
static bool is_private(const struct prog *p)
{
	return !store_dir(p->rt->store);
}

/* With the runtime's lock.  A fork may have written it. */
static int write_late(struct prog *p)
{
	struct stat st;
	int err = 0;

	if (p->is_written)
		return 0;
	if (fstat(p->fd, &st))
		return -errno;
	if (!st.st_size)
		err = write_file(p, p->id, p->fd);
	p->is_written = !err;
	return err;
}

/* Of the program's file, opened when it is first needed. */
static int open_file(struct prog *p)
{
	int err = p->fd >= 0 ? 0 : store_peek_id(p->rt->store, STORE_PROG, p->id, &p->fd);

	return err ? err : write_late(p);
}

void prog_place_count(struct prog *p)
{
	struct prog_count *place = prog_places_take(p->rt->counts);

	if (place)
		p->count = place;
}

void prog_share_count(struct prog *p)
{
	struct prog_file *f;

	if (p->count != &p->own_count || open_file(p))
		return;
	f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (f != MAP_FAILED)
		p->count = &f->count;
}

void prog_unshare_count(struct prog *p)
{
	if (p->count != &p->own_count && !prog_places_hold(p->rt->counts, p->count))
		munmap((char *)p->count - offsetof(struct prog_file, count),
		       sizeof(struct prog_file));
	p->count = &p->own_count;
}

int prog_publish(struct prog *p, int *ret_fd)
{
	struct store *store = p->rt->store;
	bool known = false;
	struct stat st = { 0 };
	uint32_t id;
	int fd, err;

	err = store_create(store, STORE_PROG, &id, &fd);
	if (err)
		return err;
	err = fstat(fd, &st) ? -errno : 0;
	/* A file is of who makes it. */
	p->load_uid = st.st_uid;
	if (!err && !is_private(p))
		err = write_file(p, id, fd);
	if (err) {
		close(fd);
		return err;
	}
	p->is_written = !is_private(p);
	p->id = id;
	prog_ref(p);
	err = rt_add_new(p->rt, STORE_PROG, id, fd, &st, p, &known);
	if (!known)
		prog_unref(p);
	if (err) {
		close(fd);
		rt_sweep(p->rt, true);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

int prog_bind_map(struct prog *p, struct map *map)
{
	struct prog_file f;
	struct sink s;
	uint32_t before;
	bool done;
	int err;

	pthread_mutex_lock(&p->rt->lock);
	before = p->n_maps;
	err = prog_add_map(p, map);
	done = err || p->n_maps == before || !p->is_written;
	if (!done)
		err = open_file(p);
	pthread_mutex_unlock(&p->rt->lock);
	if (err || done)
		return err;
	if (pread(p->fd, &f, sizeof(f), 0) != sizeof(f) || !counts_ok(&f) || f.n_maps != before)
		return -EIO;
	s.fd = p->fd;
	s.err = 0;
	s.at = (off_t)(sizeof(f) + body_bytes(&f));
	sink_write(&s, &map->desc.id, sizeof(map->desc.id));
	s.at = offsetof(struct prog_file, n_maps);
	sink_write(&s, &p->n_maps, sizeof(p->n_maps));
	return s.err;
}

/* --- reading --- */

struct image {
	struct prog_file head;
	uint8_t *body;
	const struct bpf_insn *insns;
	const void *func_info, *line_info;
	const struct prog_kfunc *kfuncs;
	const uint32_t *map_ids;
};

static int read_image(int fd, struct image *im)
{
	struct stat st;
	size_t size;
	const uint8_t *p;

	if (fstat(fd, &st) || pread(fd, &im->head, sizeof(im->head), 0) != sizeof(im->head) ||
	    !counts_ok(&im->head))
		return -EINVAL;
	size = body_bytes(&im->head);
	if (st.st_size > MAX_FILE || (size_t)st.st_size < sizeof(im->head) + size)
		return -EINVAL;
	im->body = mem_alloc(size);
	if (!im->body)
		return -ENOMEM;
	if (pread(fd, im->body, size, sizeof(im->head)) != (ssize_t)size) {
		mem_free(im->body);
		return -EINVAL;
	}
	p = im->body;
	im->insns = (const void *)p;
	p += im->head.n_insns * sizeof(struct bpf_insn);
	im->func_info = p;
	p += im->head.n_func_info * sizeof(struct bpf_func_info);
	im->line_info = p;
	p += im->head.n_line_info * sizeof(struct bpf_line_info);
	im->kfuncs = (const void *)p;
	p += im->head.n_kfuncs * sizeof(struct prog_kfunc);
	im->map_ids = (const void *)p;
	return 0;
}

static struct prog *known(struct ring3 *rt, uint32_t id)
{
	struct prog *p;

	pthread_mutex_lock(&rt->lock);
	p = rt_find(rt, STORE_PROG, id);
	if (p)
		prog_ref(p);
	pthread_mutex_unlock(&rt->lock);
	return p;
}

/* Of a program whose file is not written.  False: it is. */
static bool refs_of_unwritten(struct ring3 *rt, uint32_t id,
			      void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg)
{
	struct prog *p = known(rt, id);
	bool unwritten = false;

	if (!p)
		return false;
	pthread_mutex_lock(&rt->lock);
	if (!p->is_written) {
		unwritten = true;
		for (uint32_t i = 0; i < p->n_maps; i++)
			mark(mark_arg, STORE_MAP, p->maps[i]->desc.id);
		if (p->btf_id)
			mark(mark_arg, STORE_BTF, p->btf_id);
	}
	pthread_mutex_unlock(&rt->lock);
	prog_unref(p);
	return unwritten;
}

int prog_file_refs(struct ring3 *rt, uint32_t id, int fd,
		   void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg)
{
	struct image im;
	int err;

	if (refs_of_unwritten(rt, id, mark, mark_arg))
		return 0;
	err = read_image(fd, &im);
	if (err)
		return err == -EINVAL ? 0 : err;
	for (uint32_t i = 0; i < im.head.n_maps; i++)
		mark(mark_arg, STORE_MAP, im.map_ids[i]);
	if (im.head.btf_id)
		mark(mark_arg, STORE_BTF, im.head.btf_id);
	mem_free(im.body);
	return 0;
}

struct loaded {
	struct map **maps; /* by position in map_ids */
	uint32_t *map_at;
	struct map **map_refs;
	uint32_t n_refs;
	struct rt_btf *btf;
};

static void loaded_done(struct loaded *l, uint32_t n_maps)
{
	for (uint32_t i = 0; l->maps && i < n_maps; i++)
		map_unref(l->maps[i]);
	mem_free(l->maps);
	mem_free(l->map_at);
	mem_free(l->map_refs);
	rt_btf_unref(l->btf);
}

static bool names_map(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

static int find_refs(struct loaded *l, const struct image *im)
{
	const struct prog_file *h = &im->head;

	for (uint32_t i = 0; i < h->n_insns; i++) {
		uint32_t k = 0;

		if (im->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 == h->n_insns)
			return -EINVAL;
		if (!names_map(&im->insns[i]))
			continue;
		while (k < h->n_maps && im->map_ids[k] != (uint32_t)im->insns[i].imm)
			k++;
		if (k == h->n_maps)
			return -EINVAL;
		l->map_at[l->n_refs] = i++;
		l->map_refs[l->n_refs++] = l->maps[k];
	}
	for (uint32_t i = 0; i < h->n_kfuncs; i++)
		if (im->kfuncs[i].at >= h->n_insns ||
		    !memchr(im->kfuncs[i].name, 0, sizeof(im->kfuncs[i].name)))
			return -EINVAL;
	return 0;
}

static int load_refs(struct ring3 *rt, const struct image *im, struct loaded *l)
{
	const struct prog_file *h = &im->head;
	int err = 0;

	l->maps = mem_array(h->n_maps + 1, sizeof(*l->maps));
	l->map_at = mem_array(h->n_insns, sizeof(*l->map_at));
	l->map_refs = mem_array(h->n_insns, sizeof(*l->map_refs));
	if (!l->maps || !l->map_at || !l->map_refs)
		return -ENOMEM;
	for (uint32_t i = 0; i < h->n_maps && !err; i++)
		err = rt_map_of_id(rt, im->map_ids[i], &l->maps[i]);
	if (!err && h->btf_id)
		err = rt_btf_of_id(rt, h->btf_id, &l->btf);
	return err ? err : find_refs(l, im);
}

static int build(struct ring3 *rt, const struct image *im, const struct loaded *l,
		 struct prog **ret_prog)
{
	const struct prog_file *h = &im->head;
	struct prog_spec spec = {
		.type = h->type,
		.expected_attach_type = h->expected_attach_type,
		.flags = h->flags,
		.name = h->name,
		.license = h->gpl ? "GPL" : "",
		.insns = im->insns,
		.n_insns = h->n_insns,
		.map_at = l->map_at,
		.map_refs = l->map_refs,
		.n_map_refs = l->n_refs,
		.bound = l->maps,
		.n_bound = h->n_maps,
		.kfuncs = im->kfuncs,
		.n_kfuncs = h->n_kfuncs,
		.btf = l->btf ? l->btf->btf : NULL,
		.btf_id = h->btf_id,
		.func_info = im->func_info,
		.n_func_info = h->n_func_info,
		.line_info = im->line_info,
		.n_line_info = h->n_line_info,
	};
	struct verify_diag diag = { 0 };
	int err = prog_new(rt, &spec, ret_prog, NULL, &diag);

	if (err)
		rt_log(rt, RING3_LOG_ERROR, "program %u (%s) is refused here: %s", h->id, h->name,
		       diag.message);
	return err;
}

static int load_file(struct ring3 *rt, uint32_t id)
{
	struct image im = { 0 };
	struct loaded l = { 0 };
	struct prog *p = NULL;
	int fd, err;

	err = store_peek_id(rt->store, STORE_PROG, id, &fd);
	if (err)
		return err;
	err = read_image(fd, &im);
	if (err) {
		close(fd);
		return err;
	}
	err = im.head.id == id ? load_refs(rt, &im, &l) : -EINVAL;
	if (!err)
		err = build(rt, &im, &l, &p);
	if (!err) {
		p->id = id;
		p->fd = fd;
		p->is_written = true;
		p->load_time_ns = im.head.load_time_ns;
		p->load_uid = im.head.uid;
		err = rt_add(rt, STORE_PROG, id, fd, p);
		if (err)
			prog_unref(p);
	} else {
		close(fd);
	}
	loaded_done(&l, im.head.n_maps);
	mem_free(im.body);
	return err == -EEXIST ? 0 : err;
}

int prog_open_id(struct ring3 *rt, uint32_t id, struct prog **ret_prog)
{
	struct prog *p = known(rt, id);
	int err;

	if (!p) {
		err = load_file(rt, id);
		if (err)
			return err;
		p = known(rt, id);
	}
	if (!p)
		return -ENOENT;
	*ret_prog = p;
	return 0;
}
