/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which runtime does this process speak to?  This file belongs to programs (the preload library,
 * the ring3 command), so it has the process's one static and reads the environment.
 */
#include "abi/preload.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/bind.h"
#include "abi/interpose.h"
#include "ring3/ring3.h"
#include "run/rt.h"

static struct {
	pthread_mutex_t lock;
	struct ring3 *rt;
	bool decided; /* rt is what it will be */
} process = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void say(void *data, enum ring3_log_level level, const char *text)
{
	(void)data;
	if (level <= RING3_LOG_ERROR || getenv("RING3_DEBUG"))
		fprintf(stderr, "ring3: %s\n", text);
}

static void default_dir(char *buf, size_t size)
{
	const char *dir = getenv("RING3_DIR"), *run = getenv("XDG_RUNTIME_DIR");

	if (dir && *dir)
		snprintf(buf, size, "%s", dir);
	else if (run && *run && access(run, W_OK) == 0)
		snprintf(buf, size, "%s/ring3", run);
	else
		snprintf(buf, size, "/dev/shm/ring3-%u", (unsigned int)getuid());
}

/* Locks of the runtime must not stay taken in a forked child. */
static void before_fork(void)
{
	pthread_mutex_lock(&process.lock);
	if (process.rt)
		rt_fork_lock(process.rt);
}

static void after_fork(void)
{
	if (process.rt)
		rt_fork_unlock(process.rt);
	pthread_mutex_unlock(&process.lock);
}

static void open_default(void)
{
	char dir[4096];
	struct ring3_opts opts = { .size = sizeof(opts), .dir = dir, .log = say };
	int saved = errno, err;

	default_dir(dir, sizeof(dir));
	err = ring3_new(&opts, &process.rt);
	if (err)
		fprintf(stderr, "ring3: %s: %s; bpf(2) goes to the kernel\n", dir, strerror(-err));
	else
		pthread_atfork(before_fork, after_fork, after_fork);
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
