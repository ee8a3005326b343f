/* SPDX-License-Identifier: BSD-2-Clause */
/* Does an LPM trie find what a list of prefixes does, for every length of data and with as many
 * prefixes as bring its index into use?  Two mappings of the file are used in turn. */
#include "maps/maps.h"

#include "map/priv.h"

enum {
	MAX_PREFIXES = 6000,
	MAX_DATA = 16
};

struct prefix {
	uint32_t len;
	uint8_t data[MAX_DATA];
};

struct model {
	uint32_t n, data_size, limit;
	struct prefix prefixes[MAX_PREFIXES];
	uint64_t values[MAX_PREFIXES];
	void *(*lookup)(struct map *map, const void *key, uint32_t slot); /* for programs */
};

static bool covers(const struct prefix *p, const uint8_t *data)
{
	uint32_t whole = p->len / 8, rest = p->len % 8;

	if (memcmp(p->data, data, whole))
		return false;
	return !rest || !((p->data[whole] ^ data[whole]) >> (8 - rest));
}

static int find(const struct model *m, const struct prefix *key, bool exact)
{
	int best = -1;

	for (uint32_t k = 0; k < m->n; k++) {
		const struct prefix *p = &m->prefixes[k];

		if (exact ? p->len != key->len : p->len > key->len)
			continue;
		if (covers(p, key->data) && (best < 0 || p->len > m->prefixes[best].len))
			best = (int)k;
	}
	return best;
}

/* Mostly near each other, so that prefixes lie within prefixes. */
static struct prefix random_prefix(struct rng *r, uint32_t data_size)
{
	struct prefix p = { .len = rng_below(r, 8 * data_size + 1) };
	uint32_t spread = rng_below(r, 3);

	for (uint32_t k = 0; k < data_size; k++)
		p.data[k] = (uint8_t)(rng_next(r) >> (spread ? 0 : rng_below(r, 8)));
	if (spread == 1)
		p.data[0] = 10;
	return p;
}

static void one_step(struct map *map, struct model *m, struct rng *r, uint32_t lookups)
{
	struct prefix p = random_prefix(r, m->data_size);
	uint64_t value = rng_next(r), *found;
	int at = find(m, &p, true), err;

	if (rng_below(r, 3)) {
		err = map_update(map, &p, &value, BPF_ANY, 0);
		if (at < 0 && m->n == m->limit) {
			assert_int_equal(err, -ENOSPC);
		} else {
			assert_int_equal(err, 0);
			at = at < 0 ? (int)m->n++ : at;
			m->prefixes[at] = p;
			m->values[at] = value;
		}
	} else {
		if (m->n && rng_below(r, 2)) {
			at = (int)rng_below(r, m->n);
			p = m->prefixes[at];
		}
		assert_int_equal(map_delete(map, &p), at < 0 ? -ENOENT : 0);
		if (at >= 0) {
			m->prefixes[at] = m->prefixes[--m->n];
			m->values[at] = m->values[m->n];
		}
	}
	for (; lookups; lookups--) {
		p = random_prefix(r, m->data_size);
		if (m->n && rng_below(r, 2))
			memcpy(p.data, m->prefixes[rng_below(r, m->n)].data, m->data_size);
		p.len = rng_below(r, 4) ? 8 * m->data_size : p.len;
		at = find(m, &p, false);
		found = map_lookup(map, &p, 0);
		assert_int_equal(!!found, at >= 0);
		if (found)
			assert_int_equal(*found, m->values[at]);
		assert_ptr_equal(m->lookup(map, &p, 0), found);
	}
}

static void against_model(uint32_t data_size, uint32_t limit, uint32_t n_steps)
{
	struct map_desc desc = desc_of(BPF_MAP_TYPE_LPM_TRIE, 4 + data_size, 8, limit);
	struct model *m = calloc(1, sizeof(*m));
	struct rng r = { data_size * 100 + limit };
	struct map *map, *other;

	desc.flags = BPF_F_NO_PREALLOC;
	map = make_map(&desc);
	other = open_again(map);
	m->data_size = data_size;
	m->limit = limit;
	m->lookup = data_size == 4 ? lpm_lookup8 : lpm_lookup;
	for (uint32_t step = 0; step < n_steps; step++)
		one_step(step & 1 ? map : other, m, &r, 3);
	map_unref(other);
	map_unref(map);
	free(m);
}

static void test_small(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 3, 4, 5, 6, 8, 11, 16 };

	(void)state;
	for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
		against_model(sizes[k], 5, 2000);
		against_model(sizes[k], 60, 4000);
	}
}

static void test_large(void **state)
{
	(void)state;
	against_model(3, 2000, 6000);
	against_model(4, 5000, 12000);
	against_model(4, 300000, 6000);
	against_model(16, 2000, 6000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_large),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
