/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do loaders find in /sys?  The few files that tell how many CPUs there are (execution slots,
 * here), how to open a uprobe event and which id a tracepoint of a system call has, and
 * /sys/fs/bpf, which is the runtime directory's pin/. And in /proc/PID/fd: what kind of object a
 * descriptor is.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/bind.h"
#include "abi/calls.h"
#include "abi/perf.h"
#include "abi/preload.h"
#include "base/os.h"
#include "base/text.h"
#include "ring3/ring3.h"
#include "run/link.h"
#include "run/rt.h"

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

static const char bpffs[] = "/sys/fs/bpf";
static const char uprobe_dir[] = "/sys/bus/event_source/devices/uprobe/";

enum {
	TEXT_MAX = 1024 /* of a file with our own text */
};

static long answer(long ret)
{
	if (ret >= 0)
		return ret;
	errno = (int)-ret;
	return -1;
}

/* --- files with our own text --- */

static bool exists(const char *path)
{
	return os_syscall(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0, 0, 0) == 0;
}

/* As the kernel's, but for the arguments' names. */
static void put_format(const struct call_event *event, const char *name, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	text_add(&t,
		 "name: %s\nID: %llu\nformat:\n"
		 "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		 "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		 "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		 "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		 "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n",
		 name, (unsigned long long)calls_id(event));
	if (event->exit)
		text_add(&t, "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n");
	for (int i = 0; i < 6 && !event->exit; i++)
		text_add(&t, "\tfield:unsigned long arg%d;\toffset:%d;\tsize:8;\tsigned:0;\n", i,
			 16 + 8 * i);
	text_add(&t, "\nprint fmt: \"\"\n");
}

/* What tracefs has of a system call's tracepoint: our id, whatever the kernel says of its own. */
static bool call_text(const char *path, char *buf, size_t size)
{
	static const char *const mounts[] = { "/sys/kernel/tracing/events/",
					      "/sys/kernel/debug/tracing/events/" };
	char category[32], name[64], what[8];
	struct call_event event;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		size_t n = strlen(mounts[i]);

		if (strncmp(path, mounts[i], n) ||
		    sscanf(path + n, "%31[^/]/%63[^/]/%7s", category, name, what) != 3 ||
		    !calls_event_of_name(category, name, &event))
			continue;
		if (!strcmp(what, "format") && !exists(path)) {
			put_format(&event, name, buf, size);
			return true;
		}
		if (strcmp(what, "id"))
			return false;
		snprintf(buf, size, "%llu\n", (unsigned long long)calls_id(&event));
		return true;
	}
	return false;
}

/* The text of a file of ours, or false. */
static bool text_of(const char *path, char *buf, size_t size)
{
	struct ring3 *rt;

	if (!strcmp(path, "/sys/devices/system/cpu/possible") ||
	    !strcmp(path, "/sys/devices/system/cpu/online")) {
		rt = preload_runtime(true);
		if (!rt)
			return false;
		snprintf(buf, size, "0-%u\n", rt->n_slots - 1);
		return true;
	}
	if (call_text(path, buf, size))
		return true;
	if (strncmp(path, uprobe_dir, sizeof(uprobe_dir) - 1) || exists(path))
		return false;
	path += sizeof(uprobe_dir) - 1;
	if (!strcmp(path, "type"))
		snprintf(buf, size, "%d\n", PERF_OWN_UPROBE_TYPE);
	else if (!strcmp(path, "format/retprobe"))
		snprintf(buf, size, "config:0\n");
	else if (!strcmp(path, "format/ref_ctr_offset"))
		snprintf(buf, size, "config:32-63\n");
	else
		return false;
	return true;
}

