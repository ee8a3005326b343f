/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a process under seccomp filters joined where they bear an agent, and left alone where they
 * might end it?
 */
#include "hook/live.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

enum {
	MAX_FILTER = 512
};

#define LOAD(field)       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(a)         BPF_STMT(BPF_RET | BPF_K, a)
#define IF_IS(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)

static const uint32_t agents_calls[] = {
#define CALL(name, need)             SYS_##name,
#define CALL_WITH(name, need, first) SYS_##name,
#include "hook/agent_calls.def"
};

/* Of the target, besides. */
static const uint32_t targets_calls[] = { SYS_execve, SYS_clone3, SYS_exit_group };

static struct sock_filter filter[MAX_FILTER];
static unsigned short filter_len;

static void add(struct sock_filter f)
{
	filter[filter_len++] = f;
}

static void allow(const uint32_t *calls, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add((struct sock_filter)IF_IS(calls[i], 0, 1));
		add((struct sock_filter)ANSWER(SECCOMP_RET_ALLOW));
	}
}

/* What an agent needs, and not a call more: were one missing in the table, the target would be
 * killed for it. */
static void only_what_is_needed(void)
{
	filter_len = 0;
	add((struct sock_filter)LOAD(nr));
	allow(agents_calls, sizeof(agents_calls) / sizeof(agents_calls[0]));
	allow(targets_calls, sizeof(targets_calls) / sizeof(targets_calls[0]));
	add((struct sock_filter)ANSWER(SECCOMP_RET_KILL_PROCESS));
}

static void all_but(uint32_t nr, uint32_t answer)
{
	filter_len = 0;
	add((struct sock_filter)LOAD(nr));
	add((struct sock_filter)IF_IS(nr, 0, 1));
	add((struct sock_filter)ANSWER(answer));
	add((struct sock_filter)ANSWER(SECCOMP_RET_ALLOW));
}

/* As container runtimes do: no new name spaces. */
static void no_name_spaces(void)
{
	filter_len = 0;
	add((struct sock_filter)LOAD(nr));
	add((struct sock_filter)IF_IS(SYS_clone, 0, 4));
	add((struct sock_filter)LOAD(args[0]));
	add((struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7e020000));
	add((struct sock_filter)IF_IS(0, 1, 0));
	add((struct sock_filter)ANSWER(SECCOMP_RET_ERRNO | EPERM));
	add((struct sock_filter)ANSWER(SECCOMP_RET_ALLOW));
}

/* Where a call comes from: what an agent's answers is not known. */
static void by_address(void)
{
	filter_len = 0;
	add((struct sock_filter)LOAD(instruction_pointer));
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 4096, 1, 0));
	add((struct sock_filter)ANSWER(SECCOMP_RET_KILL_PROCESS));
	add((struct sock_filter)ANSWER(SECCOMP_RET_ALLOW));
}

static void install_filter(void)
{
	struct sock_fprog prog = { .len = filter_len, .filter = filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0))
		_exit(1);
}

/* Under that filter. */
static void check_filtered(const char *refusal)
{
	struct truth first, t;
	struct live l;
	int links[2];

	start_with(&l, "live", "threads", "2", install_filter);
	if (refusal) {
		check_refused(&l, -EPERM, refusal);
		assert_int_equal(ask(&l, "go 10\n").bad, 0);
		end_live(&l);
		return;
	}
	first = ask(&l, "go 10\n");
	must_join(l.pid);
	links[0] = attach_in(&l, LINK_UPROBE);
	links[1] = attach_in(&l, LINK_URETPROBE);
	clear_cells();
	t = ask(&l, "go 1000\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - first.calls);
	assert_int_equal(cell(LEAVE), t.calls - first.calls);
	close(links[0]);
	close(links[1]);
	end_live(&l);
}

static void show_said(void)
{
	char path[600], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/said", dir);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		print_message("# %s", line);
	if (f)
		fclose(f);
}

/* Programs of other kinds, by the command. */
static void check_filtered_run(const char *object)
{
	char build[500], cmd[2000];
	struct live l;
	int status;

	assert_true(built_in(build, sizeof(build)));
	start_with(&l, "live", "threads", "2", install_filter);
	snprintf(cmd, sizeof(cmd),
		 "RING3_DIR=%s/other %s/ring3 run -p %d -d 0.5 %s/tests/hook/%s >%s/said 2>&1", dir,
		 build, (int)l.pid, build, object, dir);
	status = system(cmd);
	if (status)
		show_said();
	assert_int_equal(status, 0);
	assert_int_equal(ask(&l, "go 100\n").bad, 0);
	end_live(&l);
}

/* Whoever may not read filters is told so. */
static void check_unreadable(void)
{
	struct live l;
	char buf[512];
	int status;
	pid_t pid;

	start_with(&l, "live", "threads", "1", install_filter);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0);
		/* What a filter of its own forbids it, too, is to read another's. */
		all_but(SYS_acct, SECCOMP_RET_ERRNO | EPERM);
		install_filter();
		_exit(join(l.pid, buf, sizeof(buf)) == -EPERM && strstr(buf, "only root") ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(ask(&l, "go 10\n").bad, 0);
	end_live(&l);
}

/* To see it fail: take a row out of agent_calls.def; let bears() allow what it does not know. */
static void test_filters(void **state)
{
	(void)state;
	if (geteuid()) {
		puts("# SKIP only root can read seccomp filters");
		skip();
	}
	only_what_is_needed();
	check_filtered(NULL);
	check_filtered_run("calls.bpf.o");
	check_filtered_run("sample.bpf.o");
	check_unreadable();
	no_name_spaces();
	check_filtered(NULL);
	all_but(SYS_timer_create, SECCOMP_RET_ERRNO | EPERM);
	check_filtered(NULL);
	all_but(SYS_timer_create, SECCOMP_RET_KILL_THREAD);
	check_filtered("timer_create(2)");
	all_but(SYS_mremap, SECCOMP_RET_ERRNO | 0);
	check_filtered("mremap(2)");
	all_but(SYS_membarrier, SECCOMP_RET_ERRNO | EPERM);
	check_filtered("membarrier(2)");
	by_address();
	check_filtered("may not let an agent call");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filters),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (live_init())
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
