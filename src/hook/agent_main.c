/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the agent live in a process that did not ask for it?  Preloaded; its constructor starts
 * one thread, waits until that has attached what is to be attached before main(), and returns.  The
 * thread has a table of descriptors of its own: the application neither sees the agent's nor can
 * close them, and forked children do not inherit them.  Whatever goes wrong here, the application
 * runs as if the agent were not there.
 *
 * The agent is a program of ours in another's process: this is its main(), with its only static.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/agent.h"
#include "hook/agent_gdb.h"
#include "hook/agent_libc.h"
#include "hook/call.h"
#include "hook/hook.h"
#include "jit/jit.h"
#include "run/engine.h"

enum {
	STUCK_MS = 5000, /* without a step of the agent's, the application is let go */
	STEP_MS = 500,   /* how often its steps are looked for */
	STEPS = 120,     /* and the application is let go in any case */
	CHILD_MS = 300,  /* a forked child that lives so long gets a runtime of its own */
	STACK = 256 * 1024,
};

static struct {
	struct agent *agent;
	pthread_mutex_t lock; /* held while hooks change; and across fork() */
	sem_t ready;
	sem_t hurry;   /* a forked child is about to lose what it needs to open the store */
	clockid_t cpu; /* that the agent's thread has had */
	char dir[4096];
	bool perf_map;
	enum jit_tier tier;
	bool jit_harden;
	bool forked; /* child whose runtime is still its parent's */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void own_descriptors(void)
{
	clockid_t cpu;

	if (!pthread_getcpuclockid(pthread_self(), &cpu))
		__atomic_store_n(&self.cpu, cpu, __ATOMIC_RELEASE);
	if (!os_syscall(SYS_unshare, 0x400 /* CLONE_FILES */, 0, 0, 0, 0, 0))
		os_syscall(SYS_close_range, 0, ~0u, 0, 0, 0, 0);
}

static void serve(void)
{
	bool watching;

	for (;;) {
		pthread_mutex_lock(&self.lock);
		watching = agent_scan(self.agent);
		pthread_mutex_unlock(&self.lock);
		sem_post(&self.ready);
		agent_wait(self.agent, watching);
	}
}

static int count_loads(struct dl_phdr_info *info, size_t size, void *ret)
{
	(void)size;
	*(uint64_t *)ret = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

static uint64_t loads(void)
{
	uint64_t n = 0;

	dl_iterate_phdr(count_loads, &n);
	return n;
}

static void *first_thread(void *unused)
{
	struct agent_opts opts = {
		.dir = self.dir,
		.perf_map = self.perf_map,
		.tier = self.tier,
		.jit_harden = self.jit_harden,
		.loads = loads,
		.on_code = agent_gdb_on_code,
	};
	int err;

	own_descriptors();
	hook_ignore_thread();
	pthread_mutex_lock(&self.lock);
	opts.pid = getpid();
	err = agent_new(&opts, &self.agent);
	pthread_mutex_unlock(&self.lock);
	if (!err)
		serve();
	sem_post(&self.ready);
	return unused;
}

/* False: in vain. */
static bool wait_for(sem_t *sem, int ms)
{
	struct timespec until;
	int err;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms % 1000 * 1000000l;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	do
		err = sem_timedwait(sem, &until);
	while (err && errno == EINTR);
	return !err;
}

static uint64_t agent_cpu_ns(void)
{
	clockid_t cpu = __atomic_load_n(&self.cpu, __ATOMIC_ACQUIRE);
	struct timespec ts;

	if (!cpu || clock_gettime(cpu, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* A busy machine makes it slow, which is no reason to miss what comes first; one that is stuck is
 * waited for no longer. */
static void wait_until_ready(void)
{
	uint64_t last = agent_cpu_ns(), now;
	int idle = 0;

	for (int i = 0; i < STEPS && idle < STUCK_MS / STEP_MS; i++) {
		if (wait_for(&self.ready, STEP_MS))
			return;
		now = agent_cpu_ns();
		idle = now == last ? idle + 1 : 0;
		last = now;
	}
}

static void *child_thread(void *unused)
{
	int err;

	own_descriptors();
	hook_ignore_thread();
	pthread_mutex_lock(&self.lock);
	agent_name_code(self.agent);
	pthread_mutex_unlock(&self.lock);
	wait_for(&self.hurry, CHILD_MS);
	pthread_mutex_lock(&self.lock);
	err = agent_reopen(self.agent);
	__atomic_store_n(&self.forked, false, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&self.lock);
	sem_post(&self.ready);
	if (!err)
		serve();
	return unused;
}

/* All signals are the application's, but for those by which a probe is hit. */
static int start(void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGTRAP);
	sigdelset(&all, SIGILL);
	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, &attr, run, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -err;
}

static void before_fork(void)
{
	pthread_mutex_lock(&self.lock);
	hook_before_fork();
}

static void after_fork_parent(void)
{
	hook_after_fork_parent();
	pthread_mutex_unlock(&self.lock);
}

static void after_fork_child(void)
{
	hook_after_fork();
	pthread_mutex_init(&self.lock, NULL);
	if (!self.agent)
		return;
	agent_after_fork(self.agent);
	sem_init(&self.ready, 0, 0);
	sem_init(&self.hurry, 0, 0);
	self.cpu = 0;
	self.forked = true;
	if (start(child_thread))
		self.forked = false;
}

/* A server's child gives up root right after fork(): what it may open only now is opened now. */
static void settle(void)
{
	if (!__atomic_load_n(&self.forked, __ATOMIC_ACQUIRE))
		return;
	sem_post(&self.hurry);
	wait_until_ready();
}

/* They may come blocked from whoever started us; a breakpoint or a bad address would be fatal. */
static void unblock_traps(void)
{
	sigset_t traps;

	sigemptyset(&traps);
	sigaddset(&traps, SIGTRAP);
	sigaddset(&traps, SIGILL);
	sigaddset(&traps, SIGSEGV);
	sigaddset(&traps, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &traps, NULL);
}

/* Was it by execve() that we came here, and not by dlopen()? */
static bool begins_with_us(void)
{
	const char *preload = getenv("LD_PRELOAD");
	Dl_info me;

	return preload && dladdr((void *)(uintptr_t)begins_with_us, &me) && me.dli_fname &&
	       strstr(preload, me.dli_fname);
}

__attribute__((constructor)) static void agent_main(void)
{
	const char *dir = getenv("RING3_DIR"), *perf_map = getenv("RING3_PERF_MAP");
	const char *jit = getenv("RING3_JIT");

	if (!dir || dir[0] != '/' || strlen(dir) >= sizeof(self.dir))
		return;
	strcpy(self.dir, dir);
	self.perf_map = perf_map && !strcmp(perf_map, "1");
	if (!jit || jit_tier_of(jit, &self.tier))
		self.tier = JIT_AUTO;
	self.jit_harden = getenv("RING3_JIT_HARDEN") != NULL;
	agent_libc_init(dir, settle);
	unblock_traps();
	if (sem_init(&self.ready, 0, 0) || start(first_thread))
		return;
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
	/* What is waited for here is ours. */
	hook_ignore_thread();
	wait_until_ready();
	hook_heed_thread();
	if (begins_with_us())
		call_exec_returned();
}
