/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How do queues and stacks keep their order when a process dies in the middle?  One word holds both
 * ends {head, tail}, counted without wrapping; a value is copied first and the word stored last,
 * under a lock that a waiter takes over from a dead owner.
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "map/bias.h"
#include "map/priv.h"

struct queue_shared {
	struct bias bias;
	uint64_t ends; /* {newest + 1: 32, oldest: 32}, modulo 2 * max_entries */
	uint64_t values[];
};

/* Of the process: where things are. */
struct queue {
	struct queue_shared *shared;
	uint64_t elem_size;
	uint32_t value_size, n;
	struct bias_here *here;
};

int queue_check(const struct map_desc *desc)
{
	if (!desc->max_entries || desc->key_size || !desc->value_size)
		return -EINVAL;
	return desc->value_size > MAP_KMALLOC_MAX || desc->max_entries > INT32_MAX ? -E2BIG : 0;
}

size_t queue_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return sizeof(struct queue_shared) + map_round8(desc->value_size) * desc->max_entries;
}

int queue_attach(struct map *map)
{
	struct queue *q = mem_alloc(sizeof(*q));

	if (!q)
		return -ENOMEM;
	q->here = bias_attach();
	if (!q->here) {
		mem_free(q);
		return -ENOMEM;
	}
	q->shared = map->data;
	q->elem_size = map_round8(map->desc.value_size);
	q->value_size = map->desc.value_size;
	q->n = map->desc.max_entries;
	map->priv = q;
	return 0;
}

void queue_detach(struct map *map)
{
	struct queue *q = map->priv;

	if (q)
		bias_detach(q->here);
	mem_free(q);
}

static void *value_at(const struct queue *q, uint32_t at)
{
	return (char *)q->shared->values + q->elem_size * (at < q->n ? at : at - q->n);
}

static uint32_t after(const struct queue *q, uint32_t at)
{
	return at + 1 < 2 * q->n ? at + 1 : 0;
}

static uint32_t before(const struct queue *q, uint32_t at)
{
	return at ? at - 1 : 2 * q->n - 1;
}

struct ends {
	uint32_t head, tail;
	uint32_t n; /* between them */
};

/* Brought into range whatever the file says. */
static inline __attribute__((always_inline)) struct ends read_ends(const struct queue *q)
{
	uint64_t word = sync_load(&q->shared->ends);
	struct ends e = { .head = (uint32_t)(word >> 32), .tail = (uint32_t)word };

	if (__builtin_expect(e.head >= 2 * q->n || e.tail >= 2 * q->n, 0))
		e.head = e.tail = 0;
	e.n = e.head - e.tail + (e.head < e.tail ? 2 * q->n : 0);
	e.n = e.n < q->n ? e.n : q->n;
	return e;
}

static void write_ends(struct queue *q, uint32_t head, uint32_t tail)
{
	sync_store(&q->shared->ends, (uint64_t)head << 32 | tail);
}

/* In turn. */
static inline __attribute__((always_inline)) int put(struct queue *q, const void *value,
						     uint64_t flags)
{
	struct ends e = read_ends(q);

	if (__builtin_expect(e.n == q->n, 0)) {
		if (flags != BPF_EXIST)
			return -E2BIG;
		e.tail = after(q, e.tail);
		write_ends(q, e.head, e.tail);
	}
	sync_copy_in(value_at(q, e.head), value, q->value_size);
	write_ends(q, after(q, e.head), e.tail);
	return 0;
}

static __attribute__((noinline)) int wait_and_put(struct queue *q, const void *value,
						  uint64_t flags)
{
	int err;

	if (bias_lock(&q->shared->bias) < 0)
		return -EBUSY;
	err = put(q, value, flags);
	sync_unlock(&q->shared->bias.lock);
	return err;
}

static __attribute__((noinline)) int put_in_turn(struct queue *q, const void *value, uint64_t flags)
{
	struct bias *bias = &q->shared->bias;
	struct sync_turn turn;
	int err;

	if (!bias_try_begin(bias, &turn))
		return wait_and_put(q, value, flags);
	err = put(q, value, flags);
	bias_end(bias, q->here, &turn);
	return err;
}

int queue_push(struct map *map, const void *value, uint64_t flags)
{
	struct queue *q = map->priv;
	struct bias *bias = &q->shared->bias;
	struct sync_thread *me;
	int err;

	if (flags & BPF_NOEXIST || flags > BPF_EXIST)
		return -EINVAL;
	me = bias_begin_own(bias, q->here);
	if (!me)
		return put_in_turn(q, value, flags);
	err = put(q, value, flags);
	bias_end_own(bias, me);
	return err;
}

enum what {
	OLDEST,
	NEWEST,
	KEPT = 2 /* with either */
};

/* In turn. */
static inline __attribute__((always_inline)) bool get(struct queue *q, void *ret_value, int what)
{
	struct ends e = read_ends(q);
	uint32_t last = before(q, e.head);

	if (!e.n)
		return false;
	sync_copy_out(ret_value, value_at(q, what & NEWEST ? last : e.tail), q->value_size);
	if (!(what & KEPT) && what & NEWEST)
		write_ends(q, last, e.tail);
	else if (!(what & KEPT))
		write_ends(q, e.head, after(q, e.tail));
	return true;
}

static __attribute__((noinline)) int nothing(const struct queue *q, void *ret_value, int err)
{
	__builtin_memset(ret_value, 0, q->value_size);
	return err;
}

static __attribute__((noinline)) int wait_and_get(struct queue *q, void *ret_value, int what)
{
	bool got;

	if (bias_lock(&q->shared->bias) < 0)
		return nothing(q, ret_value, -EBUSY);
	got = get(q, ret_value, what);
	sync_unlock(&q->shared->bias.lock);
	return got ? 0 : nothing(q, ret_value, -ENOENT);
}

static inline __attribute__((always_inline)) int get_in_turn(struct queue *q, void *ret_value,
							     int what)
{
	struct bias *bias = &q->shared->bias;
	struct sync_turn turn;
	bool got;

	if (!bias_try_begin(bias, &turn))
		return wait_and_get(q, ret_value, what);
	got = get(q, ret_value, what);
	bias_end(bias, q->here, &turn);
	return got ? 0 : nothing(q, ret_value, -ENOENT);
}

static inline __attribute__((always_inline)) int take(struct map *map, void *ret_value, int what)
{
	struct queue *q = map->priv;
	struct bias *bias = &q->shared->bias;
	struct sync_thread *me = bias_begin_own(bias, q->here);
	bool got;

	if (!me)
		return get_in_turn(q, ret_value, what);
	got = get(q, ret_value, what);
	bias_end_own(bias, me);
	return got ? 0 : nothing(q, ret_value, -ENOENT);
}

int queue_pop(struct map *map, void *ret_value)
{
	return take(map, ret_value, OLDEST);
}

int queue_peek(struct map *map, void *ret_value)
{
	return take(map, ret_value, OLDEST | KEPT);
}

int stack_pop(struct map *map, void *ret_value)
{
	return take(map, ret_value, NEWEST);
}

int stack_peek(struct map *map, void *ret_value)
{
	return take(map, ret_value, NEWEST | KEPT);
}
