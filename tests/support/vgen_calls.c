/* SPDX-License-Identifier: BSD-2-Clause */
/* Which calls does a random program make?  Maps, ring buffers, packets, functions. */
#include "support/vgen_priv.h"

void vgen_map(struct gen *g, unsigned int dst, enum vgen_map map)
{
	if (g->out->n_refs == VGEN_MAX_REFS || g->out->n + 2 > VGEN_MAX_INSNS)
		return;
	g->out->ref_at[g->out->n_refs++] = g->out->n;
	emit(g, 0x18, dst, BPF_PSEUDO_MAP_FD, 0, (int32_t)map);
	emit(g, 0, 0, 0, 0, 0);
}

void vgen_lookup(struct gen *g)
{
	enum vgen_map map = chance(g, 50) ? VGEN_ARRAY : VGEN_HASH;
	unsigned int r = 7 + below(g, 2);

	if (chance(g, 60))
		emit(g, 0x7a, 10, 0, -72, (int32_t)below(g, 4));
	else
		emit(g, 0x7b, 10, vgen_number(g), -72, 0);
	vgen_map(g, 1, map);
	emit(g, 0xbf, 2, 10, 0, 0);
	emit(g, 0x07, 2, 0, 0, -72);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	clobber(g);
	if (chance(g, 5)) {
		set(g, 0, VALUE, map == VGEN_ARRAY ? ARRAY_VALUE : HASH_VALUE);
		return;
	}
	emit(g, chance(g, 95) ? 0x55 : 0x15, 0, 0, 2, 0);
	emit(g, 0xb7, 0, 0, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
	set(g, 0, VALUE, map == VGEN_ARRAY ? ARRAY_VALUE : HASH_VALUE);
	if (!g->in_loop || r != 9)
		copy(g, r, 0);
}

void vgen_update(struct gen *g)
{
	vgen_map(g, 1, VGEN_ARRAY);
	emit(g, 0x62, 10, 0, -4, (int32_t)below(g, 4));
	emit(g, 0xbf, 2, 10, 0, 0);
	emit(g, 0x07, 2, 0, 0, -4);
	if (has(g, VALUE) && chance(g, 40)) {
		emit(g, 0xbf, 3, find(g, VALUE), 0, 0);
	} else {
		emit(g, 0xbf, 3, 10, 0, 0);
		emit(g, 0x07, 3, 0, 0, -8 * (int)(1 + below(g, 8)));
	}
	emit(g, 0xb7, 4, 0, 0, 0);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_map_update_elem);
	clobber(g);
	set(g, 0, NUMBER, 0);
}

/* Memory and a length that is about right. */
void vgen_sized_call(struct gen *g)
{
	unsigned int len = vgen_scratch(g);
	uint32_t jumps[4], n = vgen_bound(g, len, 30 + (int32_t)below(g, 4), jumps);

	emit(g, 0xbf, 4, len, 0, 0);
	if (has(g, VALUE) && chance(g, 50)) {
		emit(g, 0xbf, 3, find(g, VALUE), 0, 0);
	} else {
		emit(g, 0xbf, 3, 10, 0, 0);
		emit(g, 0x07, 3, 0, 0, chance(g, 70) ? -32 : -64);
	}
	emit(g, 0xb7, 2, 0, 0, 0);
	if (g->out->type == BPF_PROG_TYPE_SOCKET_FILTER && g->kind[6] == CTX) {
		emit(g, 0xbf, 1, 6, 0, 0);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_skb_load_bytes);
	} else {
		vgen_map(g, 1, VGEN_RINGBUF);
		emit(g, 0xbf, 2, 3, 0, 0);
		emit(g, 0xbf, 3, 4, 0, 0);
		emit(g, 0xb7, 4, 0, 0, 0);
		emit(g, 0x85, 0, 0, 0, BPF_FUNC_ringbuf_output);
	}
	clobber(g);
	set(g, 0, NUMBER, 0);
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	clobber(g);
}

void vgen_record(struct gen *g)
{
	vgen_map(g, 1, VGEN_RINGBUF);
	emit(g, 0xb7, 2, 0, 0, RECORD_SIZE);
	emit(g, 0xb7, 3, 0, 0, 0);
	emit(g, 0x85, 0, 0, 0, BPF_FUNC_ringbuf_reserve);
	clobber(g);
	emit(g, 0x55, 0, 0, 2, 0);
	emit(g, 0xb7, 0, 0, 0, 0);
	emit(g, 0x95, 0, 0, 0, 0);
	vgen_access(g, 0, (int)below(g, 5) * 4, 4);
	emit(g, 0xbf, 1, 0, 0, 0);
	emit(g, 0xb7, 2, 0, 0, 0);
	if (chance(g, 97))
		emit(g, 0x85, 0, 0, 0,
		     chance(g, 50) ? BPF_FUNC_ringbuf_submit : BPF_FUNC_ringbuf_discard);
	clobber(g);
	for (unsigned int r = 0; r < 10; r++)
		if (g->kind[r] == RECORD)
			set(g, r, NONE, 0);
}

