/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does GDB learn the names of compiled programs?  By its JIT interface: a list of small ELF
 * images in memory, one a program, found through a symbol of this library.  The interface demands
 * globals; the agent is a program and may have them.  They are hidden, so that they are neither
 * another runtime's in this process nor mistaken for it: GDB reads the symbol table, not the
 * dynamic one.
 */
#include "hook/agent_gdb.h"

#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "run/prog.h"
#include "run/symbol.h"

enum {
	NO_ACTION,
	REGISTER,
	UNREGISTER
};

/* The next three are laid out and named as GDB's manual says. */
struct jit_code_entry {
	struct jit_code_entry *next, *prev;
	const void *symfile_addr;
	uint64_t symfile_size;
};

struct jit_descriptor {
	uint32_t version;
	uint32_t action_flag;
	struct jit_code_entry *relevant_entry;
	struct jit_code_entry *first_entry;
};

void __jit_debug_register_code(void);
extern struct jit_descriptor __jit_debug_descriptor;

struct jit_descriptor __jit_debug_descriptor = { .version = 1 };

__attribute__((noinline)) void __jit_debug_register_code(void)
{
	__asm__ volatile("" ::: "memory");
}

enum {
	SEC_NULL,
	SEC_TEXT,
	SEC_SYMBOLS,
	SEC_STRINGS,
	N_SECTIONS
};
static const char section_names[] = "\0.text\0.symtab\0.strtab";
enum {
	NAME_TEXT = 1,
	NAME_SYMBOLS = 7,
	NAME_STRINGS = 15
};

struct file {
	struct jit_code_entry entry;
	const struct prog *prog;
	const struct jit_image *image;
	Elf64_Ehdr head; /* the ELF image begins here; symbols and strings follow the sections */
	Elf64_Shdr sections[N_SECTIONS];
	Elf64_Sym symbols[];
};

static void fill_head(struct file *f, uint32_t n_symbols, size_t strings)
{
	uint64_t symbols_at = offsetof(struct file, symbols) - offsetof(struct file, head);
	uint64_t strings_at = symbols_at + n_symbols * sizeof(Elf64_Sym);

	f->head = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = N_SECTIONS,
		.e_shstrndx = SEC_STRINGS,
	};
	f->sections[SEC_TEXT] = (Elf64_Shdr){
		.sh_name = NAME_TEXT,
		.sh_type = SHT_NOBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = (uintptr_t)f->image->code,
		.sh_size = f->image->size,
		.sh_addralign = 16,
	};
	f->sections[SEC_SYMBOLS] = (Elf64_Shdr){
		.sh_name = NAME_SYMBOLS,
		.sh_type = SHT_SYMTAB,
		.sh_offset = symbols_at,
		.sh_size = n_symbols * sizeof(Elf64_Sym),
		.sh_link = SEC_STRINGS,
		.sh_info = 1,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Sym),
	};
	f->sections[SEC_STRINGS] = (Elf64_Shdr){
		.sh_name = NAME_STRINGS,
		.sh_type = SHT_STRTAB,
		.sh_offset = strings_at,
		.sh_size = strings,
		.sh_addralign = 1,
	};
	f->entry.symfile_addr = &f->head;
	f->entry.symfile_size = strings_at + strings;
}

static struct file *file_new(struct prog *prog)
{
	const struct jit_image *image = prog_image(prog);
	uint32_t n = image->n_fns;
	size_t room = sizeof(section_names) + (size_t)n * SYMBOL_NAME;
	struct file *f = mem_alloc(sizeof(*f) + (n + 1) * sizeof(f->symbols[0]) + room);
	size_t at = sizeof(section_names);
	char *strings;

	if (!f)
		return NULL;
	f->prog = prog;
	f->image = image;
	strings = (char *)&f->symbols[n + 1];
	memcpy(strings, section_names, sizeof(section_names));
	for (uint32_t i = 0; i < n; i++) {
		struct prog_symbol s;

		prog_symbol(prog, image, i, &s);
		f->symbols[i + 1] = (Elf64_Sym){
			.st_name = (uint32_t)at,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = SEC_TEXT,
			.st_value = s.addr,
			.st_size = s.size,
		};
		strcpy(strings + at, s.name);
		at += strlen(s.name) + 1;
	}
	fill_head(f, n + 1, at);
	return f;
}

static void tell(uint32_t action, struct jit_code_entry *entry)
{
	__jit_debug_descriptor.relevant_entry = entry;
	__jit_debug_descriptor.action_flag = action;
	__jit_debug_register_code();
	__jit_debug_descriptor.action_flag = NO_ACTION;
	__jit_debug_descriptor.relevant_entry = NULL;
}

static void add(struct prog *prog)
{
	struct jit_code_entry *first = __jit_debug_descriptor.first_entry;
	struct file *f = file_new(prog);

	if (!f)
		return;
	f->entry.next = first;
	if (first)
		first->prev = &f->entry;
	__jit_debug_descriptor.first_entry = &f->entry;
	tell(REGISTER, &f->entry);
}

static void drop_entry(struct jit_code_entry *e)
{
	if (e->next)
		e->next->prev = e->prev;
	if (e->prev)
		e->prev->next = e->next;
	else
		__jit_debug_descriptor.first_entry = e->next;
	tell(UNREGISTER, e);
	mem_free(e);
}

/* All its images.  An entry is the first member of its file. */
static void drop(const struct prog *prog)
{
	struct jit_code_entry *e = __jit_debug_descriptor.first_entry, *next;

	for (; e; e = next) {
		next = e->next;
		if (((struct file *)e)->prog == prog)
			drop_entry(e);
	}
}

void agent_gdb_on_code(void *unused, struct prog *prog, bool gone)
{
	(void)unused;
	if (gone)
		drop(prog);
	else
		add(prog);
}
