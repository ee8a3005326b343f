/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a program attached, moved to another program, and taken off? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/join.h"
#include "abi/perf.h"
#include "base/alloc.h"
#include "map/map.h"
#include "run/link.h"
#include "run/prog.h"

static int open_link_fd(struct ring3 *rt, int fd, struct link **ret_link)
{
	enum store_kind kind;
	uint32_t id;
	int err = rt_identify(rt, fd, &kind, &id);

	if (err)
		return err;
	return kind == STORE_LINK ? link_open_id(rt->store, id, ret_link) : -EINVAL;
}

static bool is_kprobe(const struct prog *p)
{
	return p->type->type == BPF_PROG_TYPE_KPROBE;
}

static int create_perf(struct call *c, struct prog *prog)
{
	const struct ring3_attr_link_create *a = &c->attr.link_create;
	struct link_site site;
	struct link_spec spec = { .role = LINK_ROLE_PERF,
				  .prog_id = prog->id,
				  .enabled = true,
				  .sites = &site,
				  .n_sites = 1 };
	struct link *event;
	uint32_t id;
	int fd, err;

	if (a->flags)
		return -EINVAL;
	err = open_link_fd(c->rt, (int)a->target_fd, &event);
	if (err)
		return -EBADF;
	if (event->fixed.role != LINK_ROLE_EVENT)
		err = -EBADF;
	else if (prog->type->type != link_prog_type((enum link_kind)event->fixed.kind))
		err = -EINVAL;
	else if (event->file->prog_id)
		err = -EEXIST;
	site = event->sites[0];
	site.cookie = a->perf_event.bpf_cookie;
	spec.kind = (enum link_kind)event->fixed.kind;
	spec.pid = event->fixed.pid;
	spec.event_id = event->id;
	spec.path = event->fixed.path;
	if (!err)
		err = link_create(c->rt->store, &spec, &id, &fd);
	link_free(event);
	if (err)
		return err;
	perf_link_changed(c->rt, id);
	return fd;
}

static int read_sites(const struct ring3_attr_link_create *a, struct link_site *sites)
{
	int err = 0;

	for (uint32_t i = 0; i < a->uprobe_multi.cnt && !err; i++) {
		uint64_t at = 8ull * i;

		err = user_read(&sites[i].offset, a->uprobe_multi.offsets + at, 8);
		if (!err && (int64_t)sites[i].offset < 0)
			err = -EINVAL;
		if (!err && a->uprobe_multi.ref_ctr_offsets)
			err = user_read(&sites[i].ref_ctr_off, a->uprobe_multi.ref_ctr_offsets + at,
					8);
		if (!err && a->uprobe_multi.cookies)
			err = user_read(&sites[i].cookie, a->uprobe_multi.cookies + at, 8);
	}
	return err;
}

/* The order of these checks is what libbpf's probe for this kind of link relies on. */
static int create_multi(struct call *c, struct prog *prog)
{
	const struct ring3_attr_link_create *a = &c->attr.link_create;
	struct link_spec spec = { .role = LINK_ROLE_MULTI,
				  .prog_id = prog->id,
				  .enabled = true,
				  .n_sites = a->uprobe_multi.cnt };
	uint32_t flags = a->uprobe_multi.flags, id;
	struct link_site *sites = NULL;
	char path[LINK_MAX_PATH];
	int fd, err;

	if (!is_kprobe(prog) || prog->expected_attach_type != BPF_TRACE_UPROBE_MULTI)
		return -EINVAL;
	if (a->flags || flags & ~BPF_F_UPROBE_MULTI_RETURN)
		return -EINVAL;
	if (!a->uprobe_multi.path || !a->uprobe_multi.offsets || !a->uprobe_multi.cnt)
		return -EINVAL;
	if (a->uprobe_multi.cnt > LINK_MAX_SITES)
		return -E2BIG;
	if ((int32_t)a->uprobe_multi.pid < 0)
		return -EINVAL;
	err = user_string(path, a->uprobe_multi.path, sizeof(path));
	if (err)
		return err;
	if (perf_path_is_odd(path))
		return -EBADF;
	spec.kind = flags & BPF_F_UPROBE_MULTI_RETURN ? LINK_URETPROBE : LINK_UPROBE;
	spec.pid = a->uprobe_multi.pid ? (int32_t)a->uprobe_multi.pid : -1;
	if (spec.pid > 0 && perf_pid_is_dead(spec.pid))
		return -ESRCH;
	spec.path = path;
	err = join_process(c->rt, spec.pid);
	if (err)
		return err;
	sites = mem_array(spec.n_sites, sizeof(*sites));
	if (!sites)
		return -ENOMEM;
	spec.sites = sites;
	err = read_sites(a, sites);
	if (!err)
		err = link_create(c->rt->store, &spec, &id, &fd);
	mem_free(sites);
	if (err)
		return err;
	perf_link_changed(c->rt, id);
	return fd;
}

