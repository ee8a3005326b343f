/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which runtime does this process speak to?  This file belongs to programs (the preload library,
 * the ring3 command), so it has the process's one static and reads the environment.
 */
#include "abi/preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/bind.h"
#include "abi/interpose.h"
#include "abi/wait.h"
#include "base/alloc.h"
#include "ring3/ring3.h"
#include "jit/jit.h"
#include "run/link.h"
#include "run/rt.h"

static struct {
	pthread_mutex_t lock;
	struct ring3 *rt;
	int failure;    /* why there is none */
	bool decided;   /* rt is what it will be */
	bool has_agent; /* it traces itself */
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void say(void *data, enum ring3_log_level level, const char *text)
{
	(void)data;
	if (level <= RING3_LOG_ERROR || getenv("RING3_DEBUG"))
		fprintf(stderr, "ring3: %s\n", text);
}

int preload_default_dir(char *buf, size_t size)
{
	const char *dir = getenv("RING3_DIR"), *run = getenv("XDG_RUNTIME_DIR");
	int n;

	if (dir && *dir)
		n = snprintf(buf, size, "%s", dir);
	else if (run && *run && access(run, W_OK) == 0)
		n = snprintf(buf, size, "%s/ring3", run);
	else
		n = snprintf(buf, size, "%s/ring3-%u",
			     access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
			     (unsigned int)getuid());
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* Locks of the runtime must not stay taken in a forked child. */
static void before_fork(void)
{
	pthread_mutex_lock(&process.lock);
	if (process.rt)
		wait_fork_lock(process.rt);
}

static void after_fork(void)
{
	if (process.rt)
		wait_fork_unlock(process.rt);
	pthread_mutex_unlock(&process.lock);
}

/* --- tracing oneself --- */

enum {
	ATTACH_MS = 2000
};

/* Is the link's file mapped in this process? */
static bool concerns_us(const struct link *l)
{
	char line[4600];
	unsigned int major, minor;
	unsigned long ino;
	bool found = link_is_call((enum link_kind)l->fixed.kind) && l->fixed.pid == getpid();
	FILE *f = found ? NULL : fopen("/proc/self/maps", "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %*s %x:%x %lu", &major, &minor, &ino) == 3 && ino &&
			ino == l->fixed.ino;
	if (f)
		fclose(f);
	return found;
}

/* The agents lie beside this library. */
static bool path_beside(const char *name, char *path, size_t size)
{
	Dl_info me;
	char *slash;

	if (!dladdr((void *)(uintptr_t)path_beside, &me) || !me.dli_fname ||
	    strlen(me.dli_fname) + strlen(name) + 1 > size)
		return false;
	strcpy(path, me.dli_fname);
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, name);
	return true;
}

/* One that is loaded already is not loaded again. */
static bool load_agent(const char *dir)
{
	char path[4096];

	if (!path_beside("libring3_agent.so", path, sizeof(path)))
		return false;
	setenv("RING3_DIR", dir, 1);
	return dlopen(path, RTLD_NOW | RTLD_LOCAL) != NULL;
}

/* Links that our agent follows: what it says of one holds for all. */
static int any_link(struct ring3 *rt, struct link **ret_link)
{
	for (uint32_t id = 0; store_next_id(rt->store, STORE_LINK, id, &id) == 0;) {
		if (link_open_id(rt->store, id, ret_link))
			continue;
		if (link_wants_pid(*ret_link, getpid()))
			return 0;
		link_free(*ret_link);
	}
	return -ENOENT;
}

static void link_made(struct ring3 *rt, uint32_t id)
{
	uint32_t generation = rt->registry->generation;
	int saved = errno;
	struct link *l;

	if (!id && !process.has_agent)
		return;
	if (id ? link_open_id(rt->store, id, &l) : any_link(rt, &l))
		return;
	if (link_wants_pid(l, getpid()) && (process.has_agent || concerns_us(l))) {
		if (!process.has_agent)
			process.has_agent = load_agent(store_dir(rt->store));
		if (!process.has_agent)
			rt_log(rt, RING3_LOG_ERROR, "cannot load the agent: %s", dlerror());
		else if (!link_wait_looked(l, getpid(), generation, ATTACH_MS))
			rt_log(rt, RING3_LOG_WARN, "link %u: not attached here yet", id);
	}
	link_free(l);
	errno = saved;
}

static void open_default(void)
{
	char dir[4096];
	struct ring3_opts opts = { .size = sizeof(opts), .dir = dir, .log = say };
	int saved = errno, err = preload_default_dir(dir, sizeof(dir));
	const char *jit = getenv("RING3_JIT");
	enum jit_tier tier;

	if (!err)
		err = ring3_new(&opts, &process.rt);
	if (!err && jit && !jit_tier_of(jit, &tier))
		process.rt->tier = tier;
	if (!err && getenv("RING3_JIT_HARDEN"))
		process.rt->jit_harden = true;
	if (err) {
		fprintf(stderr, "ring3: %s: %s; bpf(2) answers that\n", dir, strerror(-err));
		process.failure = err;
	} else {
		process.rt->on_link = link_made;
		if (path_beside("ring3_guest", dir, sizeof(dir)))
			process.rt->guest = mem_strdup(dir);
		pthread_atfork(before_fork, after_fork, after_fork);
	}
	errno = saved;
}

struct ring3 *preload_runtime(bool create)
{
	struct ring3 *rt = __atomic_load_n(&process.rt, __ATOMIC_ACQUIRE);

	if (rt || !create || __atomic_load_n(&process.decided, __ATOMIC_ACQUIRE))
		return rt;
	pthread_mutex_lock(&process.lock);
	if (!process.decided)
		open_default();
	__atomic_store_n(&process.decided, true, __ATOMIC_RELEASE);
	rt = process.rt;
	pthread_mutex_unlock(&process.lock);
	return rt;
}

int preload_failure(void)
{
	return process.failure;
}

const struct interpose_ops *preload_ops(void)
{
	return bind_ops();
}

void preload_use(struct ring3 *rt)
{
	pthread_mutex_lock(&process.lock);
	__atomic_store_n(&process.rt, rt, __ATOMIC_RELEASE);
	__atomic_store_n(&process.decided, true, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&process.lock);
}
