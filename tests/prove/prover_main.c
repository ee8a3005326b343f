/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does each claim hold for all inputs?  prover BITCODE [SECONDS [TEXT]]: every function claim_* of
 * the bitcode (TEXT: whose name has it) is run over all its paths at once, in a process of its own,
 * and z3 is asked for inputs that break what it says by prove().  A call of NAME becomes one of
 * contract_NAME where there is that, except in claim_NAME: what the contract takes for granted is
 * what claim_NAME proves.
 */
#include "prover.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <llvm-c/IRReader.h>

enum {
	SEEN = 1 << 16,
	EASY_MS = 300,
	MAX_SPLITS = 24
};

struct seen {
	Z3_ast ast[SEEN];
	uint32_t n;
};

static struct prover prover;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_error(Z3_context z, Z3_error_code e)
{
	prover_stop("z3: %s", Z3_get_error_msg(z, e));
}

static void show_inputs(struct prover *p, Z3_model model)
{
	for (uint32_t i = 0; i < p->n_inputs; i++) {
		Z3_ast v = NULL;
		uint64_t x = 0;

		if (Z3_model_eval(p->z3, model, p->inputs[i].number, true, &v))
			Z3_get_numeral_uint64(p->z3, v, &x);
		printf("        %s = %#llx\n", p->inputs[i].name, (unsigned long long)x);
	}
}

static Z3_lbool ask(struct prover *p, Z3_ast what, unsigned int ms, Z3_model *ret_model)
{
	Z3_tactic t = Z3_mk_tactic(p->z3, "qfbv");
	Z3_params params;
	Z3_solver s;
	Z3_lbool r;

	/* Each object lives until the next one is made, unless it is held. */
	Z3_tactic_inc_ref(p->z3, t);
	params = Z3_mk_params(p->z3);
	Z3_params_inc_ref(p->z3, params);
	s = Z3_mk_solver_from_tactic(p->z3, t);
	Z3_solver_inc_ref(p->z3, s);
	if (ms) {
		Z3_params_set_uint(p->z3, params, Z3_mk_string_symbol(p->z3, "timeout"), ms);
		Z3_solver_set_params(p->z3, s, params);
	}
	Z3_solver_assert(p->z3, s, what);
	r = Z3_solver_check(p->z3, s);
	if (r == Z3_L_TRUE && ret_model) {
		*ret_model = Z3_solver_get_model(p->z3, s);
		Z3_model_inc_ref(p->z3, *ret_model);
	}
	Z3_solver_dec_ref(p->z3, s);
	return r;
}

/* The condition of some choice between numbers that has no such choice in it, or NULL. */
static Z3_ast find_choice(struct prover *p, Z3_ast a, struct seen *seen)
{
	Z3_app app;
	unsigned int n;

	if (Z3_get_ast_kind(p->z3, a) != Z3_APP_AST)
		return NULL;
	for (uint32_t i = Z3_get_ast_id(p->z3, a) % SEEN;; i = (i + 1) % SEEN) {
		if (seen->ast[i] == a || seen->n > SEEN / 2)
			return NULL;
		if (!seen->ast[i]) {
			seen->ast[i] = a;
			seen->n++;
			break;
		}
	}
	app = Z3_to_app(p->z3, a);
	n = Z3_get_app_num_args(p->z3, app);
	for (unsigned int i = 0; i < n; i++) {
		Z3_ast c = find_choice(p, Z3_get_app_arg(p->z3, app, i), seen);

		if (c)
			return c;
	}
	if (Z3_get_decl_kind(p->z3, Z3_get_app_decl(p->z3, app)) == Z3_OP_ITE &&
	    Z3_get_sort_kind(p->z3, Z3_get_sort(p->z3, a)) == Z3_BV_SORT)
		return Z3_get_app_arg(p->z3, app, 0);
	return NULL;
}

/* Sums cancel where it is known which way each choice went: one case for each, unless it is easy.
 */
