/* SPDX-License-Identifier: BSD-2-Clause */
/* How are symbol tables read?  In a private mapping; every offset is checked against its size. */
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

/* File offset of an address, 0 when no segment has it. */
static uint64_t offset_of(const struct image *im, uint64_t vaddr)
{
	for (unsigned int i = 0; i < im->eh.e_phnum; i++) {
		const void *p = at(im, im->eh.e_phoff + i * sizeof(Elf64_Phdr), sizeof(Elf64_Phdr));
		Elf64_Phdr ph;

		if (!p)
			return 0;
		memcpy(&ph, p, sizeof(ph));
		if (ph.p_type == PT_LOAD && vaddr >= ph.p_vaddr && vaddr - ph.p_vaddr < ph.p_filesz)
			return vaddr - ph.p_vaddr + ph.p_offset;
	}
	return 0;
}

static int read_symbols(const struct image *im, const Elf64_Shdr *sh, struct elf_funcs *f)
{
	const uint8_t *p = at(im, sh->sh_offset, sh->sh_size);
	size_t n = sh->sh_size / sizeof(Elf64_Sym);

	if (!p)
		return 0;
	f->funcs = mem_array(n, sizeof(*f->funcs));
	if (!f->funcs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		Elf64_Sym sym;
		int type;

		memcpy(&sym, p + i * sizeof(sym), sizeof(sym));
		type = ELF64_ST_TYPE(sym.st_info);
		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || !sym.st_size || !sym.st_value)
			continue;
		f->funcs[f->n].off = offset_of(im, sym.st_value);
		f->funcs[f->n].size = sym.st_size;
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
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct elf_func *x = a, *y = b;

	return (x->off > y->off) - (x->off < y->off);
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
		err = read_tables(&im, &f);
	munmap(base, im.size);
	if (err)
		return err;
	if (f.n)
		qsort(f.funcs, f.n, sizeof(*f.funcs), by_offset);
	*ret_funcs = f;
	return 0;
}

void elf_funcs_done(struct elf_funcs *funcs)
{
	mem_free(funcs->funcs);
	*funcs = (struct elf_funcs){ 0 };
}

const struct elf_func *elf_funcs_find(const struct elf_funcs *funcs, uint64_t off)
{
	size_t lo = 0, hi = funcs->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (funcs->funcs[mid].off <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* Aliases and labels inside a function share its start or lie behind it. */
	for (size_t back = 0; lo > 0 && back < 8; lo--, back++) {
		const struct elf_func *f = &funcs->funcs[lo - 1];

		if (off - f->off < f->size)
			return f;
	}
	return NULL;
}
