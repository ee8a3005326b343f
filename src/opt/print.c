/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a function of the intermediate form written?  For tests and for whoever changes a pass:
 * values are numbered as they are first named.
 */
#include <inttypes.h>

#include "opt/ir.h"

struct printer {
	struct opt_fn *f;
	struct text *out;
	uint32_t *number; /* by value; 0: not named yet */
	uint32_t n;
};

static const char *const cond_text[ISA_N_COND] = {
#define B(name, code, text, value, ...) [ISA_COND_##name] = text,
	ISA_JMP_LIST(B, )
#undef B
};

static uint32_t number_of(struct printer *p, opt_ref v)
{
	if (!p->number[v])
		p->number[v] = ++p->n;
	return p->number[v];
}

static void print_ref(struct printer *p, opt_ref v)
{
	const struct opt_ins *i = opt_at(p->f, opt_val(p->f, v));

	if (i->op == OPT_K)
		text_add(p->out, " %" PRId64, i->imm);
	else if (i->op == OPT_FP)
		text_add(p->out, " fp%+" PRId64, i->imm);
	else
		text_add(p->out, " v%u", number_of(p, opt_val(p->f, v)));
}

static void print_ins(struct printer *p, opt_ref v)
{
	const struct opt_ins *i = opt_at(p->f, v);
	const struct opt_row *row = &opt_rows[i->op];

	text_add(p->out, i->folded ? " (" : " ");
	if (row->value)
		text_add(p->out, "v%u = ", number_of(p, v));
	text_add(p->out, "%s", row->text);
	if (i->w)
		text_add(p->out, "%02u", i->w);
	if (i->op == OPT_BR || i->op == OPT_SELECT)
		text_add(p->out, " %s", cond_text[i->aux]);
	else if (i->aux)
		text_add(p->out, ".%u", i->aux);
	for (int k = 0; k < 4; k++)
		if (i->arg[k])
			print_ref(p, i->arg[k]);
	for (uint32_t k = 0; k < i->n_more; k++)
		print_ref(p, p->f->pool[i->more + k]);
	if (i->imm)
		text_add(p->out, " [%" PRId64 "]", i->imm);
	text_add(p->out, i->folded ? ")\n" : "\n");
}

void opt_print(struct opt_fn *f, struct text *out)
{
	struct printer p = { .f = f, .out = out };

	p.number = arena_alloc(f->arena, f->n_ins * sizeof(*p.number));
	for (uint32_t k = 0; p.number && k < f->n_blocks; k++) {
		const struct opt_block *b = &f->blocks[k];

		if (b->rpo == OPT_DEAD)
			continue;
		text_add(out, "b%u:%s\n", k, b->is_header ? " loop" : "");
		for (opt_ref v = b->phis; v; v = f->ins[v].next)
			print_ins(&p, v);
		for (opt_ref v = b->head; v; v = f->ins[v].next)
			print_ins(&p, v);
	}
}
