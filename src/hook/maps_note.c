/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What had a process mapped that is gone?  Each agent whose programs look at stacks notes it in the
 * runtime directory; whoever shows addresses there reads it, and tidies up.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hook/maps.h"

static const char prefix[] = "maps.";

void maps_name(char name[static MAPS_NAME], pid_t pid)
{
	snprintf(name, MAPS_NAME, "%s%d", prefix, (int)pid);
}

bool maps_pid_of(const char *name, pid_t *ret_pid)
{
	char *end;
	long pid;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return false;
	pid = strtol(name + sizeof(prefix) - 1, &end, 10);
	*ret_pid = (pid_t)pid;
	return pid > 0 && pid <= INT_MAX && !*end;
}

static int note_row(int fd, const struct maps_row *row)
{
	char line[PATH_MAX + 160];
	int n = snprintf(line, sizeof(line),
			 "%" PRIx64 "-%" PRIx64 " r%c%cp %08" PRIx64 " %02x:%02x %" PRIu64 " %s\n",
			 row->start, row->end, row->write ? 'w' : '-', row->exec ? 'x' : '-',
			 row->off, major(row->dev), minor(row->dev), row->ino, row->path);

	if (n >= (int)sizeof(line))
		return 0;
	return write(fd, line, (size_t)n) == n ? 0 : -EIO;
}

/* Whole or not at all. */
int maps_note(const struct maps *maps, int dir_fd, const char *dir, pid_t pid)
{
	int at = openat(dir_fd, dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC), fd, err = 0;
	char name[MAPS_NAME], fresh[MAPS_NAME + 8];

	if (at < 0)
		return -errno;
	maps_name(name, pid);
	snprintf(fresh, sizeof(fresh), "%s.new", name);
	fd = openat(at, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		err = -errno;
	for (size_t i = 0; !err && i < maps->n; i++)
		err = note_row(fd, &maps->rows[i]);
	if (fd >= 0)
		close(fd);
	if (!err && renameat(at, fresh, at, name))
		err = -errno;
	close(at);
	return err;
}

void maps_forget_dead(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid;

		if (maps_pid_of(e->d_name, &pid) && kill(pid, 0) && errno == ESRCH)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}
