/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What are perf_event_open(2), its ioctl(2) and mmap(2) here?  An event on a function is a link
 * file without a program; SW_BPF_OUTPUT is a perf ring.  The descriptors are those files.
 */
#ifndef ABI_PERF_H
#define ABI_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ring3;

/* Type number of the uprobe PMU: the kernel's where it has one. */
uint32_t perf_uprobe_type(void);
enum {
	PERF_OWN_UPROBE_TYPE = 0x7575
};

/* A descriptor, negative errno, or PERF_NOT_OURS: an event for the kernel. */
enum {
	PERF_NOT_OURS = 1 << 30
};
int perf_open(struct ring3 *rt, uint64_t attr, int pid, int cpu, int group_fd, unsigned long flags);
/* 0, negative errno, or PERF_NOT_OURS. */
int perf_ioctl(struct ring3 *rt, int fd, unsigned long request, uint64_t arg);

/* Tells whoever wants to know that a link was made or changed; 0: an object that programs reach
 * through an array. */
void perf_link_changed(struct ring3 *rt, uint32_t id);
bool perf_pid_is_dead(pid_t pid);
/* Which clock of perf_event_open(2) a sampling link is of, by its name. */
uint64_t perf_clock_config(const char *name);
/* Not a path of a file that can be probed: what the kernel answers EBADF to. */
bool perf_path_is_odd(const char *path);

#endif
