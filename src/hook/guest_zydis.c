/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does an agent without a dynamic loader come by the instruction decoder, a shared library?
 * Whoever brings the agent in hands over a descriptor of the library that it uses itself; it is
 * mapped and relocated here when the first site is looked at, so that a process in which nothing
 * is attached does not pay for it.  On the agent's thread only.
 */
#include "hook/guest.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <Zydis/Zydis.h>

enum {
	MAX_SEGMENTS = 16,
	PAGE = 4096
};

/* What the library wants of libc. */
void __stack_chk_fail(void);
void __assert_fail(const char *, const char *, unsigned int, const char *);

struct library {
	char *base;
	const Elf64_Sym *symbols;
	size_t n_symbols;
	const char *strings;
	const Elf64_Rela *rela[2];
	size_t n_rela[2];
};

static struct {
	int fd;
	bool tried, ready;
	ZyanStatus (*init)(ZydisDecoder *, ZydisMachineMode, ZydisStackWidth);
	ZyanStatus (*decode)(const ZydisDecoder *, ZydisDecoderContext *, const void *, ZyanUSize,
			     ZydisDecodedInstruction *);
	ZyanStatus (*operands)(const ZydisDecoder *, const ZydisDecoderContext *,
			       const ZydisDecodedInstruction *, ZydisDecodedOperand *, ZyanU8);
	const char *(*mnemonic)(ZydisMnemonic);
} zydis = { .fd = -1 };

void guest_zydis_fd(int fd)
{
	zydis.fd = fd;
}

static uint64_t page_down(uint64_t v)
{
	return v & ~(uint64_t)(PAGE - 1);
}

static uint64_t page_up(uint64_t v)
{
	return page_down(v + PAGE - 1);
}

static bool map_segment(int fd, char *base, const Elf64_Phdr *ph)
{
	int prot = (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
		   (ph->p_flags & PF_X ? PROT_EXEC : 0);
	uint64_t from = page_down(ph->p_vaddr), file_end = ph->p_vaddr + ph->p_filesz;

	if (mmap(base + from, file_end - from, prot, MAP_PRIVATE | MAP_FIXED, fd,
		 (off_t)page_down(ph->p_offset)) == MAP_FAILED)
		return false;
	if (ph->p_memsz > ph->p_filesz && ph->p_flags & PF_W)
		memset(base + file_end, 0,
		       (page_up(file_end) < ph->p_vaddr + ph->p_memsz ? page_up(file_end)
								      : ph->p_vaddr + ph->p_memsz) -
			       file_end);
	return true;
}

static bool map_library(int fd, struct library *lib, uint64_t *ret_dynamic)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[MAX_SEGMENTS];
	uint64_t end = 0;
	void *base;

	if (pread(fd, &eh, sizeof(eh), 0) != (ssize_t)sizeof(eh) ||
	    memcmp(eh.e_ident, ELFMAG, SELFMAG) || eh.e_phnum > MAX_SEGMENTS ||
	    pread(fd, ph, eh.e_phnum * sizeof(ph[0]), (off_t)eh.e_phoff) !=
		    (ssize_t)(eh.e_phnum * sizeof(ph[0])))
		return false;
	for (int i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && ph[i].p_vaddr + ph[i].p_memsz > end)
			end = ph[i].p_vaddr + ph[i].p_memsz;
		if (ph[i].p_type == PT_DYNAMIC)
			*ret_dynamic = ph[i].p_vaddr;
	}
	base = mmap(NULL, page_up(end), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return false;
	lib->base = base;
	for (int i = 0; i < eh.e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && !map_segment(fd, lib->base, &ph[i]))
			return false;
	return *ret_dynamic != 0;
}

static void read_dynamic(struct library *lib, uint64_t at)
{
	const Elf64_Dyn *d = (const void *)(lib->base + at);

	for (; d->d_tag != DT_NULL; d++) {
		const void *p = lib->base + d->d_un.d_ptr;

		switch (d->d_tag) {
		case DT_SYMTAB: lib->symbols = p; break;
		case DT_STRTAB: lib->strings = p; break;
		case DT_RELA: lib->rela[0] = p; break;
		case DT_RELASZ: lib->n_rela[0] = d->d_un.d_val / sizeof(Elf64_Rela); break;
		case DT_JMPREL: lib->rela[1] = p; break;
		case DT_PLTRELSZ: lib->n_rela[1] = d->d_un.d_val / sizeof(Elf64_Rela); break;
		default: break;
		}
	}
	/* Linkers put the strings behind the symbols; nothing else says how many there are. */
	lib->n_symbols =
		(size_t)(lib->strings - (const char *)lib->symbols) / sizeof(lib->symbols[0]);
}

