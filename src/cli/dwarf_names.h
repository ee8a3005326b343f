/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the source call the value in a register?  Read from the debug information that clang -g
 * leaves in an object; an object without any has no names, and that is no error.
 */
#ifndef CLI_DWARF_NAMES_H
#define CLI_DWARF_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dwarf_names;

struct dwarf_names *dwarf_names_open(const char *object); /* NULL: none to be had */
void dwarf_names_close(struct dwarf_names *names);
/* As verify_names.local: `insn` counts from the start of the function. */
bool dwarf_names_find(void *names, const char *function, uint32_t insn, unsigned int reg, char *buf,
		      size_t size);

#endif
