/* SPDX-License-Identifier: BSD-2-Clause */
/* What did this piece of a path make of the same request the last time?  See passage.h. */
#include "verify/passage.h"

enum {
	WORTH = 1024,     /* instructions visited until remembering pays */
	FEW_PLACES = 256, /* powers of two: where one may be, one each */
	FEW_WORDS = 8 * 1024,
	PLACES = 16 * 1024, /* once those are full */
	WORDS = 256 * 1024, /* the oldest go */
	LANES = 4
};

struct place {
	uint64_t hash;
	uint64_t at; /* words that were written before it */
	uint32_t n;  /* of its key; 0: none */
};

struct passages {
	uint64_t written; /* words, since the beginning */
	uint32_t n_places, n_words;
	struct place *place;
	uint64_t *ring;
};

static uint64_t pack_spot(struct spot s)
{
	return s.frame | (uint64_t)s.n << 8 | (uint64_t)s.slot << 16;
}

static struct spot unpack_spot(uint64_t w)
{
	return (struct spot){ .frame = (uint8_t)w, .n = (uint8_t)(w >> 8), .slot = w >> 16 & 1 };
}

static uint64_t *pack_lists(const struct request *q, uint64_t *w)
{
	for (uint32_t i = 0; i < q->n_wants; i++) {
		const struct want *t = &q->want[i];

		*w++ = t->frame | (uint64_t)t->n << 8 | (uint64_t)t->slot << 16 |
		       (uint64_t)t->low << 17 | (uint64_t)t->at << 18;
		*w++ = t->low ? t->r32.base : t->r64.base;
		*w++ = t->low ? t->r32.size : t->r64.size;
	}
	for (uint32_t i = 0; i < q->n_reach; i++) {
		*w++ = q->reach[i].base;
		*w++ = q->reach[i].bytes | pack_spot(q->reach[i].at) << 32;
	}
	for (uint32_t i = 0; i < q->n_same; i++)
		*w++ = pack_spot(q->same[i].a) | pack_spot(q->same[i].b) << 32;
	return w;
}

/* Its bits, but for words that have none, behind one that says which. */
static uint64_t *pack(const struct request *q, uint64_t *w)
{
	uint64_t *head = w++, has = 0, regs[2], slots = 0;

	_Static_assert(sizeof(regs) == sizeof(q->regs), "all of them in two words");
	memcpy(regs, q->regs, sizeof(regs));
	*w++ = regs[0];
	*w = regs[1];
	w += regs[1] != 0;
	for (unsigned int f = 0; f < STATE_FRAMES; f++)
		slots |= q->slots[f];
	for (unsigned int f = 0; slots && f < STATE_FRAMES; f++) {
		*w = q->slots[f];
		w += q->slots[f] != 0;
		has |= (uint64_t)(q->slots[f] != 0) << f;
	}
	*head = has | (uint64_t)(regs[1] != 0) << 8 | (uint64_t)q->frame << 16 |
		(uint64_t)q->n_wants << 24 | (uint64_t)q->n_reach << 32 | (uint64_t)q->n_same << 40;
	return q->n_wants | q->n_reach | q->n_same ? pack_lists(q, w) : w;
}

static void unpack_lists(struct request *q, const uint64_t *w)
{
	for (uint32_t i = 0; i < q->n_wants; i++, w += 3) {
		struct spot at = unpack_spot(w[0]);
		struct want *t = &q->want[i];

		*t = (struct want){ .frame = at.frame,
				    .n = at.n,
				    .slot = at.slot,
				    .low = w[0] >> 17 & 1,
				    .at = w[0] >> 18 & 1 };
		if (t->low)
			t->r32 = range32_make((uint32_t)w[1], (uint32_t)w[2]);
		else
			t->r64 = range64_make(w[1], w[2]);
	}
	for (uint32_t i = 0; i < q->n_reach; i++, w += 2)
		q->reach[i] = (struct reach){ .base = w[0],
					      .at = unpack_spot(w[1] >> 32),
					      .bytes = (uint32_t)w[1] };
	for (uint32_t i = 0; i < q->n_same; i++, w++)
		q->same[i] = (struct same){ .a = unpack_spot(w[0]), .b = unpack_spot(w[0] >> 32) };
}

static void unpack(struct request *q, const uint64_t *w)
{
	uint64_t head = *w++, regs[2] = { *w++, 0 };

	if (head >> 8 & 1)
		regs[1] = *w++;
	memcpy(q->regs, regs, sizeof(regs));
	memset(q->slots, 0, sizeof(q->slots));
	for (uint64_t left = head & 0xff; left; left &= left - 1)
		q->slots[__builtin_ctzll(left)] = *w++;
	q->frame = head >> 16 & 0xff;
	q->n_wants = head >> 24 & 0xff;
	q->n_reach = head >> 32 & 0xff;
	q->n_same = head >> 40 & 0xff;
	unpack_lists(q, w);
}