static Z3_lbool ask_cases(struct prover *p, Z3_ast what, unsigned int depth, Z3_model *ret_model)
{
	struct seen *seen;
	Z3_ast choice, to, then;
	Z3_lbool r;

	what = Z3_simplify(p->z3, what);
	if (value_is(p, what, false))
		return Z3_L_FALSE;
	r = ask(p, what, depth < MAX_SPLITS ? EASY_MS : 0, ret_model);
	if (r != Z3_L_UNDEF || depth == MAX_SPLITS)
		return r;
	seen = prover_alloc(sizeof(*seen));
	choice = find_choice(p, what, seen);
	free(seen);

	if (!choice)
		return ask(p, what, 0, ret_model);
	for (int side = 0; side < 2; side++) {
		to = side ? Z3_mk_true(p->z3) : Z3_mk_false(p->z3);
		then = value_and(p, Z3_substitute(p->z3, what, 1, &choice, &to),
				 side ? choice : value_not(p, choice));
		r = ask_cases(p, then, depth + 1, ret_model);
		if (r != Z3_L_FALSE)
			return r;
	}
	return Z3_L_FALSE;
}

/* Exit status: 0 proved, 1 refuted, 2 says nothing, 3 cannot be run. */
static int look_into(struct prover *p, LLVMValueRef claim)
{
	struct memory memory = { .n = 0 };
	Z3_config cfg = Z3_mk_config();
	Z3_params params;
	Z3_model model = NULL;
	Z3_ast yes;

	p->z3 = Z3_mk_context(cfg);
	Z3_set_error_handler(p->z3, on_error);
	p->asker = Z3_mk_solver(p->z3);
	Z3_solver_inc_ref(p->z3, p->asker);
	params = Z3_mk_params(p->z3);
	Z3_params_inc_ref(p->z3, params);
	Z3_params_set_uint(p->z3, params, Z3_mk_string_symbol(p->z3, "timeout"), 2000);
	Z3_solver_set_params(p->z3, p->asker, params);
	p->claim = LLVMGetValueName(claim);
	p->family = LLVMGetSection(claim);
	p->assumed = yes = Z3_mk_true(p->z3);
	p->undefined = Z3_mk_false(p->z3);
	run_function(p, claim, NULL, &memory, yes, 0);
	if (!p->n_inputs || ask(p, p->assumed, 0, NULL) == Z3_L_FALSE) {
		printf("nothing satisfies its assumptions\n");
		return 2;
	}
	p->violated[p->n_violated++] = p->undefined;
	for (uint32_t i = 0; i < p->n_violated; i++)
		switch (ask_cases(p, value_and(p, p->assumed, p->violated[i]), 0, &model)) {
		case Z3_L_FALSE: continue;
		case Z3_L_TRUE:
			printf("does not hold:\n");
			show_inputs(p, model);
			return 1;
		case Z3_L_UNDEF: printf("z3 does not know\n"); return 3;
		}
	return p->n_violated > 1 ? 0 : 2;
}

static bool one(struct prover *p, LLVMValueRef claim, unsigned int seconds)
{
	double start = now();
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &(struct rlimit){ seconds, seconds + 1 });
		status = look_into(p, claim);
		fflush(stdout);
		_exit(status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		printf("not decided in %u s\n", seconds);
	printf("%s %s (%.2f s)\n", WIFEXITED(status) && !WEXITSTATUS(status) ? "ok -" : "not ok -",
	       LLVMGetValueName(claim) + 6, now() - start);
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	unsigned int seconds = argc > 2 ? (unsigned int)atoi(argv[2]) : 60, n = 0, bad = 0;
	const char *only = argc > 3 ? argv[3] : "";
	LLVMMemoryBufferRef buf;
	char *why = NULL;
	LLVMValueRef fn;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || LLVMCreateMemoryBufferWithContentsOfFile(argv[1], &buf, &why) ||
	    LLVMParseIRInContext(LLVMGetGlobalContext(), buf, &prover.module, &why)) {
		fprintf(stderr, "prover: %s\n", why ? why : "which bitcode?");
		return 2;
	}
	prover.layout = LLVMGetModuleDataLayout(prover.module);
	for (fn = LLVMGetFirstFunction(prover.module); fn; fn = LLVMGetNextFunction(fn)) {
		const char *name = LLVMGetValueName(fn);

		if (strncmp(name, "claim_", 6) != 0 || !strstr(name, only) ||
		    !LLVMGetFirstBasicBlock(fn))
			continue;
		n++;
		bad += !one(&prover, fn, seconds);
	}
	printf("# %u claims, %u not proved\n", n, bad);
	return bad || !n;
}
