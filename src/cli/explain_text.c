/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a person read a rejection?  One screen of plain text, the most important first. */
#include "cli/explain.h"

#include <string.h>
#include <unistd.h>

enum {
	SOURCE_COLUMNS = 46
};

/* Bold on a terminal, plain elsewhere. */
struct paint {
	FILE *out;
	const char *on, *off;
};

static void label(const struct paint *p, const char *name)
{
	fprintf(p->out, "  %s%-9s%s", p->on, name, p->off);
}

static void field(const struct paint *p, const char *name, const char *text)
{
	if (!text[0])
		return;
	label(p, name);
	cli_put_lines(p->out, "           ", text);
}

static void source_line(const struct paint *p, const struct verify_place *at)
{
	size_t n = strlen(at->source);

	if (!at->line) {
		fprintf(p->out, "    insn %-6u ", at->insn);
		return;
	}
	if (n > SOURCE_COLUMNS)
		fprintf(p->out, "    %5u  %.*s...  ", at->line, SOURCE_COLUMNS - 3, at->source);
	else
		fprintf(p->out, "    %5u  %-*s  ", at->line, SOURCE_COLUMNS, at->source);
}

static void header(const struct paint *p, const struct verify_explanation *e)
{
	if (e->at.line) {
		label(p, "at");
		fprintf(p->out, "%s:%u in %s()\n", e->at.file, e->at.line, e->function);
		fprintf(p->out, "    %5u  %s\n", e->at.line, e->at.source);
	}
	label(p, "because");
	fprintf(p->out, "%s\n", e->summary);
	field(p, "needed", e->needed);
	field(p, "known", e->known);
}

static void lineage(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->n_events)
		return;
	label(p, "value");
	fprintf(p->out, "what happened to %s\n", e->subject[0] ? e->subject : "it");
	for (uint32_t i = 0; i < e->n_events; i++) {
		const struct verify_event *v = &e->events[i];

		source_line(p, &v->at);
		fprintf(p->out, "%s: %s\n", v->what, v->fact);
	}
}

static void branch(const struct paint *p, const struct verify_branch *b)
{
	source_line(p, &b->at);
	if (b->holds >= 0)
		fprintf(p->out, "%s", b->holds ? "true" : "false");
	else if (b->next_line)
		fprintf(p->out, "went on to line %u", b->next_line);
	else
		fprintf(p->out, "went on");
	if (b->times > 1)
		fprintf(p->out, ", %u times", b->times);
	fprintf(p->out, "%s%s\n", b->learnt[0] ? ": " : "", b->learnt);
}

static void branches(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->n_branches)
		return;
	label(p, "path");
	if (e->branches_left_out)
		fprintf(p->out, "the last of %u decisions\n", e->branches_left_out + e->n_branches);
	else
		fprintf(p->out, "the decisions that lead here\n");
	for (uint32_t i = 0; i < e->n_branches; i++)
		branch(p, &e->branches[i]);
}

static void merges(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->n_merges)
		return;
	label(p, "paths");
	fprintf(p->out, "where they multiply, most visits first\n");
	for (uint32_t i = 0; i < e->n_merges; i++) {
		const struct verify_merge *m = &e->merges[i];

		source_line(p, &m->at);
		fprintf(p->out, "%llu visits, %u states\n", (unsigned long long)m->visits,
			m->states);
		for (uint32_t k = 0; k < m->n_apart; k++)
			fprintf(p->out, "           kept apart by %s: %s\n", m->apart[k].what,
				m->apart[k].why);
	}
}

static void check(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->check_why[0])
		return;
	label(p, "check");
	if (e->check.line)
		fprintf(p->out, "line %u: %s\n           ", e->check.line, e->check.source);
	fprintf(p->out, "%s\n", e->check_why);
}

static void witness(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->witness[0])
		return;
	label(p, "witness");
	fprintf(p->out, "%s\n", e->witness);
	for (uint32_t i = 0; i < e->n_inputs; i++)
		fprintf(p->out, "           %s = %s\n", e->inputs[i].what, e->inputs[i].value);
}

static void edit(const struct paint *p, const struct verify_explanation *e)
{
	field(p, "change", e->hint);
	if (!e->edit_line)
		return;
	fprintf(p->out, "           %s:%u\n", e->at.file, e->edit_line);
	if (e->edit_old[0])
		fprintf(p->out, "           - %s\n", e->edit_old);
	fprintf(p->out, "           + ");
	cli_put_lines(p->out, "           + ", e->edit);
	if (!e->edit_old[0])
		fprintf(p->out, "             %s\n",
			e->at.line == e->edit_line ? e->at.source : "");
}

void explain_text(FILE *out, const struct verify_explanation *e, bool colours)
{
	struct paint p = { out, colours ? "\033[1m" : "", colours ? "\033[0m" : "" };

	header(&p, e);
	lineage(&p, e);
	branches(&p, e);
	merges(&p, e);
	check(&p, e);
	witness(&p, e);
	edit(&p, e);
	label(&p, "kernel");
	cli_put_lines(out, "           ", e->message);
	label(&p, "more");
	fprintf(out, "ring3 verify --explain %s\n", e->reason);
}
