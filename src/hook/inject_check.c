/* SPDX-License-Identifier: BSD-2-Clause */
/* May an agent be brought into this process, and if not, what can be done about it? */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/seccomp.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/inject_priv.h"
#include "hook/seccomp_judge.h"

#define PROBE_BEFORE                                                                          \
	"probe it before it sets that up (ring3 run OBJECT -- COMMAND), or use the kernel's " \
	"uprobes"

#define PATIENCE_NS   UINT64_C(60000000000)
#define LOOK_AGAIN_NS UINT64_C(20000000)

enum {
	LOOKS = 5, /* at a process that may be between two things */
};

static const uint64_t none = ~0ull;

/* A file of /proc as text; NULL when it cannot be read.  The caller frees it. */
static char *read_text(const char *path)
{
	char *text, *grown;
	size_t n;
	void *data;

	if (os_read_file(path, 1 << 20, &data, &n))
		return NULL;
	text = data;
	grown = mem_grow(text, n, n + 1);
	if (!grown)
		mem_free(text);
	return grown;
}

uint64_t inject_status(pid_t pid, pid_t tid, const char *name, int base)
{
	char path[64], key[32], *text, *at;
	uint64_t value = none;

	snprintf(path, sizeof(path), tid ? "/proc/%d/task/%d/status" : "/proc/%d/status", (int)pid,
		 (int)tid);
	snprintf(key, sizeof(key), "\n%s:", name);
	text = read_text(path);
	at = text ? strstr(text, key) : NULL;
	if (at)
		value = strtoull(at + strlen(key), NULL, base);
	mem_free(text);
	return value;
}

char inject_state(pid_t pid, pid_t tid)
{
	char path[64], *text, *at, state = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	text = read_text(path);
	at = text ? strrchr(text, ')') : NULL;
	if (at && at[1] == ' ')
		state = at[2];
	mem_free(text);
	return state;
}

static bool any_runs(pid_t pid)
{
	struct dirent *d;
	char path[64];
	bool any = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && !any && (d = readdir(dir)))
		any = inject_state(pid, (pid_t)strtol(d->d_name, NULL, 10)) == 'R';
	if (dir)
		closedir(dir);
	return any;
}

bool inject_is_late(struct inject *in, pid_t tid, uint64_t *end)
{
	uint64_t now = os_now_ns();
	pid_t pid = in->opts->pid;
	bool runs;

	if (now < *end)
		return false;
	runs = tid ? inject_state(pid, tid) == 'R' : any_runs(pid);
	in->at_rest = runs ? 0 : in->at_rest + 1;
	*end = now + LOOK_AGAIN_NS;
	if (now - in->begin_ns <= PATIENCE_NS && in->at_rest < LOOKS)
		return false;
	in->at_rest = 0;
	return true;
}

static int refuse(struct inject *in, int err, const char *text)
{
	text_add(in->why, "process %d %s", (int)in->opts->pid, text);
	return err;
}

static bool is_32_bit(pid_t pid)
{
	unsigned char ident[EI_NIDENT];
	char path[64];
	bool is = false;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, ident, sizeof(ident), 0) == (ssize_t)sizeof(ident))
		is = ident[EI_CLASS] != ELFCLASS64;
	close(fd);
	return is;
}

/* Objects of the store are its owner's, for whoever runs programs as for whoever loads them. */
static int check_owner(struct inject *in)
{
	uint64_t real = inject_status(in->opts->pid, 0, "Uid", 10);
	char path[64], *text, *at;
	unsigned long ids[4] = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/status", (int)in->opts->pid);
	text = read_text(path);
	at = text ? strstr(text, "\nUid:") : NULL;
	at = at ? at + 5 : NULL;
	for (int i = 0; i < 4 && at; i++)
		ids[i] = strtoul(at, &at, 10);
	mem_free(text);
	if (!at || real == none)
		return refuse(in, -ESRCH, "is gone");
	if (ids[1] == geteuid() && ids[0] == ids[1] && ids[2] == ids[1])
		return 0;
	if (ids[1] == geteuid() && !geteuid())
		return 0;
	text_add(in->why,
		 "process %d belongs to user %lu, whose files and maps are not ours; run ring3 as "
		 "that user",
		 (int)in->opts->pid, ids[1]);
	return -EPERM;
}

static int check_state(struct inject *in)
{
	pid_t pid = in->opts->pid;
	uint64_t tracer = inject_status(pid, 0, "TracerPid", 10);

	switch (inject_state(pid, pid)) {
	case 0: return refuse(in, -ESRCH, "does not exist");
	case 'Z':
	case 'X':
		/* Its first thread may have ended and others go on. */
		if (inject_status(pid, 0, "Threads", 10) > 1)
			break;
		return refuse(in, -ESRCH, "has ended and waits for its parent to notice");
	case 'T':
		return refuse(in, -EBUSY,
			      "is stopped by a signal; let it go on (kill -CONT) first");
	default: break;
	}
	if (tracer && tracer != none) {
		text_add(
			in->why,
			"process %d is traced by process %llu (a debugger?), and only one can; end "
			"that first",
			(int)pid, (unsigned long long)tracer);
		return -EBUSY;
	}
	return 0;
}

