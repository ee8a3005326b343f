/* SPDX-License-Identifier: BSD-2-Clause */
/* Which objects of a kernel may maps own, and for how long are they there?  Rows of kept.def. */
#include "btf/kept.h"

#include <errno.h>
#include <string.h>

static const struct kept_row {
	const char *type;
	bool until_rcu;
	const char *function;
} rows[] = {
#define KEPT(type, until_rcu, function) { type, until_rcu, function },
#include "btf/kept.def"
#undef KEPT
};

static const struct kept_row *find(const char *type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].type, type))
			return &rows[i];
	return NULL;
}

bool kept_until_rcu(const char *type)
{
	const struct kept_row *row = find(type);

	return row && row->until_rcu;
}

/* What the kernel does not know is the program's own. */
static bool may_keep(const struct btf_kernel *kernel, const char *type)
{
	const struct kept_row *row = find(type);

	if (!*type || !btf_kernel_find(kernel, type, BTF_KIND_STRUCT))
		return true;
	return row && (!row->function || btf_kernel_find(kernel, row->function, BTF_KIND_FUNC));
}

int kept_check_record(const struct btf_kernel *kernel, const struct btf_record *record)
{
	for (uint32_t i = 0; i < record->n; i++) {
		const struct btf_field *f = &record->field[i];

		if (f->kind == FIELD_KPTR_REF &&
		    !may_keep(kernel,
			      btf_name(record->btf, btf_type(record->btf, f->type_id)->name_off)))
			return -ENOENT;
	}
	return 0;
}
