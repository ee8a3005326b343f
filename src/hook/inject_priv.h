/* SPDX-License-Identifier: BSD-2-Clause */
/* What inject*.c share; nobody else includes it. */
#ifndef HOOK_INJECT_PRIV_H
#define HOOK_INJECT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"
#include "hook/inject.h"

/* A process while the agent is brought in. */
struct inject {
	const struct inject_opts *opts;
	struct text *why;
	int mem;            /* /proc/PID/mem */
	uint64_t vdso_end;  /* of the mapping */
	uint64_t room;      /* free bytes in front of it */
	uint64_t stub;      /* where it is */
	uint64_t page;      /* struct stub_page */
	pid_t thread;       /* the one that was made, as we see it; 0: none yet */
	pid_t inner_thread; /* as it sees itself */
	bool began;         /* it is an agent already */
	bool judged;        /* and refused for its filters, which why says */
	uint64_t begin_ns;
	uint32_t at_rest; /* looks that found nothing running, when it was late */
};

/* Has it had its time?  Not while the thread, or with 0 one of its threads, waits for a processor,
 * which on a loaded machine may take longer than anything it does; *end moves on then. */
bool inject_is_late(struct inject *in, pid_t tid, uint64_t *end);

/* inject_check.c: may and can it be done?  0, or negative errno with the reason in why. */
int inject_check(struct inject *in);
/* Would the seccomp filters of a stopped thread bear an agent? */
int inject_judge(struct inject *in, pid_t tid);
/* Why PTRACE_SEIZE was refused. */
int inject_explain(struct inject *in, int err);
/* A number of /proc/PID/status, or of one of its threads' (tid 0: the process).  ~0: no such. */
uint64_t inject_status(pid_t pid, pid_t tid, const char *name, int base);
/* First letter of a thread's state; 0: it is gone. */
char inject_state(pid_t pid, pid_t tid);

/* inject_thread.c: sends one thread of the process through the stub, or finds what an earlier
 * attempt left there that was cut off. */
int inject_send(struct inject *in);

enum inject_stop {
	STOP_OURS,  /* where we wanted it */
	STOP_GROUP, /* the process was stopped by a signal */
	STOP_GONE,
	STOP_NEVER
};
/* Stops a thread that is seized. */
enum inject_stop inject_stop(struct inject *in, pid_t tid);
/* A signal waits for it, which it does not have blocked. */
bool inject_has_signal(struct inject *in, pid_t tid);
struct user_regs_struct;
/* Registers with which a stopped thread goes on as it would without us. */
void inject_settle_call(struct inject *in, struct user_regs_struct *r);

/* inject_masks.c: no thread has the signals blocked for good by which it survives a patch under
 * way, as far as that can be had: 0.  On a thread that ends soon. */
int inject_unblock(struct inject *in);

/* inject_remote.c: with the thread that came of it. */
int remote_read(struct inject *in, uint64_t addr, void *buf, size_t size);
int remote_write(struct inject *in, uint64_t addr, const void *buf, size_t size);
int remote_call(struct inject *in, long nr, const uint64_t args[6], int64_t *ret_result);
int remote_go(struct inject *in, uint64_t rsp, uint64_t rip);
/* Hands descriptors over; ret_fds are the thread's numbers for them. */
int remote_give(struct inject *in, const int *fds, int n, int *ret_fds);

#endif
