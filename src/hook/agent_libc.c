/* SPDX-License-Identifier: BSD-2-Clause */
/* What do they do instead?  What was asked, with ours left in place. */
#include "hook/agent_libc.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook/fault.h"
#include "hook/hook.h"
#include "hook/trap.h"

#define EXPORT __attribute__((visibility("default")))

enum {
	MAX_ENV = 8192,
	VALUE_MAX = 8192,
};

/* The functions that the application means; found ahead, since some are called after vfork() or in
 * signal handlers. */
enum next_fn {
	NEXT_SIGACTION,
	NEXT_SIGNAL,
	NEXT_SYSV_SIGNAL,
	NEXT_SIGPROCMASK,
	NEXT_PTHREAD_SIGMASK,
	NEXT_LONGJMP,
	NEXT_BSD_LONGJMP,
	NEXT_SIGLONGJMP,
	NEXT_LONGJMP_CHK,
	NEXT_EXECVE,
	NEXT_EXECVPE,
	NEXT_POSIX_SPAWN,
	NEXT_POSIX_SPAWNP,
	NEXT_SETUID,
	NEXT_SETEUID,
	NEXT_SETREUID,
	NEXT_SETRESUID,
	NEXT_CHROOT,
	NEXT_N
};

static const char *const next_names[NEXT_N] = {
	[NEXT_SIGACTION] = "sigaction",
	[NEXT_SIGNAL] = "signal",
	[NEXT_SYSV_SIGNAL] = "__sysv_signal",
	[NEXT_SIGPROCMASK] = "sigprocmask",
	[NEXT_PTHREAD_SIGMASK] = "pthread_sigmask",
	[NEXT_LONGJMP] = "longjmp",
	[NEXT_BSD_LONGJMP] = "_longjmp",
	[NEXT_SIGLONGJMP] = "siglongjmp",
	[NEXT_LONGJMP_CHK] = "__longjmp_chk",
	[NEXT_EXECVE] = "execve",
	[NEXT_EXECVPE] = "execvpe",
	[NEXT_POSIX_SPAWN] = "posix_spawn",
	[NEXT_POSIX_SPAWNP] = "posix_spawnp",
	[NEXT_SETUID] = "setuid",
	[NEXT_SETEUID] = "seteuid",
	[NEXT_SETREUID] = "setreuid",
	[NEXT_SETRESUID] = "setresuid",
	[NEXT_CHROOT] = "chroot",
};

static struct {
	void *next[NEXT_N];
	char dir[4096 + 16]; /* "RING3_DIR=..." */
	char preload[4096];  /* path of this library */
	void (*settle)(void);
} self;

static void *next(enum next_fn fn)
{
	if (!self.next[fn])
		self.next[fn] = dlsym(RTLD_NEXT, next_names[fn]);
	if (!self.next[fn])
		abort();
	return self.next[fn];
}

#define NEXT(type, fn) ((type)(uintptr_t)next(fn))

void agent_libc_init(const char *dir, void (*settle)(void))
{
	Dl_info info;

	for (int fn = 0; fn < NEXT_N; fn++)
		self.next[fn] = dlsym(RTLD_NEXT, next_names[fn]);
	self.settle = settle;
	snprintf(self.dir, sizeof(self.dir), "RING3_DIR=%s", dir);
	if (dladdr((void *)(uintptr_t)agent_libc_init, &info) && info.dli_fname &&
	    strlen(info.dli_fname) < sizeof(self.preload))
		strcpy(self.preload, info.dli_fname);
}

/* --- signals --- */

/* What may happen at any probed instruction. */
static void leave_ours(sigset_t *set)
{
	sigdelset(set, SIGTRAP);
	sigdelset(set, SIGILL);
	sigdelset(set, SIGSEGV);
	sigdelset(set, SIGBUS);
}

/* Of a signal of ours: false when it is not, or not yet. */
static bool our_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return trap_sigaction(sig, act, old) || fault_sigaction(sig, act, old);
}

typedef int (*sigaction_fn)(int, const struct sigaction *, struct sigaction *);

EXPORT int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction mine;

	if (our_sigaction(sig, act, old))
		return 0;
	if (act) {
		mine = *act;
		leave_ours(&mine.sa_mask);
		act = &mine;
	}
	return NEXT(sigaction_fn, NEXT_SIGACTION)(sig, act, old);
}

