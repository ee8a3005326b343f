/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which loads need not load all they do?  Those of which one operation wants the lowest bits. Asked
 * when uses have just been counted.
 */
#include "opt/ir.h"

bool opt_narrow(struct opt_fn *f)
{
	bool any = false;

	for (uint32_t k = 0; k < f->n_order; k++)
		for (opt_ref v = f->blocks[f->order[k]].head; v; v = f->ins[v].next) {
			struct opt_ins *i = &f->ins[v], *load = &f->ins[i->arg[0]];

			if (i->op != OPT_ZX || load->op != OPT_LOAD || load->aux ||
			    load->uses != 1 || load->w < i->aux)
				continue;
			load->w = i->aux;
			load->may = opt_mask(i->aux);
			i->op = OPT_COPY;
			any = true;
		}
	return any;
}
