/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a program hand records to a reader that is an unmodified libbpf, without a lock?
 *
 * File: consumer page, producer page, data area twice (a record that crosses the end is written on
 * into the second copy, where the reader, who reads linearly from pos & mask, finds it), claims.
 *
 * The reader trusts that every record header below producer_pos is valid.  So a producer first
 * moves reserve_pos (which the reader does not know), writes the header with the busy bit, says so
 * in the claim word of its position, and then whoever can moves producer_pos over all records whose
 * claims stand.  Claims are indexed by position modulo their number; nobody reserves farther ahead
 * of producer_pos than that, so two records in this state never share a claim.
 *
 * A producer killed before its claim leaves a gap, one killed before commit leaves a busy record
 * that names its thread: ringbuf_recover() turns both into discarded records.
 */
#include "map/map.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/os.h"
#include "map/priv.h"

enum {
	HEADER = 8,
	N_CLAIMS = 4096,
	WINDOW = N_CLAIMS * 8,
	MAX_WAIT = 100000
};

#define BUSY    ((uint32_t)BPF_RINGBUF_BUSY_BIT)
#define DISCARD ((uint32_t)BPF_RINGBUF_DISCARD_BIT)
#define LENGTH  (~(BUSY | DISCARD))

/* Claim words: the position with one of these; positions are multiples of 8. */
enum {
	CLAIM_READY = 1,
	CLAIM_DEAD = 2
};

struct consumer_page {
	uint64_t pos;
	uint8_t pad[120];
	uint32_t waiter;
};

struct producer_page {
	uint64_t pos;
	uint8_t pad[56];
	uint64_t reserve_pos;
	uint64_t lost;
};

struct record {
	uint32_t len; /* with BUSY and DISCARD */
	uint32_t owner;
};

struct ring {
	struct consumer_page *cons;
	struct producer_page *prod;
	char *data;
	uint64_t *claims;
	uint32_t *spans; /* bytes of the record that the claim of the same index is about */
	uint64_t mask;
	uint64_t stuck_at;  /* where the last sweep saw producer_pos wait; + 1 */
	uint64_t stuck_end; /* and how far had been reserved then */
	uint32_t sweep_lock;
};

int ringbuf_check(const struct map_desc *desc)
{
	uint32_t n = desc->max_entries;

	if (desc->key_size || desc->value_size || !n || n & (n - 1) || n % os_page_size())
		return -EINVAL;
	return 0;
}

static size_t claims_off(const struct map_desc *desc)
{
	return 2 * os_page_size() + 2 * (size_t)desc->max_entries;
}

size_t ringbuf_size(const struct map_desc *desc, int *ret_err)
{
	(void)ret_err;
	return claims_off(desc) + N_CLAIMS * (sizeof(uint64_t) + sizeof(uint32_t));
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
	ring->claims = (uint64_t *)(void *)(data + claims_off(&map->desc));
	ring->spans = (uint32_t *)(void *)(ring->claims + N_CLAIMS);
	ring->mask = map->desc.max_entries - 1;
	map->priv = ring;
	return 0;
}

void ringbuf_detach(struct map *map)
{
	mem_free(map->priv);
}

static struct record *record_at(const struct ring *ring, uint64_t pos)
{
	return (struct record *)(void *)(ring->data + (pos & ring->mask & ~(uint64_t)7));
}

static uint64_t *claim_of(const struct ring *ring, uint64_t pos)
{
	return &ring->claims[pos / 8 % N_CLAIMS];
}

