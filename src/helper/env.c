/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a process know of itself that helpers tell programs? */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/os.h"
#include "helper/clock.h"
#include "helper/helper.h"

enum {
	MAX_CGROUP_FILE = 64 * 1024
};

/* The id of a cgroup is the inode of its directory in the unified hierarchy. */
static uint64_t find_cgroup_id(void)
{
	char path[4096], *text = NULL, *line = NULL, *save = NULL;
	uint64_t id = 0;
	void *data = NULL;
	size_t size = 0;
	struct stat st;

	if (os_read_file("/proc/self/cgroup", MAX_CGROUP_FILE, &data, &size))
		return 0;
	text = mem_alloc(size + 1);
	if (text) {
		memcpy(text, data, size);
		line = strtok_r(text, "\n", &save);
	}
	for (; line && !id; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "0::", 3))
			continue;
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
		if (!stat(path, &st))
			id = st.st_ino;
	}
	mem_free(text);
	mem_free(data);
	return id;
}

void helper_env_init(struct helper_env *env)
{
	struct stat st;

	env->cgroup_id = find_cgroup_id();
	env->clock_follows = clock_can_follow();
	if (stat("/proc/self/ns/pid", &st))
		return;

	env->pid_ns_dev = st.st_dev;
	env->pid_ns_ino = st.st_ino;
}
