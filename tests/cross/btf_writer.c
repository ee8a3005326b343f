/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do tests write BTF where there is no libbpf for the machine?  The few calls of libbpf's that
 * tests/support makes, by the same names.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/btf.h>
#include <bpf/btf.h>

enum {
	ROOM = 64 << 10,
	MAX_TYPES = 1024
};

struct btf {
	uint8_t types[ROOM], image[2 * ROOM + sizeof(struct btf_header)];
	char strings[ROOM];
	uint32_t types_len, strings_len, n, last; /* last: where the newest type begins */
};

struct btf *btf__new_empty(void)
{
	struct btf *btf = calloc(1, sizeof(*btf));

	if (btf)
		btf->strings_len = 1;
	return btf;
}

void btf__free(struct btf *btf)
{
	free(btf);
}

int btf__add_str(struct btf *btf, const char *s)
{
	uint32_t at = btf->strings_len;
	size_t n = s ? strlen(s) + 1 : 0;

	if (n <= 1)
		return 0;
	if (n > ROOM - at)
		return -ENOSPC;
	memcpy(btf->strings + at, s, n);
	btf->strings_len += (uint32_t)n;
	return (int)at;
}

static void append(struct btf *btf, const void *data, size_t n)
{
	if (n > ROOM - btf->types_len)
		abort();
	memcpy(btf->types + btf->types_len, data, n);
	btf->types_len += (uint32_t)n;
}

static int add_type(struct btf *btf, const char *name, uint32_t kind, uint32_t low, uint32_t size)
{
	struct btf_type t = { .name_off = (uint32_t)btf__add_str(btf, name),
			      .info = kind << 24 | low,
			      .size = size };

	btf->last = btf->types_len;
	append(btf, &t, sizeof(t));
	return (int)++btf->n;
}

static void count_member(struct btf *btf)
{
	struct btf_type t;

	memcpy(&t, btf->types + btf->last, sizeof(t));
	t.info++;
	memcpy(btf->types + btf->last, &t, sizeof(t));
}

int btf__add_int(struct btf *btf, const char *name, size_t size, int encoding)
{
	int id = add_type(btf, name, BTF_KIND_INT, 0, (uint32_t)size);
	uint32_t bits = (uint32_t)encoding << 24 | (uint32_t)size * 8;

	append(btf, &bits, sizeof(bits));
	return id;
}

int btf__add_struct(struct btf *btf, const char *name, __u32 size)
{
	return add_type(btf, name, BTF_KIND_STRUCT, 0, size);
}

int btf__add_field(struct btf *btf, const char *name, int type, __u32 bit_offset, __u32 bit_size)
{
	struct btf_member m = { .name_off = (uint32_t)btf__add_str(btf, name),
				.type = (uint32_t)type,
				.offset = bit_offset };

	if (bit_size)
		return -EINVAL;
	append(btf, &m, sizeof(m));
	count_member(btf);
	return 0;
}

int btf__add_ptr(struct btf *btf, int type)
{
	return add_type(btf, NULL, BTF_KIND_PTR, 0, (uint32_t)type);
}

int btf__add_fwd(struct btf *btf, const char *name, enum btf_fwd_kind kind)
{
	return kind == BTF_FWD_STRUCT ? add_type(btf, name, BTF_KIND_FWD, 0, 0) : -EINVAL;
}

int btf__add_array(struct btf *btf, int index, int elem, __u32 n)
{
	int id = add_type(btf, NULL, BTF_KIND_ARRAY, 0, 0);
	struct btf_array a = { .type = (uint32_t)elem, .index_type = (uint32_t)index, .nelems = n };

	append(btf, &a, sizeof(a));
	return id;
}

int btf__add_func_proto(struct btf *btf, int ret)
{
	return add_type(btf, NULL, BTF_KIND_FUNC_PROTO, 0, (uint32_t)ret);
}

int btf__add_func_param(struct btf *btf, const char *name, int type)
{
	struct btf_param p = { .name_off = (uint32_t)btf__add_str(btf, name),
			       .type = (uint32_t)type };

	append(btf, &p, sizeof(p));
	count_member(btf);
	return 0;
}

int btf__add_func(struct btf *btf, const char *name, enum btf_func_linkage linkage, int proto)
{
	return add_type(btf, name, BTF_KIND_FUNC, (uint32_t)linkage, (uint32_t)proto);
}

const void *btf__raw_data(const struct btf *btf, __u32 *size)
{
	struct btf_header h = { .magic = BTF_MAGIC,
				.version = BTF_VERSION,
				.hdr_len = sizeof(h),
				.type_len = btf->types_len,
				.str_off = btf->types_len,
				.str_len = btf->strings_len };
	uint8_t *out = ((struct btf *)(uintptr_t)btf)->image;

	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), btf->types, btf->types_len);
	memcpy(out + sizeof(h) + btf->types_len, btf->strings, btf->strings_len);
	*size = (__u32)sizeof(h) + btf->types_len + btf->strings_len;
	return out;
}

/* No kernel's types: cases that need them are skipped. */
struct btf *btf__load_vmlinux_btf(void)
{
	return NULL;
}

__s32 btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	(void)btf;
	(void)name;
	(void)kind;
	return -ENOENT;
}