static long open_text(const char *text)
{
	int fd = memfd_create("ring3-text", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* --- /sys/fs/bpf --- */

/* The path to use instead, in buf, or path itself. */
static const char *real_path(const char *path, char buf[static PATH_MAX])
{
	struct ring3 *rt;
	const char *dir;

	if (path && !strcmp(path, RT_KERNEL_BTF)) {
		rt = preload_runtime(false);
		return rt && rt->btf_path ? rt->btf_path : path;
	}
	if (!path || strncmp(path, bpffs, sizeof(bpffs) - 1) ||
	    (path[sizeof(bpffs) - 1] && path[sizeof(bpffs) - 1] != '/'))
		return path;
	rt = preload_runtime(true);
	dir = rt ? store_dir(rt->store) : NULL;
	if (!dir || snprintf(buf, PATH_MAX, "%s/pin%s", dir, path + sizeof(bpffs) - 1) >= PATH_MAX)
		return path;
	return buf;
}

static long do_open(int at, const char *path, int flags, mode_t mode)
{
	char buf[PATH_MAX], text[TEXT_MAX];

	if (path && path[0] == '/' && !(flags & (O_WRONLY | O_RDWR | O_DIRECTORY)) &&
	    text_of(path, text, sizeof(text)))
		return open_text(text);
	return os_syscall(SYS_openat, at, (long)real_path(path, buf), flags, mode, 0, 0);
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(ap, mode_t) : 0;
}

#define OPEN_LIKE(name, extra, at)                                  \
	RING3_API int name(extra const char *path, int flags, ...)  \
	{                                                           \
		va_list ap;                                         \
		mode_t mode;                                        \
                                                                    \
		va_start(ap, flags);                                \
		mode = mode_of(flags, ap);                          \
		va_end(ap);                                         \
		return (int)answer(do_open(at, path, flags, mode)); \
	}
#define AT_ARGUMENT int dir_fd,
OPEN_LIKE(open, , AT_FDCWD)
OPEN_LIKE(open64, , AT_FDCWD)
OPEN_LIKE(openat, AT_ARGUMENT, dir_fd)
OPEN_LIKE(openat64, AT_ARGUMENT, dir_fd)

static FILE *do_fopen(const char *name, const char *path, const char *mode)
{
	FILE *(*libc_fopen)(const char *, const char *);
	char buf[PATH_MAX], text[TEXT_MAX];
	void *sym;
	long fd;

	if (path && path[0] == '/' && mode && mode[0] == 'r' && text_of(path, text, sizeof(text))) {
		fd = open_text(text);
		return fd < 0 ? NULL : fdopen((int)fd, "r");
	}
	sym = dlsym(RTLD_NEXT, name);
	if (!sym) {
		errno = ENOSYS;
		return NULL;
	}
	memcpy(&libc_fopen, &sym, sizeof(sym));
	return libc_fopen(real_path(path, buf), mode);
}

RING3_API FILE *fopen(const char *path, const char *mode)
{
	return do_fopen("fopen", path, mode);
}

RING3_API FILE *fopen64(const char *path, const char *mode)
{
	return do_fopen("fopen64", path, mode);
}

RING3_API DIR *opendir(const char *path)
{
	char buf[PATH_MAX];
	long fd = os_syscall(SYS_openat, AT_FDCWD, (long)real_path(path, buf),
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
	DIR *d;

	if (fd < 0) {
		errno = (int)-fd;
		return NULL;
	}
	d = fdopendir((int)fd);
	if (!d)
		close((int)fd);
	return d;
}

RING3_API int mkdir(const char *path, mode_t mode)
{
	char buf[PATH_MAX];

	return (int)answer(
		os_syscall(SYS_mkdirat, AT_FDCWD, (long)real_path(path, buf), mode, 0, 0, 0));
}

RING3_API int rmdir(const char *path)
{
	char buf[PATH_MAX];

	return (int)answer(os_syscall(SYS_unlinkat, AT_FDCWD, (long)real_path(path, buf),
				      AT_REMOVEDIR, 0, 0, 0));
}

RING3_API int unlink(const char *path)
{
	char buf[PATH_MAX];

	return (int)answer(
		os_syscall(SYS_unlinkat, AT_FDCWD, (long)real_path(path, buf), 0, 0, 0, 0));
}

RING3_API int access(const char *path, int mode)
{
	char buf[PATH_MAX], text[TEXT_MAX];

	if (path[0] == '/' && text_of(path, text, sizeof(text)))
		return mode & (W_OK | X_OK) ? (int)answer(-EACCES) : 0;
	return (int)answer(
		os_syscall(SYS_faccessat, AT_FDCWD, (long)real_path(path, buf), mode, 0, 0, 0));
}

RING3_API int faccessat(int at, const char *path, int mode, int flags)
{
	char buf[PATH_MAX], text[TEXT_MAX];

	if (path[0] == '/' && text_of(path, text, sizeof(text)))
		return mode & (W_OK | X_OK) ? (int)answer(-EACCES) : 0;
	(void)flags;
	return (int)answer(
		os_syscall(SYS_faccessat, at, (long)real_path(path, buf), mode, 0, 0, 0));
}

/* Loaders ask whether a directory is a bpffs before they pin there. */
static long do_statfs(const char *path, struct statfs *st)
{
	char buf[PATH_MAX];
	const char *real = real_path(path, buf);
	long ret = os_syscall(SYS_statfs, (long)real, (long)st, 0, 0, 0, 0);

	if (!ret && real != path)
		st->f_type = BPF_FS_MAGIC;
	return ret;
}

RING3_API int statfs(const char *path, struct statfs *st)
{
	return (int)answer(do_statfs(path, st));
}

RING3_API int statfs64(const char *path, struct statfs64 *st)
{
	_Static_assert(sizeof(struct statfs) == sizeof(struct statfs64), "one layout");
	return (int)answer(do_statfs(path, (struct statfs *)(void *)st));
}

/* --- /proc/PID/fd --- */

static const char *kind_of_link(struct ring3 *rt, enum store_kind kind, uint32_t id)
{
	switch (kind) {
	case STORE_MAP: return "anon_inode:bpf-map";
	case STORE_PROG: return "anon_inode:bpf-prog";
	case STORE_LINK:
		return link_is_event(rt->store, id) ? "anon_inode:[perf_event]"
						    : "anon_inode:bpf_link";
	case STORE_BTF: return "anon_inode:btf";
	case STORE_RING: return "anon_inode:[perf_event]";
	case STORE_N_KINDS: break;
	}
	return NULL;
}

/* What the kernel would say of an object of ours, or NULL. */
static const char *kind_of_path(const char *path)
{
	struct ring3 *rt = preload_runtime(false);
	const char *name = NULL;
	enum store_kind kind;
	uint32_t id;
	int fd, before;

	before = bind_enter();
	if (before || !rt || strncmp(path, "/proc/", 6) || !strstr(path, "/fd/")) {
		bind_leave(before);
		return NULL;
	}
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && rt_identify(rt, fd, &kind, &id) == 0)
		name = kind_of_link(rt, kind, id);
	if (fd >= 0)
		close(fd);
	bind_leave(before);
	return name;
}

RING3_API ssize_t readlink(const char *restrict path, char *restrict buf, size_t size)
{
	const char *name = kind_of_path(path);
	char real[PATH_MAX];
	size_t n;

	if (!name)
		return answer(os_syscall(SYS_readlinkat, AT_FDCWD, (long)real_path(path, real),
					 (long)buf, (long)size, 0, 0));
	n = strlen(name);
	if (n > size)
		n = size;
	memcpy(buf, name, n);
	return (ssize_t)n;
}
