/* SPDX-License-Identifier: BSD-2-Clause */
/* What do tests of processes that run already share?  A target that is asked by lines, the agent
 * that is brought into it, and links to its function. */
#ifndef TESTS_HOOK_LIVE_H
#define TESTS_HOOK_LIVE_H

#include "hook/links.h"

#include <fcntl.h>
#include <limits.h>

#include "hook/inject.h"

static char guest[600];

struct live {
	pid_t pid;
	int in, out;
	FILE *from;
	char path[700];
};

struct truth {
	long calls, sum, bad;
};

/* What is joined is the program, not the copy of the test that is about to become it. */
static inline void wait_running(struct live *l)
{
	char link[64], exe[700] = "", want[700];

	assert_non_null(realpath(l->path, want));
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)l->pid);
	for (int i = 0; i < 5000 && strcmp(exe, want); i++) {
		ssize_t n = readlink(link, exe, sizeof(exe) - 1);

		exe[n > 0 ? n : 0] = 0;
		usleep(1000);
	}
	assert_string_equal(exe, want);
	/* And has made its threads. */
	usleep(20000);
}

static inline void start_with(struct live *l, const char *name, const char *mode, const char *arg,
			      void (*prepare)(void))
{
	int in[2], out[2];

	target(name, l->path);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	l->pid = fork();
	if (l->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		if (prepare)
			prepare();
		execl(l->path, l->path, mode, arg, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	l->in = in[1];
	l->out = out[0];
	l->from = fdopen(l->out, "r");
	wait_running(l);
}

static inline void start_live(struct live *l, const char *name, const char *mode, const char *arg)
{
	start_with(l, name, mode, arg, NULL);
}

static inline struct truth ask(struct live *l, const char *line)
{
	struct truth t = { 0 };
	char got[128] = "";

	assert_int_equal(write(l->in, line, strlen(line)), strlen(line));
	while (fgets(got, sizeof(got), l->from) && strncmp(got, "calls", 5))
		;
	if (sscanf(got, "calls %ld %ld bad %ld", &t.calls, &t.sum, &t.bad) != 3)
		fail_msg("the target says '%s'", got);
	return t;
}

static inline void end_live(struct live *l)
{
	int status;

	close(l->in);
	fclose(l->from);
	assert_int_equal(waitpid(l->pid, &status, WNOHANG) == l->pid && WIFSIGNALED(status), 0);
	kill(l->pid, SIGKILL);
	waitpid(l->pid, &status, 0);
}

static inline int join(pid_t pid, char *why_buf, size_t size)
{
	struct inject_opts opts = { .pid = pid, .dir = dir, .guest = guest };
	struct text why;

	text_init(&why, why_buf, size);
	return inject_agent(&opts, &why);
}

static inline void must_join(pid_t pid)
{
	char buf[512];
	int err = join(pid, buf, sizeof(buf));

	if (err && err != -EEXIST)
		fail_msg("inject_agent: %d: %s", err, buf);
}

static inline void must_be_in(pid_t pid)
{
	if (!inject_is_in(pid, dir))
		must_join(pid);
}

static inline int attach_in(struct live *l, enum link_kind kind)
{
	uint64_t off = offset_of(l->path, "probed");
	struct link *link;
	uint32_t id;
	int fd = attach_at(l->path, off, kind, l->pid, &id);

	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_true(link_wait_looked(link, l->pid, rt->registry->generation, 5000));
	assert_string_equal(link->file->trouble, "");
	link_free(link);
	return fd;
}

/* Of a symbol of the target. */
static inline uint64_t address_of(struct live *l, const char *name)
{
	uint64_t off = offset_of(l->path, name), start, end, at;
	char path[64], line[512], perms[8];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)l->pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%lx-%lx %7s %lx", &start, &end, perms, &at) == 4 &&
			strchr(perms, 'x') && strstr(line, "/targets/") && off >= at &&
			off - at < end - start;
	fclose(f);
	assert_true(found);
	return start + off - at;
}

/* The function's bytes as the process has them. */
static inline void read_code(struct live *l, uint8_t code[16])
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)l->pid);
	fd = open(path, O_RDONLY);
	assert_int_equal(pread(fd, code, 16, (off_t)address_of(l, "probed")), 16);
	close(fd);
}

static inline void check_refused(struct live *l, int want, const char *says)
{
	char buf[512] = "";
	int err = join(l->pid, buf, sizeof(buf));

	if (err != want || !strstr(buf, says))
		fail_msg("%d '%s' instead of %d '%s'", err, buf, want, says);
}

static int live_init(void)
{
	char build[500];

	if (links_init() || !built_in(build, sizeof(build)))
		return -1;
	snprintf(guest, sizeof(guest), "%s/ring3_guest", build);
	return 0;
}

#endif
