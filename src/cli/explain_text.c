/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a person read a rejection?  One screen of plain text, the most important first. */
#include "cli/explain.h"

#include <string.h>
#include <unistd.h>

enum {
	COLUMNS = 80,
	TEXT_COLUMN = 11,
	NOTE_COLUMN = 46,
	SOURCE_COLUMNS = NOTE_COLUMN - TEXT_COLUMN - 2
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

/* Text from column `at`, broken at blanks where it would leave the terminal. */
static void wrapped(const struct paint *p, int at, const char *text)
{
	int column = at;

	while (*text) {
		int n = (int)strcspn(text, " \n");

		if (column > at && column + 1 + n > COLUMNS) {
			fprintf(p->out, "\n%*s", at, "");
			column = at;
		} else if (column > at) {
			fputc(' ', p->out);
			column++;
		}
		fprintf(p->out, "%.*s", n, text);
		column += n;
		text += n;
		if (*text == '\n') {
			fprintf(p->out, "\n%*s", at, "");
			column = at;
		}
		text += *text != '\0';
	}
	fputc('\n', p->out);
}

static void field(const struct paint *p, const char *name, const char *text)
{
	if (!text[0])
		return;
	label(p, name);
	wrapped(p, TEXT_COLUMN, text);
}

/* A line of source with what there is to say of it: beside it, or below. */
static void told(const struct paint *p, const struct verify_place *at, const char *text)
{
	int n = (int)strlen(at->source);

	if (n > COLUMNS - TEXT_COLUMN)
		n = COLUMNS - TEXT_COLUMN;
	while (n && at->source[n - 1] == ' ')
		n--;

	if (!at->line) {
		fprintf(p->out, "   insn %-6u ", at->insn);
		wrapped(p, 15, text);
		return;
	}
	fprintf(p->out, "    %5u  %.*s", at->line, n, at->source);
	if (n <= SOURCE_COLUMNS && NOTE_COLUMN + (int)strlen(text) <= COLUMNS)
		fprintf(p->out, "%*s%s\n", NOTE_COLUMN - TEXT_COLUMN - n, "", text);
	else {
		fprintf(p->out, "\n               ");
		wrapped(p, 15, text);
	}
}

static void header(const struct paint *p, const struct verify_explanation *e)
{
	if (e->at.line) {
		label(p, "at");
		fprintf(p->out, "%s:%u in %s()\n", e->at.file, e->at.line, e->function);
		fprintf(p->out, "    %5u  %s\n", e->at.line, e->at.source);
	}
	field(p, "because", e->summary);
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
		char text[600];

		snprintf(text, sizeof(text), "%s: %s", v->what, v->fact);
		told(p, &v->at, text);
	}
}

static void branch(const struct paint *p, const struct verify_branch *b)
{
	char way[64], times[32] = "", text[600];

	if (b->holds >= 0)
		snprintf(way, sizeof(way), "%s", b->holds ? "true" : "false");
	else if (b->next_line)
		snprintf(way, sizeof(way), "went on to line %u", b->next_line);
	else
		snprintf(way, sizeof(way), "went on");
	if (b->times > 1)
		snprintf(times, sizeof(times), ", %u times", b->times);
	snprintf(text, sizeof(text), "%s%s%s%s", way, times, b->learnt[0] ? ": " : "", b->learnt);
	told(p, &b->at, text);
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

		char text[600];

		snprintf(text, sizeof(text), "%llu visits, %u states kept",
			 (unsigned long long)m->visits, m->states);
		told(p, &m->at, text);
		for (uint32_t k = 0; k < m->n_apart; k++) {
			snprintf(text, sizeof(text), "kept apart by %s: %s", m->apart[k].what,
				 m->apart[k].why);
			fprintf(p->out, "               ");
			wrapped(p, 15, text);
		}
	}
}

static void check(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->check_why[0])
		return;
	label(p, "check");
	if (e->check.line)
		fprintf(p->out, "line %u: %s\n           ", e->check.line, e->check.source);
	wrapped(p, TEXT_COLUMN, e->check_why);
}

static void witness(const struct paint *p, const struct verify_explanation *e)
{
	if (!e->witness[0])
		return;
	field(p, "witness", e->witness);
	for (uint32_t i = 0; i < e->n_inputs; i++)
		fprintf(p->out, "           %s = %s\n", e->inputs[i].what, e->inputs[i].value);
}

static void hunk(const struct paint *p, const char *old, const char *text)
{
	if (old[0])
		fprintf(p->out, "           - %s\n", old);
	if (!text[0])
		return;
	fprintf(p->out, "           + ");
	cli_put_lines(p->out, "           + ", text);
}

static void edit(const struct paint *p, const struct verify_explanation *e)
{
	field(p, "change", e->hint);
	if (!e->edit_line)
		return;
	fprintf(p->out, "           %s:%u\n", e->at.file, e->edit_line);
	hunk(p, e->edit_old, e->edit);
	if (!e->edit_old[0] && e->at.line == e->edit_line)
		fprintf(p->out, "             %s\n", e->at.source);
	if (!e->also_line)
		return;
	fprintf(p->out, "           %s:%u\n", e->at.file, e->also_line);
	hunk(p, e->also_old, e->also);
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
