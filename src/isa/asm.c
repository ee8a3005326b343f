/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which instructions does this text mean?  Splits it into statements, collects labels, and fills
 * in the distances to them at the end.
 */
#include "isa/asm.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "isa/asm_match.h"

struct place {
	uint32_t line, col;
};

struct label {
	const char *name;
	uint32_t len, insn;
	struct place place;
};

struct fixup {
	const char *name;
	uint32_t len, insn;
	enum asm_target target;
	struct place place;
};

struct assembly {
	struct bpf_insn *insns;
	struct label *labels;
	struct fixup *fixups;
	uint32_t n_insns, n_labels, n_fixups;
	uint32_t room_insns, room_labels, room_fixups;
	const char *line_start;
	uint32_t line;
	struct asm_error *err;
};

static struct place place_of(const struct assembly *a, const char *at)
{
	return (struct place){ a->line, (uint32_t)(at - a->line_start) + 1 };
}

static int fail(struct assembly *a, struct place place, const char *why, const char *name,
		uint32_t len)
{
	struct asm_error *e = a->err;

	e->line = place.line;
	e->col = place.col;
	snprintf(e->message, sizeof(e->message), "%s%s%.*s", why, len ? " " : "", (int)len,
		 len ? name : "");
	return -EINVAL;
}

/* Makes room for `more` elements of an array. */
static int reserve(void *array, uint32_t n, uint32_t more, uint32_t *room, size_t size)
{
	uint32_t want = *room ? *room * 2 : 64;
	void *old, *grown;

	memcpy(&old, array, sizeof(old));
	if (n + more <= *room)
		return 0;
	grown = mem_grow(old, *room * size, want * size);
	if (!grown)
		return -ENOMEM;
	memcpy(array, &grown, sizeof(grown));
	*room = want;
	return 0;
}

static int add_label(struct assembly *a, const char *name, uint32_t len)
{
	int err = reserve(&a->labels, a->n_labels, 1, &a->room_labels, sizeof(*a->labels));

	if (!err)
		a->labels[a->n_labels++] =
			(struct label){ name, len, a->n_insns, place_of(a, name) };
	return err;
}

static int add_fixup(struct assembly *a, const struct asm_stmt *stmt)
{
	int err = reserve(&a->fixups, a->n_fixups, 1, &a->room_fixups, sizeof(*a->fixups));

	if (!err)
		a->fixups[a->n_fixups++] = (struct fixup){ stmt->label, stmt->label_len, a->n_insns,
							   stmt->target, place_of(a, stmt->label) };
	return err;
}

static int add_stmt(struct assembly *a, const char *begin, const char *end)
{
	const char *at, *why;
	struct asm_stmt stmt;
	int err;

	if (!asm_match(begin, end, &stmt, &at, &why))
		return fail(a, place_of(a, at), why, NULL, 0);
	if (a->n_insns + 2 > ASM_MAX_INSNS)
		return -E2BIG;
	err = reserve(&a->insns, a->n_insns, 2, &a->room_insns, sizeof(*a->insns));
	if (!err && stmt.target != ASM_NO_LABEL)
		err = add_fixup(a, &stmt);
	if (err)
		return err;
	a->insns[a->n_insns++] = stmt.insn;
	if (stmt.wide)
		a->insns[a->n_insns++] = (struct bpf_insn){ .imm = (int32_t)stmt.high };
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Labels in front, then at most one instruction. */
static int add_statement(struct assembly *a, const char *p, const char *end)
{
	for (;;) {
		uint32_t n;
		int err;

		while (p < end && is_blank(*p))
			p++;
		n = asm_name_len(p, end);
		if (!n || p + n == end || p[n] != ':')
			break;
		err = add_label(a, p, n);
		if (err)
			return err;
		p += n + 1;
	}
	while (end > p && is_blank(end[-1]))
		end--;
	return p == end ? 0 : add_stmt(a, p, end);
}

static const char *end_of_statement(const char *p, const char *end)
{
	while (p < end && *p != '\n' && *p != ';' && *p != '#' &&
	       !(*p == '/' && p + 1 < end && p[1] == '/'))
		p++;
	return p;
}

static int read_all(struct assembly *a, const char *p, const char *end)
{
	while (p < end) {
		const char *stop = end_of_statement(p, end);
		int err = add_statement(a, p, stop);

		if (err)
			return err;
		p = stop;
		if (p < end && *p == ';') {
			p++;
			continue;
		}
		while (p < end && *p != '\n')
			p++;
		if (p == end)
			break;
		a->line_start = ++p;
		a->line++;
	}
	return 0;
}

static int compare_labels(const void *va, const void *vb)
{
	const struct label *a = va, *b = vb;
	int order = memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int sort_labels(struct assembly *a)
{
	if (a->n_labels)
		qsort(a->labels, a->n_labels, sizeof(*a->labels), compare_labels);
	for (uint32_t i = 1; i < a->n_labels; i++) {
		const struct label *x = &a->labels[i - 1], *y = &a->labels[i];

		if (!compare_labels(x, y))
			return fail(a, x->insn > y->insn ? x->place : y->place, "second label",
				    y->name, y->len);
	}
	return 0;
}

static int apply_fixup(struct assembly *a, const struct fixup *f)
{
	struct label key = { .name = f->name, .len = f->len };
	const struct label *l = NULL;
	int64_t distance;

	if (a->n_labels)
		l = bsearch(&key, a->labels, a->n_labels, sizeof(key), compare_labels);
	if (!l)
		return fail(a, f->place, "no such label:", f->name, f->len);
	distance = (int64_t)l->insn - f->insn - 1;
	if (f->target == ASM_IN_OFF) {
		if (distance < INT16_MIN || distance > INT16_MAX)
			return fail(a, f->place, "label is too far away; use gotol:", f->name,
				    f->len);
		a->insns[f->insn].off = (int16_t)distance;
	} else {
		a->insns[f->insn].imm = (int32_t)distance;
	}
	return 0;
}

int asm_text(const char *text, size_t len, struct bpf_insn **ret_insns, uint32_t *ret_n,
	     struct asm_error *reterr)
{
	struct assembly a = { .line_start = text, .line = 1, .err = reterr };
	int err = read_all(&a, text, text + len);

	if (!err)
		err = sort_labels(&a);
	for (uint32_t i = 0; !err && i < a.n_fixups; i++)
		err = apply_fixup(&a, &a.fixups[i]);
	if (err == -E2BIG)
		fail(&a, (struct place){ a.line, 1 }, "too many instructions", NULL, 0);
	if (err == -ENOMEM)
		fail(&a, (struct place){ a.line, 1 }, "out of memory", NULL, 0);
	mem_free(a.labels);
	mem_free(a.fixups);
	if (err) {
		mem_free(a.insns);
		return err;
	}
	*ret_insns = a.insns;
	*ret_n = a.n_insns;
	return 0;
}
