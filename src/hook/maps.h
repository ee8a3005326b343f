/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is a file mapped in this process? */
#ifndef HOOK_MAPS_H
#define HOOK_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maps_row {
	uint64_t start, end, off; /* off: in the file */
	uint64_t dev, ino;
	bool exec, write;
	const char *path;
};

struct maps {
	struct maps_row *rows; /* mappings of files only */
	size_t n;
	char *text;
};

int maps_read(struct maps *ret_maps);
void maps_done(struct maps *maps);
/* Is it the file that stat() calls (dev, ino)?  Some file systems tell maps another device. */
bool maps_is_file(const struct maps_row *row, uint64_t dev, uint64_t ino);

#endif
