/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does one runtime own in this process?  The table is an open hash of (kind, id) that readers
 * walk without a lock: a slot's key is written once, its object is published and taken back by one
 * store, and a table that was replaced is released like an object.
 */
#include "run/rt.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/text.h"
#include "btf/kernel.h"
#include "jit/code.h"
#include "map/map.h"
#include "run/keep.h"
#include "run/prog_count.h"
#include "run/prog.h"
#include "run/slot.h"
#include "run/rt_priv.h"
#include "run/trace.h"

enum {
	FIRST_CAP = 64,
	SWEEP_MS = 50,
	TEND_MS = 1000,
	TEND_SHARE = 50 /* of the time at most one part goes into it */
};

static uint64_t key_of(enum store_kind kind, uint32_t id)
{
	return (uint64_t)(kind + 1) << 32 | id;
}

static uint32_t start_of(const struct rt_table *t, uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 32) & (t->cap - 1);
}

static struct rt_slot *table_find(struct rt_table *t, uint64_t key)
{
	for (uint32_t i = start_of(t, key);; i = (i + 1) & (t->cap - 1)) {
		uint64_t seen = __atomic_load_n(&t->slot[i].key, __ATOMIC_ACQUIRE);

		if (seen == key)
			return &t->slot[i];
		if (!seen)
			return NULL;
	}
}

void *rt_find(struct ring3 *rt, enum store_kind kind, uint32_t id)
{
	struct rt_table *t = __atomic_load_n(&rt->table, __ATOMIC_ACQUIRE);
	struct rt_slot *s = table_find(t, key_of(kind, id));

	return s ? __atomic_load_n(&s->object, __ATOMIC_ACQUIRE) : NULL;
}

static struct rt_table *table_new(uint32_t cap)
{
	struct rt_table *t = mem_alloc(sizeof(*t) + cap * (sizeof(t->slot[0]) + sizeof(uint32_t)));

	if (t) {
		t->cap = cap;
		t->by_ino = (uint32_t *)(void *)&t->slot[cap];
	}
	return t;
}

static uint32_t start_of_ino(const struct rt_table *t, ino_t ino)
{
	return (uint32_t)(((uint64_t)ino * 0x9e3779b97f4a7c15u) >> 32) & (t->cap - 1);
}

/* With the lock: finds the slot by what its file is, too. */
static void index_ino(struct rt_table *t, uint32_t at)
{
	uint32_t i = start_of_ino(t, t->slot[at].ino);

	while (t->by_ino[i])
		i = (i + 1) & (t->cap - 1);
	t->by_ino[i] = at + 1;
}

static void table_put(struct rt_table *t, const struct rt_slot *in)
{
	uint32_t i = start_of(t, in->key);

	while (t->slot[i].key && t->slot[i].key != in->key)
		i = (i + 1) & (t->cap - 1);
	/* An object that takes the place of a dead one takes another place in the index. */
	t->used++;
	t->slot[i].dev = in->dev;
	t->slot[i].ino = in->ino;
	__atomic_store_n(&t->slot[i].object, in->object, __ATOMIC_RELEASE);
	__atomic_store_n(&t->slot[i].key, in->key, __ATOMIC_RELEASE);
	index_ino(t, i);
}

static void table_release(void *p)
{
	mem_free(p);
}

/* With the lock: room for one more. */
static int table_reserve(struct ring3 *rt)
{
	struct rt_table *old = rt->table, *t;
	uint32_t live = 0, cap = FIRST_CAP;

	if (old->used + 1 <= old->cap / 2)
		return 0;
	for (uint32_t i = 0; i < old->cap; i++)
		live += old->slot[i].object != NULL;
	while (cap / 4 < live + 1)
		cap *= 2;
	t = table_new(cap);
	if (!t)
		return -ENOMEM;
	for (uint32_t i = 0; i < old->cap; i++)
		if (old->slot[i].object)
			table_put(t, &old->slot[i]);
	__atomic_store_n(&rt->table, t, __ATOMIC_SEQ_CST);
	rt_retire(rt, table_release, old);
	return 0;
}

