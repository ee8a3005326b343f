/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does the log show a state?  As the kernel does: " R1=ctx() R10=fp0 fp-8=mmmmmmmm".
 */
#include <inttypes.h>
#include <string.h>

#include "btf/btf.h"
#include "map/map.h"
#include "verify/state.h"

/* Small numbers in decimal, others in hexadecimal. */
static void print_number(struct text *t, int64_t n)
{
	if (n >= INT16_MIN && n <= INT16_MAX)
		text_add(t, "%" PRId64, n);
	else
		text_add(t, "%#" PRIx64, (uint64_t)n);
}

/* An inner map that is not yet told from NULL is still a value of the outer one. */
static enum ptr_kind printed_kind(const struct reg *r)
{
	return r->kind == KIND_MAP_PTR && r->flags & REG_NULLABLE ? KIND_MAP_VALUE : r->kind;
}

void reg_print_type(struct text *t, const struct reg *r)
{
	if (r->flags & REG_RDONLY && (r->kind == KIND_MEM || r->kind == KIND_BUF))
		text_add(t, "rdonly_");
	if (r->kind == KIND_MEM && r->range & TYPED_UNTRUSTED)
		text_add(t, "untrusted_");
	if (r->flags & REG_ALLOC)
		text_add(t, "ringbuf_");
	if (r->kind == KIND_OBJECT && r->flags & REG_OBJ_PERCPU)
		text_add(t, "percpu_");
	if (r->kind == KIND_BTF_OBJ || r->kind == KIND_OBJECT)
		text_add(t, "%s%s%s%s%s", r->range & TYPED_USER ? "user_" : "",
			 r->range & TYPED_PERCPU ? "percpu_" : "",
			 r->range & TYPED_RCU ? "rcu_" : "",
			 r->range & TYPED_UNTRUSTED ? "untrusted_" : "",
			 r->range & TYPED_TRUSTED ? "trusted_" : "");
	text_add(t, "%s", kind_row(printed_kind(r))->name);
	if (r->flags & REG_NULLABLE)
		text_add(t, r->kind == KIND_BTF_OBJ || r->kind == KIND_OBJECT ? "or_null_"
									      : "_or_null");
}

struct printer {
	struct text *t;
	const char *sep;
};

static void item(struct printer *p, const char *name, int64_t n)
{
	text_add(p->t, "%s%s=%" PRId64, p->sep, name, n);
	p->sep = ",";
}

static void item_number(struct printer *p, const char *name, int64_t n)
{
	text_add(p->t, "%s%s=", p->sep, name);
	print_number(p->t, n);
	p->sep = ",";
}

static void print_identity(struct printer *p, const struct reg *r, const struct state_names *names)
{
	const struct map_desc *map = NULL;

	if (r->id)
		item(p, "id", r->id);
	if (r->ref)
		item(p, "ref_obj_id", r->ref);
	if (names && names->maps &&
	    (r->kind == KIND_MAP_PTR || r->kind == KIND_MAP_VALUE || r->kind == KIND_MAP_KEY))
		map = names->maps[printed_kind(r) == r->kind ? r->obj : r->obj - 1];
	if (map && map->name[0]) {
		text_add(p->t, "%smap=%.16s", p->sep, map->name);
		p->sep = ",";
	}
	if (map) {
		item(p, "ks", map->key_size);
		item(p, "vs", map->value_size);
	}
	if (r->off)
		item_number(p, "off", r->off);
	if (r->kind == KIND_PACKET || r->kind == KIND_PACKET_META) {
		if (r->flags & (REG_BEYOND | REG_AT_END))
			text_add(p->t, "%sr=0xfffffffffffffff%c", p->sep,
				 r->flags & REG_BEYOND ? 'e' : 'f');
		else
			text_add(p->t, "%sr=%u", p->sep, r->range);
		p->sep = ",";
	}
	if (r->kind == KIND_MEM)
		item(p, "sz", r->obj);
}

void reg_print(struct text *t, const struct reg *r, uint32_t frame, const struct state_names *names)
{
	struct printer p = { .t = t, .sep = "" };

	if (r->kind == KIND_SCALAR) {
		if (r->flags & REG_PRECISE)
			text_add(t, "P");
		if (scalar_is_const(&r->s))
			print_number(t, (int64_t)scalar_const_value(&r->s));
		else
			scalar_print(t, &r->s, r->id, r->flags & REG_LINK_ADD ? r->off : 0);
		return;
	}
	reg_print_type(t, r);
	if (names && (r->kind == KIND_BTF_OBJ || r->kind == KIND_OBJECT)) {
		const struct btf_blob *btf = r->kind == KIND_OBJECT ? names->own : names->types;
		const struct btf_type *type = btf ? btf_type(btf, r->obj) : NULL;

		text_add(t, "%s", type ? btf_name(btf, type->name_off) : "");
	}
	if (r->kind == KIND_STACK) {
		if (r->obj != frame)
			text_add(t, "[%u]", r->obj);
		if (scalar_is_const(&r->s)) {
			print_number(t, r->off + (int64_t)scalar_const_value(&r->s));
			return;
		}
	}
	text_add(t, "(");
	print_identity(&p, r, names);
	if (!scalar_is_const(&r->s))
		scalar_print_limits(t, &r->s, p.sep);
	else if (scalar_const_value(&r->s))
		item_number(&p, "imm", (int64_t)scalar_const_value(&r->s));
	text_add(t, ")");
}

