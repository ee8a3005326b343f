/* SPDX-License-Identifier: BSD-2-Clause */
/* How do programs come to tracepoints: by perf_event_open(2), by BPF_RAW_TRACEPOINT_OPEN? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/calls.h"
#include "abi/join.h"
#include "abi/perf.h"
#include "abi/tracepoint.h"
#include "run/link.h"
#include "run/prog.h"

enum {
	RAW_COOKIE = 16 /* in the command's attribute; younger than our linux/bpf.h */
};

static uint64_t site_nr(uint32_t nr)
{
	return nr == CALLS_ANY ? LINK_ANY_CALL : nr;
}

int tracepoint_open(struct ring3 *rt, uint64_t id, int pid, int cpu, bool enabled)
{
	struct link_site site = { 0 };
	struct link_spec spec = { .role = LINK_ROLE_EVENT,
				  .pid = pid == 0 ? getpid() : pid,
				  .enabled = enabled,
				  .sites = &site,
				  .n_sites = 1 };
	struct call_event event;
	uint32_t link_id;
	char name[96];
	int fd, err;

	if (pid < 0 && cpu < 0)
		return -EINVAL;
	if (pid > 0 && perf_pid_is_dead(pid))
		return -ESRCH;
	if (!calls_event_of_id(id, &event)) {
		rt_log(rt, RING3_LOG_ERROR,
		       "tracepoint %llu is not of a system call: only the kernel has it",
		       (unsigned long long)id);
		return -EOPNOTSUPP;
	}
	calls_full_name(&event, name, sizeof(name));
	spec.kind = event.exit ? LINK_CALL_LEAVE : LINK_CALL_ENTER;
	spec.path = name;
	if (spec.pid < 0 && rt->only_pid)
		spec.pid = rt->only_pid;
	site.offset = site_nr(event.nr);
	err = join_process(rt, spec.pid);
	if (!err)
		err = link_create(rt->store, &spec, &link_id, &fd);
	return err ? err : fd;
}

static int raw_kind(const struct prog *prog, const char *name, enum link_kind *ret_kind,
		    uint32_t *ret_nr)
{
	bool decides = prog->type->type == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE;
	struct call_event event;

	if (!calls_event_of_name("raw_syscalls", name, &event) &&
	    !(decides && calls_event_of_name("syscalls", name, &event)))
		return -ENOENT;
	*ret_nr = event.nr;
	if (decides)
		*ret_kind = LINK_CALL_DECIDE;
	else
		*ret_kind = event.exit ? LINK_CALL_RAW_LEAVE : LINK_CALL_RAW_ENTER;
	return decides && event.exit ? -EINVAL : 0;
}

static int open_raw(struct call *c, struct prog *prog)
{
	struct link_site site = { 0 };
	struct link_spec spec = { .role = LINK_ROLE_RAW,
				  .prog_id = prog->id,
				  .pid = c->rt->only_pid ? c->rt->only_pid : -1,
				  .enabled = true,
				  .sites = &site,
				  .n_sites = 1 };
	uint32_t nr, id;
	char name[128];
	int fd, err;

	err = user_string(name, c->attr.k.raw_tracepoint.name, sizeof(name));
	if (err)
		return err;
	err = raw_kind(prog, name, &spec.kind, &nr);
	if (err == -ENOENT)
		rt_log(c->rt, RING3_LOG_ERROR,
		       "raw tracepoint %s is not of system calls: only the kernel has it", name);
	if (err)
		return err;
	site.offset = site_nr(nr);
	memcpy(&site.cookie, c->attr.raw + RAW_COOKIE, sizeof(site.cookie));
	spec.path = name;
	err = join_process(c->rt, spec.pid);
	if (!err)
		err = link_create(c->rt->store, &spec, &id, &fd);
	if (err)
		return err;
	perf_link_changed(c->rt, id);
	return fd;
}

int cmd_raw_tp_open(struct call *c)
{
	struct prog *prog;
	int err = rt_prog_of_fd(c->rt, (int)c->attr.k.raw_tracepoint.prog_fd, &prog);

	if (err)
		return err;
	rt_sweep(c->rt, false);
	if (prog->type->type != BPF_PROG_TYPE_RAW_TRACEPOINT &&
	    prog->type->type != BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE)
		err = -EINVAL;
	else
		err = open_raw(c, prog);
	prog_unref(prog);
	return err;
}
