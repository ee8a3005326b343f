/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which structs may a program's BTF describe, and which may be a map's values?  Locks, list heads,
 * nodes and tagged pointers in all combinations: BTF_LOAD and MAP_CREATE give the errno stated, and
 * the one of the running kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>

#include "ring3/ring3.h"
#include "support/kernel.h"
#include "support/rng.h"

enum {
	MAX_STRUCTS = 4,
	RANDOM = 2000,
	TEXT = 256,
};

/* Members: a name of `kinds`, one with [] for an array of two, "head:1.0" for a head whose items
 * are struct 1 with their node in its member 0, "kptr>TARGET" for a tagged pointer, "x" for a
 * number, "in0" for struct 0.  A comma begins the next struct; the last one is the map's value. */
static const struct {
	const char *text;
	int btf, map;
} cases[] = {
	{ "lock x", 0, 0 },
	{ "lock lock", -E2BIG, 0 },
	{ "lock res", -EINVAL, 0 },
	{ "lock x, lock in0", 0, 0 },
	{ "lock[] x", 0, 0 },
	{ "lock lock[]", -E2BIG, 0 },
	{ "x timer[] lock", 0, 0 },
	{ "x timer timer", 0, 0 },
	{ "count node[]", -EINVAL, 0 },
	{ "count count", 0, 0 },
	{ "node rbnode", -EINVAL, 0 },
	{ "node rbnode count", 0, 0 },
	{ "node, head:0.0", -EINVAL, 0 },
	{ "node, lock head:0.0", 0, 0 },
	{ "node, lock x head[]:0.0", 0, 0 },
	{ "x, lock head:0.0", -EINVAL, 0 },
	{ "x, lock head:0.1", -ENOENT, 0 },
	{ "x, lock head:9.0", -ENOENT, 0 },
	{ "x, lock head", -EINVAL, 0 },
	{ "lock head:0.2 node", -ELOOP, 0 },
	{ "kptr>plain", 0, 0 },
	{ "kptr>unknown", 0, 0 },
	{ "kptr>unknown lock", -EINVAL, 0 },
	{ "kptr>number", 0, 0 },
	{ "kptr>number kptr>plain", -EINVAL, 0 },
	{ "user>plain kptr>plain", -EINVAL, 0 },
	{ "user>plain timer", 0, 0 },
	{ "kptr>task", 0, 0 },
	{ "kptr>sk_buff", -ENOENT, 0 },
	{ "kptr_untrusted>sk_buff", 0, 0 },
	{ "uptr>plain lock", 0, -EOPNOTSUPP },
	{ "node x", 0, 0 },
};

static const struct {
	const char *word, *name;
	unsigned int size;
} kinds[] = {
	{ "lock", "bpf_spin_lock", 4 },  { "res", "bpf_res_spin_lock", 4 },
	{ "timer", "bpf_timer", 16 },    { "wq", "bpf_wq", 16 },
	{ "later", "bpf_task_work", 8 }, { "head", "bpf_list_head", 16 },
	{ "node", "bpf_list_node", 24 }, { "root", "bpf_rb_root", 16 },
	{ "rbnode", "bpf_rb_node", 32 }, { "count", "bpf_refcount", 4 },
};

enum {
	N_KINDS = sizeof(kinds) / sizeof(kinds[0]),
	N_CASES = sizeof(cases) / sizeof(cases[0]),
};

struct types {
	struct btf *btf;
	int number, kind[N_KINDS], target[5];
	int made[MAX_STRUCTS];
	unsigned int size[MAX_STRUCTS], n;
};

static const char *const targets[] = { "plain", "task", "sk_buff", "unknown", "number" };

static void add_plain(struct types *t, int *ret_id, const char *name, unsigned int size)
{
	*ret_id = btf__add_struct(t->btf, name, size);
	btf__add_field(t->btf, "a", t->number, 0, 0);
}