/* With the lock. */
static int add(struct ring3 *rt, enum store_kind kind, uint32_t id, const struct stat *st,
	       void *object)
{
	struct rt_slot in = {
		.key = key_of(kind, id), .object = object, .dev = st->st_dev, .ino = st->st_ino
	};
	int err = rt_find(rt, kind, id) ? -EEXIST : table_reserve(rt);

	if (!err)
		table_put(rt->table, &in);
	return err;
}

int rt_add(struct ring3 *rt, enum store_kind kind, uint32_t id, int fd, void *object)
{
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	pthread_mutex_lock(&rt->lock);
	err = add(rt, kind, id, &st, object);
	pthread_mutex_unlock(&rt->lock);
	return err;
}

int rt_add_new(struct ring3 *rt, enum store_kind kind, uint32_t id, int fd, const struct stat *st,
	       void *object, bool *ret_known)
{
	int err;

	pthread_mutex_lock(&rt->lock);
	err = add(rt, kind, id, st, object);
	*ret_known = !err;
	if (!err)
		err = store_publish_file(rt->store, kind, id, fd, st);
	pthread_mutex_unlock(&rt->lock);
	return err;
}

/* Maps, BTF and rings are known by descriptors that keep their files.  A program's file may be gone
 * by another process's sweep, and its inode number another object's. */
static bool is_file_of(struct ring3 *rt, const struct rt_slot *s, const struct stat *st)
{
	if (!s->object || s->ino != st->st_ino || s->dev != st->st_dev)
		return false;
	return s->key >> 32 != STORE_PROG + 1 ||
	       store_is(rt->store, STORE_PROG, (uint32_t)s->key, st->st_dev, st->st_ino);
}

int rt_identify(struct ring3 *rt, int fd, enum store_kind *ret_kind, uint32_t *ret_id)
{
	struct rt_table *t;
	struct stat st;
	bool found = false;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -EBADF;
	pthread_mutex_lock(&rt->lock);
	t = rt->table;
	for (uint32_t i = start_of_ino(t, st.st_ino); t->by_ino[i] && !found;
	     i = (i + 1) & (t->cap - 1)) {
		struct rt_slot *s = &t->slot[t->by_ino[i] - 1];

		if (!is_file_of(rt, s, &st))
			continue;
		*ret_kind = (enum store_kind)((s->key >> 32) - 1);
		*ret_id = (uint32_t)s->key;
		found = true;
	}
	pthread_mutex_unlock(&rt->lock);
	return found ? 0 : store_identify(rt->store, fd, ret_kind, ret_id);
}

/* --- release after the last run --- */

struct rt_retired {
	struct rt_retired *next;
	void (*release)(void *object);
	void *object;
	uint32_t n;
	/* Who is inside: on a slot, or behind a gate. */
	struct {
		const struct slot_gate *gate;
		struct store_slot *slot;
		uint32_t owner;
		uint64_t runs;
	} seen[];
};

static bool is_quiet(const struct rt_retired *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct slot_gate *gate = r->seen[i].gate;
		const struct store_slot *s = r->seen[i].slot;

		if (gate && !slot_gate_passed(gate, (uint32_t)r->seen[i].runs))
			return false;
		if (s && __atomic_load_n(&s->owner, __ATOMIC_ACQUIRE) == r->seen[i].owner &&
		    __atomic_load_n(&s->runs, __ATOMIC_ACQUIRE) == r->seen[i].runs)
			return false;
	}
	return true;
}

