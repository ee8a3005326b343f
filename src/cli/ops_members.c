/* SPDX-License-Identifier: BSD-2-Clause */
/* For which member of which struct does a program of an object stand?  See ops_members.h. */
#include "cli/ops_members.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btf/access.h"
#include "btf/kernel.h"

enum {
	MAX_MEMBERS = 1024,
	NAME_SIZE = 128
};

struct ops_members {
	size_t n;
	struct {
		char program[NAME_SIZE], name[NAME_SIZE], member[NAME_SIZE];
	} at[MAX_MEMBERS];
};

struct reading {
	Elf *elf;
	const struct btf_blob *btf;
	Elf_Data *symbols;
	size_t n_symbols, strings;
	struct ops_members *out;
};

static bool is_ops_section(const char *name)
{
	return name && (!strncmp(name, ".struct_ops", 11) || !strncmp(name, "?.struct_ops", 12));
}

static const char *symbol_name(const struct reading *r, const GElf_Sym *sym)
{
	return elf_strptr(r->elf, r->strings, sym->st_name);
}

/* The symbol of this kind that covers an offset of a section. */
static const char *symbol_at(const struct reading *r, size_t section, uint64_t off, int type,
			     uint64_t *ret_start)
{
	for (size_t i = 0; i < r->n_symbols; i++) {
		GElf_Sym sym;

		if (!gelf_getsym(r->symbols, (int)i, &sym) || sym.st_shndx != section ||
		    GELF_ST_TYPE(sym.st_info) != type || off < sym.st_value ||
		    off - sym.st_value >= (sym.st_size ? sym.st_size : 1))
			continue;
		*ret_start = sym.st_value;
		return symbol_name(r, &sym);
	}
	return NULL;
}

static const char *program_of(const struct reading *r, const GElf_Rel *rel, const Elf_Data *data)
{
	uint64_t addend = 0, start;
	GElf_Sym sym;

	if (!gelf_getsym(r->symbols, (int)GELF_R_SYM(rel->r_info), &sym))
		return NULL;
	if (GELF_ST_TYPE(sym.st_info) == STT_FUNC)
		return symbol_name(r, &sym);
	if (!data || rel->r_offset > data->d_size || data->d_size - rel->r_offset < sizeof(addend))
		return NULL;
	memcpy(&addend, (const char *)data->d_buf + rel->r_offset, sizeof(addend));
	return symbol_at(r, sym.st_shndx, sym.st_value + addend, STT_FUNC, &start);
}

/* The struct that a variable is of; flavours of it count as it. */
static const struct btf_type *struct_of(const struct btf_blob *btf, const char *variable)
{
	uint32_t var = btf_find(btf, variable, BTF_KIND_VAR);
	const struct btf_type *t = var ? btf_type(btf, var) : NULL;

	t = t ? btf_type(btf, btf_strip(btf, t->type)) : NULL;
	return t && btf_kind_of(t) == BTF_KIND_STRUCT ? t : NULL;
}

static const char *member_at(const struct btf_blob *btf, const struct btf_type *t, uint64_t off)
{
	const struct btf_member *m = (const void *)(t + 1);

	for (unsigned int i = 0; i < btf_vlen_of(t); i++) {
		uint32_t bit =
			BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;

		if (bit == off * 8)
			return btf_name(btf, m[i].name_off);
	}
	return NULL;
}

static void copy(char *to, const char *from, bool plain)
{
	const char *end = plain ? strstr(from, "___") : NULL;
	size_t n = end && end != from ? (size_t)(end - from) : strlen(from);

	if (n >= NAME_SIZE)
		n = NAME_SIZE - 1;
	memcpy(to, from, n);
	to[n] = 0;
}

static void add(struct reading *r, const char *program, const char *name, const char *member)
{
	if (r->out->n == MAX_MEMBERS)
		return;
	copy(r->out->at[r->out->n].program, program, false);
	copy(r->out->at[r->out->n].name, name, true);
	copy(r->out->at[r->out->n].member, member, false);
	r->out->n++;
}

static void read_relocations(struct reading *r, Elf_Scn *rels, const GElf_Shdr *sh)
{
	Elf_Scn *scn = elf_getscn(r->elf, sh->sh_info);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL, *entries = elf_getdata(rels, NULL);
	size_t n = sh->sh_entsize ? sh->sh_size / sh->sh_entsize : 0;
	GElf_Rel rel;

	for (size_t i = 0; entries && i < n && gelf_getrel(entries, (int)i, &rel); i++) {
		const char *program = program_of(r, &rel, data), *variable, *member;
		const struct btf_type *t;
		uint64_t start;

		variable = symbol_at(r, sh->sh_info, rel.r_offset, STT_OBJECT, &start);
		t = program && variable ? struct_of(r->btf, variable) : NULL;
		member = t ? member_at(r->btf, t, rel.r_offset - start) : NULL;
		if (member)
			add(r, program, btf_name(r->btf, t->name_off), member);
	}
}

static void read_sections(struct reading *r)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh, target;
	size_t names;

	if (elf_getshdrstrndx(r->elf, &names))
		return;
	while ((scn = elf_nextscn(r->elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB && sh.sh_entsize) {
			r->symbols = elf_getdata(scn, NULL);
			r->n_symbols = sh.sh_size / sh.sh_entsize;
			r->strings = sh.sh_link;
		}
	while (r->symbols && (scn = elf_nextscn(r->elf, scn))) {
		Elf_Scn *to;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_REL)
			continue;
		to = elf_getscn(r->elf, sh.sh_info);
		if (to && gelf_getshdr(to, &target) &&
		    is_ops_section(elf_strptr(r->elf, names, target.sh_name)))
			read_relocations(r, scn, &sh);
	}
}

struct ops_members *ops_members_open(const char *path, const void *btf, size_t btf_size)
{
	struct reading r = { 0 };
	struct btf_blob *blob = NULL;
	int fd;

	if (!btf || elf_version(EV_CURRENT) == EV_NONE ||
	    btf_parse(btf, btf_size, NULL, NULL, &blob))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r.elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	r.btf = blob;
	r.out = calloc(1, sizeof(*r.out));
	if (r.elf && r.out)
		read_sections(&r);
	elf_end(r.elf);
	if (fd >= 0)
		close(fd);
	btf_unref(blob);
	return r.out && r.out->n ? r.out : ops_members_free(r.out);
}

struct ops_members *ops_members_free(struct ops_members *members)
{
	free(members);
	return NULL;
}

bool ops_members_find(const struct ops_members *members, const struct btf_kernel *kernel,
		      const char *program, uint32_t *ret_struct, uint32_t *ret_index)
{
	const struct btf_blob *btf = btf_kernel_types(kernel);

	for (size_t i = 0; members && i < members->n; i++) {
		const char *member = members->at[i].member;
		const struct btf_member *m, *first;
		uint32_t id, bit;

		if (strcmp(members->at[i].program, program) != 0)
			continue;
		id = btf_kernel_find(kernel, members->at[i].name, BTF_KIND_STRUCT);
		m = id ? btf_member_named(btf, id, member, &bit) : NULL;
		if (!m)
			continue;
		first = (const void *)(btf_type(btf, id) + 1);
		*ret_struct = id;
		*ret_index = (uint32_t)(m - first);
		return true;
	}
	return false;
}