/* Lanes, since each step waits for the one before; the upper bits are the best ones. */
static uint64_t hash_of(const uint64_t *w, uint32_t n, uint64_t seed)
{
	const uint64_t by = 0x9e3779b97f4a7c15;
	uint64_t a = seed ^ n, b = 1, c = 2, d = 3;

	for (; n >= LANES; n -= LANES, w += LANES) {
		a = (a ^ w[0]) * by;
		b = (b ^ w[1]) * by;
		c = (c ^ w[2]) * by;
		d = (d ^ w[3]) * by;
	}
	for (; n; n--)
		a = ((a ^ *w++) * by) ^ a >> 32;
	a = (a ^ b >> 29) * by ^ (c ^ d >> 31) * by;
	return (a ^ a >> 32) * by;
}

static bool make_room(struct verifier *v, struct passages *s, uint32_t n_places, uint32_t n_words)
{
	struct place *place = arena_alloc(&v->arena, n_places * sizeof(*place));
	uint64_t *ring = arena_alloc_raw(&v->arena, n_words * sizeof(*ring));

	if (!place || !ring)
		return false;
	*s = (struct passages){
		.n_places = n_places, .n_words = n_words, .place = place, .ring = ring
	};
	return true;
}

/* NULL: not yet. */
static struct passages *passages_of(struct verifier *v)
{
	struct passages *s = v->passages;

	if (s || (v->stats.visited < WORTH && !v->in->policy.audit_needed))
		return s;
	s = arena_alloc(&v->arena, sizeof(*s));
	if (s && make_room(v, s, FEW_PLACES, FEW_WORDS))
		v->passages = s;
	return v->passages;
}

static struct place *place_of(struct passages *s, uint64_t hash)
{
	return &s->place[hash >> 32 & (s->n_places - 1)];
}

bool passage_same(const struct request *a, const struct request *b)
{
	uint64_t one[PASSAGE_WORDS], other[PASSAGE_WORDS];
	size_t n = (size_t)(pack(a, one) - one);

	/* Where nothing is asked for, it does not matter where the walk is. */
	return (size_t)(pack(b, other) - other) == n &&
	       (!memcmp(one, other, n * sizeof(*one)) || (request_empty(a) && request_empty(b)));
}

bool passage_known(struct verifier *v, struct passage *p, const uint64_t *path, uint32_t n,
		   uint32_t later, bool settled, struct request *q, uint32_t *ret_asking)
{
	struct passages *s = passages_of(v);
	const struct place *at;
	const uint64_t *known;

	p->n = 0;
	if (!s || n > PASSAGE_MOST)
		return false;
	p->path = path;
	p->n_path = n;
	p->word[0] = later | (uint64_t)settled << 24 | (uint64_t)n << 32;
	p->n = (uint32_t)(pack(q, p->word + 1) - p->word);
	p->hash = hash_of(path, n, hash_of(p->word, p->n, 0));
	at = place_of(s, p->hash);
	if (at->n != p->n || at->hash != p->hash || s->written - at->at > s->n_words)
		return false;
	known = &s->ring[at->at & (s->n_words - 1)];
	if (memcmp(known, p->word, p->n * sizeof(*known)) ||
	    memcmp(known + p->n, path, n * sizeof(*path)))
		return false;
	known += p->n + n;
	*ret_asking = (uint32_t)*known;
	unpack(q, known + 1);
	return true;
}

void passage_learn(struct verifier *v, const struct passage *p, const struct request *q,
		   uint32_t asking)
{
	struct passages *s = v->passages;
	uint32_t at;
	uint64_t *to;

	if (!p->n)
		return;
	if (s->written >= s->n_words && s->n_words < WORDS && !make_room(v, s, PLACES, WORDS))
		return;
	at = s->written & (s->n_words - 1);
	/* In one piece. */
	if (at + p->n + p->n_path + PASSAGE_WORDS > s->n_words) {
		s->written += s->n_words - at;
		at = 0;
	}
	*place_of(s, p->hash) = (struct place){ .hash = p->hash, .at = s->written, .n = p->n };
	to = s->ring + at;
	memcpy(to, p->word, p->n * sizeof(*to));
	memcpy(to + p->n, p->path, p->n_path * sizeof(*to));
	to += p->n + p->n_path;
	*to++ = asking;
	s->written += (uint64_t)(pack(q, to) - (s->ring + at));
}
