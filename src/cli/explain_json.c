/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a tool read a rejection?  The schema is in ring3(1). */
#include "cli/explain.h"

#include <string.h>

/* What comes from the object may be no UTF-8. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s);
	size_t n = strlen(s);
	char *copy;

	if (j)
		return j;
	copy = strdup(s);
	for (size_t i = 0; copy && i < n; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	j = copy ? json_string(copy) : json_null();
	free(copy);
	return j;
}

static json_t *place(const struct verify_place *at)
{
	return json_pack("{s:o, s:i, s:i, s:o, s:i}", "file", text(at->file), "line", at->line,
			 "column", at->column, "source", text(at->source), "insn", at->insn);
}

static json_t *lineage(const struct verify_explanation *e)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < e->n_events; i++) {
		json_t *o = place(&e->events[i].at);

		json_object_set_new(o, "what", text(e->events[i].what));
		json_object_set_new(o, "fact", text(e->events[i].fact));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *branches(const struct verify_explanation *e)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < e->n_branches; i++) {
		const struct verify_branch *b = &e->branches[i];
		json_t *o = place(&b->at);

		json_object_set_new(o, "holds",
				    b->holds < 0 ? json_null() : json_boolean(b->holds));
		json_object_set_new(o, "times", json_integer(b->times));
		json_object_set_new(o, "learnt", text(b->learnt));
		json_object_set_new(o, "next_line", json_integer(b->next_line));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *merges(const struct verify_explanation *e)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < e->n_merges; i++) {
		const struct verify_merge *m = &e->merges[i];
		json_t *o = place(&m->at), *apart = json_array();

		json_object_set_new(o, "visits", json_integer((json_int_t)m->visits));
		json_object_set_new(o, "states", json_integer(m->states));
		for (uint32_t k = 0; k < m->n_apart; k++)
			json_array_append_new(apart, json_pack("{s:o, s:o}", "what",
							       text(m->apart[k].what), "why",
							       text(m->apart[k].why)));
		json_object_set_new(o, "apart", apart);
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *witness(const struct verify_explanation *e)
{
	json_t *inputs = json_array();

	for (uint32_t i = 0; i < e->n_inputs; i++)
		json_array_append_new(inputs,
				      json_pack("{s:o, s:o}", "what", text(e->inputs[i].what),
						"value", text(e->inputs[i].value)));
	return json_pack("{s:b, s:o, s:o}", "found", e->n_inputs > 0, "says", text(e->witness),
			 "inputs", inputs);
}

static json_t *hunk(uint32_t line, const char *remove, const char *add)
{
	return line ? json_pack("{s:i, s:o, s:o}", "line", line, "remove", text(remove), "add",
				text(add))
		    : json_null();
}

void explain_json(json_t *object, const struct verify_explanation *e)
{
	json_t *check = e->check_why[0] ? place(&e->check) : json_null();

	if (e->check_why[0])
		json_object_set_new(check, "why", text(e->check_why));
	json_object_set_new(object, "at", place(&e->at));
	json_object_set_new(object, "file", text(e->at.file));
	json_object_set_new(object, "function", text(e->function));
	json_object_set_new(object, "summary", text(e->summary));
	json_object_set_new(object, "subject", text(e->subject));
	json_object_set_new(object, "needed", text(e->needed));
	json_object_set_new(object, "known", text(e->known));
	json_object_set_new(object, "lineage", lineage(e));
	json_object_set_new(object, "branches", branches(e));
	json_object_set_new(object, "branches_left_out", json_integer(e->branches_left_out));
	json_object_set_new(object, "merges", merges(e));
	json_object_set_new(object, "check", check);
	json_object_set_new(object, "witness", witness(e));
	json_object_set_new(object, "hint", text(e->hint));
	json_object_set_new(object, "edit", hunk(e->edit_line, e->edit_old, e->edit));
	json_object_set_new(object, "also", hunk(e->also_line, e->also_old, e->also));
	json_object_set_new(object, "explain", text(e->reason));
}
