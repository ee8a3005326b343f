/* SPDX-License-Identifier: BSD-2-Clause */
/* May libbpf be given this object file?  See object_check.h. */
#include "abi/object_check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <gelf.h>
#include <libelf.h>

#include "btf/shape.h"

static int check_btf(Elf_Scn *scn, struct text *why)
{
	Elf_Data *data = elf_rawdata(scn, NULL);

	if (!data || !data->d_buf) {
		text_add(why, ".BTF has no bytes");
		return -EINVAL;
	}
	return btf_shape_check(data->d_buf, data->d_size, why);
}

/* Symbols that name a section must name one that exists. */
static int check_symbols(Elf_Scn *scn, const GElf_Shdr *sh, size_t n_sections, struct text *why)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n = sh->sh_entsize ? sh->sh_size / sh->sh_entsize : 0;
	GElf_Sym sym;

	if (!data || sh->sh_entsize != sizeof(Elf64_Sym)) {
		text_add(why, "malformed symbol table");
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getsym(data, (int)i, &sym) ||
		    (sym.st_shndx < SHN_LORESERVE && sym.st_shndx >= n_sections)) {
			text_add(why, "symbol %zu names a section that does not exist", i);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_sections(Elf *elf, struct text *why)
{
	size_t names, n;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	int err = 0;

	if (elf_getshdrstrndx(elf, &names) || elf_getshdrnum(elf, &n) || !elf_nextscn(elf, NULL)) {
		text_add(why, "no section table: cut off or damaged");
		return -EINVAL;
	}
	while (!err && (scn = elf_nextscn(elf, scn))) {
		const char *name =
			gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;

		if (!name) {
			text_add(why, "section %zu has no name", elf_ndxscn(scn));
			return -EINVAL;
		}
		if (!strcmp(name, ".BTF"))
			err = check_btf(scn, why);
		else if (sh.sh_type == SHT_SYMTAB)
			err = check_symbols(scn, &sh, n, why);
	}
	return err;
}

int object_check_file(const char *path, struct text *why)
{
	int fd, err = -EINVAL;
	GElf_Ehdr eh;
	Elf *elf;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EOPNOTSUPP;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh))
		text_add(why, "no ELF file");
	else if (eh.e_machine != EM_BPF)
		text_add(why, "an ELF file for another machine than BPF");
	else
		err = check_sections(elf, why);
	elf_end(elf);
	close(fd);
	return err;
}
