/* SPDX-License-Identifier: BSD-2-Clause */
/* What are perf_event_open(2) and its ioctl(2) here? */
#include "abi/perf.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/join.h"
#include "abi/tracepoint.h"
#include "base/alloc.h"
#include "base/os.h"
#include "hook/hook.h"
#include "run/link.h"
#include "run/prog.h"

#define CLOCK_NS 1000000000ull

bool perf_pid_is_dead(pid_t pid)
{
	return pid > 0 && kill(pid, 0) && errno == ESRCH;
}

bool perf_path_is_odd(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

uint32_t perf_uprobe_type(void)
{
	void *text;
	size_t size;
	uint32_t type = PERF_OWN_UPROBE_TYPE;

	if (os_read_file("/sys/bus/event_source/devices/uprobe/type", 64, &text, &size) == 0) {
		char buf[16] = "";

		memcpy(buf, text, size < sizeof(buf) ? size : sizeof(buf) - 1);
		type = (uint32_t)strtoul(buf, NULL, 10);
		mem_free(text);
	}
	return type;
}

static int open_uprobe(struct ring3 *rt, const struct perf_event_attr *a, int pid, int cpu)
{
	struct link_site site = { .offset = a->config2, .ref_ctr_off = a->config >> 32 };
	struct link_spec spec = { .kind = a->config & 1 ? LINK_URETPROBE : LINK_UPROBE,
				  .role = LINK_ROLE_EVENT,
				  .pid = pid == 0 ? getpid() : pid,
				  .enabled = !a->disabled,
				  .sites = &site,
				  .n_sites = 1 };
	char path[LINK_MAX_PATH];
	uint32_t id;
	int fd, err;

	if (hook_refusal())
		return -EOPNOTSUPP;
	if (pid < 0 && cpu < 0)
		return -EINVAL;
	if (pid > 0 && perf_pid_is_dead(pid))
		return -ESRCH;
	err = user_string(path, a->config1, sizeof(path));
	if (err)
		return err;
	if (!path[0] || (int64_t)site.offset < 0)
		return -EINVAL;
	spec.path = path;
	err = perf_path_is_odd(path) ? 0 : join_process(rt, spec.pid);
	if (err)
		return err;
	err = link_create(rt->store, &spec, &id, &fd);
	return err ? err : fd;
}

static const char cpu_clock[] = "cpu-clock", task_clock[] = "task-clock";

uint64_t perf_clock_config(const char *name)
{
	return strcmp(name, cpu_clock) ? PERF_COUNT_SW_TASK_CLOCK : PERF_COUNT_SW_CPU_CLOCK;
}

/* A time on a CPU, of all threads of a process: what counts them is a timer of ours. */
static int open_clock(struct ring3 *rt, const struct perf_event_attr *a, int pid, int cpu)
{
	struct link_site site = { .ref_ctr_off = cpu < 0 ? 0 : (uint64_t)cpu + 1 };
	struct link_spec spec = { .kind = LINK_SAMPLE,
				  .role = LINK_ROLE_EVENT,
				  .pid = pid == 0 ? getpid() : pid,
				  .enabled = !a->disabled,
				  .path = a->config == PERF_COUNT_SW_CPU_CLOCK ? cpu_clock
									       : task_clock,
				  .sites = &site,
				  .n_sites = 1 };
	uint32_t id;
	int fd, err;

	if (hook_refusal())
		return -EOPNOTSUPP;
	if ((pid < 0 && cpu < 0) || !a->sample_period || a->sample_period > INT64_MAX)
		return -EINVAL;
	/* Tools are shown a CPU for each slot. */
	if (cpu >= 0 && (uint32_t)cpu >= rt->n_cpus && (uint32_t)cpu >= rt->n_slots)
		return -ENODEV;
	if (pid > 0 && perf_pid_is_dead(pid))
		return -ESRCH;
	site.offset = a->freq ? CLOCK_NS / a->sample_freq : a->sample_period;
	site.offset = site.offset < LINK_MIN_PERIOD ? LINK_MIN_PERIOD : site.offset;
	if (spec.pid < 0 && rt->only_pid)
		spec.pid = rt->only_pid;
	err = join_process(rt, spec.pid);
	if (!err)
		err = link_create(rt->store, &spec, &id, &fd);
	return err ? err : fd;
}

/* The ring's size is known when the reader maps it. */
static int open_output(struct ring3 *rt, int pid, int cpu)
{
	uint32_t id;
	int fd, err;

	if (pid != -1 || cpu < 0)
		return -EINVAL;
	if ((uint32_t)cpu >= rt->n_slots)
		return -ENODEV;
	err = store_create(rt->store, STORE_RING, &id, &fd);
	if (err)
		return err;
	err = store_publish(rt->store, STORE_RING, id, fd);
	if (err)
		close(fd);
	return err ? err : fd;
}

int perf_open(struct ring3 *rt, uint64_t attr, int pid, int cpu, int group_fd, unsigned long flags)
{
	struct perf_event_attr a = { 0 };
	uint32_t size = 0;

	(void)group_fd;
	(void)flags;
	if (user_read(&size, attr + offsetof(struct perf_event_attr, size), sizeof(size)))
		return -EFAULT;
	if (!size)
		size = PERF_ATTR_SIZE_VER0;
	if (user_read(&a, attr, size < sizeof(a) ? size : sizeof(a)))
		return -EFAULT;
	rt_sweep(rt, false);
	if (a.type == PERF_TYPE_SOFTWARE && a.config == PERF_COUNT_SW_BPF_OUTPUT)
		return open_output(rt, pid, cpu);
	if (a.type == PERF_TYPE_SOFTWARE &&
	    (a.config == PERF_COUNT_SW_CPU_CLOCK || a.config == PERF_COUNT_SW_TASK_CLOCK))
		return open_clock(rt, &a, pid, cpu);
	if (a.type == perf_uprobe_type())
		return open_uprobe(rt, &a, pid, cpu);
	if (a.type == PERF_TYPE_TRACEPOINT)
		return tracepoint_open(rt, a.config, pid, cpu, !a.disabled);
	return PERF_NOT_OURS;
}

void perf_link_changed(struct ring3 *rt, uint32_t id)
{
	if (rt->on_link)
		rt->on_link(rt, id);
	join_wait(rt, id);
}

static int set_bpf(struct ring3 *rt, struct link *event, int prog_fd)
{
	struct prog *prog;
	int err = rt_prog_of_fd(rt, prog_fd, &prog);

	if (err)
		return err;
	if (prog->type->type != link_prog_type((enum link_kind)event->fixed.kind))
		err = -EINVAL;
	else if (event->file->prog_id)
		err = -EEXIST;
	else
		link_set_prog(rt->store, event, prog->id);
	if (!err)
		perf_link_changed(rt, event->id);
	prog_unref(prog);
	return err;
}

/* The links made from an event go on and off with it. */
static void switch_event(struct ring3 *rt, struct link *event, bool on)
{
	struct link *l;

	link_set_enabled(rt->store, event, on);
	for (uint32_t id = 0; store_next_id(rt->store, STORE_LINK, id, &id) == 0;) {
		if (link_open_id(rt->store, id, &l))
			continue;
		if (l->fixed.role == LINK_ROLE_PERF && l->fixed.event_id == event->id) {
			link_set_enabled(rt->store, l, on);
			perf_link_changed(rt, id);
		}
		link_free(l);
	}
	if (event->file->prog_id)
		perf_link_changed(rt, event->id);
}

static int event_ioctl(struct ring3 *rt, struct link *event, unsigned long request, uint64_t arg)
{
	switch (request) {
	case PERF_EVENT_IOC_ENABLE: switch_event(rt, event, true); return 0;
	case PERF_EVENT_IOC_DISABLE: switch_event(rt, event, false); return 0;
	case PERF_EVENT_IOC_SET_BPF: return set_bpf(rt, event, (int)arg);
	default: return -ENOTTY;
	}
}

int perf_ioctl(struct ring3 *rt, int fd, unsigned long request, uint64_t arg)
{
	enum store_kind kind;
	struct link *event;
	uint32_t id;
	int err;

	err = rt_identify(rt, fd, &kind, &id);
	if (err)
		return err == -EBADF ? (int)PERF_NOT_OURS : err;
	if (kind == STORE_RING)
		return request == PERF_EVENT_IOC_ENABLE || request == PERF_EVENT_IOC_DISABLE
			       ? 0
			       : -ENOTTY;
	if (kind != STORE_LINK)
		return -ENOTTY;
	err = link_open_id(rt->store, id, &event);
	if (err)
		return err;
	err = event->fixed.role == LINK_ROLE_EVENT ? event_ioctl(rt, event, request, arg) : -ENOTTY;
	link_free(event);
	return err;
}
