/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program hand records to a reader that is an unmodified libbpf?
 *
 * File: consumer page, producer page, data area twice (a record that crosses the end is written on
 * into the second copy, where the reader, who reads linearly from pos & mask, finds it).
 *
 * The reader trusts that every record header below producer_pos is valid.  So producers take turns,
 * for a few stores: header with the busy bit, producer_pos.  Between any two of them the ring is in
 * order, so a waiter goes on where a dead producer stopped.  What a producer reserved and did not
 * commit names its thread: ringbuf_recover() discards it.
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/os.h"
#include "map/bias.h"
#include "map/priv.h"

enum {
	HEADER = 8,
	WORDWISE = 128 /* bytes up to which a copy by words is the faster one */
};

#define BUSY    ((uint32_t)BPF_RINGBUF_BUSY_BIT)
#define DISCARD ((uint32_t)BPF_RINGBUF_DISCARD_BIT)
#define LENGTH  (~(BUSY | DISCARD))

struct consumer_page {
	uint64_t pos;
	uint8_t pad[120];
	uint32_t waiter;
};

struct producer_page {
	uint64_t pos;
	uint8_t pad[56];
	/* On a line that the reader does not look at. */
	struct bias bias;
	uint64_t lost;
	uint64_t seen; /* consumer_pos as a producer last saw it */
};

struct record {
	uint32_t len; /* with BUSY and DISCARD */
	uint32_t owner;
};

struct ring {
	struct consumer_page *cons;
	struct producer_page *prod;
	char *data;
	uint64_t mask;
	uint64_t n_sizes; /* a record of programs' has fewer bytes; 0: they have none here */
	struct bias_here *here;
};

int ringbuf_check(const struct map_desc *desc)
{
	uint32_t n = desc->max_entries;

	if (desc->key_size || desc->value_size || !n || n & (n - 1) || n % os_page_size())
		return -EINVAL;
	return 0;
}

size_t ringbuf_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return 2 * os_page_size() + 2 * (size_t)desc->max_entries;
}

static uint64_t n_sizes(uint64_t ring_size)
{
	uint64_t n = ring_size - HEADER + 1;

	return n < LENGTH / 4 + 1 ? n : LENGTH / 4 + 1;
}

int ringbuf_attach(struct map *map)
{
	struct ring *ring = mem_alloc(sizeof(*ring));
	char *data = map->data;

	if (!ring)
		return -ENOMEM;
	ring->cons = map->data;
	ring->prod = (struct producer_page *)(void *)(data + os_page_size());
	ring->data = data + 2 * os_page_size();
	ring->mask = map->desc.max_entries - 1;
	if (map->desc.type == BPF_MAP_TYPE_RINGBUF) {
		ring->n_sizes = n_sizes(ring->mask + 1);
		ring->here = bias_attach();
		if (!ring->here) {
			mem_free(ring);
			return -ENOMEM;
		}
	}
	map->priv = ring;
	return 0;
}

void ringbuf_detach(struct map *map)
{
	struct ring *ring = map->priv;

	if (ring)
		bias_detach(ring->here);
	mem_free(ring);
}

static struct record *record_at(const struct ring *ring, uint64_t pos)
{
	return (struct record *)(void *)(ring->data + (pos & ring->mask & ~(uint64_t)7));
}

static uint64_t footprint(uint64_t len)
{
	return map_round8(len + HEADER);
}

static uint64_t header_word(uint32_t len, uint32_t owner)
{
	struct record r = { len, owner };
	uint64_t word;

	__builtin_memcpy(&word, &r, sizeof(word));
	return word;
}

/* In turn: where a record of so many bytes begins and ends; false: what is known of the reader's
 * position does not suffice. */
static inline bool find_room(const struct ring *ring, uint64_t size, uint64_t *ret_pos,
			     uint64_t *ret_end)
{
	uint64_t pos = sync_load(&ring->prod->pos), end = pos + footprint(size);

	*ret_pos = pos;
	*ret_end = end;
	return __builtin_expect(
		pos % 8 == 0 &&
			end - __atomic_load_n(&ring->prod->seen, __ATOMIC_RELAXED) <= ring->mask,
		1);
}

/* In turn: a record of so many bytes up to `end`. */
static inline struct record *append(struct ring *ring, uint64_t pos, uint64_t end, uint64_t size,
				    uint32_t owner)
{
	struct record *r = record_at(ring, pos);

	sync_store((uint64_t *)(void *)r, header_word((uint32_t)size | BUSY, owner));
	sync_store(&ring->prod->pos, end);
	sync_stall();
	return r;
}