/* Dynptrs and iterators are told as what they are, at their lowest address.  False: no object. */
static bool print_object(struct text *t, const struct slot *s, unsigned int i,
			 const struct state_names *names)
{
	static const char *const dynptrs[] = {
		[DYNPTR_LOCAL] = "local", [DYNPTR_RINGBUF] = "ringbuf",   [DYNPTR_SKB] = "skb",
		[DYNPTR_XDP] = "xdp",     [DYNPTR_SKB_META] = "skb_meta",
	};
	struct printer p = { t, "" };
	const char *name, *end;

	if (s->kind[7] == SLOT_DYNPTR) {
		if (!(slot_reg(s)->flags & REG_FIRST_SLOT))
			return true;
		text_add(t, " fp%d=dynptr_%s(", -8 * ((int)i + 1), dynptrs[slot_reg(s)->obj]);
		if (slot_reg(s)->id)
			item_number(&p, "id", slot_reg(s)->id);
		if (slot_reg(s)->ref)
			item_number(&p, "ref_id", slot_reg(s)->ref);
		if (slot_reg(s)->id)
			item_number(&p, "dynptr_id", slot_reg(s)->id);
		text_add(t, ")");
		return true;
	}
	if (s->kind[7] != SLOT_ITER)
		return false;
	if (!slot_reg(s)->ref)
		return true;
	/* The name is one of its functions', as bpf_iter_num_next. */
	name = names && names->iters ? names->iters[slot_reg(s)->obj] : NULL;
	name = name && !strncmp(name, "bpf_", 4) ? name + 4 : "iter_";
	end = strrchr(name, '_');
	text_add(t, " fp%d=%.*s(", -8 * ((int)i + 1), (int)(end - name), name);
	item_number(&p, "ref_id", slot_reg(s)->ref);
	text_add(t, ",state=%s,depth=%d)", slot_reg(s)->flags & REG_DRAINED ? "drained" : "active",
		 slot_reg(s)->off);
	return true;
}

static void print_slot(struct text *t, const struct frame *f, unsigned int i,
		       const struct state_names *names)
{
	static const char letters[] = {
		[SLOT_INVALID] = '?', [SLOT_SPILL] = 'r', [SLOT_MISC] = 'm', [SLOT_ZERO] = '0',
		[SLOT_DYNPTR] = 'd',  [SLOT_ITER] = 'i',  [SLOT_IRQ] = 'f',
	};
	const struct slot *s = &f->slot[i];
	char bytes[9] = "";
	bool used = false;

	for (int b = 0; b < 8; b++) {
		bytes[b] = letters[s->kind[b]];
		used |= s->kind[b] != SLOT_INVALID;
	}
	if (!used)
		return;
	if (print_object(t, s, i, names))
		return;
	text_add(t, " fp%d=", -8 * ((int)i + 1));
	if (!slot_is_spill(s)) {
		text_add(t, "%s", bytes);
		return;
	}
	for (int b = 0; b < 8 && s->kind[b] != SLOT_SPILL; b++)
		text_add(t, "%c", bytes[b]);
	reg_print(t, slot_reg(s), f->frameno, names);
}

void state_print_frame(struct text *t, const struct state *st, const struct frame *f,
		       uint32_t reg_mask, uint64_t slot_mask, const struct state_names *names)
{
	if (f->frameno)
		text_add(t, " frame%u:", f->frameno);
	for (unsigned int i = 0; i < STATE_REGS; i++) {
		if (!(reg_mask >> i & 1) || f->reg[i].kind == KIND_NOT_INIT)
			continue;
		text_add(t, " R%u=", i);
		reg_print(t, &f->reg[i], f->frameno, names);
	}
	for (unsigned int i = 0; i < f->n_slots; i++)
		if (slot_mask >> i & 1)
			print_slot(t, f, i, names);
	for (uint32_t i = 0; i < st->n_refs; i++)
		text_add(t, "%s%u", i ? "," : " refs=", st->ref[i].id);
	if (st->n_frames && f->kind != FRAME_PLAIN)
		text_add(t, f->kind == FRAME_ASYNC ? " async_cb" : " cb");
}

void state_print(struct text *t, const struct state *st, uint32_t frame, uint32_t reg_mask,
		 uint64_t slot_mask, const struct state_names *names)
{
	state_print_frame(t, st, st->frame[frame], reg_mask, slot_mask, names);
}