typedef sighandler_t (*signal_fn)(int, sighandler_t);

static sighandler_t set_handler(enum next_fn fn, int sig, sighandler_t handler, int flags)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags }, old;

	if (our_sigaction(sig, &act, &old))
		return old.sa_handler;
	return NEXT(signal_fn, fn)(sig, handler);
}

EXPORT sighandler_t signal(int sig, sighandler_t handler)
{
	return set_handler(NEXT_SIGNAL, sig, handler, SA_RESTART);
}

sighandler_t bsd_signal(int sig, sighandler_t handler);

EXPORT sighandler_t bsd_signal(int sig, sighandler_t handler)
{
	return set_handler(NEXT_SIGNAL, sig, handler, SA_RESTART);
}

EXPORT sighandler_t ssignal(int sig, sighandler_t handler)
{
	return set_handler(NEXT_SIGNAL, sig, handler, SA_RESTART);
}

/* signal() of strict C. */
sighandler_t __sysv_signal(int sig, sighandler_t handler);

EXPORT sighandler_t __sysv_signal(int sig, sighandler_t handler)
{
	return set_handler(NEXT_SYSV_SIGNAL, sig, handler, SA_RESETHAND | SA_NODEFER);
}

EXPORT sighandler_t sysv_signal(int sig, sighandler_t handler)
{
	return set_handler(NEXT_SYSV_SIGNAL, sig, handler, SA_RESETHAND | SA_NODEFER);
}

typedef int (*sigmask_fn)(int, const sigset_t *, sigset_t *);

static int set_mask(enum next_fn fn, int how, const sigset_t *set, sigset_t *old)
{
	sigset_t mine;

	if (set && how != SIG_UNBLOCK) {
		mine = *set;
		leave_ours(&mine);
		set = &mine;
		if (how == SIG_SETMASK)
			fault_mask_is(set);
	}
	return NEXT(sigmask_fn, fn)(how, set, old);
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return set_mask(NEXT_SIGPROCMASK, how, set, old);
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return set_mask(NEXT_PTHREAD_SIGMASK, how, set, old);
}

/* --- jumps --- */

typedef void (*longjmp_fn)(struct __jmp_buf_tag *, int) __attribute__((noreturn));

static void before_jump(const struct __jmp_buf_tag *env)
{
	if (env->__mask_was_saved)
		fault_mask_is((const sigset_t *)&env->__saved_mask);
	hook_abandon_run();
}

EXPORT void longjmp(struct __jmp_buf_tag env[1], int value)
{
	before_jump(env);
	NEXT(longjmp_fn, NEXT_LONGJMP)(env, value);
}

EXPORT void _longjmp(struct __jmp_buf_tag env[1], int value)
{
	before_jump(env);
	NEXT(longjmp_fn, NEXT_BSD_LONGJMP)(env, value);
}

EXPORT void siglongjmp(struct __jmp_buf_tag env[1], int value)
{
	before_jump(env);
	NEXT(longjmp_fn, NEXT_SIGLONGJMP)(env, value);
}

/* What _FORTIFY_SOURCE makes of them. */
void __longjmp_chk(struct __jmp_buf_tag env[1], int value) __attribute__((noreturn));

EXPORT void __longjmp_chk(struct __jmp_buf_tag env[1], int value)
{
	before_jump(env);
	NEXT(longjmp_fn, NEXT_LONGJMP_CHK)(env, value);
}

/* --- programs that are executed --- */

struct env {
	char *vars[MAX_ENV];
	char preload[VALUE_MAX];
};

static const char *value_of(char *const *envp, const char *name)
{
	size_t n = strlen(name);

	for (; envp && *envp; envp++) {
		if (!strncmp(*envp, name, n))
			return *envp + n;
	}
	return NULL;
}

/* An environment that has us; NULL: the given one is to be used.  May run after vfork(): on the
 * stack, without locks. */
