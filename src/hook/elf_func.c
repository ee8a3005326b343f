/* SPDX-License-Identifier: BSD-2-Clause */
/* How are these tables read?  In a private mapping; every offset is checked against its size. */
#include "hook/elf_func.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
	MAX_ALIASES = 64, /* names of one function */
};

struct image {
	const uint8_t *base;
	size_t size;
	Elf64_Ehdr eh;
};

static const void *at(const struct image *im, uint64_t off, uint64_t size)
{
	return off <= im->size && size <= im->size - off ? im->base + off : NULL;
}

static bool section(const struct image *im, unsigned int i, Elf64_Shdr *ret)
{
	const void *p = at(im, im->eh.e_shoff + (uint64_t)i * sizeof(*ret), sizeof(*ret));

	if (p)
		memcpy(ret, p, sizeof(*ret));
	return p != NULL;
}

static bool segment(const struct image *im, unsigned int i, Elf64_Phdr *ret)
{
	const void *p = at(im, im->eh.e_phoff + (uint64_t)i * sizeof(*ret), sizeof(*ret));

	if (p)
		memcpy(ret, p, sizeof(*ret));
	return p != NULL;
}

/* File offset of an address, 0 when no segment has it. */
static uint64_t offset_of(const struct image *im, uint64_t vaddr)
{
	for (unsigned int i = 0; i < im->eh.e_phnum; i++) {
		Elf64_Phdr ph;

		if (!segment(im, i, &ph))
			return 0;
		if (ph.p_type == PT_LOAD && vaddr >= ph.p_vaddr && vaddr - ph.p_vaddr < ph.p_filesz)
			return vaddr - ph.p_vaddr + ph.p_offset;
	}
	return 0;
}

/* A version may follow the name. */
static bool is_one_of(const char *name, size_t room, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (len < room && !memcmp(name, names[i], len) && (!name[len] || name[len] == '@'))
			return true;
	}
	return false;
}

static bool named(const struct image *im, const Elf64_Shdr *strings, uint32_t name,
		  const char *const *names, size_t n)
{
	const char *s = at(im, strings->sh_offset, strings->sh_size);

	return s && name < strings->sh_size &&
	       is_one_of(s + name, strings->sh_size - name, names, n);
}

static bool returns_twice(const struct image *im, const Elf64_Shdr *strings, uint32_t name)
{
	static const char *const names[] = { "setjmp",  "_setjmp",    "__sigsetjmp", "vfork",
					     "__vfork", "getcontext", "savectx" };

	return named(im, strings, name, names, sizeof(names) / sizeof(names[0]));
}

static bool is_cold(const struct image *im, const Elf64_Shdr *strings, uint32_t name)
{
	const char *s = at(im, strings->sh_offset, strings->sh_size), *end;

	if (!s || name >= strings->sh_size)
		return false;
	end = memchr(s + name, 0, strings->sh_size - name);
	return end && memmem(s + name, (size_t)(end - s - name), ".cold", 5);
}

static bool is_go(const struct image *im, const Elf64_Shdr *strings, uint32_t name)
{
	static const char *const names[] = { "runtime.pclntab", "runtime.text" };

	return named(im, strings, name, names, sizeof(names) / sizeof(names[0]));
}

/* What such languages' functions refer to, and what Go's linker defines. */
static bool is_personality(const struct image *im, const Elf64_Shdr *strings, uint32_t name)
{
	static const char *const names[] = { "__gxx_personality_v0", "__cxa_throw",
					     "rust_eh_personality", "__gnat_personality_v0" };

	return named(im, strings, name, names, sizeof(names) / sizeof(names[0]));
}

