/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a table made of a file's .eh_frame?  Each entry's rules are run once from its beginning,
 * and what they say of rsp, rbp and the return address becomes rows.  What we do not understand
 * becomes a row that says so.  The file is hostile: each read is checked, and what it may cost is
 * bounded by its size and UNWIND_MAX_ROWS: what many entries share, and is looked at for each, is
 * small.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "hook/unwind.h"
#include "hook/unwind_cfa.h"

enum {
	FIRST_ROWS = 1024,
	MAX_COMMON = 1024,  /* bytes that entries share; compilers write up to 40 */
	MAX_SEGMENTS = 256, /* of a file */
	MAX_NOTES = 1 << 16,
	MAX_FRAMES = 1 << 28,
	SIGNED = 8, /* of an encoding's format */
	PC_RELATIVE = 0x10,
};

static bool segment(const uint8_t *image, size_t size, const Elf64_Ehdr *eh, unsigned int i,
		    Elf64_Phdr *ret)
{
	uint64_t at = eh->e_phoff + (uint64_t)i * sizeof(*ret);

	if (at < eh->e_phoff || at > size || size - at < sizeof(*ret))
		return false;
	memcpy(ret, image + at, sizeof(*ret));
	return true;
}

static bool header(const uint8_t *image, size_t size, Elf64_Ehdr *ret)
{
	if (size < sizeof(*ret))
		return false;
	memcpy(ret, image, sizeof(*ret));
	return !memcmp(ret->e_ident, ELFMAG, SELFMAG) && ret->e_ident[EI_CLASS] == ELFCLASS64 &&
	       ret->e_machine == EM_X86_64 && ret->e_phentsize == sizeof(Elf64_Phdr) &&
	       ret->e_phnum <= MAX_SEGMENTS;
}

bool unwind_vaddr(const void *image, size_t size, uint64_t off, uint64_t *ret_vaddr)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (!header(image, size, &eh))
		return false;
	for (unsigned int i = 0; i < eh.e_phnum && segment(image, size, &eh, i, &ph); i++) {
		uint64_t begin = ph.p_offset & ~4095ull;

		if (ph.p_type != PT_LOAD || !(ph.p_flags & PF_X) || off < begin ||
		    off - ph.p_offset >= ph.p_filesz + (ph.p_offset - begin))
			continue;
		*ret_vaddr = ph.p_vaddr + (off - ph.p_offset);
		return true;
	}
	return false;
}

/* --- what is being read --- */

struct frames {
	struct unwind_bytes all; /* from .eh_frame to the end of its segment */
	struct unwind_table *table;
	size_t cap;
};

/* Where a segment's bytes are in the file, up to their end. */
static bool find_bytes(const uint8_t *image, size_t size, const Elf64_Ehdr *eh, uint64_t vaddr,
		       struct unwind_bytes *ret)
{
	Elf64_Phdr ph;

	for (unsigned int i = 0; i < eh->e_phnum && segment(image, size, eh, i, &ph); i++) {
		if (ph.p_type != PT_LOAD || vaddr < ph.p_vaddr ||
		    vaddr - ph.p_vaddr >= ph.p_filesz || ph.p_offset > size ||
		    ph.p_filesz > size - ph.p_offset)
			continue;
		ret->at = image + ph.p_offset + (vaddr - ph.p_vaddr);
		ret->end = image + ph.p_offset + ph.p_filesz;
		ret->vaddr = vaddr;
		return true;
	}
	return false;
}

/* The header of the sorted table says where .eh_frame is, in the encoding that linkers write. */
static bool find_frames(const uint8_t *image, size_t size, const Elf64_Ehdr *eh,
			struct unwind_bytes *ret)
{
	struct unwind_bytes head;
	Elf64_Phdr ph;

	for (unsigned int i = 0; i < eh->e_phnum && segment(image, size, eh, i, &ph); i++) {
		int32_t distance;

		if (ph.p_type != PT_GNU_EH_FRAME ||
		    !find_bytes(image, size, eh, ph.p_vaddr, &head) || head.end - head.at < 8 ||
		    head.at[0] != 1 || head.at[1] != (PC_RELATIVE | SIGNED | 3))
			continue;
		memcpy(&distance, head.at + 4, sizeof(distance));
		return find_bytes(image, size, eh, ph.p_vaddr + 4 + (uint64_t)(int64_t)distance,
				  ret);
	}
	return false;
}

