/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the parts of `ring3 run` share? */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/cli.h"

enum {
	RUN_MAX_LINKS = 4096
};

struct run_args {
	const char *object;
	char **command; /* NULL: none */
	pid_t pid;      /* 0: every process that joins; -1: every process of the user */
	double seconds; /* 0: no limit */
	uint32_t hz;    /* of SEC("perf_event") */
	bool json, verbose;
	bool perf_map; /* the agent names programs for perf */
	bool jit_harden;
	const char *jit; /* name of the agent's tier; NULL: not said */
};

struct run_link {
	struct bpf_link *link;
	const struct bpf_program *prog;
};

/* run_attach.c: attaches every program of a loaded object as its SEC() says.  Prints what could not
 * be attached and why, and counts it in *ret_failed; the number of links or negative errno. */
int run_attach(struct bpf_object *obj, const struct run_args *args, struct run_link *links, int max,
	       int *ret_failed);
/* Hits and misses of the links, one line a program. */
void run_print_hits(struct session *s, const struct run_link *links, int n, bool json);

/* run_child.c */
/* Brings the agent into a process that runs already; prints why it cannot; exit code. */
struct everyone;
/* Whom -p -1 could not join. */
void run_print_everyone(const struct everyone *e);
int run_join(const struct session *s, pid_t pid);
/* Until the process has attached what links say; prints that it has not. */
void run_wait_attached(const struct session *s, pid_t pid);
int run_spawn(const struct session *s, const struct run_args *args, pid_t *ret_pid);
/* 1 while it runs; 0 when it has ended, with a note on stderr if a signal ended it. */
int run_child_alive(pid_t pid);

/* run_stream.c: prints records of ring buffers and perf buffers as they come. */
struct run_stream;
int run_stream_open(struct session *s, struct bpf_object *obj, bool json,
		    struct run_stream **ret_stream);
/* Waits up to timeout_ms and prints; negative errno on failure. */
int run_stream_poll(struct run_stream *stream, int timeout_ms);
/* Prints what is there, without waiting for anybody to say so. */
int run_stream_drain(struct run_stream *stream);
void run_stream_close(struct run_stream *stream);

#endif