int cmd_link_create(struct call *c)
{
	const struct ring3_attr_link_create *a = &c->attr.link_create;
	struct prog *prog;
	int err = rt_prog_of_fd(c->rt, (int)a->prog_fd, &prog);

	if (err)
		return err;
	rt_sweep(c->rt, false);
	if (a->attach_type == BPF_PERF_EVENT)
		err = create_perf(c, prog);
	else if (a->attach_type == BPF_TRACE_UPROBE_MULTI)
		err = create_multi(c, prog);
	else if (a->attach_type == BPF_TRACE_KPROBE_MULTI)
		err = -EOPNOTSUPP;
	else
		err = -EINVAL;
	if (err == -EINVAL || err == -EOPNOTSUPP)
		rt_log(c->rt, RING3_LOG_INFO, "program %s: attach type %u is refused", prog->name,
		       a->attach_type);
	prog_unref(prog);
	return err;
}

int cmd_link_update(struct call *c)
{
	const union bpf_attr *a = &c->attr.k;
	struct prog *prog;
	struct link *l;
	int err;

	if (a->link_update.flags & ~(uint32_t)BPF_F_REPLACE ||
	    (!(a->link_update.flags & BPF_F_REPLACE) && a->link_update.old_prog_fd))
		return -EINVAL;
	err = open_link_fd(c->rt, (int)a->link_update.link_fd, &l);
	if (err)
		return err;
	err = rt_prog_of_fd(c->rt, (int)a->link_update.new_prog_fd, &prog);
	if (!err) {
		/* The kernel's perf and uprobe links cannot be moved either. */
		err = -EINVAL;
		prog_unref(prog);
	}
	link_free(l);
	return err;
}

int cmd_link_detach(struct call *c)
{
	struct link *l;
	int err = open_link_fd(c->rt, (int)c->attr.k.link_detach.link_fd, &l);

	if (err)
		return err;
	link_free(l);
	return -EOPNOTSUPP;
}

int cmd_iter_create(struct call *c)
{
	struct link *l;
	int err;

	if (c->attr.k.iter_create.flags)
		return -EINVAL;
	err = open_link_fd(c->rt, (int)c->attr.k.iter_create.link_fd, &l);
	if (err)
		return err;
	link_free(l);
	return -EINVAL;
}

int cmd_prog_attach(struct call *c)
{
	struct prog *prog;
	int err = rt_prog_of_fd(c->rt, (int)c->attr.k.attach_bpf_fd, &prog);

	if (err)
		return err;
	rt_log(c->rt, RING3_LOG_ERROR,
	       "program %s: attach type %u needs the kernel's cgroups or sockets", prog->name,
	       c->attr.k.attach_type);
	prog_unref(prog);
	return -EINVAL;
}

int cmd_prog_query(struct call *c)
{
	(void)c;
	return -EINVAL;
}

