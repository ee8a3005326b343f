/* SPDX-License-Identifier: BSD-2-Clause */
/* Which objects are there, and how does one get a descriptor of an object one did not make? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "run/link.h"

void call_close(int fd)
{
	close(fd);
}

static int next_id(struct call *c, enum store_kind kind, uint32_t *id)
{
	if (*id >= INT32_MAX)
		return -EINVAL;
	rt_sweep(c->rt, true);
	return store_next_id(c->rt->store, kind, *id, id);
}

static int put_next_id(struct call *c, enum store_kind kind)
{
	uint32_t id = c->attr.k.start_id;
	int err = next_id(c, kind, &id);

	return err ? err : CALL_PUT(c, k.next_id, id);
}

int cmd_prog_next_id(struct call *c)
{
	return put_next_id(c, STORE_PROG);
}

int cmd_map_next_id(struct call *c)
{
	return put_next_id(c, STORE_MAP);
}

int cmd_btf_next_id(struct call *c)
{
	/* Loaders look for functions of modules so. */
	if (c->rt->only_verify)
		rt_modules_list(c->rt);
	return put_next_id(c, STORE_BTF);
}

/* Perf events lie among the links, but are no objects of bpf(2)'s. */
int cmd_link_next_id(struct call *c)
{
	int err;

	do
		err = next_id(c, STORE_LINK, &c->attr.k.start_id);
	while (!err && link_is_event(c->rt->store, c->attr.k.start_id));
	return err ? err : CALL_PUT(c, k.next_id, c->attr.k.start_id);
}

/* A descriptor that reads only is another open file: writing through it is refused by its mode. */
static int read_only(int fd)
{
	char proc[32];
	int ro;
	struct flock fl = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	ro = open(proc, O_RDONLY | O_CLOEXEC);
	if (ro >= 0 && fcntl(ro, F_OFD_SETLK, &fl)) {
		close(ro);
		ro = -1;
	}
	close(fd);
	return ro < 0 ? -ENOENT : ro;
}

static int fd_by_id(struct call *c, enum store_kind kind, uint32_t flags)
{
	int fd, err;

	rt_sweep(c->rt, true);
	err = store_open_id(c->rt->store, kind, c->attr.k.prog_id, &fd);
	if (err)
		return err;
	return flags & BPF_F_RDONLY ? read_only(fd) : fd;
}

int cmd_prog_fd_by_id(struct call *c)
{
	return fd_by_id(c, STORE_PROG, 0);
}

int cmd_map_fd_by_id(struct call *c)
{
	uint32_t flags = c->attr.k.open_flags;

	if (flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY) ||
	    flags == (BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	return fd_by_id(c, STORE_MAP, flags);
}

int cmd_btf_fd_by_id(struct call *c)
{
	return fd_by_id(c, STORE_BTF, 0);
}

int cmd_link_fd_by_id(struct call *c)
{
	if (link_is_event(c->rt->store, c->attr.k.link_id))
		return -ENOENT;
	return fd_by_id(c, STORE_LINK, 0);
}

/* --- pins --- */

enum {
	MAX_PATH = 4096
};

/* bpffs is the directory's pin/ here; the kernel's usual mount point names it too. */
static int pin_path(struct call *c, char path[static MAX_PATH], const char **ret_rel)
{
	static const char bpffs[] = "/sys/fs/bpf/";
	const char *dir = store_dir(c->rt->store);
	size_t n;
	int err;

	err = user_string(path, c->attr.obj.pathname, MAX_PATH);
	if (err)
		return err;
	if (!strncmp(path, bpffs, sizeof(bpffs) - 1)) {
		*ret_rel = path + sizeof(bpffs) - 1;
		return 0;
	}
	n = dir ? strlen(dir) : 0;
	if (dir && !strncmp(path, dir, n) && !strncmp(path + n, "/pin/", 5)) {
		*ret_rel = path + n + 5;
		return 0;
	}
	return -EPERM;
}

int cmd_obj_pin(struct call *c)
{
	char path[MAX_PATH];
	const char *rel;
	int err;

	if (c->attr.obj.file_flags || c->attr.obj.path_fd)
		return -EINVAL;
	err = pin_path(c, path, &rel);
	return err ? err : store_pin(c->rt->store, (int)c->attr.obj.bpf_fd, rel);
}

int cmd_obj_get(struct call *c)
{
	uint32_t flags = c->attr.obj.file_flags, id;
	enum store_kind kind;
	char path[MAX_PATH];
	const char *rel;
	int fd, err;

	if (c->attr.obj.bpf_fd || c->attr.obj.path_fd ||
	    flags & ~(uint32_t)(BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	err = pin_path(c, path, &rel);
	if (!err)
		err = store_pin_open(c->rt->store, rel, &kind, &id, &fd);
	if (err)
		return err;
	return flags & BPF_F_RDONLY ? read_only(fd) : fd;
}
