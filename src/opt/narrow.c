/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which loads need not load all they do, or extend what they load?  Those of which one operation
 * wants the lowest bits.  Asked when uses have just been counted.
 */
#include "opt/ir.h"

static uint8_t extension(const struct opt_ins *i)
{
	if (i->op == OPT_ZX)
		return 0;
	return i->w == 64 ? OPT_SIGNED : OPT_SIGNED | OPT_HALF;
}

bool opt_narrow(struct opt_fn *f)
{
	bool any = false;

	for (uint32_t k = 0; k < f->n_order; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = f->ins[v].next) {
			struct opt_ins *i = &f->ins[v], *load = &f->ins[i->arg[0]];

			if ((i->op != OPT_ZX && i->op != OPT_SX) || load->op != OPT_LOAD ||
			    load->aux || load->uses != 1 || load->w < i->aux)
				continue;
			load->w = i->aux;
			load->aux = extension(i);
			load->may = opt_may(f, load);
			i->op = OPT_COPY;
			any = true;
		}
	return any;
}