static char **env_with(struct env *e, char *const *envp)
{
	const char *preload = value_of(envp, "LD_PRELOAD=");
	const char *dir = value_of(envp, "RING3_DIR=");
	size_t n = 0;

	if (!self.preload[0] || (dir && preload && strstr(preload, self.preload)))
		return NULL;
	if (strlen(self.preload) + (preload ? strlen(preload) : 0) + 16 > VALUE_MAX)
		return NULL;
	strcpy(e->preload, "LD_PRELOAD=");
	strcat(e->preload, self.preload);
	if (preload && preload[0] && !strstr(preload, self.preload)) {
		strcat(e->preload, ":");
		strcat(e->preload, preload);
	}
	for (; envp && *envp; envp++) {
		if (n + 3 >= MAX_ENV)
			return NULL;
		if (strncmp(*envp, "LD_PRELOAD=", 11) && strncmp(*envp, "RING3_DIR=", 10))
			e->vars[n++] = *envp;
	}
	e->vars[n++] = e->preload;
	e->vars[n++] = self.dir;
	e->vars[n] = NULL;
	return e->vars;
}

typedef int (*exec_fn)(const char *, char *const *, char *const *);
typedef int (*spawn_fn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
			const posix_spawnattr_t *, char *const *, char *const *);

static int exec_with(enum next_fn fn, const char *path, char *const *argv, char *const *envp)
{
	struct env env;
	char **with = env_with(&env, envp);

	return NEXT(exec_fn, fn)(path, argv, with ? with : envp);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	return exec_with(NEXT_EXECVE, path, argv, envp);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	return exec_with(NEXT_EXECVPE, file, argv, envp);
}

EXPORT int execv(const char *path, char *const argv[])
{
	return exec_with(NEXT_EXECVE, path, argv, environ);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return exec_with(NEXT_EXECVPE, file, argv, environ);
}

/* The forms with a list of arguments: how many are there before the NULL? */
static size_t count_args(va_list args)
{
	size_t n = 1;

	while (va_arg(args, char *))
		n++;
	return n;
}

/* Fills argv, NULL included; with `envp` also what follows it. */
static void take_args(va_list args, char *first, char **argv, char ***envp)
{
	size_t n = 0;

	argv[n++] = first;
	while ((argv[n++] = va_arg(args, char *)))
		;
	if (envp)
		*envp = va_arg(args, char **);
}

#define EXEC_LIST(fn, path, first, envp_at, envp)                                 \
	do {                                                                      \
		va_list args;                                                     \
		char **argv;                                                      \
		va_start(args, first);                                            \
		argv = __builtin_alloca((count_args(args) + 2) * sizeof(char *)); \
		va_end(args);                                                     \
		va_start(args, first);                                            \
		take_args(args, (char *)(uintptr_t)(first), argv, envp_at);       \
		va_end(args);                                                     \
		return exec_with(fn, path, argv, envp);                           \
	} while (0)

EXPORT int execl(const char *path, const char *first, ...)
{
	EXEC_LIST(NEXT_EXECVE, path, first, NULL, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	EXEC_LIST(NEXT_EXECVPE, file, first, NULL, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char **envp;

	EXEC_LIST(NEXT_EXECVE, path, first, &envp, envp);
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	struct env env;
	char **with = env_with(&env, envp);

	return NEXT(spawn_fn, NEXT_POSIX_SPAWN)(pid, path, actions, attr, argv, with ? with : envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	struct env env;
	char **with = env_with(&env, envp);

	return NEXT(spawn_fn, NEXT_POSIX_SPAWNP)(pid, file, actions, attr, argv,
						 with ? with : envp);
}

/* --- who the process is --- */

typedef int (*id_fn)(uid_t), (*ids2_fn)(uid_t, uid_t), (*ids3_fn)(uid_t, uid_t, uid_t);
typedef int (*path_fn)(const char *);

static void settle(void)
{
	if (self.settle)
		self.settle();
}

EXPORT int setuid(uid_t uid)
{
	settle();
	return NEXT(id_fn, NEXT_SETUID)(uid);
}

EXPORT int seteuid(uid_t uid)
{
	settle();
	return NEXT(id_fn, NEXT_SETEUID)(uid);
}

EXPORT int setreuid(uid_t ruid, uid_t euid)
{
	settle();
	return NEXT(ids2_fn, NEXT_SETREUID)(ruid, euid);
}

EXPORT int setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	settle();
	return NEXT(ids3_fn, NEXT_SETRESUID)(ruid, euid, suid);
}

EXPORT int chroot(const char *path)
{
	settle();
	return NEXT(path_fn, NEXT_CHROOT)(path);
}
