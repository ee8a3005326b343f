/* SPDX-License-Identifier: BSD-2-Clause */
/* Which places are there, and which of them are patched? */
#include "hook/call_site.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "hook/call.h"
#include "hook/call_plan.h"
#include "hook/code_mem.h"
#include "hook/elf_func.h"
#include "hook/loader.h"
#include "hook/maps.h"

enum {
	CHUNK = 256 * 1024,
	MAX_FUNCTION = 1 << 20,
	MAX_TAIL = 4096, /* of a function whose size is not the whole of it */
	TAIL = 64,       /* and how much of it behind the call */
	BEHIND = 16,     /* bytes behind a function that padding may be in */
};

struct place {
	uint64_t addr;            /* of the instruction */
	uint64_t func, func_size; /* around it; 0: none is known */
	int32_t nr;
	bool missed;       /* cannot be patched */
	struct site *site; /* NULL: never was */
};

/* A mapped file. */
struct image {
	struct image *next;
	uint64_t start, end, off, dev, ino;
	struct place *places;
	uint32_t n, cap;
	bool seen;
};

/* The process's, as its text is. */
static struct {
	struct image *images;
	struct code_mem code;
	bool again;   /* something was loaded or unloaded meanwhile */
	bool blocked; /* a thread might have been killed by a trap */
	char why[200];
} all;

void call_site_after_fork(void)
{
	code_mem_after_fork(&all.code);
}

/* --- what is in a function --- */

struct scan {
	struct image *image;
	struct elf_funcs funcs;
	uint64_t bias; /* address - offset in the file */
};

static void *func_done(struct call_func *f)
{
	mem_free((void *)(uintptr_t)f->code);
	mem_free((void *)(uintptr_t)f->heads);
	return NULL;
}

/* Decoded from its beginning, so that what looks like a call in the midst of something else is
 * none. */
static int func_read(uint64_t addr, uint64_t size, struct call_func *ret)
{
	struct call_func f = { .addr = addr, .size = size };
	uint8_t *code, *heads;
	long got;

	if (!size || size > MAX_FUNCTION)
		return -EINVAL;
	f.code = code = mem_alloc(size + BEHIND);
	f.heads = heads = mem_alloc(size);
	got = code && heads ? site_read_original(addr, code, size + BEHIND) : -ENOMEM;
	if (got < (long)size) {
		func_done(&f);
		return -EFAULT;
	}
	f.room = (uint64_t)got;
	for (uint64_t off = 0; off < size;) {
		uint32_t len = insn_length(code + off, size - off);

		if (!len) {
			func_done(&f);
			return -EINVAL;
		}
		heads[off] = 1;
		off += len;
	}
	*ret = f;
	return 0;
}

static void add_place(struct image *im, const struct place *p)
{
	if (im->n == im->cap) {
		uint32_t cap = im->cap ? im->cap * 2 : 16;
		struct place *grown =
			mem_grow(im->places, im->cap * sizeof(*grown), cap * sizeof(*grown));

		if (!grown)
			return;
		im->places = grown;
		im->cap = cap;
	}
	im->places[im->n++] = *p;
}

/* Outside of every known function, where two bytes may be anything: do their neighbours belong to a
 * call?  A number is put into rax before it, or its result looked at behind it. */
static bool looks_like_call(const uint8_t *code, uint64_t before, uint64_t behind)
{
	static const uint8_t result[][3] = { { 0x48, 0x3d }, { 0x48, 0x85, 0xc0 }, { 0x85, 0xc0 } };

	if (before >= 5 && code[-5] == 0xb8 && !code[-1] && !code[-2] && code[-3] < 4)
		return true;
	for (size_t i = 0; behind >= 5 && i < sizeof(result) / sizeof(result[0]); i++)
		if (!memcmp(code + 2, result[i], result[i][2] ? 3 : 2))
			return true;
	return behind >= 3 && code[2] == 0xc3;
}

static bool has_place(const struct image *im, uint64_t addr)
{
	return im->n && im->places[im->n - 1].addr >= addr;
}

/* The function around an offset.  libc's clone3() ends, says its unwind entry, before the call,
 * since there is nothing to unwind to in the child: what follows a function is decoded with it. */
