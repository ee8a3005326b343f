/* SPDX-License-Identifier: BSD-2-Clause */
/* Why was the program refused?  Keeps the record, and turns it into text.  See diag.h. */
#include "verify/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
	struct verify_reason people;
	const char *message, *known;
	int err;
	unsigned int n_args;
};

static const struct row rows[] = {
#define R(ID, id, category, err, n, message, known, title, cause, remedy) \
	{ { id, title, cause, remedy }, message, known, err, n },
	REASON_LIST(R)
#undef R
};

const struct verify_reason *verify_reason_at(unsigned int n)
{
	return n < REASON_N ? &rows[n].people : NULL;
}

const struct verify_reason *verify_reason_of(const char *id)
{
	unsigned int n;

	for (n = 0; n < REASON_N; n++) {
		if (!strcmp(rows[n].people.id, id))
			return &rows[n].people;
	}
	return NULL;
}

void diag_init(struct diag_sink *sink)
{
	memset(sink, 0, sizeof(*sink));
	sink->reason = REASON_N;
}

/* Strings of operands may die before they are printed; what does not fit is cut. */
static const char *keep_string(struct diag_sink *sink, size_t *used, const char *s)
{
	size_t room = sizeof(sink->strings) - *used, n = strlen(s);
	char *at = sink->strings + *used;

	if (n + 1 > room)
		n = room ? room - 1 : 0;
	if (!room)
		return "";
	memcpy(at, s, n);
	at[n] = 0;
	*used += n + 1;
	return at;
}

int diag_reject(struct diag_sink *sink, uint32_t insn, enum reason reason, unsigned int n_args,
		const struct diag_arg *args)
{
	size_t used = 0;
	unsigned int k;

	sink->reason = reason;
	sink->insn = insn;
	sink->n_args = n_args < DIAG_MAX_ARGS ? n_args : DIAG_MAX_ARGS;
	for (k = 0; k < sink->n_args; k++) {
		sink->args[k] = args[k];
		if (args[k].kind == DIAG_STR)
			sink->args[k].s = keep_string(sink, &used, args[k].s ? args[k].s : "?");
	}
	return -rows[reason].err;
}

int diag_reject_text(struct diag_sink *sink, uint32_t insn, enum reason reason, const char *fmt,
		     ...)
{
	char why[176];
	struct diag_arg arg = { .kind = DIAG_STR, .s = why };
	struct text t;
	va_list ap;

	text_init(&t, why, sizeof(why));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	return diag_reject(sink, insn, reason, 1, &arg);
}

static void print_arg(struct text *t, const struct diag_arg *a, const char *how)
{
	if (!strcmp(how, ":x2")) {
		text_add(t, "%02llx", (unsigned long long)a->u);
		return;
	}
	switch (a->kind) {
	case DIAG_INT: text_add(t, "%lld", (long long)a->i); break;
	case DIAG_UINT: text_add(t, "%llu", (unsigned long long)a->u); break;
	case DIAG_STR: text_add(t, "%s", a->s); break;
	case DIAG_TNUM:
		if (a->t.mask)
			tnum_print(t, a->t);
		else
			text_add(t, "%#llx", (unsigned long long)a->t.value);
		break;
	}
}

static int64_t number_of(const struct diag_sink *sink, char digit)
{
	unsigned int k = (unsigned int)(digit - '0');

	return k < sink->n_args ? sink->args[k].i : 0;
}

/* Expands {n}, {n:how}, and {n+m} and {n-m} of two numbers; all else stands for itself. */
static void expand(struct text *t, const char *pattern, size_t n, const struct diag_sink *sink)
{
	const char *p = pattern, *stop = pattern + n, *end;
	char how[8];
	unsigned int k;

	while (p < stop) {
		end = strchr(p, '}');
		if (*p != '{' || !end) {
			text_put(t, p++, 1);
			continue;
		}
		k = (unsigned int)(p[1] - '0');
		snprintf(how, sizeof(how), "%.*s", (int)(end - p - 2), p + 2);
		if (how[0] == '+')
			text_add(t, "%lld",
				 (long long)(number_of(sink, p[1]) + number_of(sink, how[1])));
		else if (how[0] == '-')
			text_add(t, "%lld",
				 (long long)(number_of(sink, p[1]) - number_of(sink, how[1])));
		else if (k < sink->n_args)
			print_arg(t, &sink->args[k], how);
		else
			text_add(t, "?");
		p = end + 1;
	}
}

void diag_obligation(const struct diag_sink *sink, struct text *needed, struct text *known)
{
	const char *both = rows[sink->reason].known, *bar = strchr(both, '|');

	if (bar)
		expand(needed, both, (size_t)(bar - both), sink);
	both = bar ? bar + 1 : both;
	expand(known, both, strlen(both), sink);
}

bool diag_register(const struct diag_sink *sink, unsigned int *ret_reg)
{
	const char *p = diag_is_set(sink) ? rows[sink->reason].message : "";

	while ((p = strstr(p, "R{"))) {
		unsigned int k = (unsigned int)(p[2] - '0');

		p += 2;
		if (p[1] != '}' || k >= sink->n_args || sink->args[k].kind == DIAG_STR ||
		    sink->args[k].kind == DIAG_TNUM || sink->args[k].u > 10)
			continue;
		*ret_reg = (unsigned int)sink->args[k].u;
		return true;
	}
	return false;
}

void diag_log(const struct diag_sink *sink, struct text *log)
{
	if (!diag_is_set(sink) || !log)
		return;
	/* The line of the instruction at fault may still be open. */
	if (log->len && log->buf[log->len - 1] != '\n')
		text_add(log, "\n");
	expand(log, rows[sink->reason].message, strlen(rows[sink->reason].message), sink);
	text_add(log, "\n");
}

/* Both sides of the obligation in one line. */
static void fill_known(const struct diag_sink *sink, struct verify_diag *diag)
{
	char needed_buf[192], known_buf[192];
	struct text t, needed, known;

	text_init(&needed, needed_buf, sizeof(needed_buf));
	text_init(&known, known_buf, sizeof(known_buf));
	diag_obligation(sink, &needed, &known);
	text_init(&t, diag->known, sizeof(diag->known));
	if (needed.len)
		text_add(&t, "needs %s; known: ", needed_buf);
	text_add(&t, "%s", known_buf);
}

void diag_fill(const struct diag_sink *sink, const struct lineinfo *lines, struct verify_diag *diag)
{
	const struct row *row;
	struct text t;

	memset(diag, 0, sizeof(*diag));
	if (!diag_is_set(sink)) {
		diag->err = -ENOMEM;
		diag->reason = rows[REASON_LIMIT_MEMORY].people.id;
		diag->hint = rows[REASON_LIMIT_MEMORY].people.remedy;
		snprintf(diag->message, sizeof(diag->message), "out of memory");
		return;
	}
	row = &rows[sink->reason];
	diag->err = -row->err;
	diag->reason = row->people.id;
	diag->hint = row->people.remedy;
	diag->insn = sink->insn;
	text_init(&t, diag->message, sizeof(diag->message));
	expand(&t, row->message, strlen(row->message), sink);
	fill_known(sink, diag);
	text_init(&t, diag->source, sizeof(diag->source));
	lineinfo_print(lines, sink->insn, &t);
}