static void *find(const struct library *lib, const char *name)
{
	for (size_t i = 1; i < lib->n_symbols; i++) {
		const Elf64_Sym *s = &lib->symbols[i];

		if (s->st_shndx != SHN_UNDEF && !strcmp(lib->strings + s->st_name, name))
			return lib->base + s->st_value;
	}
	return NULL;
}

static uint64_t value_of(const struct library *lib, const Elf64_Sym *s)
{
	static const struct {
		const char *name;
		void *at;
	} ours[] = {
		{ "memcpy", (void *)(uintptr_t)memcpy },
		{ "memset", (void *)(uintptr_t)memset },
		{ "strlen", (void *)(uintptr_t)strlen },
		{ "__assert_fail", (void *)(uintptr_t)__assert_fail },
		{ "__stack_chk_fail", (void *)(uintptr_t)__stack_chk_fail },
	};

	if (s->st_shndx != SHN_UNDEF)
		return (uint64_t)(uintptr_t)(lib->base + s->st_value);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(lib->strings + s->st_name, ours[i].name))
			return (uint64_t)(uintptr_t)ours[i].at;
	return 0;
}

static bool relocate(struct library *lib, const Elf64_Rela *r)
{
	uint64_t *at = (uint64_t *)(void *)(lib->base + r->r_offset);
	const Elf64_Sym *s = &lib->symbols[ELF64_R_SYM(r->r_info)];
	uint64_t value;

	switch (ELF64_R_TYPE(r->r_info)) {
	case R_X86_64_RELATIVE:
		value = (uint64_t)(uintptr_t)lib->base + (uint64_t)r->r_addend;
		break;
	case R_X86_64_64: value = value_of(lib, s) + (uint64_t)r->r_addend; break;
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT: value = value_of(lib, s); break;
	default: return false;
	}
	*at = value;
	return true;
}

static bool load(void)
{
	struct library lib = { 0 };
	uint64_t dynamic = 0;

	if (!map_library(zydis.fd, &lib, &dynamic))
		return false;
	read_dynamic(&lib, dynamic);
	for (int t = 0; t < 2; t++)
		for (size_t i = 0; i < lib.n_rela[t]; i++)
			if (!relocate(&lib, &lib.rela[t][i]))
				return false;
	*(void **)&zydis.init = find(&lib, "ZydisDecoderInit");
	*(void **)&zydis.decode = find(&lib, "ZydisDecoderDecodeInstruction");
	*(void **)&zydis.operands = find(&lib, "ZydisDecoderDecodeOperands");
	*(void **)&zydis.mnemonic = find(&lib, "ZydisMnemonicGetString");
	return zydis.init && zydis.decode && zydis.operands && zydis.mnemonic;
}

static bool is_ready(void)
{
	if (!zydis.tried) {
		zydis.tried = true;
		zydis.ready = load();
	}
	return zydis.ready;
}

ZyanStatus ZydisDecoderInit(ZydisDecoder *decoder, ZydisMachineMode mode, ZydisStackWidth width)
{
	return is_ready() ? zydis.init(decoder, mode, width) : ZYAN_STATUS_FAILED;
}

ZyanStatus ZydisDecoderDecodeInstruction(const ZydisDecoder *decoder, ZydisDecoderContext *context,
					 const void *buffer, ZyanUSize length,
					 ZydisDecodedInstruction *instruction)
{
	return is_ready() ? zydis.decode(decoder, context, buffer, length, instruction)
			  : ZYAN_STATUS_FAILED;
}

ZyanStatus ZydisDecoderDecodeOperands(const ZydisDecoder *decoder,
				      const ZydisDecoderContext *context,
				      const ZydisDecodedInstruction *instruction,
				      ZydisDecodedOperand *operands, ZyanU8 operand_count)
{
	return is_ready() ? zydis.operands(decoder, context, instruction, operands, operand_count)
			  : ZYAN_STATUS_FAILED;
}

const char *ZydisMnemonicGetString(ZydisMnemonic mnemonic)
{
	return is_ready() ? zydis.mnemonic(mnemonic) : NULL;
}
