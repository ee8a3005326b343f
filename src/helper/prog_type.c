/* SPDX-License-Identifier: BSD-2-Clause */
/* Which row of prog_types.def does a program follow? */
#include "helper/prog_type.h"

#include <ring3/bpf.h>

#include "helper/ctx.h"

/* Attach type 0, where the kernel takes it as "not given". */
#define BPF_NONE 0

struct row {
	uint64_t attach; /* bit n: expected attach type n; 0: any */
	struct prog_type type;
};

#define ANY             0
#define AT(at)          (UINT64_C(1) << BPF_##at)
#define VIEW(id)        &ctx_types[CTX_TYPE_##id]
#define TYPED           NULL
#define FREE            .ret_checked = false
#define RANGE(min, max) .ret_checked = true, .ret_min = (min), .ret_max = (max)
#define NO_PACKET       .pkt_access = false
#define READ_ONLY       .pkt_access = true
#define READ_WRITE      .pkt_access = true, .pkt_write = true
#define TYPE(id, label, at, view, group, range, packet, skb, run) \
	{ (at),                                                   \
	  { .type = BPF_PROG_TYPE_##id,                           \
	    .name = #label,                                       \
	    .ctx = view,                                          \
	    .groups = HELPER_GROUP_BASE | HELPER_GROUP_##group,   \
	    range,                                                \
	    packet,                                               \
	    .has_skb = (skb),                                     \
	    .runs = (run),                                        \
	    .sleeps = BPF_PROG_TYPE_##id == BPF_PROG_TYPE_SYSCALL } },

static const struct row rows[] = {
#include "helper/prog_types.def"
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0])
};

const struct prog_type *prog_type_of(uint32_t type, uint32_t expected_attach_type)
{
	for (uint32_t i = 0; i < N_ROWS; i++) {
		const struct row *row = &rows[i];

		if (row->type.type != type)
			continue;
		if (row->attach == ANY)
			return &row->type;
		if (expected_attach_type < 64 && (row->attach >> expected_attach_type & 1))
			return &row->type;
	}
	return NULL;
}

const struct prog_type *prog_type_at(uint32_t n)
{
	return n < N_ROWS ? &rows[n].type : NULL;
}
