/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is a file mapped in this process? */
#ifndef HOOK_MAPS_H
#define HOOK_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct maps_row {
	uint64_t start, end, off; /* off: in the file */
	uint64_t dev, ino;
	bool exec, write;
	bool text; /* private, to be read and executed */
	const char *path;
};

struct maps {
	struct maps_row *rows; /* mappings of files only; what continues a row is part of it */
	size_t n;
	char *text;
};

int maps_read(struct maps *ret_maps);
void maps_done(struct maps *maps);
/* Notes what is mapped in DIR/maps.PID, in the form of /proc/PID/maps, for those who want to know
 * when the process is gone.  dir_fd: of that directory, or AT_FDCWD and dir is its name. */
enum {
	MAPS_NAME = 64
};
bool maps_pid_of(const char *name, pid_t *ret_pid);
void maps_name(char name[static MAPS_NAME], pid_t pid);
int maps_note(const struct maps *maps, int dir_fd, const char *dir, pid_t pid);
/* Forgets processes that have ended. */
void maps_forget_dead(const char *dir);
/* Is it the file that stat() calls (dev, ino)?  Some file systems tell maps another device. */
bool maps_is_file(const struct maps_row *row, uint64_t dev, uint64_t ino);

#endif
