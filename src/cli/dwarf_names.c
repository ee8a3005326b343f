/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the source call the value in a register?  See dwarf_names.h.
 *
 * Objects are relocatable, and their debug sections are read as they are: BPF's relocations keep
 * the addends in place, and all of them name sections that begin at 0, so there is nothing to add.
 */
#include "cli/dwarf_names.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAX_DEPTH = 32
};

struct dwarf_names {
	Dwarf *dwarf;
	int fd;
};

struct query {
	Dwarf_Addr pc;
	unsigned int reg;
	const char *found;
};

struct dwarf_names *dwarf_names_open(const char *object)
{
	struct dwarf_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->fd = open(object, O_RDONLY | O_CLOEXEC);
	n->dwarf = n->fd < 0 ? NULL : dwarf_begin(n->fd, DWARF_C_READ);
	if (n->dwarf)
		return n;
	dwarf_names_close(n);
	return NULL;
}

void dwarf_names_close(struct dwarf_names *names)
{
	if (!names)
		return;
	if (names->dwarf)
		dwarf_end(names->dwarf);
	if (names->fd >= 0)
		close(names->fd);
	free(names);
}

/* The register alone, or its value with nothing but conversions behind it. */
static bool is_in(const Dwarf_Op *op, size_t n, unsigned int reg)
{
	size_t k;

	if (!n)
		return false;
	if (n == 1 && op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		return op->atom == DW_OP_reg0 + reg;
	if (op->atom < DW_OP_breg0 || op->atom > DW_OP_breg31 || op->atom != DW_OP_breg0 + reg ||
	    op->number || n < 2 || op[n - 1].atom != DW_OP_stack_value)
		return false;
	for (k = 1; k + 1 < n; k++)
		if (op[k].atom != DW_OP_convert)
			return false;
	return true;
}

static void try_variable(Dwarf_Die *die, struct query *q)
{
	Dwarf_Attribute attr;
	Dwarf_Op *op;
	size_t n;
	const char *name = dwarf_diename(die);

	if (!name || !dwarf_attr(die, DW_AT_location, &attr) ||
	    dwarf_getlocation_addr(&attr, q->pc, &op, &n, 1) != 1)
		return;
	/* Of several names for one value the latest declared: it says the most. */
	if (is_in(op, n, q->reg))
		q->found = name;
}

static void search(Dwarf_Die *parent, struct query *q, int depth)
{
	Dwarf_Die die;

	if (depth > MAX_DEPTH || dwarf_child(parent, &die) != 0)
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
			try_variable(&die, q);
		else if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine) &&
			 dwarf_haspc(&die, q->pc) == 1)
			search(&die, q, depth + 1);
	} while (dwarf_siblingof(&die, &die) == 0);
}

static bool find_function(Dwarf *dwarf, const char *function, Dwarf_Die *ret)
{
	Dwarf_Off off = 0, next;
	size_t header;

	while (dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die cu, die;
		Dwarf_Addr low;

		if (dwarf_offdie(dwarf, off + header, &cu) && dwarf_child(&cu, &die) == 0) {
			do {
				const char *name = dwarf_tag(&die) == DW_TAG_subprogram
							   ? dwarf_diename(&die)
							   : NULL;

				if (name && !strcmp(name, function) &&
				    dwarf_lowpc(&die, &low) == 0) {
					*ret = die;
					return true;
				}
			} while (dwarf_siblingof(&die, &die) == 0);
		}
		off = next;
	}
	return false;
}

bool dwarf_names_find(void *names, const char *function, uint32_t insn, unsigned int reg, char *buf,
		      size_t size)
{
	struct dwarf_names *n = names;
	struct query q = { .reg = reg };
	Dwarf_Addr low;
	Dwarf_Die die;
	size_t len;

	if (!find_function(n->dwarf, function, &die) || dwarf_lowpc(&die, &low) != 0)
		return false;
	q.pc = low + (Dwarf_Addr)insn * 8;
	search(&die, &q, 0);
	len = q.found ? strlen(q.found) : 0;
	if (!len || len >= size)
		return false;
	memcpy(buf, q.found, len + 1);
	return true;
}