static bool read_encoded(struct unwind_bytes *b, uint8_t encoding, uint64_t *ret)
{
	uint64_t from = b->vaddr;

	switch (encoding & 0x0f) {
	case 0x00:
	case 0x04:
	case 0x0c: *ret = unwind_fixed(b, 8); break;
	case 0x02: *ret = unwind_fixed(b, 2); break;
	case 0x03: *ret = unwind_fixed(b, 4); break;
	case 0x0a: *ret = (uint64_t)(int64_t)(int16_t)unwind_fixed(b, 2); break;
	case 0x0b: *ret = (uint64_t)(int64_t)(int32_t)unwind_fixed(b, 4); break;
	default: return false;
	}
	if ((encoding & 0x70) == PC_RELATIVE)
		*ret += from;
	return !b->bad && !(encoding & 0x80) && ((encoding & 0x70) <= PC_RELATIVE);
}

/* The rules that all entries of a kind share. */
struct common {
	struct unwind_cfa cfa;
	struct unwind_bytes rules;
	uint8_t encoding;
	bool augmented;
};

static bool read_augmentation(struct unwind_bytes *b, const char *letters, struct common *c)
{
	struct unwind_bytes data;
	uint64_t size, ignored;

	if (letters[0] != 'z')
		return !letters[0];
	c->augmented = true;
	size = unwind_uleb(b);
	if (b->bad || size > (uint64_t)(b->end - b->at))
		return false;
	data = *b;
	data.end = b->at + size;
	unwind_skip(b, size);
	for (const char *p = letters + 1; *p; p++) {
		if (*p == 'R') {
			c->encoding = (uint8_t)unwind_fixed(&data, 1);
		} else if (*p == 'P') {
			uint8_t encoding = (uint8_t)unwind_fixed(&data, 1);

			if (!read_encoded(&data, encoding & 0x0f, &ignored))
				return false;
		} else if (*p == 'L') {
			unwind_fixed(&data, 1);
		} else if (*p == 'S') {
			c->cfa.signal = true;
		} else if (*p != 'B') {
			return false;
		}
	}
	return !data.bad;
}

static bool read_common(struct unwind_bytes b, struct common *c)
{
	uint64_t version = unwind_fixed(&b, 1);
	const char *letters = (const char *)b.at;
	size_t n = b.bad ? 0 : strnlen(letters, (size_t)(b.end - b.at));

	*c = (struct common){ 0 };
	unwind_skip(&b, n + 1);
	if (version == 4)
		unwind_skip(&b, 2);
	c->cfa.code_align = unwind_uleb(&b);
	c->cfa.data_align = unwind_sleb(&b);
	if ((version == 1 ? unwind_fixed(&b, 1) : unwind_uleb(&b)) != UNWIND_REG_RA || b.bad ||
	    (version != 1 && version != 3 && version != 4))
		return false;
	if (!read_augmentation(&b, letters, c))
		return false;
	c->rules = b;
	return !b.bad;
}

/* --- rows --- */

static int add_row(struct frames *f, const struct unwind_row *row)
{
	struct unwind_table *t = f->table;
	struct unwind_row *more;
	size_t cap;

	if (t->n == f->cap) {
		if (f->cap >= UNWIND_MAX_ROWS)
			return -E2BIG;
		cap = f->cap ? f->cap * 2 : FIRST_ROWS;
		more = mem_grow(t->rows, f->cap * sizeof(*more), cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		t->rows = more;
		f->cap = cap;
	}
	t->rows[t->n++] = *row;
	return 0;
}

static int on_row(void *arg, const struct unwind_row *row)
{
	return add_row(arg, row);
}

/* One function: its rows, and one behind it that knows nothing. */
static int read_function(struct frames *f, struct unwind_bytes b, const struct common *c)
{
	struct unwind_cfa cfa = c->cfa;
	struct unwind_row behind = { .kind = UNWIND_NONE };
	uint64_t begin, size;
	int err;

	if (!read_encoded(&b, c->encoding, &begin) ||
	    !read_encoded(&b, c->encoding & 0x0f, &size) || !size || begin > UINT32_MAX ||
	    size > UINT32_MAX - begin)
		return 0;
	if (c->augmented)
		unwind_skip(&b, unwind_uleb(&b));
	if (b.bad)
		return 0;
	cfa.pc = begin;
	cfa.end = begin + size;
	err = unwind_cfa_run(&cfa, c->rules, b, on_row, f);
	behind.pc = (uint32_t)(begin + size);
	return err ? err : add_row(f, &behind);
}

static int read_frames(struct frames *f)
{
	const uint8_t *first = f->all.at, *last_common = NULL;
	struct unwind_bytes b = f->all;
	struct common c = { 0 };
	bool sound = false;
	int err = 0;

	while (!err && b.end - b.at >= 4) {
		uint64_t size = unwind_fixed(&b, 4), id;
		struct unwind_bytes entry = b;
		const uint8_t *id_at = b.at, *common_at;

		if (!size || size > (uint64_t)(b.end - b.at) || size < 4)
			break;
		entry.end = b.at + size;
		unwind_skip(&b, size);
		id = unwind_fixed(&entry, 4);
		if (!id)
			continue;
		if (id > (uint64_t)(id_at - first))
			break;
		common_at = id_at - id;
		if (common_at != last_common) {
			struct unwind_bytes common = f->all;
			uint64_t common_size;

			unwind_skip(&common, (uint64_t)(common_at - first));
			common_size = unwind_fixed(&common, 4);
			sound = common_size >= 4 && common_size <= MAX_COMMON &&
				common_size <= (uint64_t)(common.end - common.at);
			common.end = sound ? common.at + common_size : common.end;
			sound = sound && !unwind_fixed(&common, 4) && read_common(common, &c);
			last_common = common_at;
		}
		if (sound)
			err = read_function(f, entry, &c);
	}
	return err;
}

/* Of rows for one address what is known goes last, and is kept. */
static int by_address(const void *a, const void *b)
{
	const struct unwind_row *x = a, *y = b;

	if (x->pc != y->pc)
		return x->pc < y->pc ? -1 : 1;
	return (x->kind != UNWIND_NONE) - (y->kind != UNWIND_NONE);
}

static void order(struct unwind_table *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->rows, t->n, sizeof(*t->rows), by_address);
	for (size_t i = 0; i < t->n; i++) {
		if (n && t->rows[n - 1].pc == t->rows[i].pc)
			n--;
		t->rows[n++] = t->rows[i];
	}
	t->n = n;
}