int inject_check(struct inject *in)
{
	pid_t pid = in->opts->pid;
	int err;

	if (pid <= 0 || (kill(pid, 0) && errno == ESRCH))
		return refuse(in, -ESRCH, "does not exist");
	err = check_state(in);
	if (!err)
		err = check_owner(in);
	if (err)
		return err;
	if (is_32_bit(pid))
		return refuse(in, -EOPNOTSUPP,
			      "is a 32-bit program; there are no probes for those");
	if (inject_status(pid, 0, "Seccomp", 10) == SECCOMP_MODE_STRICT)
		return refuse(in, -EPERM, "runs under seccomp's strict mode; " PROBE_BEFORE);
	return 0;
}

/* Those that there are, by number; 0: no more. */
static int read_filter(pid_t tid, uint64_t which, struct sock_filter *code, size_t *ret_n)
{
	long n = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(uintptr_t)which, NULL);

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	if (n == 0 || n > BPF_MAXINSNS ||
	    ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(uintptr_t)which, code) != n)
		return -EINVAL;
	*ret_n = (size_t)n;
	return 1;
}

static int judge_filters(struct inject *in, pid_t tid, struct sock_filter *code)
{
	char buf[128];
	struct text what;
	size_t n = 0;

	for (uint64_t i = 0;; i++) {
		int err = read_filter(tid, i, code, &n);

		if (!err)
			return 0;
		if (err < 0)
			return refuse(in, -EPERM,
				      "runs under a seccomp filter, which only root can read, and "
				      "which might end it for what an agent does: run ring3 as "
				      "root, or " PROBE_BEFORE);
		text_init(&what, buf, sizeof(buf));
		if (seccomp_bears_agent(code, n, &what))
			continue;
		text_add(in->why, "process %d runs under %s; " PROBE_BEFORE, (int)in->opts->pid,
			 buf);
		return -EPERM;
	}
}

/* Other threads, whose filters are not read, must have as many: a process has its filters from its
 * parent, or gives them to all threads. */
static bool all_have(pid_t pid, uint64_t n)
{
	char path[64];
	struct dirent *d;
	bool all = true;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && all && (d = readdir(dir))) {
		pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);

		all = tid <= 0 || !inject_state(pid, tid) ||
		      inject_status(pid, tid, "Seccomp_filters", 10) == n;
	}
	if (dir)
		closedir(dir);
	return all;
}

int inject_judge(struct inject *in, pid_t tid)
{
	uint64_t n = inject_status(in->opts->pid, tid, "Seccomp_filters", 10);
	struct sock_filter *code;
	int err;

	if (n == none)
		n = inject_status(in->opts->pid, tid, "Seccomp", 10) == SECCOMP_MODE_FILTER;
	else if (!all_have(in->opts->pid, n))
		return refuse(in, -EPERM,
			      "has threads with seccomp filters of their own; " PROBE_BEFORE);
	if (!n)
		return 0;
	code = mem_array(BPF_MAXINSNS, sizeof(*code));
	if (!code)
		return -ENOMEM;
	err = judge_filters(in, tid, code);
	mem_free(code);
	return err;
}

/* Of the Yama security module; -1: it is not there. */
static int yama_scope(void)
{
	char *text = read_text("/proc/sys/kernel/yama/ptrace_scope");
	int scope = text ? atoi(text) : -1;

	mem_free(text);
	return scope;
}

int inject_explain(struct inject *in, int err)
{
	static const char *const yama[] = {
		[1] = "may be traced by its ancestors only (kernel.yama.ptrace_scope is 1): start "
		      "it "
		      "with `ring3 run OBJECT -- COMMAND`, or let it call prctl(PR_SET_PTRACER), "
		      "or "
		      "set that to 0",
		[2] = "may be traced by administrators only (kernel.yama.ptrace_scope is 2): start "
		      "it with `ring3 run OBJECT -- COMMAND`, or set that to 0",
		[3] = "may not be traced, nor any other (kernel.yama.ptrace_scope is 3): start it "
		      "with `ring3 run OBJECT -- COMMAND`",
	};
	int scope = yama_scope();

	if (err == -ESRCH)
		return refuse(in, err, "is gone");
	if (err != -EPERM && err != -EACCES) {
		text_add(in->why, "process %d cannot be traced: %s", (int)in->opts->pid,
			 strerror(-err));
		return err;
	}
	if (scope >= 1 && scope <= 3)
		return refuse(in, -EPERM, yama[scope]);
	return refuse(in, -EPERM,
		      "may not be traced: it has more privileges than we have, or protects itself "
		      "(prctl(PR_SET_DUMPABLE)), or a security module forbids it; start it with "
		      "`ring3 run OBJECT -- COMMAND`");
}
