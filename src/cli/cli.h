/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do the verbs of the ring3 command share?  Exit codes, the runtime they talk to, and the
 * printers.  The command is an ordinary client: it loads objects with libbpf, whose system calls
 * the preload code linked into it hands to the runtime.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "ring3/ring3.h"

/* Exit codes; documented in ring3(1). */
enum {
	EXIT_OK = 0,       /* done, and the answer is yes                        */
	EXIT_NO = 1,       /* done, and the answer is no: rejected, not attached */
	EXIT_INPUT = 2,    /* could not read the input, or wrong usage           */
	EXIT_RESOURCE = 3, /* no memory, no space, no permission                 */
	EXIT_COMMAND = 4,  /* the traced command could not be started            */
};

/* Prints "ring3: ..." on stderr. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints text of one or more lines; those after the first begin with indent. */
void cli_put_lines(FILE *out, const char *indent, const char *text);
const char *cli_strerror(int err); /* libbpf's own errors, too */
/* The option's argument, parsed by argp: an enum jit_tier. */
struct argp_state;
int cli_parse_jit(const char *arg, const struct argp_state *state, uint32_t *ret_tier);
/* Exit code for a negative errno of the library. */
int cli_exit_of(int err);
/* argp front end: parses with the verb's name in messages. */
struct argp;
int cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The verbs: one row each in verbs.def. */
#define VERB(name, summary) int cmd_##name(int argc, char **argv);
#include "cli/verbs.def"
#undef VERB

/* session.c: the runtime behind this command.  shared: in the user's runtime directory; else
 * private memory.  Prints the reason on failure and returns an exit code. */
struct session {
	struct ring3 *rt;
	char dir[4096];    /* "" when private */
	uint32_t n_errors; /* that the runtime has told of */
};
int session_open(struct session *s, bool shared);
void session_close(struct session *s);
/* Path of a file installed or built beside the command (agent, preload library). */
int session_library(const char *name, char *buf, size_t size);
/* Opens an object with libbpf, whose chatter goes to stderr only when verbose. */
struct bpf_object *session_object(const char *path, bool verbose);

/* one_program.c: of an opened object only program `index` will be loaded, or those behind it
 * together with it; NULL: it has none.  With maps as a verdict needs them. */
struct bpf_program *cli_only_program(struct bpf_object *obj, unsigned int index);
struct bpf_program *cli_programs(struct bpf_object *obj, unsigned int index, bool together);
void cli_prepare_maps(struct bpf_object *obj);

/* libbpf_said.c: from now on libbpf's warnings are kept; what they were, without the last newline.
 */
void libbpf_hear(void);
const char *libbpf_said(void);
void libbpf_put_said(FILE *out, const char *indent); /* nothing, if it said nothing */

/* value.c: a value of a BTF type as JSON; without a type, a number or a hex string. */
json_t *value_json(const struct btf *btf, uint32_t type_id, const void *data, uint32_t size);
/* ... and a JSON value as one line of text. */
void value_print(FILE *out, json_t *value);

/* trace_lines.c: prints what programs printed since the last time. */
struct trace_lines {
	struct ring3 *rt;
	bool json, told;
	uint64_t recovered_ns;
};
void trace_lines_open(struct trace_lines *lines); /* for programs of this process */
void trace_lines_print(struct trace_lines *lines);
void trace_lines_end(struct trace_lines *lines); /* the last ones, and how many were lost */

/* hist.c: drawing histograms. */
struct hist_row {
	char label[48];
	uint64_t count;
};
void hist_print(FILE *out, const char *title, const struct hist_row *rows, size_t n);
/* Rows of a log2 histogram from counts; empty ends are trimmed.  The caller frees *ret_rows. */
int hist_log2_rows(const uint64_t *counts, size_t n, struct hist_row **ret_rows, size_t *ret_n);

/* btf_file.c: a descriptor to close, with the path by which libbpf and we read it; -1: said why. */
int btf_file_open(const char *path, char *ret_path, size_t size);

/* mapdump.c: prints all maps of an object that hold user data. */
struct places;
int mapdump_object(FILE *out, struct bpf_object *obj, struct places *places, pid_t pid, bool json);

#endif
