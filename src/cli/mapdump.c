/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in the maps of an object?  Every map is read through bpf(2), as bpftool does, and printed
 * by its BTF types.  A map is drawn as a histogram when its name contains "hist" and its values are
 * numbers (keys are then buckets: log2 when they are indices of an array or when the name says so),
 * or when a value has an array member `slots` (the convention of the BCC libbpf tools).
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>

#include "base/text.h"
#include "cli/stacks.h"

enum {
	MAX_RESTARTS = 8
};

struct reader {
	const struct btf *btf;
	struct bpf_map *map;
	uint32_t key_size, value_size, n_cpus;
	uint32_t key_type, value_type;
	bool percpu;
	char *key, *next, *begin, *value;
	size_t value_room;
	uint32_t restarts;
	struct stacks *stacks;
	uint32_t left; /* elements still to read: keys that vanish restart the walk */
};

static bool is_percpu(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_keyed(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_HASH ||
	       type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LPM_TRIE || is_percpu(type);
}

static int reader_init(struct reader *r, struct stacks *stacks, struct bpf_map *map)
{
	int n = libbpf_num_possible_cpus();

	*r = (struct reader){ .btf = bpf_object__btf(stacks->obj), .map = map, .stacks = stacks };
	r->n_cpus = n > 0 ? (uint32_t)n : 1;
	r->key_size = bpf_map__key_size(map);
	r->value_size = bpf_map__value_size(map);
	r->key_type = bpf_map__btf_key_type_id(map);
	r->value_type = bpf_map__btf_value_type_id(map);
	r->percpu = is_percpu(bpf_map__type(map));
	r->left = bpf_map__max_entries(map);
	r->value_room = r->value_size;
	if (r->percpu)
		r->value_room = (size_t)((r->value_size + 7) & ~7u) * r->n_cpus;
	r->key = calloc(1, r->key_size + 8);
	r->next = calloc(1, r->key_size + 8);
	r->begin = calloc(1, r->key_size + 8);
	r->value = calloc(1, r->value_room + 8);
	return r->key && r->next && r->begin && r->value ? 0 : -ENOMEM;
}

static void reader_done(struct reader *r)
{
	free(r->key);
	free(r->next);
	free(r->begin);
	free(r->value);
}

/* Advances to the next element: 1 when there is one.  After a key that is not found any more the
 * walk begins again; in a map that was damaged that may be so for ever. */
static int reader_next(struct reader *r, bool first)
{
	int fd = bpf_map__fd(r->map);

	while (r->left && bpf_map_get_next_key(fd, first ? NULL : r->key, r->next) == 0) {
		r->left--;
		if (first)
			memcpy(r->begin, r->next, r->key_size);
		else if (!memcmp(r->begin, r->next, r->key_size) && ++r->restarts > MAX_RESTARTS)
			return 0;
		memcpy(r->key, r->next, r->key_size);
		first = false;
		if (bpf_map_lookup_elem(fd, r->key, r->value) == 0)
			return 1;
	}
	return 0;
}

static const char *value_of_cpu(const struct reader *r, uint32_t cpu)
{
	return r->value + (size_t)((r->value_size + 7) & ~7u) * cpu;
}

static bool all_zero(const char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (data[i])
			return false;
	return true;
}

/* One number per element: per-CPU copies are added up. */
static uint64_t element_number(const struct reader *r)
{
	uint64_t sum = 0, v;

	for (uint32_t cpu = 0; cpu < (r->percpu ? r->n_cpus : 1); cpu++) {
		v = 0;
		memcpy(&v, r->percpu ? value_of_cpu(r, cpu) : r->value,
		       r->value_size > 8 ? 8 : r->value_size);
		sum += v;
	}
	return sum;
}

static json_t *element_json(const struct reader *r)
{
	json_t *list;

	if (!r->percpu)
		return value_json(r->btf, r->value_type, r->value, r->value_size);
	list = json_array();
	for (uint32_t cpu = 0; cpu < r->n_cpus; cpu++) {
		if (all_zero(value_of_cpu(r, cpu), r->value_size))
			continue;
		json_array_append_new(list,
				      json_pack("{s:i, s:o}", "cpu", (int)cpu, "value",
						value_json(r->btf, r->value_type,
							   value_of_cpu(r, cpu), r->value_size)));
	}
	return list;
}

static bool is_number(const struct btf *btf, uint32_t id, uint32_t size)
{
	int resolved = btf && id ? btf__resolve_type(btf, id) : 0;
	const struct btf_type *t = resolved > 0 ? btf__type_by_id(btf, (uint32_t)resolved) : NULL;

	return t ? btf_is_int(t) : size == 4 || size == 8;
}

/* Byte offset and element count of an array member called slots, for values that are histograms. */
static bool find_slots(const struct reader *r, uint32_t *ret_off, uint32_t *ret_elem,
		       uint32_t *ret_n)
{
	int resolved = r->btf && r->value_type ? btf__resolve_type(r->btf, r->value_type) : 0;
	const struct btf_type *t =
		resolved > 0 ? btf__type_by_id(r->btf, (uint32_t)resolved) : NULL;
	const struct btf_member *m = t && btf_is_struct(t) ? btf_members(t) : NULL;

	for (uint32_t i = 0; m && i < btf_vlen(t); i++) {
		const struct btf_type *mt = btf__type_by_id(r->btf, m[i].type);
		const char *name = btf__name_by_offset(r->btf, m[i].name_off);
		int64_t elem;

		if (!mt || !btf_is_array(mt) || !name || strcmp(name, "slots"))
			continue;
		elem = btf__resolve_size(r->btf, btf_array(mt)->type);
		if (elem != 4 && elem != 8)
			return false;
		*ret_off = btf_member_bit_offset(t, i) / 8;
		*ret_elem = (uint32_t)elem;
		*ret_n = btf_array(mt)->nelems;
		return *ret_off + *ret_elem * *ret_n <= r->value_size;
	}
	return false;
}

static void emit_hist(FILE *out, const char *name, const uint64_t *counts, size_t n, bool json)
{
	struct hist_row *rows = NULL;
	size_t n_rows = 0;
	json_t *list, *doc;

	if (hist_log2_rows(counts, n, &rows, &n_rows))
		return;
	if (!json) {
		hist_print(out, name, rows, n_rows);
		free(rows);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < n_rows; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "range", rows[i].label, "count",
						      (json_int_t)rows[i].count));
	doc = json_pack("{s:s, s:o}", "histogram", name, "rows", list);
	json_dumpf(doc, out, JSON_COMPACT);
	fputc('\n', out);
	json_decref(doc);
	free(rows);
}

