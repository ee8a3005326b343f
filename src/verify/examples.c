/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs show a reason?  The rows of examples.def, by the reason's id. */
#include <string.h>

#include "verify/diag.h"
#include "verify/examples.def"

#define K(KIND, head) EXAMPLE_##KIND,
enum example_kind {
	EXAMPLE_KINDS(K)
};
#undef K

static const char *const heads[] = {
#define K(KIND, head) [EXAMPLE_##KIND] = (head),
	EXAMPLE_KINDS(K)
#undef K
};

static const struct {
	enum reason reason;
	enum example_kind kind;
	const char *wrong, *right;
} rows[] = {
#define X(ID, KIND, wrong, right) { REASON_##ID, EXAMPLE_##KIND, (wrong), (right) },
	EXAMPLE_LIST(X)
#undef X
};

const char *verify_example_shared(void)
{
	return EXAMPLE_SHARED;
}

bool verify_example_of(const char *id, struct verify_example *ret_example)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(verify_reason_at(rows[i].reason)->id, id) != 0)
			continue;
		*ret_example =
			(struct verify_example){ .head = heads[rows[i].kind],
						 .wrong = rows[i].wrong,
						 .right = rows[i].right,
						 .gpl = rows[i].kind != EXAMPLE_OTHER_LICENCE };
		return true;
	}
	return false;
}
