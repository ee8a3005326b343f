/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the kernel and ring3 say to the same load, with and without privileges?  Both are asked
 * through libbpf in this process; what a side is asked with is between judge_enter() and
 * judge_leave().  One trial is one line of the report.
 */
#ifndef SELFTESTS_JUDGE_H
#define SELFTESTS_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

enum side {
	SIDE_KERNEL,
	SIDE_OURS,
	N_SIDES
};
enum mode {
	MODE_PRIV,
	MODE_UNPRIV,
	N_MODES
};

enum verdict {
	VERDICT_UNASKED, /* the side cannot be asked, or a loader gave up before it */
	VERDICT_ACCEPT,
	VERDICT_REJECT,
};

enum {
	JUDGE_MSGS = 48,
	JUDGE_RUNS = 64,
	JUDGE_LOG = 16 << 20,
};

struct run_input {
	uint32_t retval;
	const void *data;
	uint32_t size;
};

/* What a run answered: JUDGE_RUNS entries of a side or engine. */
struct runs {
	bool done;
	int err;
	uint32_t retval[JUDGE_RUNS];
};

struct outcome {
	enum verdict verdict;
	int err;
	char why[240];   /* first line of what was said on refusal */
	char reason[48]; /* ours: stable id */
	uint32_t visited;
};

struct trial {
	const char *file, *name;
	enum mode mode;
	bool expect_accept;
	const char *msg[JUDGE_MSGS]; /* in the log, in this order; {{x}} is a regular expression */
	uint32_t n_msgs;
	int missing_msg[2]; /* by side: of its log; -1: all there */
	bool msgs_checked[2];
	struct run_input run[JUDGE_RUNS];
	uint32_t n_runs;
	struct outcome side[N_SIDES];
	struct runs kernel_runs, jit_runs, interp_runs;
};

struct judge;

/* -ENOMEM and what ring3_new() says. */
int judge_new(struct judge **ret_judge);
struct judge *judge_free(struct judge *j);
/* False: this side cannot be asked in this mode. */
bool judge_can(const struct judge *j, enum side side, enum mode mode);
/* Between these the calling thread's bpf(2) goes to that side with that mode's rights, to
 * load the program of that name (NULL: any). */
void judge_enter(struct judge *j, enum side side, enum mode mode, bool must_run, const char *name);
void judge_leave(struct judge *j);
char *judge_log(struct judge *j); /* JUDGE_LOG bytes */
/* After a load between the two: what it came to. */
void judge_note(struct judge *j, enum side side, bool loaded, int err, struct outcome *ret);
/* Runs a program that was loaded between the two. */
void judge_run(struct judge *j, int prog_fd, bool interp, bool no_data, const struct trial *t,
	       struct runs *ret);
/* Does our log hold the messages? */
void judge_messages(struct judge *j, enum side side, struct trial *t);
void judge_print(const struct trial *t);

#endif