/* What a thread keeps it may be inside of or not: its gate tells. */
static void look_at_slots(struct ring3 *rt, struct rt_retired *r)
{
	for (uint32_t i = 0; i < rt->n_slots; i++) {
		struct store_slot *s = &rt->registry->slots[i];
		uint64_t runs = __atomic_load_n(&s->runs, __ATOMIC_SEQ_CST);
		uint32_t owner = __atomic_load_n(&s->owner, __ATOMIC_SEQ_CST);

		if (!owner || owner & STORE_SLOT_KEPT)
			continue;
		r->seen[r->n].slot = s;
		r->seen[r->n].owner = owner;
		r->seen[r->n++].runs = runs;
	}
}

/* Who joined the list since it was counted began after what is retired was out of reach. */
static bool look_at_gates(struct rt_retired *r, const struct slot_keeper *k)
{
	if (k && !slot_sync())
		return false;
	for (; k; k = k->next) {
		uint32_t left = __atomic_load_n(&k->gate->left, __ATOMIC_ACQUIRE);

		/* Not there: of a thread of the parent process. */
		if (__atomic_load_n(&k->gate->gate, __ATOMIC_ACQUIRE) != SLOT_INSIDE ||
		    !__atomic_load_n(&k->gate->there, __ATOMIC_ACQUIRE))
			continue;
		r->seen[r->n].gate = k->gate;
		r->seen[r->n++].runs = left;
	}
	return true;
}

static uint32_t n_keepers(const struct slot_keeper *k)
{
	uint32_t n = 0;

	for (; k; k = k->next)
		n++;
	return n;
}

/* Without memory to remember it, what cannot be proven quiet is kept for good. */
void rt_retire(struct ring3 *rt, void (*release)(void *object), void *object)
{
	const struct slot_keeper *keepers;
	struct rt_retired *r;
	uint32_t n;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	keepers = __atomic_load_n(&slot_keepers, __ATOMIC_SEQ_CST);
	n = rt->n_slots + n_keepers(keepers);
	r = mem_alloc(sizeof(*r) + n * sizeof(r->seen[0]));
	if (!r && rt->ending) {
		release(object);
		return;
	}
	if (!r) {
		rt_log(rt, RING3_LOG_ERROR, "out of memory: an object is kept until exit");
		return;
	}
	r->release = release;
	r->object = object;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	look_at_slots(rt, r);
	if (!look_at_gates(r, keepers)) {
		mem_free(r);
		rt_log(rt, RING3_LOG_ERROR, "no membarrier(2): an object is kept until exit");
		return;
	}
	do
		r->next = __atomic_load_n(&rt->retired, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&rt->retired, &r->next, r, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED));
}

