/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in this blob: header and sections checked, types by id, names, sizes. */
#include "btf/btf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "btf/blob.h"

enum {
	ERR_NOTSUPP = 524
}; /* the kernel's ENOTSUPP, which user space has no name for */

static int refuse(struct text *log, int err, const char *why)
{
	if (log)
		text_add(log, "%s\n", why);
	return err;
}

/* A header longer than ours is fine as long as the rest is zero. */
static int check_header(const uint8_t *data, size_t size, bool split, struct text *log,
			struct btf_header *hdr)
{
	uint32_t hdr_len;

	if (size < offsetof(struct btf_header, hdr_len) + sizeof(hdr_len))
		return refuse(log, -EINVAL, "hdr_len not found");
	memcpy(&hdr_len, data + offsetof(struct btf_header, hdr_len), sizeof(hdr_len));
	if (size < hdr_len)
		return refuse(log, -EINVAL, "btf_header not found");
	for (size_t i = sizeof(*hdr); i < hdr_len; i++)
		if (data[i])
			return refuse(log, -E2BIG, "Unsupported btf_header");
	memset(hdr, 0, sizeof(*hdr));
	memcpy(hdr, data, hdr_len < sizeof(*hdr) ? hdr_len : sizeof(*hdr));
	if (hdr->magic != BTF_MAGIC)
		return refuse(log, -EINVAL, "Invalid magic");
	if (hdr->version != BTF_VERSION)
		return refuse(log, -ERR_NOTSUPP, "Unsupported version");
	if (hdr->flags)
		return refuse(log, -ERR_NOTSUPP, "Unsupported flags");
	if (!split && size == hdr_len)
		return refuse(log, -EINVAL, "No data");
	return 0;
}

/* The two sections must tile what follows the header. */
static int check_sections(const struct btf_header *hdr, size_t size, struct text *log)
{
	struct {
		uint32_t off, len;
	} secs[2] = { { hdr->type_off, hdr->type_len }, { hdr->str_off, hdr->str_len } };
	bool swap = secs[1].off < secs[0].off;
	uint64_t room = size - hdr->hdr_len, total = 0;

	for (int i = 0; i < 2; i++) {
		uint32_t off = secs[swap ? !i : i].off, len = secs[swap ? !i : i].len;

		if (off > room)
			return refuse(log, -EINVAL, "Invalid section offset");
		if (total < off)
			return refuse(log, -EINVAL, "Unsupported section found");
		if (total > off)
			return refuse(log, -EINVAL, "Section overlap found");
		if (room - total < len)
			return refuse(log, -EINVAL, "Total section length too long");
		total += len;
	}
	if (total != room)
		return refuse(log, -EINVAL, "Unsupported section found");
	return 0;
}

static int check_strings(struct btf_blob *btf, const struct btf_header *hdr, struct text *log)
{
	const char *s = (const char *)btf->raw + hdr->hdr_len + hdr->str_off;

	if ((uint64_t)hdr->hdr_len + hdr->str_off + hdr->str_len != btf->raw_size)
		return refuse(log, -EINVAL, "String section is not at the end");
	btf->strings = s;
	btf->strings_len = hdr->str_len;
	if (btf->base && !hdr->str_len)
		return 0;
	if (!hdr->str_len || hdr->str_len - 1 > BTF_MAX_STRINGS || s[hdr->str_len - 1])
		return refuse(log, -EINVAL, "Invalid string section");
	if (!btf->base && s[0])
		return refuse(log, -EINVAL, "Invalid string section");
	return 0;
}

static int check_type_section(struct btf_blob *btf, const struct btf_header *hdr, struct text *log)
{
	if (hdr->type_off & 3)
		return refuse(log, -EINVAL, "Unaligned type_off");
	if (!btf->base && !hdr->type_len)
		return refuse(log, -EINVAL, "No type found");
	btf->types = btf->raw + hdr->hdr_len + hdr->type_off;
	btf->types_len = hdr->type_len;
	return 0;
}