static void begin(struct types *t)
{
	memset(t, 0, sizeof(*t));
	t->btf = btf__new_empty();
	t->number = btf__add_int(t->btf, "int", 4, BTF_INT_SIGNED);
	for (unsigned int k = 0; k < N_KINDS; k++)
		add_plain(t, &t->kind[k], kinds[k].name, kinds[k].size);
	add_plain(t, &t->target[0], "plain", 8);
	add_plain(t, &t->target[1], "task_struct", 8);
	add_plain(t, &t->target[2], "sk_buff", 8);
	t->target[3] = btf__add_fwd(t->btf, "unknown", BTF_FWD_STRUCT);
	t->target[4] = t->number;
}

static int tagged(struct types *t, const char *word, const char *to)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "%.*s", (int)(to - word), word);
	for (unsigned int k = 0; k < sizeof(targets) / sizeof(targets[0]); k++)
		if (!strcmp(to + 1, targets[k]))
			return btf__add_ptr(t->btf, btf__add_type_tag(t->btf, tag, t->target[k]));
	return 0;
}

/* The type of a word, and its size. */
static int type_of(struct types *t, const char *word, unsigned int *ret_size)
{
	const char *to = strchr(word, '>');
	size_t n = strcspn(word, "[:");

	*ret_size = 8;
	if (to)
		return tagged(t, word, to);
	*ret_size = 4;
	if (!strcmp(word, "x"))
		return t->number;
	if (!strncmp(word, "in", 2)) {
		*ret_size = t->size[word[2] - '0'];
		return t->made[word[2] - '0'];
	}
	for (unsigned int k = 0; k < N_KINDS; k++) {
		if (strlen(kinds[k].word) != n || strncmp(word, kinds[k].word, n) != 0)
			continue;
		*ret_size = kinds[k].size << (word[n] == '[');
		return word[n] == '[' ? btf__add_array(t->btf, t->number, t->kind[k], 2)
				      : t->kind[k];
	}
	return 0;
}

static void make_struct(struct types *t, char *text)
{
	char *words[16], *save = NULL, name[8], content[32];
	int type[16], id;
	unsigned int n = 0, end = 0, off[16], size[16];

	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		words[n] = w;
		type[n] = type_of(t, w, &size[n]);
		off[n] = size[n] == 4 ? end : (end + 7) & ~7U;
		end = off[n] + size[n];
		n++;
	}
	snprintf(name, sizeof(name), "s%u", t->n);
	id = btf__add_struct(t->btf, name, (end + 7) & ~7U);
	for (unsigned int k = 0; k < n; k++) {
		snprintf(name, sizeof(name), "m%u", k);
		btf__add_field(t->btf, name, type[k], off[k] * 8, 0);
	}
	for (unsigned int k = 0; k < n; k++) {
		const char *c = strchr(words[k], ':');

		if (!c)
			continue;
		snprintf(content, sizeof(content), "contains:s%c:m%c", c[1], c[3]);
		btf__add_decl_tag(t->btf, content, id, (int)k);
	}
	t->made[t->n] = id;
	t->size[t->n++] = (end + 7) & ~7U;
}

static void make(struct types *t, const char *text)
{
	char copy[TEXT], *save = NULL;

	begin(t);
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *s = strtok_r(copy, ",", &save); s; s = strtok_r(NULL, ",", &save))
		make_struct(t, s);
}