static int read_symbols(const struct image *im, const Elf64_Shdr *sh, struct elf_funcs *f)
{
	const uint8_t *p = at(im, sh->sh_offset, sh->sh_size);
	size_t n = sh->sh_size / sizeof(Elf64_Sym);
	Elf64_Shdr strings = { 0 };

	if (!p)
		return 0;
	if (sh->sh_link >= im->eh.e_shnum || !section(im, sh->sh_link, &strings))
		strings.sh_size = 0;
	f->funcs = mem_array(n, sizeof(*f->funcs));
	if (!f->funcs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		Elf64_Sym sym;
		int type;

		memcpy(&sym, p + i * sizeof(sym), sizeof(sym));
		f->go = f->go || is_go(im, &strings, sym.st_name);
		f->unwinds = f->unwinds || f->go || is_personality(im, &strings, sym.st_name);
		type = ELF64_ST_TYPE(sym.st_info);
		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || !sym.st_size || !sym.st_value)
			continue;
		f->funcs[f->n].off = offset_of(im, sym.st_value);
		f->funcs[f->n].size = sym.st_size;
		f->funcs[f->n].twice = returns_twice(im, &strings, sym.st_name);
		f->funcs[f->n].cold = is_cold(im, &strings, sym.st_name);
		f->funcs[f->n].indirect = type == STT_GNU_IFUNC;
		f->n += f->funcs[f->n].off != 0;
	}
	return 0;
}

/* The full table when there is one, else the dynamic one. */
static int read_tables(const struct image *im, struct elf_funcs *f)
{
	static const uint32_t types[] = { SHT_SYMTAB, SHT_DYNSYM };
	Elf64_Shdr sh;

	for (int t = 0; t < 2; t++) {
		for (unsigned int i = 0; i < im->eh.e_shnum && section(im, i, &sh); i++) {
			if (sh.sh_type == types[t])
				return read_symbols(im, &sh, f);
		}
	}
	/* Nothing says what it was made from. */
	f->unwinds = true;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct elf_func *x = a, *y = b;

	return (x->off > y->off) - (x->off < y->off);
}

