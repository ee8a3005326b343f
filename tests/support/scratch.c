/* SPDX-License-Identifier: BSD-2-Clause */
/* Where does a test program put its runtime directory?  Its name tells whose it is, so that the
 * next test clears up after one that was killed. */
#include "support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHM "/dev/shm"

static char made[64];
static pid_t maker;

static void remove_tree(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void drop(void)
{
	if (getpid() == maker)
		remove_tree(made);
}

static void clear_up_after_the_dead(void)
{
	DIR *d = opendir(SHM);
	char path[300];
	struct dirent *e;
	struct stat st;
	int pid;

	while (d && (e = readdir(d))) {
		if (sscanf(e->d_name, "ring3-test-%d-", &pid) != 1 || !kill(pid, 0) ||
		    errno != ESRCH)
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    st.st_uid != geteuid())
			continue;
		snprintf(path, sizeof(path), SHM "/%s", e->d_name);
		remove_tree(path);
	}
	if (d)
		closedir(d);
}

int scratch_make(char *path, size_t size)
{
	clear_up_after_the_dead();
	snprintf(made, sizeof(made), SHM "/ring3-test-%d-XXXXXX", (int)getpid());
	maker = getpid();
	if (!mkdtemp(made) || atexit(drop))
		return -1;
	return snprintf(path, size, "%s", made) < (int)size ? 0 : -1;
}
