/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a case's map value with special fields described to a verifier?  See vtypes.h. */
#include "support/vtypes.h"

#include <string.h>

/* A struct of this name and size, made of words. */
static int words(struct btf *btf, const char *name, uint32_t size, int word)
{
	int array = btf__add_array(btf, word, word, size / 4);
	int s = btf__add_struct(btf, name, size);

	btf__add_field(btf, "x", array, 0, 0);
	return s;
}

static uint32_t size_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t size;
	} sizes[] = { { "bpf_spin_lock", 4 },
		      { "bpf_res_spin_lock", 4 },
		      { "bpf_timer", 16 },
		      { "bpf_wq", 16 },
		      { "bpf_task_work", 8 } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (!strcmp(sizes[i].name, name))
			return sizes[i].size;
	return 8;
}

struct btf *vtypes_map(const struct vcase_map *m, uint32_t *ret_key, uint32_t *ret_value)
{
	struct btf *btf = m->n_fields ? btf__new_empty() : NULL;
	int word, type[VCASE_FIELDS];

	if (!btf)
		return NULL;
	word = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	*ret_key =
		m->key_size == 4 ? (uint32_t)word : (uint32_t)words(btf, "key", m->key_size, word);
	for (uint32_t i = 0; i < m->n_fields; i++)
		type[i] = words(btf, m->fields[i].type, size_of(m->fields[i].type), word);
	*ret_value = (uint32_t)btf__add_struct(btf, "value", m->value_size);
	for (uint32_t i = 0; i < m->n_fields; i++)
		btf__add_field(btf, m->fields[i].type, type[i], m->fields[i].off * 8, 0);
	return btf;
}