/* In turn. */
static struct record *ask_and_append(struct ring *ring, uint64_t size)
{
	uint64_t pos, end;

	__atomic_store_n(&ring->prod->seen, sync_load(&ring->cons->pos), __ATOMIC_RELAXED);
	return find_room(ring, size, &pos, &end) ? append(ring, pos, end, size, sync_self()) : NULL;
}

static __attribute__((noinline)) void *ask_and_reserve(struct ring *ring, uint64_t size)
{
	struct record *r = ask_and_append(ring, size);

	sync_unlock(&ring->prod->bias.lock);
	return r ? r + 1 : NULL;
}

static __attribute__((noinline)) void *ask_and_reserve_own(struct ring *ring, uint64_t size,
							   struct sync_thread *me)
{
	struct record *r = ask_and_append(ring, size);

	bias_end_own(&ring->prod->bias, me);
	return r ? r + 1 : NULL;
}

static __attribute__((noinline)) void *wait_and_reserve(struct ring *ring, uint64_t size)
{
	return bias_lock(&ring->prod->bias) < 0 ? NULL : ask_and_reserve(ring, size);
}

static __attribute__((noinline)) void *give_way(struct ring *ring, struct record *r)
{
	sync_give_way(&ring->prod->bias.lock);
	return r + 1;
}

static __attribute__((noinline)) void *reserve_in_turn(struct ring *ring, uint64_t size)
{
	struct bias *bias = &ring->prod->bias;
	struct sync_turn turn;
	struct record *r;
	uint64_t pos, end;

	if (!bias_try_begin(bias, &turn))
		return wait_and_reserve(ring, size);
	if (!find_room(ring, size, &pos, &end))
		return ask_and_reserve(ring, size);
	r = append(ring, pos, end, size, turn.self);
	if (__builtin_expect(bias_leave(bias, ring->here, &turn), 0))
		return give_way(ring, r);
	return r + 1;
}

/* What is rare is left to functions called last, so that there is nothing to keep for it. */
void *ringbuf_reserve(struct map *map, uint64_t size)
{
	struct ring *ring = map->priv;
	struct bias *bias = &ring->prod->bias;
	struct sync_thread *me;
	struct record *r;
	uint64_t pos, end;

	if (size >= ring->n_sizes)
		return NULL;
	me = bias_begin_own(bias, ring->here);
	if (!me)
		return reserve_in_turn(ring, size);
	if (!find_room(ring, size, &pos, &end))
		return ask_and_reserve_own(ring, size, me);
	r = append(ring, pos, end, size, me->self);
	bias_end_own(bias, me);
	return r + 1;
}

static void wake(struct ring *ring)
{
	uint32_t *waiter = &ring->cons->waiter;

	if (__atomic_load_n(waiter, __ATOMIC_SEQ_CST) == 1 &&
	    __atomic_exchange_n(waiter, 0, __ATOMIC_SEQ_CST) == 1)
		sync_wake(waiter);
}