static int compare_tags(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Every load asks for tags of its functions. */
static int index_tags(struct btf_blob *btf)
{
	uint32_t n = 0;

	if (!btf->n_tags)
		return 0;
	btf->tags = mem_array(btf->n_tags, sizeof(*btf->tags));
	if (!btf->tags)
		return -ENOMEM;
	for (uint32_t id = btf->first_id; id < btf->n_types; id++) {
		const struct btf_type *t = btf_type(btf, id);

		if (btf_kind_of(t) == BTF_KIND_DECL_TAG)
			btf->tags[n++] = (uint64_t)t->type << 32 | id;
	}
	qsort(btf->tags, n, sizeof(*btf->tags), compare_tags);
	return 0;
}

static int parse(struct btf_blob *btf, struct text *log)
{
	struct btf_check c = { .btf = btf, .log = log };
	struct btf_header hdr;
	size_t most;
	int err = check_header(btf->raw, btf->raw_size, btf->base != NULL, log, &hdr);

	if (!err)
		err = check_sections(&hdr, btf->raw_size, log);
	if (!err)
		err = check_strings(btf, &hdr, log);
	if (!err)
		err = check_type_section(btf, &hdr, log);
	if (err)
		return err;
	/* Any header length is taken, but the records need their alignment. */
	if (hdr.hdr_len & 3)
		return refuse(log, -EINVAL, "Unaligned type_off");
	most = btf->types_len / sizeof(struct btf_type) + 1;
	btf->offs = mem_array(most, sizeof(*btf->offs));
	btf->sizes = mem_array(most, sizeof(*btf->sizes));
	btf->state = mem_array(most, sizeof(*btf->state));
	if (!btf->offs || !btf->sizes || !btf->state)
		return -ENOMEM;
	err = btf_check_types(&c);
	if (!err)
		err = btf_resolve_types(&c);
	if (!err)
		err = index_tags(btf);
	mem_free(btf->state);
	btf->state = NULL;
	return err;
}

int btf_parse(const void *data, size_t size, struct btf_blob *base, struct text *log,
	      struct btf_blob **ret_btf)
{
	struct btf_blob *btf = mem_alloc(sizeof(*btf));
	int err;

	if (!btf)
		return -ENOMEM;
	btf->refs = 1;
	btf->base = base ? btf_ref(base) : NULL;
	btf->first_id = base ? base->n_types : 1;
	btf->n_types = btf->first_id;
	btf->first_str = base ? base->first_str + base->strings_len : 0;
	btf->raw = size ? mem_dup(data, size) : NULL;
	btf->raw_size = btf->raw ? size : 0;
	err = size && !btf->raw ? -ENOMEM : parse(btf, log);
	if (err) {
		btf_unref(btf);
		return err;
	}
	*ret_btf = btf;
	return 0;
}

struct btf_blob *btf_ref(struct btf_blob *btf)
{
	__atomic_fetch_add(&btf->refs, 1, __ATOMIC_RELAXED);
	return btf;
}

struct btf_blob *btf_unref(struct btf_blob *btf)
{
	if (!btf || __atomic_sub_fetch(&btf->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	btf_unref(btf->base);
	mem_free(btf->raw);
	mem_free(btf->offs);
	mem_free(btf->sizes);
	mem_free(btf->tags);
	mem_free(btf->state);
	mem_free(btf);
	return NULL;
}

const void *btf_raw(const struct btf_blob *btf, size_t *ret_size)
{
	*ret_size = btf->raw_size;
	return btf->raw;
}

uint32_t btf_n_types(const struct btf_blob *btf)
{
	return btf->n_types;
}

uint32_t btf_tag(const struct btf_blob *btf, uint32_t owner, uint32_t after)
{
	uint32_t id = btf->base ? btf_tag(btf->base, owner, after) : 0, low = 0, high = btf->n_tags;
	uint64_t from = (uint64_t)owner << 32 | after;

	while (low < high && !id) {
		uint32_t mid = low + (high - low) / 2;

		if (btf->tags[mid] > from)
			high = mid;
		else
			low = mid + 1;
	}
	if (!id && low < btf->n_tags && btf->tags[low] >> 32 == owner)
		id = (uint32_t)btf->tags[low];
	return id;
}

const struct btf_type *btf_type(const struct btf_blob *btf, uint32_t id)
{
	static const struct btf_type nothing; /* void */

	while (id && id < btf->first_id && btf->base)
		btf = btf->base;
	if (!id)
		return &nothing;
	if (id < btf->first_id || id >= btf->n_types)
		return NULL;
	return (const struct btf_type *)(const void *)(btf->types + btf->offs[id - btf->first_id]);
}

bool btf_str_ok(const struct btf_blob *btf, uint32_t off)
{
	while (off < btf->first_str && btf->base)
		btf = btf->base;
	return off >= btf->first_str && off - btf->first_str < btf->strings_len;
}

const char *btf_name(const struct btf_blob *btf, uint32_t name_off)
{
	while (name_off < btf->first_str && btf->base)
		btf = btf->base;
	if (name_off < btf->first_str || name_off - btf->first_str >= btf->strings_len)
		return "";
	return btf->strings + (name_off - btf->first_str);
}

unsigned int btf_kind_of(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

unsigned int btf_vlen_of(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

uint32_t btf_strip(const struct btf_blob *btf, uint32_t id)
{
	const struct btf_type *t = btf_type(btf, id);

	while (t && btf_is_modifier_kind(btf_kind_of(t))) {
		id = t->type;
		t = btf_type(btf, id);
	}
	return id;
}

int64_t btf_size_of(const struct btf_blob *btf, uint32_t id)
{
	while (id && id < btf->first_id && btf->base)
		btf = btf->base;
	if (!id || id < btf->first_id || id >= btf->n_types)
		return -EINVAL;
	return btf->sizes[id - btf->first_id] < 0 ? -EINVAL : btf->sizes[id - btf->first_id];
}

uint32_t btf_find(const struct btf_blob *btf, const char *name, unsigned int kind)
{
	for (uint32_t id = 1; id < btf->n_types; id++) {
		const struct btf_type *t = btf_type(btf, id);

		if (btf_kind_of(t) == kind && !strcmp(btf_name(btf, t->name_off), name))
			return id;
	}
	return 0;
}
