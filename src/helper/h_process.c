/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that say who runs: process, thread, user, group. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/os.h"
#include "base/own.h"
#include "helper/bodies.h"
#include "helper/bytes.h"

enum {
	COMM_LEN = 16,
	MAX_SIGNAL = 64
};

/* Who this thread is, once it asked. */
struct who {
	uint32_t pid, tid;
};
static OWN_VAR struct who own_who;
#define self OWN(own_who)

/* Not 0: a vfork()ed child may be using this thread's memory. */
static OWN_VAR uint32_t own_lent;

void process_is_lent(bool lent)
{
	uint32_t *n = &OWN(own_lent);

	if (lent || *n)
		*n += lent ? 1 : -1u;
}

static OWN_VAR uint64_t own_random;

static void forget_self(void)
{
	self.pid = self.tid = 0;
	OWN(own_lent) = 0;
}

/* A forked child is somebody else. */
__attribute__((constructor)) static void register_fork(void)
{
	pthread_atfork(NULL, NULL, forget_self);
}

static uint64_t sys(long nr, uint64_t a, uint64_t b)
{
	return (uint64_t)os_syscall(nr, (long)a, (long)b, 0, 0, 0, 0);
}

BODY(get_current_pid_tgid)
{
	if (OWN(own_lent))
		return sys(SYS_getpid, 0, 0) << 32 | (uint32_t)sys(SYS_gettid, 0, 0);
	if (!self.pid) {
		self.tid = (uint32_t)sys(SYS_gettid, 0, 0);
		self.pid = (uint32_t)sys(SYS_getpid, 0, 0);
	}
	return (uint64_t)self.pid << 32 | self.tid;
}

/* The process may change its user at any time and tells nobody: this is a system call. */
BODY(get_current_uid_gid)
{
	return sys(SYS_getgid, 0, 0) << 32 | (uint32_t)sys(SYS_getuid, 0, 0);
}

BODY(get_current_comm)
{
	char comm[COMM_LEN];
	uint64_t n = r2 < COMM_LEN ? r2 : COMM_LEN;

	bytes_zero((void *)r1, r2);
	if (sys(SYS_prctl, PR_GET_NAME, (uint64_t)comm))
		return ERR(EINVAL);
	bytes_copy((void *)r1, comm, n);
	((char *)r1)[n - 1] = 0;
	return 0;
}

BODY(get_ns_current_pid_tgid)
{
	struct bpf_pidns_info *info = (void *)r3;
	uint64_t both;

	bytes_zero(info, r4);
	if (r4 != sizeof(*info) || !run->env || !run->env->pid_ns_ino ||
	    r1 != run->env->pid_ns_dev || r2 != run->env->pid_ns_ino)
		return ERR(EINVAL);
	both = h_get_current_pid_tgid(0, 0, 0, 0, 0, run);
	info->pid = (uint32_t)both;
	info->tgid = (uint32_t)(both >> 32);
	return 0;
}

BODY(get_current_cgroup_id)
{
	return run->env ? run->env->cgroup_id : 0;
}

BODY(send_signal)
{
	if (!r1 || r1 > MAX_SIGNAL)
		return ERR(EINVAL);
	return sys(SYS_kill, sys(SYS_getpid, 0, 0), (uint32_t)r1);
}

BODY(send_signal_thread)
{
	if (!r1 || r1 > MAX_SIGNAL)
		return ERR(EINVAL);
	return (uint64_t)os_syscall(SYS_tgkill, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0),
				    os_gettid(), (long)r1, 0, 0, 0);
}

BODY(get_numa_node_id)
{
	unsigned int cpu, node;

	return getcpu(&cpu, &node) ? 0 : node;
}

/* Quality enough for sampling; seeded once per thread. */
BODY(get_prandom_u32)
{
	uint64_t *state = &OWN(own_random), z;

	if (!*state)
		*state = os_now_ns() ^ (uint64_t)state ^ (uint64_t)run->slot << 48;
	z = *state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)(z ^ z >> 31);
}