/* What was stored comes before the look whether somebody waits for it. */
static inline void fence(const struct ring *ring)
{
	if (__builtin_expect(ring->here->fenced, 1))
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	else
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void ringbuf_commit_and_wake(struct map *map, uint32_t *header, uint32_t word)
{
	struct ring *ring = map->priv;

	__atomic_store_n(header, word, __ATOMIC_RELEASE);
	fence(ring);
	wake(ring);
}

/* Does this sample lie in this ring's data area? */
static bool owns(const struct ring *ring, const void *sample)
{
	uint64_t off = (uint64_t)((const char *)sample - ring->data);

	return ring->n_sizes && off - HEADER <= ring->mask + 1 - HEADER && off % 8 == 0;
}

bool ringbuf_submit(struct map *map, void *sample, uint64_t flags, bool discard)
{
	if (!owns(map->priv, sample))
		return false;
	ringbuf_commit(map, sample, flags, discard);
	return true;
}

/* In turn: a whole record, so that the reader's first look at it finds it committed. */
static inline bool put(struct ring *ring, const void *data, uint64_t size)
{
	uint64_t pos, end;
	struct record *r;

	if (!find_room(ring, size, &pos, &end))
		return false;
	r = record_at(ring, pos);
	sync_copy_in(r + 1, data, size);
	sync_store((uint64_t *)(void *)r, header_word((uint32_t)size, 0));
	sync_store(&ring->prod->pos, end);
	return true;
}

/* False: not now. */
static bool write_at_once(struct ring *ring, const void *data, uint64_t size)
{
	struct bias *bias = &ring->prod->bias;
	struct sync_thread *me;
	struct sync_turn turn;
	bool done;

	if (size >= ring->n_sizes)
		return false;
	me = bias_begin_own(bias, ring->here);
	if (me) {
		done = put(ring, data, size);
		bias_end_own(bias, me);
		return done;
	}
	if (!bias_try_begin(bias, &turn))
		return false;
	done = put(ring, data, size);
	bias_end(bias, ring->here, &turn);
	return done;
}

int ringbuf_output(struct map *map, const void *data, uint64_t size, uint64_t flags)
{
	struct ring *ring = map->priv;
	void *sample;

	if (flags & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	if (size <= WORDWISE && write_at_once(ring, data, size)) {
		if (ringbuf_is_to_wake(flags)) {
			fence(ring);
			wake(ring);
		}
		return 0;
	}
	sample = ringbuf_reserve(map, size);
	if (!sample)
		return -EAGAIN;
	if (size <= WORDWISE)
		sync_copy_in(sample, data, size);
	else
		__builtin_memcpy(sample, data, size);
	ringbuf_commit(map, sample, flags, false);
	return 0;
}

uint64_t *ringbuf_lost(const struct map *map)
{
	const struct ring *ring = map->priv;

	return &ring->prod->lost;
}

void ringbuf_consume(struct map *map, void (*record)(void *arg, const void *data, uint32_t size),
		     void *arg)
{
	struct ring *ring = map->priv;
	uint64_t pos = sync_load(&ring->cons->pos), end = sync_load(&ring->prod->pos);

	if (pos % 8 || end - pos > ring->mask + 1)
		pos = end;
	while (pos < end) {
		const struct record *r = record_at(ring, pos);
		uint32_t len = __atomic_load_n(&r->len, __ATOMIC_ACQUIRE);

		if (len & BUSY)
			break;
		if (footprint(len & LENGTH) > end - pos) {
			pos = end;
			break;
		}
		if (!(len & DISCARD))
			record(arg, r + 1, len & LENGTH);
		pos += footprint(len & LENGTH);
		sync_store(&ring->cons->pos, pos);
	}
	sync_store(&ring->cons->pos, pos);
}

uint64_t ringbuf_query(const struct map *map, uint64_t flags)
{
	const struct ring *ring = map->priv;
	uint64_t cons = sync_load(&ring->cons->pos), prod = sync_load(&ring->prod->pos);

	switch (flags) {
	case BPF_RB_AVAIL_DATA: return prod - cons;
	case BPF_RB_RING_SIZE: return ring->mask + 1;
	case BPF_RB_CONS_POS: return cons;
	case BPF_RB_PROD_POS: return prod;
	default: return 0;
	}
}

uint32_t *ringbuf_waiter(const struct map *map)
{
	const struct ring *ring = map->priv;

	return &ring->cons->waiter;
}

bool ringbuf_has_data(const struct map *map)
{
	const struct ring *ring = map->priv;
	uint64_t pos = __atomic_load_n(&ring->cons->pos, __ATOMIC_SEQ_CST);

	return pos != __atomic_load_n(&ring->prod->pos, __ATOMIC_SEQ_CST) &&
	       !(__atomic_load_n(&record_at(ring, pos)->len, __ATOMIC_SEQ_CST) & BUSY);
}

/* Records that a dead thread reserved and will not commit. */
static int discard_dead(struct ring *ring, map_dead_fn is_dead, void *arg)
{
	uint64_t pos = sync_load(&ring->cons->pos), end = sync_load(&ring->prod->pos);
	int n = 0;

	if (pos % 8 || end - pos > ring->mask + 1)
		return 0;
	while (pos < end) {
		struct record *r = record_at(ring, pos);
		uint64_t word = sync_load((uint64_t *)(void *)r);
		uint32_t len, owner;

		__builtin_memcpy(&len, &word, sizeof(len));
		owner = (uint32_t)(word >> 32);
		if (len & BUSY && (is_dead ? is_dead(arg, owner) : sync_is_dead(owner)))
			n += sync_cas((uint64_t *)(void *)r, word,
				      header_word((len & LENGTH) | DISCARD, 0));
		pos += footprint(len & LENGTH);
	}
	return n;
}

int ringbuf_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct ring *ring = map->priv;
	int n = discard_dead(ring, is_dead, arg);

	if (n)
		wake(ring);
	return n;
}