static bool find_func(const struct elf_funcs *funcs, uint64_t off, struct elf_func *ret)
{
	const struct elf_func *f = elf_funcs_find(funcs, off);
	uint64_t next = UINT64_MAX;

	if (f) {
		*ret = *f;
		return true;
	}
	*ret = (struct elf_func){ 0 };
	for (int pass = 0; pass < 2; pass++) {
		const struct elf_func *list = pass ? funcs->unwound : funcs->funcs;
		size_t n = pass ? funcs->n_unwound : funcs->n;

		for (size_t i = 0; i < n; i++) {
			if (list[i].off > off && list[i].off < next)
				next = list[i].off;
			if (list[i].off <= off && list[i].off > ret->off)
				*ret = list[i];
		}
	}
	ret->size = (next < off + TAIL ? next : off + TAIL) - ret->off;
	return ret->off && off - ret->off < MAX_TAIL;
}

/* All calls of the function around addr, where two bytes look like one. */
static void scan_func(struct scan *s, uint64_t addr, bool looks)
{
	struct elf_func ef;
	struct place p = { .addr = addr, .nr = CALL_NR_UNKNOWN, .missed = true };
	struct call_func f;

	if (has_place(s->image, addr))
		return;
	if (!find_func(&s->funcs, addr - s->bias, &ef) ||
	    func_read(ef.off + s->bias, ef.size, &f)) {
		if (looks)
			add_place(s->image, &p);
		return;
	}
	p.func = f.addr;
	p.func_size = f.size;
	p.missed = false;
	for (uint64_t off = 0; off + 1 < f.size; off++) {
		if (!f.heads[off] || f.code[off] != 0x0f || f.code[off + 1] != 0x05 ||
		    has_place(s->image, f.addr + off))
			continue;
		p.addr = f.addr + off;
		p.nr = call_plan_nr(&f, off);
		add_place(s->image, &p);
	}
	func_done(&f);
}

static void scan_image(struct image *im, const char *path)
{
	struct scan s = { .image = im, .bias = im->start - im->off };
	uint8_t *buf = mem_alloc(CHUNK);

	if (!buf)
		return;
	elf_funcs_read(path, &s.funcs);
	for (uint64_t at = im->start; at + 1 < im->end; at += CHUNK - 1) {
		long n = patch_read(at, buf, im->end - at < CHUNK ? im->end - at : CHUNK);
		const uint8_t *p = buf;

		while (n > 1 && (p = memchr(p, 0x0f, (size_t)(buf + n - 1 - p)))) {
			if (p[1] == 0x05)
				scan_func(&s, at + (uint64_t)(p - buf),
					  looks_like_call(p, (uint64_t)(p - buf),
							  (uint64_t)(buf + n - p)));
			p++;
		}
	}
	elf_funcs_done(&s.funcs);
	mem_free(buf);
}

/* --- images --- */

static struct image *find_image(const struct maps_row *row)
{
	struct image *im = all.images;

	while (im && (im->start != row->start || im->end != row->end || im->off != row->off ||
		      im->dev != row->dev || im->ino != row->ino))
		im = im->next;
	return im;
}

static void image_free(struct image *im)
{
	mem_free(im->places);
	mem_free(im);
}

static void image_new(const struct maps_row *row)
{
	struct image *im = loader_begin_locked(row) ? mem_alloc(sizeof(*im)) : NULL;

	if (!im) {
		all.again = true;
		return;
	}
	*im = (struct image){ .next = all.images,
			      .start = row->start,
			      .end = row->end,
			      .off = row->off,
			      .dev = row->dev,
			      .ino = row->ino,
			      .seen = true };
	scan_image(im, row->path);
	if (loader_is_as_begun()) {
		all.images = im;
		return;
	}
	all.again = true;
	image_free(im);
}

static void drop_unseen(void)
{
	struct image **at = &all.images, *im;

	while ((im = *at)) {
		if (im->seen) {
			at = &im->next;
			continue;
		}
		*at = im->next;
		for (uint32_t i = 0; i < im->n; i++)
			if (im->places[i].site && im->places[i].site->call)
				site_unpatch(im->places[i].site);
		image_free(im);
	}
}

/* Our own calls are nobody's business. */
static const struct maps_row *own_row(const struct maps *maps)
{
	uint64_t here = (uint64_t)(uintptr_t)call_entry;

	for (size_t i = 0; i < maps->n; i++)
		if (here >= maps->rows[i].start && here < maps->rows[i].end)
			return &maps->rows[i];
	return NULL;
}

static void look_at_maps(const struct maps *maps)
{
	const struct maps_row *own = own_row(maps);

	for (struct image *im = all.images; im; im = im->next)
		im->seen = false;
	for (size_t i = 0; i < maps->n; i++) {
		const struct maps_row *row = &maps->rows[i];
		struct image *im = find_image(row);

		if (im)
			im->seen = true;
		else if (row->exec && !(own && own->ino == row->ino && own->dev == row->dev))
			image_new(row);
	}
	drop_unseen();
}