/* Map of bucket number to count. */
static void dump_bucket_map(FILE *out, struct reader *r, bool json)
{
	uint64_t counts[64] = { 0 }, bucket;

	for (bool first = true; reader_next(r, first); first = false) {
		bucket = 0;
		memcpy(&bucket, r->key, r->key_size > 8 ? 8 : r->key_size);
		if (bucket < 64)
			counts[bucket] += element_number(r);
	}
	emit_hist(out, bpf_map__name(r->map), counts, 64, json);
}

/* Map of anything to struct { slots[] }: one histogram per element that is not empty. */
static void dump_slots_map(FILE *out, struct reader *r, uint32_t off, uint32_t elem, uint32_t n,
			   bool json)
{
	for (bool first = true; reader_next(r, first); first = false) {
		uint64_t counts[64] = { 0 };
		char title[256];
		json_t *key;

		for (uint32_t cpu = 0; cpu < (r->percpu ? r->n_cpus : 1); cpu++)
			for (uint32_t i = 0; i < n && i < 64; i++) {
				uint64_t v = 0;

				memcpy(&v,
				       (r->percpu ? value_of_cpu(r, cpu) : r->value) + off +
					       i * elem,
				       elem);
				counts[i] += v;
			}
		key = value_json(r->btf, r->key_type, r->key, r->key_size);
		if (json_is_integer(key))
			snprintf(title, sizeof(title), "%s[%lld]", bpf_map__name(r->map),
				 (long long)json_integer_value(key));
		else
			snprintf(title, sizeof(title), "%s[%s]", bpf_map__name(r->map),
				 json_is_string(key) ? json_string_value(key) : "...");
		json_decref(key);
		emit_hist(out, title, counts, n < 64 ? n : 64, json);
	}
}

static void print_row(FILE *out, struct reader *r, json_t *key, json_t *value, json_t *stacks,
		      bool json)
{
	json_t *doc;

	if (json) {
		doc = json_pack("{s:s, s:O, s:O}", "map", bpf_map__name(r->map), "key", key,
				"value", value);
		if (stacks)
			json_object_set(doc, "stacks", stacks);
		json_dumpf(doc, out, JSON_COMPACT);
		fputc('\n', out);
		json_decref(doc);
		return;
	}
	fputs("  ", out);
	value_print(out, key);
	fputs(": ", out);
	value_print(out, value);
	fputc('\n', out);
	if (stacks)
		stacks_print(out, stacks);
}

/* An element that names stacks, until all are known: they are printed in order of what was counted,
 * the most last, as profilers do. */
struct stacked {
	json_t *key, *value, *stacks;
	json_int_t count;
};

struct stacked_list {
	struct stacked *rows;
	size_t n, cap;
};

/* The value, or its first member. */
static json_int_t count_of(json_t *value)
{
	if (json_is_object(value))
		value = json_object_iter_value(json_object_iter(value));
	return json_integer_value(value);
}

static bool keep_row(struct stacked_list *l, const struct stacked *row)
{
	size_t cap = l->cap ? l->cap * 2 : 64;
	struct stacked *more;

	if (l->n == l->cap) {
		more = realloc(l->rows, cap * sizeof(*more));
		if (!more)
			return false;
		l->rows = more;
		l->cap = cap;
	}
	l->rows[l->n++] = *row;
	return true;
}