static int our_map(ring3 *rt, const struct types *t, int btf, unsigned int type)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .max_entries = 2 };

	attr.value_size = t->size[t->n - 1];
	attr.btf_fd = (unsigned int)btf;
	attr.btf_key_type_id = (unsigned int)t->number;
	attr.btf_value_type_id = (unsigned int)t->made[t->n - 1];
	return ring3_bpf(rt, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int their_map(const struct types *t, int btf, unsigned int type)
{
	struct kernel_map m = { .type = type, .key_size = 4, .max_entries = 2, .btf_fd = btf };

	m.value_size = t->size[t->n - 1];
	m.btf_key = (unsigned int)t->number;
	m.btf_value = (unsigned int)t->made[t->n - 1];
	return kernel_map_create(&m);
}

struct verdict {
	int btf, map;
};

static int shut(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static struct verdict judge(ring3 *rt, const char *text, unsigned int map_type)
{
	struct verdict v = { 0 };
	union bpf_attr attr = { 0 };
	struct types t;
	unsigned int size;
	const void *raw;
	int fd;

	make(&t, text);
	raw = btf__raw_data(t.btf, &size);
	attr.btf = (uintptr_t)raw;
	attr.btf_size = size;
	fd = rt ? ring3_bpf(rt, BPF_BTF_LOAD, &attr, sizeof(attr)) : kernel_btf_load(raw, size);
	if (fd >= 0)
		v.map = shut(rt ? our_map(rt, &t, fd, map_type) : their_map(&t, fd, map_type));
	v.btf = shut(fd);
	btf__free(t.btf);
	return v;
}

static unsigned int n_tests, n_failed;

static void report(const char *text, const char *side, struct verdict is, int btf, int map)
{
	bool ok = is.btf == btf && is.map == map;

	n_failed += !ok;
	printf("%s %u - %s (%s)\n", ok ? "ok" : "not ok", ++n_tests, text, side);
	if (!ok)
		printf("# BTF %d and map %d, not %d and %d\n", is.btf, is.map, btf, map);
}

static void put(char *text, const char *word)
{
	strncat(text, word, TEXT - 1 - strlen(text));
}

static void put_word(struct rng *r, char *text)
{
	static const char *const tags[] = { "kptr", "kptr_untrusted", "percpu_kptr", "uptr",
					    "user" };
	unsigned int k = rng_below(r, N_KINDS), what = rng_below(r, 20);
	char tail[8] = "";

	put(text, " ");
	if (what < 3) {
		put(text, "x");
	} else if (what < 7) {
		put(text, tags[rng_below(r, 5)]);
		put(text, ">");
		put(text, targets[rng_below(r, 5)]);
	} else {
		put(text, kinds[k].word);
		if (what == 7)
			put(text, "[]");
		snprintf(tail, sizeof(tail), ":%u.%u", rng_below(r, 3), rng_below(r, 3));
		put(text,
		    !strcmp(kinds[k].word, "head") || !strcmp(kinds[k].word, "root") ? tail : "");
	}
}

/* Kernel and ring3 may find another of several mistakes first. */
static void run_random(ring3 *rt)
{
	static const unsigned int maps[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY,
					     BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY,
					     BPF_MAP_TYPE_LRU_HASH };
	struct rng r = { .state = 1 };
	unsigned int differ = 0;

	for (unsigned int i = 0; i < RANDOM; i++) {
		unsigned int type = maps[rng_below(&r, 5)];
		struct verdict ours, theirs;
		char text[TEXT] = "";

		for (unsigned int s = 1 + rng_below(&r, 3); s; s--) {
			for (unsigned int m = 1 + rng_below(&r, 4); m; m--)
				put_word(&r, text);
			put(text, s > 1 ? "," : "");
		}
		ours = judge(rt, text, type);
		theirs = judge(NULL, text, type);
		if (!ours.btf == !theirs.btf && ours.map == theirs.map)
			continue;
		differ++;
		printf("# %s: map type %u: %d and %d, kernel %d and %d\n", text, type, ours.btf,
		       ours.map, theirs.btf, theirs.map);
	}
	n_failed += differ != 0;
	printf("%s %u - random structs as in the kernel\n", differ ? "not ok" : "ok", ++n_tests);
}

int main(void)
{
	const char *why;
	bool kernel = kernel_can_load(&why);
	ring3 *rt = NULL;

	if (ring3_new(NULL, &rt))
		return 1;
	for (unsigned int k = 0; k < N_CASES; k++) {
		report(cases[k].text, "ring3", judge(rt, cases[k].text, BPF_MAP_TYPE_ARRAY),
		       cases[k].btf, cases[k].map);
		if (kernel)
			report(cases[k].text, "kernel",
			       judge(NULL, cases[k].text, BPF_MAP_TYPE_ARRAY), cases[k].btf,
			       cases[k].map);
	}
	if (kernel)
		run_random(rt);
	else
		printf("ok %u - the kernel's answers # SKIP %s\n", ++n_tests, why);
	printf("1..%u\n", n_tests);
	ring3_unref(rt);
	return n_failed != 0;
}
