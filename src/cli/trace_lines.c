/* SPDX-License-Identifier: BSD-2-Clause */
/* What did programs print?  Lines of bpf_trace_printk() as the kernel's trace_pipe shows them. */
#include <errno.h>
#include <string.h>

#include "abi/bind.h"
#include "base/os.h"
#include "cli/cli.h"
#include "run/rt.h"
#include "run/trace.h"

enum {
	RECOVER_MS = 1000
};

static void print_json(const struct trace_line *line)
{
	json_t *text = json_stringn_nocheck(line->text, strlen(line->text));
	json_t *doc = json_pack("{s:s, s:I, s:I, s:I, s:o}", "comm", line->comm, "pid",
				(json_int_t)line->tid, "slot", (json_int_t)line->slot, "ns",
				(json_int_t)line->ns, "trace", text);

	json_dumpf(doc, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
}

static void print_line(void *arg, const struct trace_line *line)
{
	struct trace_lines *lines = arg;

	if (lines->json)
		print_json(line);
	else
		printf("%16s-%-7u [%03u] d... %5llu.%06llu: bpf_trace_printk: %s\n", line->comm,
		       line->tid, line->slot, (unsigned long long)(line->ns / 1000000000),
		       (unsigned long long)(line->ns / 1000 % 1000000), line->text);
}

static int read_lines(struct trace_lines *lines)
{
	uint64_t now = os_now_ns();
	int before = bind_enter(), err;

	err = trace_read(lines->rt, print_line, lines);
	if (err >= 0 && now - lines->recovered_ns > RECOVER_MS * 1000000ull) {
		trace_recover(lines->rt);
		lines->recovered_ns = now;
	}
	bind_leave(before);
	return err;
}

void trace_lines_open(struct trace_lines *lines)
{
	int before = bind_enter(), err = trace_open(lines->rt);

	bind_leave(before);
	if (err)
		cli_error("lines of bpf_trace_printk() are not shown: %s", cli_strerror(-err));
}

void trace_lines_print(struct trace_lines *lines)
{
	int err = read_lines(lines);

	if (err < 0 && !lines->told)
		cli_error("lines of bpf_trace_printk() are not shown: %s",
			  err == -EBUSY ? "another ring3 reads them" : cli_strerror(-err));
	lines->told |= err < 0;
}

void trace_lines_end(struct trace_lines *lines)
{
	uint64_t lost;

	trace_lines_print(lines);
	lost = lines->told ? 0 : trace_take_lost(lines->rt);
	if (lost)
		cli_error("%llu lines of bpf_trace_printk() were lost: the reader was too slow",
			  (unsigned long long)lost);
}