static int by_count(const void *a, const void *b)
{
	const struct stacked *x = a, *y = b;

	return (x->count > y->count) - (x->count < y->count);
}

static void print_stacked(FILE *out, struct reader *r, struct stacked_list *l, bool json)
{
	if (l->n)
		qsort(l->rows, l->n, sizeof(*l->rows), by_count);
	for (size_t i = 0; i < l->n; i++) {
		print_row(out, r, l->rows[i].key, l->rows[i].value, l->rows[i].stacks, json);
		json_decref(l->rows[i].key);
		json_decref(l->rows[i].value);
		json_decref(l->rows[i].stacks);
	}
	free(l->rows);
}

static void dump_plain(FILE *out, struct reader *r, bool json)
{
	bool array = bpf_map__type(r->map) == BPF_MAP_TYPE_ARRAY ||
		     bpf_map__type(r->map) == BPF_MAP_TYPE_PERCPU_ARRAY;
	struct stacked_list stacked = { 0 };
	uint64_t zeroes = 0, n = 0;

	if (!json)
		fprintf(out, "%s:\n", bpf_map__name(r->map));
	for (bool first = true; reader_next(r, first); first = false) {
		struct stacked row;

		n++;
		if (array && !json && all_zero(r->value, r->value_room)) {
			zeroes++;
			continue;
		}
		row.key = value_json(r->btf, r->key_type, r->key, r->key_size);
		row.value = element_json(r);
		row.stacks = stacks_of(r->stacks, bpf_map__name(r->map), row.key, row.value);
		row.count = count_of(row.value);
		if (row.stacks && keep_row(&stacked, &row))
			continue;
		print_row(out, r, row.key, row.value, row.stacks, json);
		json_decref(row.key);
		json_decref(row.value);
		json_decref(row.stacks);
	}
	print_stacked(out, r, &stacked, json);
	if (zeroes)
		fprintf(out, "  (%llu%s zero)\n", (unsigned long long)zeroes,
			zeroes < n ? " more are" : " elements, all");
	if (!n && !json)
		fputs("  (empty)\n", out);
}

/* .bss and .data: one line a variable. */
static void dump_globals(FILE *out, struct reader *r, bool json)
{
	const struct btf_type *t = r->btf ? btf__type_by_id(r->btf, r->value_type) : NULL;
	const struct btf_var_secinfo *v = t && btf_is_datasec(t) ? btf_var_secinfos(t) : NULL;

	if (!v || !reader_next(r, true))
		return;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *var = btf__type_by_id(r->btf, v[i].type);
		const char *name = var ? btf__name_by_offset(r->btf, var->name_off) : NULL;
		json_t *value;

		/* A pointer called unused_... only keeps a type in the object's BTF. */
		if (!name || !strncmp(name, "unused", 6) || v[i].offset + v[i].size > r->value_size)
			continue;
		value = value_json(r->btf, var->type, r->value + v[i].offset, v[i].size);
		if (json) {
			json_t *doc = json_pack("{s:s, s:o}", "variable", name, "value", value);

			json_dumpf(doc, out, JSON_COMPACT);
			fputc('\n', out);
			json_decref(doc);
			continue;
		}
		fprintf(out, "%s = ", name);
		value_print(out, value);
		fputc('\n', out);
		json_decref(value);
	}
}

static bool ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && !strcmp(s + n - m, tail);
}

static void dump_map(FILE *out, struct reader *r, bool json)
{
	const char *name = bpf_map__name(r->map);
	uint32_t off, elem, n;

	if (bpf_map__is_internal(r->map)) {
		if (ends_with(name, ".bss") || ends_with(name, ".data"))
			dump_globals(out, r, json);
		return;
	}
	if (!is_keyed(bpf_map__type(r->map)))
		return;
	if (find_slots(r, &off, &elem, &n))
		dump_slots_map(out, r, off, elem, n, json);
	else if (strstr(name, "hist") && is_number(r->btf, r->value_type, r->value_size) &&
		 is_number(r->btf, r->key_type, r->key_size))
		dump_bucket_map(out, r, json);
	else
		dump_plain(out, r, json);
}

int mapdump_object(FILE *out, struct bpf_object *obj, struct places *places, pid_t pid, bool json)
{
	struct stacks stacks = { .obj = obj, .places = places, .pid = pid };
	struct bpf_map *map;
	struct reader r;
	int err;

	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__fd(map) < 0)
			continue;
		err = reader_init(&r, &stacks, map);
		if (!err)
			dump_map(out, &r, json);
		reader_done(&r);
		if (err)
			return err;
	}
	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__fd(map) >= 0 && stacks_is_map(map))
			stacks_dump(out, &stacks, map, json);
	}
	fflush(out);
	return 0;
}
