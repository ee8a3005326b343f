/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which object does an address belong to, and may it be accessed there?  Stack frames, context,
 * packet, maps and their values, memory handed out by helpers, memory the host lends.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "helper/prog_type.h"
#include "isa/disasm.h"
#include "map/map.h"
#include "run/check_priv.h"
#include "run/prog.h"

void check_violation(struct interp_check *ck, const char *fmt, ...)
{
	uint32_t left = ck->n_insns - ck->pc;
	va_list ap;

	if (ck->raw)
		ck->stopped = true;
	if (ck->violations++ || !ck->why)
		return;
	text_add(ck->why, "instruction %u (", ck->code ? ck->code->facts->orig[ck->pc] : ck->pc);
	disasm_insn(&ck->insns[ck->pc], left, ck->why);
	text_add(ck->why, "): ");
	va_start(ap, fmt);
	text_vadd(ck->why, fmt, ap);
	va_end(ap);
}

uint32_t check_add_obj(struct interp_check *ck, const struct check_obj *obj)
{
	uint32_t *recent = &ck->recent[(obj->base >> 3 ^ obj->base >> 11) % CHECK_RECENT];
	const struct check_obj *known = &ck->objs[*recent];
	struct check_obj *grown;

	if (*recent && *recent < ck->n_objs && known->live && known->base == obj->base &&
	    known->size == obj->size && known->what == obj->what && known->map == obj->map)
		return *recent;
	if (ck->n_objs == CHECK_MAX_OBJS)
		return 0;
	if (ck->n_objs == ck->room_objs) {
		grown = mem_grow(ck->objs, ck->room_objs * sizeof(*grown),
				 ck->room_objs * 2 * sizeof(*grown));
		if (!grown)
			return 0;
		ck->objs = grown;
		ck->room_objs *= 2;
	}
	ck->objs[ck->n_objs] = *obj;
	*recent = ck->n_objs;
	return ck->n_objs++;
}

struct check_obj *check_obj_of(struct interp_check *ck, const struct check_val *ptr, uint64_t addr)
{
	struct check_obj *slice = NULL;

	if (ptr->obj)
		return &ck->objs[ptr->obj];
	for (uint32_t i = ck->n_objs - 1; i > 0; i--) {
		struct check_obj *o = &ck->objs[i];

		if (!o->live || !o->size || addr - o->base >= o->size)
			continue;
		/* What it is a slice of may be reached another way. */
		if (!o->is_slice)
			return o;
		slice = slice ? slice : o;
	}
	return slice;
}

bool check_access(struct interp_check *ck, const struct check_val *ptr, int64_t off, uint64_t size,
		  bool write)
{
	uint64_t addr = ptr->v + (uint64_t)off;
	const struct check_obj *o = check_obj_of(ck, ptr, addr);
	const char *verb = write ? "writes" : "reads";

	if (!o)
		check_violation(ck, "%s %" PRIu64 " bytes at 0x%" PRIx64 ", which is in no object",
				verb, size, addr);
	else if (!o->live)
		check_violation(ck, "%s a %s that is gone", verb, o->what);
	else if (addr - o->base > o->size || size > o->size - (addr - o->base))
		check_violation(ck,
				"%s %" PRIu64 " bytes at offset %" PRId64 " of a %s of %" PRIu64
				" bytes",
				verb, size, (int64_t)(addr - o->base), o->what, o->size);
	else if (write && !o->writable)
		check_violation(ck, "writes a read-only %s", o->what);
	else
		return true;
	return false;
}

static struct check_shadow *shadow_slot(struct check_shadow *table, uint32_t room, uint32_t run,
					uint64_t addr)
{
	uint32_t i = (uint32_t)(addr * 0x9e3779b97f4a7c15ULL >> 40) & (room - 1);

	while (table[i].run == run && table[i].addr != addr)
		i = (i + 1) & (room - 1);
	return &table[i];
}

static bool grow_shadow(struct interp_check *ck)
{
	uint32_t room = ck->room_shadow ? ck->room_shadow * 2 : 256;
	struct check_shadow *table = mem_array(room, sizeof(*table));

	if (!table)
		return false;
	for (uint32_t i = 0; i < ck->room_shadow; i++)
		if (ck->shadow[i].run == ck->run_nr)
			*shadow_slot(table, room, ck->run_nr, ck->shadow[i].addr) = ck->shadow[i];
	mem_free(ck->shadow);
	ck->shadow = table;
	ck->room_shadow = room;
	return true;
}