static void release_quiet(struct ring3 *rt, bool all)
{
	struct rt_retired *r = __atomic_exchange_n(&rt->retired, NULL, __ATOMIC_ACQ_REL), *next;
	struct rt_retired *keep = NULL;

	for (; r; r = next) {
		next = r->next;
		if (!all && !is_quiet(r)) {
			r->next = keep;
			keep = r;
			continue;
		}
		r->release(r->object);
		mem_free(r);
	}
	while (keep) {
		r = keep;
		keep = r->next;
		do
			r->next = __atomic_load_n(&rt->retired, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(&rt->retired, &r->next, r, false,
						    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	}
}

static void release_object(struct ring3 *rt, enum store_kind kind, void *object)
{
	switch (kind) {
	case STORE_MAP: rt_retire(rt, rt_map_release, object); return;
	case STORE_PROG: rt_retire(rt, rt_prog_release, object); return;
	case STORE_BTF: rt_btf_unref(object); return;
	case STORE_RING: rt_retire(rt, rt_ring_release, object); return;
	case STORE_LINK:
	case STORE_N_KINDS: return;
	}
}

/* With the lock: takes entries out whose object is dead in the store (all of them at the end). */
static void drop_dead(struct ring3 *rt, bool all)
{
	struct rt_table *t = rt->table;

	for (uint32_t i = 0; i < t->cap; i++) {
		struct rt_slot *s = &t->slot[i];
		enum store_kind kind = (enum store_kind)((s->key >> 32) - 1);
		void *object = s->object;

		if (!object || (!all && store_exists(rt->store, kind, (uint32_t)s->key)))
			continue;
		/* A program here still uses it: it goes together with the program. */
		if (kind == STORE_MAP && !all &&
		    __atomic_load_n(&((struct map *)object)->refs, __ATOMIC_ACQUIRE) > 1)
			continue;
		__atomic_store_n(&s->object, NULL, __ATOMIC_SEQ_CST);
		release_object(rt, kind, object);
	}
}

void rt_sweep(struct ring3 *rt, bool now)
{
	uint64_t t = os_now_ns();

	pthread_mutex_lock(&rt->lock);
	if (!now && t - rt->swept_ns < SWEEP_MS * 1000000u) {
		pthread_mutex_unlock(&rt->lock);
		return;
	}
	rt->swept_ns = t;
	pthread_mutex_unlock(&rt->lock);
	store_sweep(rt->store);
	pthread_mutex_lock(&rt->lock);
	drop_dead(rt, false);
	pthread_mutex_unlock(&rt->lock);
	release_quiet(rt, false);
}

bool rt_made_room(struct ring3 *rt, int err)
{
	if (err != -EMFILE && err != -ENFILE)
		return false;
	rt_sweep(rt, true);
	return true;
}

static uint32_t known_maps(struct ring3 *rt, struct map ***ret_maps)
{
	struct rt_table *t;
	struct map **maps;
	uint32_t n = 0;

	pthread_mutex_lock(&rt->lock);
	t = rt->table;
	maps = mem_array(t->used + 1, sizeof(struct map *));
	for (uint32_t i = 0; maps && i < t->cap; i++)
		if (t->slot[i].object && t->slot[i].key >> 32 == STORE_MAP + 1)
			maps[n++] = map_ref(t->slot[i].object);
	pthread_mutex_unlock(&rt->lock);
	*ret_maps = maps;
	return n;
}

void rt_tend(struct ring3 *rt)
{
	uint64_t begin = os_now_ns(), due = __atomic_load_n(&rt->tend_ns, __ATOMIC_RELAXED), took;
	struct map **maps;
	uint32_t n;

	if (begin < due || !store_dir(rt->store) ||
	    !__atomic_compare_exchange_n(&rt->tend_ns, &due, begin + TEND_MS * 1000000ull, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	rt_sweep(rt, true);
	n = known_maps(rt, &maps);
	for (uint32_t i = 0; i < n; i++) {
		map_recover(maps[i], NULL, NULL);
		map_unref(maps[i]);
	}
	mem_free(maps);
	took = os_now_ns() - begin;
	if (took > TEND_MS * 1000000ull / TEND_SHARE)
		__atomic_store_n(&rt->tend_ns, begin + took * TEND_SHARE, __ATOMIC_RELAXED);
}

/* --- the runtime --- */

int rt_charge(struct ring3 *rt, uint64_t bytes)
{
	uint64_t sum = __atomic_add_fetch(&rt->used_bytes, bytes, __ATOMIC_RELAXED);

	if (!rt->max_bytes || (sum <= rt->max_bytes && sum >= bytes))
		return 0;
	rt_uncharge(rt, bytes);
	rt_log(rt, RING3_LOG_ERROR, "%llu bytes more would exceed the limit of %llu",
	       (unsigned long long)bytes, (unsigned long long)rt->max_bytes);
	return -ENOMEM;
}

void rt_uncharge(struct ring3 *rt, uint64_t bytes)
{
	__atomic_sub_fetch(&rt->used_bytes, bytes, __ATOMIC_RELAXED);
}

void rt_log(struct ring3 *rt, enum ring3_log_level level, const char *fmt, ...)
{
	struct text t;
	char buf[512];
	va_list ap;

	if (!rt->log)
		return;
	text_init(&t, buf, sizeof(buf));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	rt->log(rt->log_data, level, buf);
}

int rt_new(const struct rt_opts *opts, struct text *reterr_why, struct ring3 **ret_rt)
{
	struct ring3 *rt = mem_alloc(sizeof(*rt));
	struct store_opts so = { .dir = opts->dir,
				 .dir_fd = opts->dir_fd,
				 .n_slots = opts->n_slots,
				 .refs = rt_object_refs,
				 .refs_arg = rt };
	int err;

	if (!rt)
		return -ENOMEM;
	rt->refs = 1;
	rt->max_bytes = opts->max_bytes;
	pthread_mutex_init(&rt->lock, NULL);
	rt->table = table_new(FIRST_CAP);
	err = rt->table ? code_pool_new(&rt->code_pool) : -ENOMEM;
	if (!err)
		err = store_open(&so, reterr_why, &rt->store);
	if (err) {
		code_pool_unref(rt->code_pool);
		mem_free(rt->table);
		pthread_mutex_destroy(&rt->lock);
		mem_free(rt);
		return err;
	}
	rt->registry = store_registry(rt->store);
	rt->tag = slot_new_tag();
	rt->counts = opts->dir ? NULL : prog_places_new();
	rt->n_slots = store_n_slots(rt->store);
	rt->n_cpus = os_n_cpus();
	rt->tier = JIT_AUTO;
	helper_env_init(&rt->env);
	*ret_rt = rt;
	return 0;
}

/* Programs that release drops maps and BTF in turn, hence the rounds. */
void rt_free(struct ring3 *rt)
{
	rt->ending = true;
	keep_release(rt->tag);
	drop_dead(rt, true);
	while (rt->retired)
		release_quiet(rt, true);
	trace_close(rt);
	store_sweep(rt->store);
	store_close(rt->store);
	rt_modules_free(rt);
	btf_kernel_free(rt->kernel);
	mem_free(rt->btf_path);
	mem_free(rt->guest);
	for (uint32_t i = 0; i < rt->n_host_types; i++)
		mem_free(rt->host_types[i]);
	mem_free(rt->host_types);
	mem_free(rt->host_protos);
	mem_free(rt->verify_spare);
	mem_free(rt->table);
	prog_places_free(rt->counts);
	code_pool_unref(rt->code_pool);
	pthread_mutex_destroy(&rt->lock);
	mem_free(rt);
}

void rt_fork_lock(struct ring3 *rt)
{
	pthread_mutex_lock(&rt->lock);
	store_fork_lock(rt->store);
}

void rt_fork_unlock(struct ring3 *rt)
{
	store_fork_unlock(rt->store);
	pthread_mutex_unlock(&rt->lock);
}

const struct prog_type *rt_prog_type(struct ring3 *rt, uint32_t type, uint32_t attach_type)
{
	const struct prog_type *row = NULL;

	if (type < RT_HOST_TYPE_BASE)
		return prog_type_of(type, attach_type);
	pthread_mutex_lock(&rt->lock);
	if (type - RT_HOST_TYPE_BASE < rt->n_host_types)
		row = rt->host_types[type - RT_HOST_TYPE_BASE];
	pthread_mutex_unlock(&rt->lock);
	return row;
}

const struct btf_kernel *rt_kernel(struct ring3 *rt)
{
	const char *path = rt->btf_path ? rt->btf_path : RT_KERNEL_BTF;

	pthread_mutex_lock(&rt->lock);
	if (!rt->kernel_tried) {
		int err = btf_kernel_open(path, &rt->kernel);

		rt->kernel_tried = true;
		if (err && rt->btf_path)
			rt_log(rt, RING3_LOG_WARN, "%s: cannot be read as BTF: %s", path,
			       strerror(-err));
	}
	pthread_mutex_unlock(&rt->lock);
	return rt->kernel;
}