/* The event behind a descriptor of any process that we may look into.  ABI_ENOTSUPP: something
 * else. */
static int task_event(struct call *c, struct link **ret_event)
{
	char path[64];
	int fd, err, pid = (int)c->attr.k.task_fd_query.pid;

	snprintf(path, sizeof(path), "/proc/%d/fd/%u", pid, c->attr.k.task_fd_query.fd);
	if (perf_pid_is_dead(pid))
		return -ENOENT;
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -EBADF : -errno;
	err = open_link_fd(c->rt, fd, ret_event);
	close(fd);
	if (!err && (*ret_event)->fixed.role == LINK_ROLE_EVENT)
		return 0;
	if (!err)
		link_free(*ret_event);
	return err && err != -EBADF && err != -EINVAL ? err : -ABI_ENOTSUPP;
}

/* A program is attached to an event by ioctl(2), or through a link that names the event. */
static uint32_t event_prog(struct ring3 *rt, const struct link *event)
{
	uint32_t prog = event->file->prog_id;
	struct link *l;

	for (uint32_t id = 0; !prog && store_next_id(rt->store, STORE_LINK, id, &id) == 0;) {
		if (link_open_id(rt->store, id, &l))
			continue;
		if (l->fixed.role == LINK_ROLE_PERF && l->fixed.event_id == event->id)
			prog = l->file->prog_id;
		link_free(l);
	}
	return prog;
}

static int put_path(const union bpf_attr *a, const char *path)
{
	uint32_t room = a->task_fd_query.buf_len, len = (uint32_t)strlen(path);
	uint32_t n = len < room ? len : room - 1;
	int err;

	if (!room)
		return 0;
	err = user_write(a->task_fd_query.buf, path, n);
	if (!err)
		err = user_write(a->task_fd_query.buf + n, "", 1);
	return !err && n < len ? -ENOSPC : err;
}

static uint32_t fd_type_of(enum link_kind kind)
{
	switch (kind) {
	case LINK_UPROBE: return BPF_FD_TYPE_UPROBE;
	case LINK_URETPROBE: return BPF_FD_TYPE_URETPROBE;
	case LINK_CALL_ENTER:
	case LINK_CALL_LEAVE: return BPF_FD_TYPE_TRACEPOINT;
	case LINK_CALL_RAW_ENTER:
	case LINK_CALL_RAW_LEAVE:
	case LINK_CALL_DECIDE:
	case LINK_SAMPLE:
	case LINK_N_KINDS: break;
	}
	return BPF_FD_TYPE_RAW_TRACEPOINT;
}

int cmd_task_fd_query(struct call *c)
{
	uint32_t prog;
	struct link *l;
	int err, put;

	if (c->attr.k.task_fd_query.flags)
		return -EINVAL;
	err = task_event(c, &l);
	if (err)
		return err;
	/* As in the kernel: a clock has no name to tell. */
	if (l->fixed.kind == LINK_SAMPLE) {
		link_free(l);
		return -EOPNOTSUPP;
	}
	prog = event_prog(c->rt, l);
	err = prog ? put_path(&c->attr.k, l->fixed.path) : -ENOENT;
	if (!err || err == -ENOSPC) {
		put = CALL_PUT(c, k.task_fd_query.buf_len, (uint32_t)strlen(l->fixed.path));
		put |= CALL_PUT(c, k.task_fd_query.prog_id, prog);
		put |= CALL_PUT(c, k.task_fd_query.fd_type,
				fd_type_of((enum link_kind)l->fixed.kind));
		put |= CALL_PUT(c, k.task_fd_query.probe_offset, l->sites[0].offset);
		put |= CALL_PUT(c, k.task_fd_query.probe_addr, 0);
		err = put ? -EFAULT : err;
	}
	link_free(l);
	return err;
}

int cmd_token_create(struct call *c)
{
	(void)c;
	return -EOPNOTSUPP;
}
