/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a load by several threads do to the process that it is in?  The thread that loads is
 * cancelled elsewhere, not in the verifier; and what walks found does not fill memory.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/vload.h"

enum {
	FUNCTIONS = 200,
	FILL = 25,      /* instructions of each but the first */
	LINES = 100000, /* of the program itself */
	MAX_INSNS = LINES + FUNCTIONS * (FILL + 2) + 16,
	MOST_KB = 1 << 19 /* a third of what all results at once would be */
};

static const char two[] = ": two functions\n"
			  "func: 0 main static ctx\n"
			  "func: 6 g global int\n"
			  "func: 10 h global int\n"
			  "r1 = 1\n"
			  "call g\n"
			  "r1 = 1\n"
			  "call h\n"
			  "r0 = 0\n"
			  "exit\n"
			  "g: r0 = 0\n"
			  "gl: r0 += 1\n"
			  "if r0 != 300 goto gl\n"
			  "exit\n"
			  "h: r0 = 0\n"
			  "hl: r0 += 1\n"
			  "if r0 != 300 goto hl\n"
			  "exit\n"
			  "=> accept\n";

static unsigned int n, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++n, name);
}

static void with_case(vload_fn use, void *arg)
{
	static struct vcase c;
	FILE *f = fmemopen((void *)(uintptr_t)two, strlen(two), "r");
	uint32_t line = 0;
	char why[256] = "";

	if (!f || vcase_next(f, &line, &c, why, sizeof(why)) <= 0 ||
	    vload_input(&c, use, arg, why, sizeof(why)))
		printf("# %s\n", why);
	vcase_done(&c);
	if (f)
		fclose(f);
}

static int judge(struct verify_input *in)
{
	struct verify_facts *facts = NULL;
	struct verify_diag diag;
	int err = verify_prog(in, NULL, &facts, &diag);

	if (err)
		printf("# %s\n", diag.message);
	verify_facts_free(facts);
	return err;
}

/* --- cancelled --- */

static bool came_back;

static void judge_cancelled(const struct vcase *c, struct verify_input *in, void *arg)
{
	(void)c;
	(void)arg;
	in->policy.threads = 4;
	in->policy.threads_from = 1;
	pthread_cancel(pthread_self());
	came_back = !judge(in);
}

static void *load(void *arg)
{
	(void)arg;
	with_case(judge_cancelled, NULL);
	pthread_testcancel();
	return NULL;
}

static void cancelled(void)
{
	pthread_t t;
	void *ret = NULL;

	if (pthread_create(&t, NULL, load, NULL) || pthread_join(t, &ret))
		return;
	result(came_back, "a thread that is cancelled meanwhile has its verdict");
	result(ret == PTHREAD_CANCELED, "... and is cancelled then");
}

/* --- memory --- */

static struct bpf_insn insns[MAX_INSNS];
static struct bpf_func_info funcs[FUNCTIONS + 1];

static const struct bpf_insn zero = { .code = BPF_ALU64 | BPF_MOV | BPF_K };
static const struct bpf_insn leave = { .code = BPF_JMP | BPF_EXIT };

/* A long program, a function that takes long, and many that do not. */
static uint32_t build(const struct bpf_func_info *first)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < LINES; i++)
		insns[at++] = zero;
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		insns[at++] =
			(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1 };
		insns[at++] =
			(struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL };
	}
	insns[at++] = zero;
	insns[at++] = leave;
	funcs[0] = first[0];
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		uint32_t call = LINES + 2 * i + 1;

		funcs[i + 1] = first[1];
		funcs[i + 1].insn_off = at;
		insns[call].imm = (int32_t)(at - call - 1);
		for (uint32_t k = 0; k < FILL - 4; k++)
			insns[at++] = zero;
		if (!i) {
			insns[at++] =
				(struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .imm = 1 };
			insns[at++] = (struct bpf_insn){ .code = BPF_JMP | BPF_JNE | BPF_K,
							 .off = -2,
							 .imm = 100000 };
		}
		insns[at++] = leave;
	}
	return at;
}

static void judge_many(const struct vcase *c, struct verify_input *in, void *arg)
{
	bool *ret = arg;

	(void)c;
	in->n_insns = build(in->func_info);
	in->insns = insns;
	in->func_info = funcs;
	in->n_func_info = FUNCTIONS + 1;
	in->policy.threads = 4;
	in->policy.threads_from = 1;
	in->policy.learn_needed = false;
	*ret = !judge(in);
}

static void memory(void)
{
	int status = -1;
	struct rusage used;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		bool accepted = false;

		with_case(judge_many, &accepted);
		_exit(!accepted);
	}
	if (child > 0)
		wait4(child, &status, 0, &used);
	result(!status, "many functions of a long program are accepted");
	result(!status && used.ru_maxrss < MOST_KB, "... and what they were found to do is little");
	printf("# %ld KB\n", used.ru_maxrss);
}

int main(void)
{
	cancelled();
	memory();
	printf("1..%u\n", n);
	return failed != 0;
}
