/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a kernel say of its types and functions? */
#include "btf/kernel.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/os.h"

enum {
	MAX_KERNEL_BTF = 64 << 20
};

struct btf_kernel {
	struct btf_blob *types;
	const struct btf_kernel *base; /* of a module: the kernel's */
	uint32_t first;                /* id that is not the base's */
	uint32_t mask;
	uint32_t *head; /* per bucket of names: the first id */
	/* Per id from the first: the next one of its bucket; of a tag, the next of its function. */
	uint32_t *next;
	uint32_t *tags; /* per bucket of functions: the first tag */
};

static uint32_t hash_name(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t hash_id(uint32_t id)
{
	return id * 2654435761u >> 8;
}

/* From the last to the first, so that a chain begins with the smallest id. */
static void fill(struct btf_kernel *k)
{
	for (uint32_t id = btf_n_types(k->types); id-- > k->first;) {
		const struct btf_type *t = btf_type(k->types, id);
		uint32_t *list = &k->tags[hash_id(t->type) & k->mask];

		if (btf_kind_of(t) != BTF_KIND_DECL_TAG) {
			const char *name = btf_name(k->types, t->name_off);

			if (!*name)
				continue;
			list = &k->head[hash_name(name) & k->mask];
		}
		k->next[id - k->first] = *list;
		*list = id;
	}
}

static int build(struct btf_kernel *k)
{
	uint32_t n = btf_n_types(k->types) - k->first, size = 1024;

	while (size < n)
		size *= 2;
	k->mask = size - 1;
	k->head = mem_array(size, sizeof(*k->head));
	k->tags = mem_array(size, sizeof(*k->tags));
	k->next = mem_array(n + 1, sizeof(*k->next));
	if (!k->head || !k->tags || !k->next)
		return -ENOMEM;
	fill(k);
	return 0;
}

int btf_kernel_open(const char *path, struct btf_kernel **ret_kernel)
{
	struct btf_kernel *k = mem_alloc(sizeof(*k));
	size_t size = 0;
	void *data = NULL;
	int err = k ? os_read_file(path, MAX_KERNEL_BTF, &data, &size) : -ENOMEM;

	if (!err)
		err = btf_parse(data, size, NULL, NULL, &k->types);
	mem_free(data);
	if (!err) {
		k->first = 1;
		err = build(k);
	}
	if (err) {
		btf_kernel_free(k);
		return err;
	}
	*ret_kernel = k;
	return 0;
}

int btf_kernel_extend(const struct btf_kernel *base, struct btf_blob *module,
		      struct btf_kernel **ret_kernel)
{
	struct btf_kernel *k = mem_alloc(sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	k->types = btf_ref(module);
	k->base = base;
	k->first = btf_n_types(base->types);
	err = k->first <= btf_n_types(module) ? build(k) : -EINVAL;
	if (err) {
		btf_kernel_free(k);
		return err;
	}
	*ret_kernel = k;
	return 0;
}

struct btf_kernel *btf_kernel_free(struct btf_kernel *k)
{
	if (!k)
		return NULL;
	btf_unref(k->types);
	mem_free(k->head);
	mem_free(k->tags);
	mem_free(k->next);
	mem_free(k);
	return NULL;
}

struct btf_blob *btf_kernel_types(const struct btf_kernel *k)
{
	return k->types;
}

uint32_t btf_kernel_find(const struct btf_kernel *k, const char *name, unsigned int kind)
{
	uint32_t id = k->head[hash_name(name) & k->mask];

	for (; id; id = k->next[id - k->first]) {
		const struct btf_type *t = btf_type(k->types, id);

		if (btf_kind_of(t) == kind && !strcmp(btf_name(k->types, t->name_off), name))
			return id;
	}
	return k->base ? btf_kernel_find(k->base, name, kind) : 0;
}

bool btf_kernel_tagged(const struct btf_kernel *k, uint32_t func, const char *tag)
{
	uint32_t id = k->tags[hash_id(func) & k->mask];

	for (; id; id = k->next[id - k->first]) {
		const struct btf_type *t = btf_type(k->types, id);

		if (t->type == func && !strcmp(btf_name(k->types, t->name_off), tag))
			return true;
	}
	return k->base && btf_kernel_tagged(k->base, func, tag);
}