static uint32_t *span_of(const struct ring *ring, uint64_t pos)
{
	return &ring->spans[pos / 8 % N_CLAIMS];
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

/* Moves producer_pos over every record whose header is known to be there. */
static void advance(struct ring *ring)
{
	uint64_t pos = __atomic_load_n(&ring->prod->pos, __ATOMIC_SEQ_CST), next;

	for (int k = 0; k < N_CLAIMS; k++) {
		uint64_t end = __atomic_load_n(&ring->prod->reserve_pos, __ATOMIC_SEQ_CST);

		if (pos >= end ||
		    __atomic_load_n(claim_of(ring, pos), __ATOMIC_SEQ_CST) != (pos | CLAIM_READY))
			return;
		next = pos + __atomic_load_n(span_of(ring, pos), __ATOMIC_ACQUIRE);
		if (next > end || next == pos)
			return;
		if (sync_cas(&ring->prod->pos, pos, next))
			pos = next;
		else
			pos = __atomic_load_n(&ring->prod->pos, __ATOMIC_SEQ_CST);
	}
}

/* Owns [pos, pos + total) on success. */
static bool reserve_range(struct ring *ring, uint64_t total, uint64_t *ret_pos)
{
	uint64_t pos, done, read;

	for (int tries = 0; tries < MAX_WAIT; tries++) {
		read = sync_load(&ring->cons->pos);
		done = sync_load(&ring->prod->pos);
		pos = sync_load(&ring->prod->reserve_pos);
		if (pos % 8 || pos + total - read > ring->mask)
			return false;
		if (pos - done >= WINDOW) {
			advance(ring);
			sync_pause();
			continue;
		}
		if (sync_cas(&ring->prod->reserve_pos, pos, pos + total)) {
			*ret_pos = pos;
			return true;
		}
	}
	return false;
}

void *ringbuf_reserve(struct map *map, uint64_t size)
{
	struct ring *ring = map->priv;
	uint64_t total, pos, claim;
	struct record *r;

	if (map->desc.type != BPF_MAP_TYPE_RINGBUF || size > LENGTH / 4 ||
	    footprint(size) > ring->mask + 1)
		return NULL;
	total = footprint(size);
	if (!reserve_range(ring, total, &pos))
		return NULL;
	claim = sync_load(claim_of(ring, pos));
	if (claim == (pos | CLAIM_DEAD) || claim == (pos | CLAIM_READY))
		return NULL;
	r = record_at(ring, pos);
	sync_store((uint64_t *)(void *)r, header_word((uint32_t)size | BUSY, sync_self()));
	__atomic_store_n(span_of(ring, pos), (uint32_t)total, __ATOMIC_RELEASE);
	if (!sync_cas(claim_of(ring, pos), claim, pos | CLAIM_READY))
		return NULL;
	advance(ring);
	return r + 1;
}

static void wake(struct ring *ring)
{
	uint32_t *waiter = &ring->cons->waiter;

	if (__atomic_load_n(waiter, __ATOMIC_SEQ_CST) == 1 &&
	    __atomic_exchange_n(waiter, 0, __ATOMIC_SEQ_CST) == 1)
		sync_wake(waiter);
}

bool ringbuf_owns(const struct map *map, const void *sample)
{
	const struct ring *ring = map->priv;
	uint64_t off = (uint64_t)((const char *)sample - ring->data);

	return map->desc.type == BPF_MAP_TYPE_RINGBUF && off >= HEADER && off % 8 == 0 &&
	       off <= ring->mask + 1;
}

void ringbuf_submit(struct map *map, void *sample, uint64_t flags, bool discard)
{
	struct ring *ring = map->priv;
	struct record *r = (struct record *)sample - 1;
	uint32_t len;

	if (!ringbuf_owns(map, sample))
		return;
	len = __atomic_load_n(&r->len, __ATOMIC_RELAXED) & LENGTH;
	__atomic_store_n(&r->len, len | (discard ? DISCARD : 0), __ATOMIC_SEQ_CST);
	if (!(flags & BPF_RB_NO_WAKEUP) || flags & BPF_RB_FORCE_WAKEUP)
		wake(ring);
}

int ringbuf_output(struct map *map, const void *data, uint64_t size, uint64_t flags)
{
	void *sample;

	if (flags & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	sample = ringbuf_reserve(map, size);
	if (!sample)
		return -EAGAIN;
	__builtin_memcpy(sample, data, size);
	ringbuf_submit(map, sample, flags, false);
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

void ringbuf_layout(const struct map *map, uint64_t *ret_file_off, size_t *ret_size)
{
	*ret_file_off = 0;
	*ret_size = claims_off(&map->desc);
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

/* Refuses the positions of [pos, ret) to whoever reserved and did not claim them. */
static uint64_t close_gap(struct ring *ring, uint64_t pos, uint64_t end)
{
	uint64_t at;

	for (at = pos; at < end && at - pos < WINDOW; at += 8) {
		uint64_t *claim = claim_of(ring, at), seen = sync_load(claim);

		if (seen == (at | CLAIM_READY) || !sync_cas(claim, seen, at | CLAIM_DEAD))
			break;
	}
	return at - pos >= WINDOW ? end : at;
}

/* Whether producer_pos moved on from `pos`. */
static bool skip_gap(struct ring *ring, uint64_t pos, uint64_t stuck_end)
{
	uint64_t end = close_gap(ring, pos, stuck_end);

	if (end <= pos || end - pos > ring->mask + 1)
		return false;
	sync_store((uint64_t *)(void *)record_at(ring, pos),
		   header_word((uint32_t)(end - pos - HEADER) | DISCARD, 0));
	__atomic_store_n(span_of(ring, pos), (uint32_t)(end - pos), __ATOMIC_RELEASE);
	sync_store(claim_of(ring, pos), pos | CLAIM_READY);
	advance(ring);
	return true;
}

/* What the last sweep saw reserved and not claimed, with producer_pos where it still is, its owners
 * have had time for. */
static int skip_gaps(struct ring *ring)
{
	uint64_t pos = sync_load(&ring->prod->pos), last = ring->stuck_at, end = ring->stuck_end;
	int n = 0;

	advance(ring);
	if (sync_load(&ring->prod->pos) == pos && last == pos + 1)
		while (n < N_CLAIMS && pos < end && skip_gap(ring, pos, end)) {
			pos = sync_load(&ring->prod->pos);
			n++;
		}
	ring->stuck_at = sync_load(&ring->prod->pos) + 1;
	ring->stuck_end = sync_load(&ring->prod->reserve_pos);
	return n;
}

int ringbuf_recover(struct map *map, map_dead_fn is_dead, void *arg)
{
	struct ring *ring = map->priv;
	int n;

	if (sync_lock(&ring->sweep_lock) < 0)
		return -EBUSY;
	n = skip_gaps(ring);
	n += discard_dead(ring, is_dead, arg);
	sync_unlock(&ring->sweep_lock);
	if (n)
		wake(ring);
	return n;
}
