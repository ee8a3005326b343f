/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a command start with the agent in it, and how does it get into a running process? */
#include "cli/run.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/join.h"
#include "base/alloc.h"
#include "base/text.h"
#include "hook/everyone.h"
#include "hook/inject.h"
#include "run/link.h"
#include "run/rt.h"

void run_print_everyone(const struct everyone *e)
{
	const char *why;
	uint32_t n = e ? everyone_refused(e, &why) : 0;

	if (n)
		cli_error("%u processes could not be joined, the last because: %s", n, why);
}

int run_join(const struct session *s, pid_t pid)
{
	struct inject_opts opts = { .pid = pid, .dir = s->dir };
	char guest[4096], buf[512];
	struct text why;
	int err;

	if (session_library("ring3_guest", guest, sizeof(guest)))
		return EXIT_RESOURCE;
	mem_free(s->rt->guest);
	s->rt->guest = mem_strdup(guest);
	if (!s->rt->guest)
		return EXIT_RESOURCE;
	if (pid < 0)
		return EXIT_OK;
	s->rt->only_pid = pid;
	if (kill(pid, 0) && errno == ESRCH) {
		cli_error("no process %d", (int)pid);
		return EXIT_NO;
	}
	opts.guest = guest;
	text_init(&why, buf, sizeof(buf));
	err = inject_agent(&opts, &why);
	if (!err || err == -EEXIST)
		return EXIT_OK;
	cli_error("%s", buf);
	return err == -EPERM ? EXIT_RESOURCE : EXIT_NO;
}

void run_wait_attached(const struct session *s, pid_t pid)
{
	uint32_t generation = s->rt->registry->generation;
	struct store *store = s->rt->store;
	bool done = true;
	struct link *l;

	for (uint32_t id = 0; store_next_id(store, STORE_LINK, id, &id) == 0 && done;) {
		if (link_open_id(store, id, &l))
			continue;
		if (l->fixed.pid == pid && link_prog_id(l))
			done = join_wait_looked(l, generation);
		link_free(l);
	}
	if (!done)
		cli_error("process %d has not attached everything yet", (int)pid);
}

/* In the child: the environment that makes the loader bring the agent in. */
static int set_environment(const struct session *s, const char *agent)
{
	const char *old = getenv("LD_PRELOAD");
	char value[8192];

	snprintf(value, sizeof(value), "%s%s%s", agent, old && *old ? ":" : "", old ? old : "");
	return setenv("LD_PRELOAD", value, 1) || setenv("RING3_DIR", s->dir, 1) ? -ENOMEM : 0;
}

static void exec_child(const struct session *s, const char *agent, const struct run_args *args,
		       int report)
{
	char **command = args->command;
	int err = set_environment(s, agent);

	if (!err && args->perf_map && setenv("RING3_PERF_MAP", "1", 1))
		err = -ENOMEM;
	if (!err && args->jit_harden && setenv("RING3_JIT_HARDEN", "1", 1))
		err = -ENOMEM;
	if (!err && args->jit && setenv("RING3_JIT", args->jit, 1))
		err = -ENOMEM;
	if (!err) {
		execvp(command[0], command);
		err = -errno;
	}
	if (write(report, &err, sizeof(err)) != (ssize_t)sizeof(err))
		_exit(126);
	_exit(127);
}

/* Has the program an interpreter, that is, the dynamic loader that brings the agent in? */
static bool is_dynamic(pid_t pid)
{
	bool found = false;
	Elf64_Phdr ph;
	Elf64_Ehdr eh;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return true;
	if (fread(&eh, sizeof(eh), 1, f) == 1 && !fseek(f, (long)eh.e_phoff, SEEK_SET))
		for (int i = 0; i < eh.e_phnum && fread(&ph, sizeof(ph), 1, f) == 1; i++)
			found |= ph.p_type == PT_INTERP;
	fclose(f);
	return found;
}

int run_spawn(const struct session *s, const struct run_args *args, pid_t *ret_pid)
{
	char **command = args->command;
	char agent[4096];
	int report[2], err = 0;
	pid_t pid;

	if (session_library("libring3_agent.so", agent, sizeof(agent)))
		return EXIT_RESOURCE;
	if (pipe2(report, O_CLOEXEC)) {
		cli_error("pipe: %s", cli_strerror(errno));
		return EXIT_RESOURCE;
	}
	pid = fork();
	if (pid == 0)
		exec_child(s, agent, args, report[1]);
	close(report[1]);
	if (pid < 0)
		err = -errno;
	else if (read(report[0], &err, sizeof(err)) != (ssize_t)sizeof(err))
		err = 0;
	close(report[0]);
	if (err) {
		cli_error("%s: %s", command[0], cli_strerror(err));
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return EXIT_COMMAND;
	}
	if (!is_dynamic(pid))
		cli_error("%s is statically linked: the agent cannot be preloaded into it, so its "
			  "functions are not traced (dynamically linked children are)",
			  command[0]);
	*ret_pid = pid;
	return EXIT_OK;
}

int run_child_alive(pid_t pid)
{
	int status;
	pid_t got = waitpid(pid, &status, WNOHANG);

	if (got == 0 || (got < 0 && errno == EINTR))
		return 1;
	if (got == pid && WIFSIGNALED(status))
		cli_error("the command was ended by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else if (got == pid && WIFEXITED(status) && WEXITSTATUS(status))
		cli_error("the command exited with status %d", WEXITSTATUS(status));
	return 0;
}