/* --- places --- */

static bool is_wanted(const struct place *p)
{
	return p->nr == CALL_NR_UNKNOWN ? call_is_wanted(CALL_ANY)
					: call_is_wanted((uint32_t)p->nr);
}

static int make_site(struct place *p, struct text *why)
{
	struct site_plan plan;
	struct call_func f;
	int err = func_read(p->func, p->func_size, &f);

	if (err) {
		text_add(why, "the code around the system call at %#lx has changed", (long)p->addr);
		return err;
	}
	err = call_plan(&all.code, &f, p->addr - f.addr, p->nr, &plan, why);
	if (!err)
		err = site_put(&plan, why, &p->site);
	func_done(&f);
	return err;
}

static bool is_still_there(const struct image *im)
{
	const struct maps_row row = {
		.start = im->start,
		.end = im->end,
		.off = im->off,
		.dev = im->dev,
		.ino = im->ino,
	};

	return loader_begin_locked(&row);
}

static void patch_place(const struct image *im, struct place *p)
{
	struct text why;
	int err = 0;

	if (p->missed || (p->site && p->site->call && p->site->patched))
		return;
	text_init(&why, all.why, sizeof(all.why));
	if (!is_still_there(im))
		err = -EAGAIN;
	if (!err && (!p->site || !p->site->call))
		err = make_site(p, &why);
	if (!err)
		err = site_patch(p->site, &why);
	if (err && !loader_is_as_begun())
		err = -EAGAIN;
	p->missed = err && err != -EAGAIN && err != -EDEADLK;
	all.again = all.again || err == -EAGAIN;
	all.blocked = all.blocked || err == -EDEADLK;
}

/* What lies there now is another mapping of the same file at the same place. */
static void notice_remapping(struct image *im)
{
	const struct patch *patch;
	uint8_t now[INSN_JMP];
	uint32_t i = 0;

	while (i < im->n &&
	       !(im->places[i].site && im->places[i].site->call && im->places[i].site->patched))
		i++;
	if (i == im->n)
		return;
	patch = &im->places[i].site->jump.patch;
	if (patch_read(patch->addr, now, sizeof(now)) == (long)sizeof(now) &&
	    !memcmp(now, patch->old, sizeof(now)))
		for (; i < im->n; i++)
			if (im->places[i].site && im->places[i].site->call)
				site_unpatch(im->places[i].site);
}

bool call_site_update(const struct maps *maps)
{
	all.again = all.blocked = false;
	if (!all.images && !call_is_wanted(CALL_ANY))
		return true;
	if (maps && call_is_wanted(CALL_ANY))
		loader_watch();
	site_lock();
	if (maps && call_is_wanted(CALL_ANY))
		look_at_maps(maps);
	for (struct image *im = all.images; im; im = im->next) {
		if (maps)
			notice_remapping(im);
		for (uint32_t i = 0; i < im->n; i++) {
			struct place *p = &im->places[i];

			if (maps && is_wanted(p))
				patch_place(im, p);
			else if (!is_wanted(p) && p->site && p->site->call)
				site_unpatch(p->site);
		}
	}
	site_unlock();
	return !all.again;
}

bool call_site_blocked(struct text *why)
{
	if (all.blocked)
		text_add(why, "%s", patch_refusal());
	return all.blocked;
}

uint32_t call_site_missed(struct text *why)
{
	uint32_t n = 0, strange = 0;
	uint64_t last = 0;

	for (const struct image *im = all.images; im; im = im->next) {
		for (uint32_t i = 0; i < im->n; i++) {
			const struct place *p = &im->places[i];

			n += p->missed && is_wanted(p);
			if (p->missed && is_wanted(p))
				last = p->addr;
			strange += p->missed && is_wanted(p) && !p->func_size;
		}
	}
	if (n)
		text_add(why,
			 "%u places that may be system calls are not followed, as the one at %#lx "
			 "(%s)",
			 n, (long)last, strange == n ? "in no function that is known" : all.why);
	return n;
}

uint32_t call_site_count(void)
{
	uint32_t n = 0;

	for (const struct image *im = all.images; im; im = im->next)
		for (uint32_t i = 0; i < im->n; i++)
			n += im->places[i].site && im->places[i].site->call &&
			     im->places[i].site->patched;
	return n;
}
