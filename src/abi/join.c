/* SPDX-License-Identifier: BSD-2-Clause */
/* Does another process have to be joined, and has it done what a link says? */
#include "abi/join.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/inject.h"
#include "run/link.h"
#include "run/rt.h"

enum {
	SLICE_MS = 100,
};
#define ATTACH_NS   UINT64_C(2000000000)
#define PATIENCE_NS UINT64_C(60000000000)

static bool concerns(const struct ring3 *rt, pid_t pid)
{
	return pid > 0 && pid != getpid() && rt->guest && store_dir(rt->store);
}

int join_process(struct ring3 *rt, pid_t pid)
{
	struct inject_opts opts = { .pid = pid, .guest = rt->guest };
	char buf[512];
	struct text why;
	int err;

	if (!concerns(rt, pid))
		return 0;
	opts.dir = store_dir(rt->store);
	text_init(&why, buf, sizeof(buf));
	err = inject_agent(&opts, &why);
	if (!err || err == -EEXIST)
		return 0;
	rt_log(rt, RING3_LOG_ERROR, "%s", buf);
	return err;
}

/* On a loaded machine an agent is slow, not stuck. */
bool join_wait_looked(const struct link *l, uint32_t generation)
{
	pid_t pid = l->fixed.pid;
	uint64_t begin = os_now_ns();

	while (!link_wait_looked(l, pid, generation, SLICE_MS)) {
		uint64_t waited = os_now_ns() - begin;

		if (kill(pid, 0) && errno == ESRCH)
			return true;
		if (waited > PATIENCE_NS || (waited > ATTACH_NS && !inject_is_at_work(pid)))
			return false;
	}
	return true;
}

void join_wait(struct ring3 *rt, uint32_t link_id)
{
	uint32_t generation = rt->registry->generation;
	struct link *l;

	if (!link_id || link_open_id(rt->store, link_id, &l))
		return;
	if (concerns(rt, l->fixed.pid) && link_prog_id(l) &&
	    inject_is_in(l->fixed.pid, store_dir(rt->store)) && !join_wait_looked(l, generation))
		rt_log(rt, RING3_LOG_WARN, "link %u: process %d has not attached it yet", link_id,
		       (int)l->fixed.pid);
	link_free(l);
}
