/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes must stay what and where they are? */
#include "hook/rseq.h"

#include <errno.h>

#include "base/alloc.h"
#include "hook/insn.h"
#include "hook/patch.h"

enum {
	MOST = 65536,    /* descriptors that are read; nobody writes so many */
	LANDING_PAD = 4, /* of an indirect branch, which stays in front of a patch */
	SIGNATURE = 4,   /* in front of where the aborted go on, looked at by the kernel */
};

/* As rseq(2) has it. */
struct rseq_one {
	uint32_t version, flags;
	uint64_t start, size, abort;
};

int rseq_read(uint64_t at, uint64_t size, struct rseqs *ret_rseqs)
{
	size_t n = size / sizeof(struct rseq_one);
	struct rseq_one *all;
	long got;

	*ret_rseqs = (struct rseqs){ 0 };
	if (!n)
		return 0;
	n = n < MOST ? n : MOST;
	all = mem_array(n, sizeof(*all));
	if (!all)
		return -ENOMEM;
	got = patch_read(at, (uint8_t *)all, n * sizeof(*all));
	*ret_rseqs = (struct rseqs){ all, got < 0 ? 0 : (size_t)got / sizeof(*all) };
	return 0;
}

void rseq_done(struct rseqs *rseqs)
{
	mem_free(rseqs->all);
	*rseqs = (struct rseqs){ 0 };
}

static bool meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

bool rseq_is_near(const struct rseqs *rseqs, uint64_t addr)
{
	const uint64_t most = LANDING_PAD + INSN_JMP;

	for (size_t i = 0; i < rseqs->n; i++) {
		const struct rseq_one *r = &rseqs->all[i];

		if (meet(addr, most, r->start, r->size) ||
		    meet(addr, most, r->abort - SIGNATURE, SIGNATURE))
			return true;
	}
	return false;
}