/* --- who made the file --- */

static void read_notes(struct unwind_bytes b, struct unwind_table *t)
{
	while (b.end - b.at >= 12) {
		uint64_t name = unwind_fixed(&b, 4), size = unwind_fixed(&b, 4);
		uint64_t type = unwind_fixed(&b, 4);
		const uint8_t *name_at = b.at, *at;

		unwind_skip(&b, (name + 3) & ~3ull);
		at = b.at;
		unwind_skip(&b, (size + 3) & ~3ull);
		if (b.bad)
			return;
		if (type != NT_GNU_BUILD_ID || name != 4 || memcmp(name_at, "GNU", 4) || !size ||
		    size > UNWIND_BUILD_ID)
			continue;
		memcpy(t->build_id, at, size);
		t->build_id_size = (uint32_t)size;
		return;
	}
}

static void find_build_id(const uint8_t *image, size_t size, const Elf64_Ehdr *eh,
			  struct unwind_table *t)
{
	Elf64_Phdr ph;

	for (unsigned int i = 0; i < eh->e_phnum && segment(image, size, eh, i, &ph); i++) {
		struct unwind_bytes b = { 0 };

		if (ph.p_type != PT_NOTE || t->build_id_size || ph.p_offset > size ||
		    ph.p_filesz > size - ph.p_offset)
			continue;
		b.at = image + ph.p_offset;
		b.end = b.at + ph.p_filesz;
		read_notes(b, t);
	}
}

bool unwind_table_wants(const void *image, size_t size,
			bool (*fetch)(void *arg, uint64_t off, uint64_t n), void *arg)
{
	const uint8_t *bytes = image;
	struct unwind_bytes all;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (!fetch(arg, 0, sizeof(eh)) || !header(bytes, size, &eh) ||
	    !fetch(arg, eh.e_phoff, eh.e_phnum * sizeof(ph)))
		return false;
	for (unsigned int i = 0; i < eh.e_phnum && segment(bytes, size, &eh, i, &ph); i++)
		if ((ph.p_type == PT_NOTE && ph.p_filesz <= MAX_NOTES) ||
		    (ph.p_type == PT_GNU_EH_FRAME && ph.p_filesz >= 8))
			fetch(arg, ph.p_offset, ph.p_type == PT_NOTE ? ph.p_filesz : 8);
	return !find_frames(bytes, size, &eh, &all) || all.end - all.at > MAX_FRAMES ||
	       fetch(arg, (uint64_t)(all.at - bytes), (uint64_t)(all.end - all.at));
}

int unwind_table_read(const void *image, size_t size, struct unwind_table *ret_table)
{
	struct unwind_table t = { 0 };
	struct frames f = { .table = &t };
	Elf64_Ehdr eh;
	int err = 0;

	if (!header(image, size, &eh))
		return -EINVAL;
	find_build_id(image, size, &eh, &t);
	if (find_frames(image, size, &eh, &f.all))
		err = read_frames(&f);
	if (err == -ENOMEM) {
		unwind_table_done(&t);
		return err;
	}
	/* Of what is too large, a part would be no table: code between would be taken for it. */
	if (err)
		t.n = 0;
	order(&t);
	*ret_table = t;
	return 0;
}

void unwind_table_done(struct unwind_table *table)
{
	mem_free(table->rows);
	*table = (struct unwind_table){ 0 };
}
