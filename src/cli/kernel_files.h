/* SPDX-License-Identifier: BSD-2-Clause */
/* Which kernel is judged for?  Files of its types, as --btf names them: its own, then its modules'.
 */
#ifndef CLI_KERNEL_FILES_H
#define CLI_KERNEL_FILES_H

struct ring3;

enum {
	KERNEL_FILES = 64
};

struct kernel_files {
	int n;
	const char *path[KERNEL_FILES];
	int n_open, fd[KERNEL_FILES]; /* they are read when they are needed */
};

/* Tells the runtime of them; an exit code, printed why. */
int kernel_files_open(struct kernel_files *files, struct ring3 *rt);
void kernel_files_close(struct kernel_files *files);

#endif