static void remember_pointer(struct interp_check *ck, uint64_t addr, const struct check_val *v)
{
	struct check_shadow *s;

	if (ck->n_shadow * 2 >= ck->room_shadow && !grow_shadow(ck))
		return;
	s = shadow_slot(ck->shadow, ck->room_shadow, ck->run_nr, addr);
	if (s->run != ck->run_nr)
		ck->n_shadow++;
	*s = (struct check_shadow){ addr, v->v, v->obj, ck->run_nr };
}

struct check_val check_load(struct interp_check *ck, uint64_t addr, unsigned int bits, bool sign)
{
	struct check_val v = { .init = true };
	const struct check_shadow *s;

	memcpy(&v.v, (const void *)addr, bits / 8);
	if (sign)
		v.v = (uint64_t)((int64_t)(v.v << (64 - bits)) >> (64 - bits));
	if (bits == 64 && ck->n_shadow) {
		s = shadow_slot(ck->shadow, ck->room_shadow, ck->run_nr, addr);
		if (s->run == ck->run_nr && s->value == v.v)
			v.obj = s->obj;
	}
	return v;
}

void check_store(struct interp_check *ck, uint64_t addr, unsigned int bits,
		 const struct check_val *v)
{
	memcpy((void *)addr, &v->v, bits / 8);
	if (bits == 64 && v->obj)
		remember_pointer(ck, addr, v);
}

/* The frame of a function is as large as the verifier said; a raw program's is whole. */
void check_enter_frame(struct interp_check *ck, uint32_t depth, uint32_t pc)
{
	uint64_t top = (uint64_t)(ck->stack[depth] + CHECK_FRAME_BYTES / 8);
	uint64_t size = CHECK_FRAME_BYTES;
	struct check_obj *o = &ck->objs[1 + depth];

	if (ck->code) {
		size = ck->code->facts->subprogs[ck->subprog_of[pc]].stack;
		size = size > CHECK_FRAME_BYTES ? CHECK_FRAME_BYTES : size;
	}
	memset(ck->stack[depth], 0, CHECK_FRAME_BYTES);
	*o = (struct check_obj){ .base = top - size,
				 .size = size,
				 .what = "stack frame",
				 .writable = true,
				 .live = true };
	ck->r[10] = (struct check_val){ .v = top, .obj = 1 + depth, .init = true };
}

void check_leave_frame(struct interp_check *ck, uint32_t depth)
{
	ck->objs[1 + depth].live = false;
}

static uint64_t ctx_pointer(const struct interp_check *ck, const struct ctx_field *f)
{
	uint64_t v = 0;

	if (f->real_off + sizeof(v) <= ck->ctx_size)
		memcpy(&v, (const void *)(ck->ctx + f->real_off), sizeof(v));
	return v;
}

/* What the context points to: the packet between its two pointers, memory of a stated size. */
void check_find_ctx_objs(struct interp_check *ck)
{
	const struct prog *prog = ck->run->prog;
	const struct ctx_type *ctx = prog && prog->type ? prog->type->ctx : NULL;
	struct check_obj packet = { .what = "packet", .live = true, .writable = true };
	uint64_t end = 0;

	for (uint32_t i = ck->n_static; i < ck->n_objs; i++)
		if (!strcmp(ck->objs[i].what, packet.what))
			ck->objs[i].live = false;
	for (uint32_t i = 0; ctx && i < ctx->n_fields; i++) {
		const struct ctx_field *f = &ctx->fields[i];
		uint64_t p = ctx_pointer(ck, f);

		if (f->kind == CTX_PACKET_END)
			end = p;
		if ((f->kind == CTX_PACKET || f->kind == CTX_PACKET_META) && p &&
		    (!packet.base || p < packet.base))
			packet.base = p;
		if ((f->kind == CTX_MEM || f->kind == CTX_MEM_OR_NULL) && p)
			check_add_obj(ck,
				      &(struct check_obj){ .base = p,
							   .size = f->mem_size,
							   .what = "memory of the context",
							   .live = true,
							   .writable = f->access & CTX_MEM_WRITE });
	}
	if (packet.base && end > packet.base) {
		packet.size = end - packet.base;
		packet.writable = prog->type->pkt_write;
		check_add_obj(ck, &packet);
	}
}
