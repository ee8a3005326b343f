/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What if the process gives up privileges?  To the kernel each thread has its own, and libc changes
 * those of the threads that it knows.  Ours would keep what the process no longer has, in memory
 * that the process can write: it gives up the same.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/guest.h"

enum {
	STATUS_LIMIT = 1 << 16
};

struct creds {
	unsigned long uid[3], gid[3]; /* real, effective, saved */
	uint64_t permitted, effective;
};

static const char *line_of(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? at + strlen(name) : NULL;
}

static bool ids_of(const char *at, unsigned long ret[3])
{
	char *end;

	for (int i = 0; at && i < 3; i++, at = end)
		ret[i] = strtoul(at, &end, 10);
	return at != NULL;
}

/* Of one thread, by a path below /proc. */
static bool read_creds(const char *path, struct creds *ret)
{
	const char *permitted, *effective;
	char *text, *grown;
	bool found;
	void *data;
	size_t n;

	if (os_read_file(path, STATUS_LIMIT, &data, &n))
		return false;
	text = data;
	grown = mem_grow(text, n, n + 1);
	text = grown ? grown : text;
	if (!grown)
		text[n ? n - 1 : 0] = 0;
	permitted = line_of(text, "\nCapPrm:");
	effective = line_of(text, "\nCapEff:");
	found = ids_of(line_of(text, "\nUid:"), ret->uid) &&
		ids_of(line_of(text, "\nGid:"), ret->gid) && permitted && effective;
	if (found) {
		ret->permitted = strtoull(permitted, NULL, 16);
		ret->effective = strtoull(effective, NULL, 16);
	}
	mem_free(text);
	return found;
}

static void set_caps(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].permitted = (uint32_t)(permitted >> 32 * i);
		data[i].effective = (uint32_t)(effective >> 32 * i);
		data[i].inheritable = 0;
	}
	os_syscall(SYS_capset, (long)&head, (long)data, 0, 0, 0, 0);
}

static bool has_ids_of(const struct creds *mine, const struct creds *its)
{
	return !memcmp(mine->uid, its->uid, sizeof(mine->uid)) &&
	       !memcmp(mine->gid, its->gid, sizeof(mine->gid));
}

/* One that gave up privileges for a while took them back to get these ids. */
static void take_ids(const struct creds *mine, const struct creds *its)
{
	set_caps(mine->permitted, mine->permitted);
	os_syscall(SYS_setgroups, 0, 0, 0, 0, 0, 0);
	os_syscall(SYS_setresgid, (long)its->gid[0], (long)its->gid[1], (long)its->gid[2], 0, 0, 0);
	os_syscall(SYS_setresuid, (long)its->uid[0], (long)its->uid[1], (long)its->uid[2], 0, 0, 0);
}

void guest_follow_creds(void)
{
	static struct creds followed;
	struct creds mine, its = { 0 };
	char path[64];

	/* The process as such: its first thread. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)getpid());
	if (!read_creds(path, &its) || !memcmp(&its, &followed, sizeof(its)) ||
	    !read_creds("/proc/thread-self/status", &mine))
		return;
	if (!has_ids_of(&mine, &its)) {
		take_ids(&mine, &its);
		if (!read_creds("/proc/thread-self/status", &mine))
			return;
	}
	if ((mine.permitted & ~its.permitted) || (mine.effective & ~its.effective))
		set_caps(mine.permitted & its.permitted, mine.effective & its.effective);
	else if (has_ids_of(&mine, &its))
		followed = its;
}