/* data + room against data_end; r7 or r8 may keep the pointer for later. */
void vgen_packet(struct gen *g)
{
	uint32_t bytes = 1u << below(g, 4), room = 8 + below(g, 60), jumps[4], n = 0;
	uint8_t cmp = chance(g, 70) ? 0x2d : chance(g, 50) ? 0xbd : 0xad;
	int data = g->out->type == BPF_PROG_TYPE_XDP ? 0 : 76;
	unsigned int i = 5, keep = 7 + below(g, 2);

	if ((g->out->type != BPF_PROG_TYPE_XDP && g->out->type != BPF_PROG_TYPE_SCHED_CLS) ||
	    g->kind[6] != CTX)
		return;
	if (chance(g, 40)) {
		i = vgen_scratch(g);
		n = vgen_bound(g, i, (int32_t)below(g, 64), jumps);
	}
	if (i == 2 || i == 3 || i == 4)
		copy(g, 5, i);
	i = i == 2 || i == 3 || i == 4 ? 5 : i;
	emit(g, 0x61, 2, 6, data, 0);
	emit(g, 0x61, 3, 6, data + 4, 0);
	if (n)
		emit(g, 0x0f, 2, i, 0, 0);
	emit(g, 0xbf, 4, 2, 0, 0);
	emit(g, 0x07, 4, 0, 0, (int32_t)room);
	if (chance(g, 30)) { /* leave when it is too short; the pointer stays good */
		emit(g, chance(g, 80) ? 0xbd : 0xad, 4, 3, 2, 0);
		emit(g, 0xb7, 0, 0, 0, 0);
		emit(g, 0x95, 0, 0, 0, 0);
		copy(g, keep, 2);
		set(g, keep, PACKET, room);
	} else if (chance(g, 70)) {
		emit(g, cmp, 4, 3, 1, 0);
	} else {
		emit(g, 0xa0 | 0x0d, 3, 4, 1, 0);
	}
	set(g, 2, PACKET, room);
	set(g, 3, PACKET_END, 0);
	vgen_access(g, 2, (int)(room - bytes) + (chance(g, 20) ? 1 : 0), bytes);
	for (unsigned int r = 2; r <= 4; r++)
		set(g, r, NONE, 0);
	for (uint32_t j = 0; j < n; j++)
		vgen_land(g, jumps[j]);
	if (n)
		set(g, keep, NONE, 0);
}

static void emit_arguments(struct gen *g, enum vgen_sub sub)
{
	switch (sub) {
	case VGEN_LOOP:
		emit(g, 0xbf, 1, vgen_number(g), 0, 0);
		emit(g, 0x57, 1, 0, 0, chance(g, 70) ? 7 : 255);
		emit(g, 0xbf, 3, 10, 0, 0);
		emit(g, 0xb7, 4, 0, 0, 0);
		return;
	case VGEN_EACH:
		vgen_map(g, 1, chance(g, 50) ? VGEN_ARRAY : VGEN_HASH);
		emit(g, 0xbf, 3, 10, 0, 0);
		emit(g, 0xb7, 4, 0, 0, 0);
		return;
	case VGEN_GLOBAL:
		emit(g, 0xbf, 1, vgen_number(g), 0, 0);
		if (has(g, VALUE) && chance(g, 40)) {
			emit(g, 0xbf, 2, find(g, VALUE), 0, 0);
		} else if (chance(g, 20)) {
			emit(g, 0xb7, 2, 0, 0, 0);
		} else {
			emit(g, 0xbf, 2, 10, 0, 0);
			emit(g, 0x07, 2, 0, 0, -16 * (1 + (int)below(g, 4)));
		}
		return;
	case VGEN_STATIC:
	case VGEN_N_SUBS: break;
	}
	for (unsigned int r = 1; r <= 2; r++)
		emit(g, 0xbf, r, vgen_number(g), 0, 0);
	emit(g, 0xbf, 3, chance(g, 50) && has(g, VALUE) ? find(g, VALUE) : 10, 0, 0);
}

void vgen_call_sub(struct gen *g, enum vgen_sub sub)
{
	bool callback = sub == VGEN_LOOP || sub == VGEN_EACH;

	/* Functions call others now and then; each call has a function of its own. */
	if (g->n_calls == MAX_FIXES || (g->function && !chance(g, 15)))
		return;
	emit_arguments(g, sub);
	g->calls[g->n_calls].at = g->out->n;
	g->calls[g->n_calls++].sub = sub;
	if (callback) {
		emit(g, 0x18, 2, BPF_PSEUDO_FUNC, 0, 0);
		emit(g, 0, 0, 0, 0, 0);
		emit(g, 0x85, 0, 0, 0,
		     sub == VGEN_LOOP ? BPF_FUNC_loop : BPF_FUNC_for_each_map_elem);
	} else {
		emit(g, 0x85, 0, BPF_PSEUDO_CALL, 0, 0);
	}
	clobber(g);
	set(g, 0, NUMBER, 0);
}