/* First of the entries at or behind off. */
static size_t lower_bound(const struct elf_func *funcs, size_t n, uint64_t off)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (funcs[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The loader keeps what an indirect function answered for calls inside the file itself. */
static void read_slots(const struct image *im, const Elf64_Shdr *sh, struct elf_funcs *f)
{
	const uint8_t *p = at(im, sh->sh_offset, sh->sh_size);

	for (size_t i = 0; p && i < sh->sh_size / sizeof(Elf64_Rela); i++) {
		Elf64_Rela rela;
		uint64_t off;
		size_t k;

		memcpy(&rela, p + i * sizeof(rela), sizeof(rela));
		if (ELF64_R_TYPE(rela.r_info) != R_X86_64_IRELATIVE)
			continue;
		off = offset_of(im, (uint64_t)rela.r_addend);
		k = lower_bound(f->funcs, f->n, off);
		for (size_t n = 0; n < MAX_ALIASES && k < f->n && f->funcs[k].off == off; n++, k++)
			f->funcs[k].slot = (int64_t)(rela.r_offset - (uint64_t)rela.r_addend);
	}
}

struct unwind_row {
	int32_t code, entry; /* from the table's header */
};

/* The header's sorted table, in the one encoding that linkers write.  An entry is believed when its
 * own copy of the address, in the one encoding that compilers write, says the same. */
static int read_unwind(const struct image *im, const Elf64_Phdr *ph, struct elf_funcs *f)
{
	static const uint8_t head[4] = { 1, 0x1b, 0x03, 0x3b };
	const uint8_t *p = at(im, ph->p_offset, ph->p_filesz);
	uint32_t n;

	if (!p || ph->p_filesz < 12 || memcmp(p, head, sizeof(head)))
		return 0;
	memcpy(&n, p + 8, sizeof(n));
	if (n > (ph->p_filesz - 12) / sizeof(struct unwind_row))
		return 0;
	f->unwound = mem_array(n ? n : 1, sizeof(*f->unwound));
	if (!f->unwound)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct unwind_row row;
		uint64_t code, entry;
		int32_t fields[4]; /* length, header, address, size */
		const void *e;

		memcpy(&row, p + 12 + i * sizeof(row), sizeof(row));
		code = ph->p_vaddr + (uint64_t)(int64_t)row.code;
		entry = ph->p_vaddr + (uint64_t)(int64_t)row.entry;
		e = at(im, offset_of(im, entry), sizeof(fields));
		if (!e)
			continue;
		memcpy(fields, e, sizeof(fields));
		if (entry + 8 + (uint64_t)(int64_t)fields[2] != code || fields[3] <= 0)
			continue;
		f->unwound[f->n_unwound].off = offset_of(im, code);
		f->unwound[f->n_unwound].size = (uint32_t)fields[3];
		f->n_unwound += f->unwound[f->n_unwound].off != 0;
	}
	return 0;
}

/* By the name that assemblers of them use. */
static void read_rseq(const struct image *im, const Elf64_Shdr *sh, struct elf_funcs *f)
{
	static const char *const name[] = { "__rseq_cs" };
	Elf64_Shdr names;
	Elf64_Phdr ph;

	if (!section(im, im->eh.e_shstrndx, &names) || !named(im, &names, sh->sh_name, name, 1))
		return;
	for (unsigned int i = 0; i < im->eh.e_phnum && segment(im, i, &ph); i++) {
		if (ph.p_type != PT_LOAD || !(ph.p_flags & PF_X))
			continue;
		f->rseq_off = sh->sh_addr - ph.p_vaddr + ph.p_offset;
		f->rseq_size = sh->sh_size;
	}
}

static void sort(struct elf_func *funcs, size_t n)
{
	if (n)
		qsort(funcs, n, sizeof(*funcs), by_offset);
}

static int read_all(const struct image *im, struct elf_funcs *f)
{
	Elf64_Shdr sh;
	Elf64_Phdr ph;
	int err = read_tables(im, f);

	if (err)
		return err;
	sort(f->funcs, f->n);
	for (unsigned int i = 0; i < im->eh.e_shnum && section(im, i, &sh); i++) {
		if (sh.sh_type == SHT_RELA)
			read_slots(im, &sh, f);
		read_rseq(im, &sh, f);
	}
	for (unsigned int i = 0; i < im->eh.e_phnum && segment(im, i, &ph); i++) {
		if (ph.p_type != PT_GNU_EH_FRAME)
			continue;
		err = read_unwind(im, &ph, f);
		sort(f->unwound, f->n_unwound);
		return err;
	}
	return 0;
}

int elf_funcs_read(const char *path, struct elf_funcs *ret_funcs)
{
	struct elf_funcs f = { 0 };
	struct image im = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	void *base;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(im.eh)) {
		close(fd);
		return -EINVAL;
	}
	base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (base == MAP_FAILED)
		return -errno;
	im.base = base;
	im.size = (size_t)st.st_size;
	memcpy(&im.eh, base, sizeof(im.eh));
	if (memcmp(im.eh.e_ident, ELFMAG, SELFMAG) || im.eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    im.eh.e_phentsize != sizeof(Elf64_Phdr) || im.eh.e_shentsize != sizeof(Elf64_Shdr))
		err = -EINVAL;
	else
		err = read_all(&im, &f);
	munmap(base, im.size);
	if (err)
		elf_funcs_done(&f);
	else
		*ret_funcs = f;
	return err;
}

void elf_funcs_done(struct elf_funcs *funcs)
{
	mem_free(funcs->funcs);
	mem_free(funcs->unwound);
	*funcs = (struct elf_funcs){ 0 };
}

/* Aliases and labels inside a function share its start or lie behind it. */
static const struct elf_func *find_around(const struct elf_func *funcs, size_t n, uint64_t off)
{
	size_t lo = lower_bound(funcs, n, off + 1);

	for (size_t back = 0; lo > 0 && back < 8; lo--, back++) {
		const struct elf_func *f = &funcs[lo - 1];

		if (off - f->off < f->size)
			return f;
	}
	return NULL;
}

const struct elf_func *elf_funcs_find(const struct elf_funcs *funcs, uint64_t off)
{
	const struct elf_func *f = find_around(funcs->funcs, funcs->n, off);

	return f ? f : find_around(funcs->unwound, funcs->n_unwound, off);
}

const struct elf_func *elf_funcs_indirect(const struct elf_funcs *funcs, uint64_t off)
{
	size_t k = lower_bound(funcs->funcs, funcs->n, off);

	for (size_t n = 0; n < MAX_ALIASES && k < funcs->n && funcs->funcs[k].off == off;
	     n++, k++) {
		if (funcs->funcs[k].indirect)
			return &funcs->funcs[k];
	}
	return NULL;
}
