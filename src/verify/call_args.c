/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is each argument of a call what the callee's prototype wants?  One row per kind of argument says
 * which kinds of value it accepts; sizes, maps, keys and objects have checks of their own.
 */
#include "verify/kptr.h"
#include "verify/sections.h"
#include "verify/typed_call.h"

#include <string.h>

#define BIT(k) (1u << KIND_##k)
#define MEM_KINDS                                                                                 \
	(BIT(STACK) | BIT(PACKET) | BIT(PACKET_META) | BIT(MAP_KEY) | BIT(MAP_VALUE) | BIT(MEM) | \
	 BIT(BUF) | BIT(BTF_OBJ))

/* What an argument accepts; 0: anything that has a value. */
static const struct {
	uint32_t kinds;
	bool or_null;
} accepts[] = {
	[ARG_NONE] = { 0, false },
	[ARG_ANYTHING] = { 0, false },
	[ARG_CONST_MAP_PTR] = { BIT(MAP_PTR), false },
	[ARG_MAP_KEY] = { MEM_KINDS, false },
	[ARG_MAP_VALUE] = { MEM_KINDS, false },
	[ARG_MAP_VALUE_OR_NULL] = { MEM_KINDS, true },
	[ARG_UNINIT_MAP_VALUE] = { MEM_KINDS, false },
	[ARG_MEM] = { MEM_KINDS, false },
	[ARG_MEM_OR_NULL] = { MEM_KINDS, true },
	[ARG_MEM_RDWR] = { MEM_KINDS, false },
	[ARG_MEM_RDWR_OR_NULL] = { MEM_KINDS, true },
	[ARG_UNINIT_MEM] = { MEM_KINDS, false },
	[ARG_UNINIT_MEM_OR_NULL] = { MEM_KINDS, true },
	[ARG_FIXED_MEM] = { MEM_KINDS, false },
	[ARG_FIXED_UNINIT_MEM] = { MEM_KINDS, false },
	[ARG_SIZE] = { BIT(SCALAR), false },
	[ARG_SIZE_OR_ZERO] = { BIT(SCALAR), false },
	[ARG_CONST_SIZE] = { BIT(SCALAR), false },
	[ARG_CTX] = { BIT(CTX), false },
	[ARG_CTX_OR_NULL] = { BIT(CTX), true },
	[ARG_SPIN_LOCK] = { BIT(MAP_VALUE) | BIT(OBJECT), false },
	[ARG_TIMER] = { BIT(MAP_VALUE), false },
	[ARG_WQ] = { BIT(MAP_VALUE), false },
	[ARG_TASK_WORK] = { BIT(MAP_VALUE), false },
	[ARG_RES_SPIN_LOCK] = { BIT(MAP_VALUE) | BIT(OBJECT), false },
	[ARG_TYPE_ID] = { BIT(SCALAR), false },
	[ARG_PERCPU_TYPE_ID] = { BIT(SCALAR), false },
	[ARG_SCALAR] = { BIT(SCALAR), false },
	[ARG_FUNC] = { BIT(FUNC), false },
	[ARG_STACK_OR_NULL] = { BIT(STACK), true },
	[ARG_CONST_STR] = { BIT(MAP_VALUE), false },
	[ARG_ALLOC_MEM] = { BIT(MEM), false },
	[ARG_CONST_ALLOC_SIZE] = { BIT(SCALAR), false },
	[ARG_DYNPTR_UNINIT] = { BIT(STACK) | BIT(DYNPTR), false },
	[ARG_DYNPTR_CHANGED] = { BIT(STACK) | BIT(DYNPTR), false },
	[ARG_BUFFER_OR_NULL] = { MEM_KINDS, true },
	[ARG_BUFFER_SIZE] = { BIT(SCALAR), false },
	[ARG_DYNPTR] = { BIT(STACK) | BIT(DYNPTR), false },
	[ARG_DYNPTR_RINGBUF] = { BIT(STACK) | BIT(DYNPTR), false },
	[ARG_BTF_ID] = { BIT(BTF_OBJ), false },
	[ARG_BTF_ID_OR_NULL] = { BIT(BTF_OBJ), true },
	[ARG_SOCK_COMMON] = { BIT(SOCK_COMMON) | BIT(SOCKET) | BIT(TCP_SOCK) | BIT(BTF_OBJ),
			      false },
	[ARG_SOCK_FIELDS] = { BIT(SOCK_COMMON) | BIT(SOCKET) | BIT(TCP_SOCK), false },
	[ARG_SOCKET] = { BIT(SOCKET) | BIT(SOCK_COMMON) | BIT(TCP_SOCK), false },
	[ARG_SOCKET_OR_NULL] = { BIT(SOCKET) | BIT(SOCK_COMMON) | BIT(TCP_SOCK), true },
	[ARG_SOCK_COMMON_OR_NULL] = { BIT(SOCK_COMMON) | BIT(SOCKET) | BIT(TCP_SOCK) | BIT(BTF_OBJ),
				      true },
	[ARG_LONG_PTR] = { MEM_KINDS, false },
	[ARG_INT_PTR] = { MEM_KINDS, false },
	[ARG_PERCPU_BTF_ID] = { BIT(BTF_OBJ) | BIT(OBJECT), false },
	[ARG_KPTR] = { BIT(MAP_VALUE) | BIT(OBJECT), false },
	[ARG_KPTR_VALUE] = { BIT(BTF_OBJ) | BIT(OBJECT), true },
};

static const char *objects_of(uint32_t kinds)
{
	if (kinds & BIT(MEM))
		return "trusted_ptr_";
	return kinds & BIT(SOCK_COMMON) ? "ptr_, trusted_ptr_" : "ptr_, trusted_ptr_, rcu_ptr_";
}

static int wrong_kind(struct verifier *v, unsigned int r, uint32_t kinds)
{
	char have[48], want[128];
	struct text t;
	const char *sep = "";

	text_init(&t, have, sizeof(have));
	reg_print_type(&t, reg_at(v, r));
	text_init(&t, want, sizeof(want));
	/* Where memory of any kind will do, the kernel has one list. */
	if (kinds & BIT(STACK) && kinds & BIT(MEM)) {
		text_add(&t, "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, "
			     "trusted_ptr_");
		kinds = 0;
	} else if (kinds & BIT(STACK)) {
		text_add(&t, "fp");
		sep = ", ";
	}
	if (kinds & BIT(SOCK_COMMON)) {
		text_add(&t, "%s", kind_row(KIND_SOCK_COMMON)->name);
		sep = ", ";
	}
	for (unsigned int k = 0; k < N_PTR_KINDS; k++)
		if (kinds >> k & 1 && k != KIND_STACK && k != KIND_SOCK_COMMON) {
			text_add(&t, "%s%s", sep,
				 kinds == BIT(MEM)   ? "ringbuf_mem"
				 : k == KIND_BTF_OBJ ? objects_of(kinds)
						     : kind_row(k)->name);
			sep = ", ";
		}
	return reject(v, CALL_ARG_TYPE, r, (const char *)have, (const char *)want);
}

/* Objects of a kernel that the argument cannot take, whatever their type. */
static bool object_unfit(const struct reg *r, uint32_t kinds, enum helper_arg arg)
{
	if (r->kind == KIND_MEM)
		return r->range & TYPED_UNTRUSTED;
	if (r->kind == KIND_OBJECT && arg == ARG_PERCPU_BTF_ID)
		return !(r->flags & REG_OBJ_PERCPU) || !(r->range & TYPED_RCU);
	if (r->kind == KIND_OBJECT && arg != ARG_KPTR_VALUE)
		return r->range;
	if (r->kind != KIND_BTF_OBJ)
		return false;
	/* As memory only what is sure to be there. */
	if (kinds & BIT(MEM))
		return !(r->range & TYPED_TRUSTED);
	if (arg == ARG_PERCPU_BTF_ID)
		return !(r->range & TYPED_PERCPU);
	return r->range & (TYPED_UNTRUSTED | TYPED_USER | TYPED_PERCPU) ||
	       ((arg == ARG_SOCK_COMMON || arg == ARG_SOCK_COMMON_OR_NULL) && r->range & TYPED_RCU);
}

/* Helpers that do without an argument do so too when it only may be NULL.  But what comes from a
 * map of sockets is one only when it was found. */
static bool takes_nullable(const struct reg *reg, enum helper_arg arg)
{
	return accepts[arg].or_null && !(arg == ARG_SOCKET_OR_NULL && reg->ref);
}

static bool of_map(enum helper_arg arg)
{
	return arg == ARG_MAP_KEY || arg == ARG_MAP_VALUE || arg == ARG_MAP_VALUE_OR_NULL ||
	       arg == ARG_UNINIT_MAP_VALUE;
}

static int check_kind(struct verifier *v, const struct call *c, unsigned int r, enum helper_arg arg)
{
	const struct reg *reg = reg_at(v, r);
	uint32_t kinds = accepts[arg].kinds;

	/* Only some helpers know that packets move. */
	if (kinds & BIT(PACKET) && !(c->h->flags & HELPER_PKT_ARGS))
		kinds &= ~(BIT(PACKET) | BIT(PACKET_META));
	if (!kinds) {
		if (reg_is_ptr(reg) && !v->in->policy.leak_pointers)
			return reject(v, MEM_LEAK, r, "helper function");
		return 0;
	}
	if (arg == ARG_CONST_MAP_PTR && c->is_kfunc && reg->kind == KIND_BTF_OBJ)
		return typed_map_arg(v, c->h, r);
	if (arg == ARG_CTX && c->is_kfunc && typed_packets(v))
		return typed_packet_arg(v, r);
	/* Any other number would be an address. */
	if (accepts[arg].or_null && reg_is_zero(reg))
		return precise_mark(v, r);
	if (!(kinds >> reg->kind & 1))
		return wrong_kind(v, r, kinds);
	if (reg->flags & REG_NULLABLE && (c->is_kfunc || !takes_nullable(reg, arg)))
		return wrong_kind(v, r, kinds);
	/* Linux takes neither keys nor values from slices of packets, or from what is only read. */
	if (v->in->policy.exact_kernel && of_map(arg) &&
	    (reg->kind == KIND_MEM || reg->kind == KIND_BUF) &&
	    reg->flags & (REG_PKT_SLICE | REG_RDONLY))
		return wrong_kind(v, r, kinds);
	if (object_unfit(reg, kinds, arg))
		return wrong_kind(v, r, kinds);
	return 0;
}

static int is_unmoved(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	const char *name = kind_row(reg->kind)->name;

	if (!scalar_is_const(&reg->s) || scalar_const_value(&reg->s))
		return reject(v, CTX_VARIABLE, name, reg->s.bits);
	if (reg->off < 0)
		return reject(v, CTX_NEGATIVE, name, r, reg->off);
	if (reg->off)
		return reject(v, CTX_MODIFIED, name, r, reg->off);
	return 0;
}

/* --- memory and its size --- */

static bool fills(enum helper_arg arg)
{
	return arg == ARG_UNINIT_MEM || arg == ARG_UNINIT_MEM_OR_NULL ||
	       arg == ARG_FIXED_UNINIT_MEM || arg == ARG_UNINIT_MAP_VALUE || arg == ARG_LONG_PTR ||
	       arg == ARG_INT_PTR;
}

static enum access access_of(enum helper_arg arg)
{
	if (fills(arg))
		return ACCESS_WRITE;
	return arg == ARG_MEM_RDWR || arg == ARG_MEM_RDWR_OR_NULL ? ACCESS_RW : ACCESS_READ;
}

/* Memory of `size` bytes in register r; overwriting it waits until all arguments are checked. */
static int memory(struct verifier *v, struct call *c, unsigned int r, uint32_t size,
		  enum helper_arg arg, bool size_known)
{
	bool stack = reg_at(v, r)->kind == KIND_STACK;
	enum access access = access_of(arg);
	int err;

	/* A length that varies leaves bytes as they were: those must be initialised. */
	err = stack ? region_stack_arg(v, r, 0, size, ACCESS_READ, fills(arg) && size_known)
		    : rule_mem_arg(v, r, size, access, fills(arg), true);
	if (!err && stack && access & ACCESS_WRITE)
		c->fill_size[r - 1] = size;
	return err;
}

static int check_size(struct verifier *v, struct call *c, unsigned int r)
{
	const struct reg *size = reg_at(v, r), *mem = reg_at(v, r - 1);
	bool zero_ok = c->h->arg[r - 1] == ARG_SIZE_OR_ZERO;
	enum helper_arg arg = c->h->arg[r - 2];
	int err;

	if (scalar_smin(&size->s) < 0)
		return reject(v, CALL_SIZE_NEGATIVE, r, scalar_smin(&size->s));
	if (!scalar_umin(&size->s) && !zero_ok)
		return reject(v, CALL_SIZE_ZERO, r, scalar_umin(&size->s), scalar_umax(&size->s));
	if (scalar_umax(&size->s) >= 1 << 29)
		return reject(v, CALL_SIZE_UNBOUNDED, r, scalar_umax(&size->s));
	c->size_max = scalar_umax(&size->s);
	if (reg_is_zero(mem)) {
		if (c->size_max)
			return wrong_kind(v, r - 1, accepts[arg].kinds);
		return precise_mark(v, r);
	}
	err = memory(v, c, r - 1, (uint32_t)c->size_max, arg, scalar_is_const(&size->s));
	return err ? err : precise_mark(v, r);
}

static int check_const(struct verifier *v, struct call *c, unsigned int r, bool alloc)
{
	const struct reg *reg = reg_at(v, r);

	if (!scalar_is_const(&reg->s))
		return reject(v, CALL_ARG_CONST, r,
			      c->is_kfunc ? "must be a known constant"
					  : "is not a known constant'");
	if (scalar_const_value(&reg->s) > INT32_MAX)
		return reject(v, CALL_SIZE_UNBOUNDED, r, scalar_umax(&reg->s));
	if (alloc)
		c->alloc_size = (uint32_t)scalar_const_value(&reg->s);
	return precise_mark(v, r);
}

/* A buffer that may stand in for a slice: the size says how much of either is there. */
static int check_buffer(struct verifier *v, struct call *c, unsigned int r)
{
	int err = check_const(v, c, r, true);

	if (err || reg_is_zero(reg_at(v, r - 1)))
		return err;
	return memory(v, c, r - 1, c->alloc_size, ARG_MEM_RDWR, true);
}

/* --- maps --- */

/* The constant that 4 bytes of stack hold, as an array's key: 1, 0 (there is none) or an errno. */
static int constant_key(struct verifier *v, const struct reg *key, uint32_t *ret_key)
{
	const struct frame *f;
	const struct slot *s;
	unsigned int zeroes = 0;
	int32_t off;
	int err;

	if (key->kind != KIND_STACK || !scalar_is_const(&key->s))
		return 0;
	off = key->off + (int32_t)scalar_const_value(&key->s);
	if (off > -4 || off < -STACK_BYTES || off % 4)
		return 0;
	f = v->cur->frame[key->obj];
	if (slot_of(off) >= f->n_slots)
		return 0;
	s = &f->slot[slot_of(off)];
	for (int b = 0; b < 4; b++)
		zeroes += s->kind[slot_byte(off) - (unsigned int)b] == SLOT_ZERO;
	if (zeroes == 4) {
		*ret_key = 0;
		return 1;
	}
	if (slot_byte(off) != 7 || s->kind[7] != SLOT_SPILL || s->kind[4] != SLOT_SPILL ||
	    slot_reg(s)->kind != KIND_SCALAR || !scalar_is_const(&slot_reg(s)->s))
		return 0;
	/* Linux 6.18 looks at spills of the key's own size only. */
	if (s->kind[3] == SLOT_SPILL && v->in->policy.exact_kernel)
		return 0;
	*ret_key = (uint32_t)scalar_const_value(&slot_reg(s)->s);
	err = precise_mark_slot(v, f->frameno, slot_of(off));
	return err ? err : 1;
}

static int check_key(struct verifier *v, struct call *c, unsigned int r)
{
	const struct map_desc *m;
	int has_key = 0;
	uint32_t key;

	if (c->map == NO_MAP)
		return reject(v, CALL_NO_MAP, "key");
	m = v->maps[c->map].desc;
	if (c->h->id == BPF_FUNC_map_lookup_elem && !c->is_kfunc && m->key_size == 4 &&
	    v->maps[c->map].map &&
	    (m->type == BPF_MAP_TYPE_ARRAY || m->type == BPF_MAP_TYPE_PERCPU_ARRAY))
		has_key = constant_key(v, reg_at(v, r), &key);
	if (has_key < 0)
		return has_key;
	if (has_key)
		c->key_in_range = key < m->max_entries;
	return memory(v, c, r, m->key_size, ARG_MAP_KEY, true);
}

static int check_value(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg)
{
	if (c->map == NO_MAP)
		return reject(v, CALL_NO_MAP, "value");
	if (reg_is_zero(reg_at(v, r)))
		return 0;
	return memory(v, c, r, v->maps[c->map].desc->value_size, arg, true);
}

int call_string(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	const struct vmap *m = &v->maps[reg->obj];
	const char *s;
	size_t room = 0;

	if (!m->map || !(m->desc->flags & BPF_F_RDONLY_PROG) || !m->frozen)
		return reject(v, CALL_STR, r, "does not point to a readonly map'");
	if (!scalar_is_const(&reg->s))
		return reject(v, CALL_STR, r, "is not a constant address'");
	s = map_direct_value(m->map, (uint64_t)reg->off + scalar_const_value(&reg->s), &room);
	if (reg->off < 0 || !s || !memchr(s, 0, room))
		return reject(v, CALL_STR, r, "string is not zero-terminated");
	return 0;
}

static int check_alloc_mem(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (!(reg->flags & REG_ALLOC) || !reg->ref)
		return wrong_kind(v, r, BIT(MEM));
	if (reg->off || !scalar_is_const(&reg->s) || scalar_const_value(&reg->s))
		return reject(v, REF_OFFSET, r);
	return 0;
}

/* The helper stores an integer: aligned, whatever the policy says of the program's own stores. */
static int number_behind(struct verifier *v, struct call *c, unsigned int r, uint32_t size,
			 enum helper_arg arg)
{
	struct mem_op op = { .reg = r, .size = size, .value = -1, .is_atomic = true };
	int err = memory(v, c, r, size, arg, true);

	return err ? err : rule_align(v, &op);
}

/* A timer holds on to the map that its value belongs to. */
static int other_map(struct verifier *v, const struct call *c, const struct reg *map)
{
	char why[128];
	struct text t;

	text_init(&t, why, sizeof(why));
	text_add(&t, "%s pointer in R1 map_uid=%u doesn't match map pointer in R2 map_uid=%u",
		 c->field, c->map_uid, map->uid);
	return reject(v, TIMER_MAP, (const char *)why);
}

static int check_map_arg(struct verifier *v, struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind == KIND_BTF_OBJ)
		return 0;
	if (c->field && (reg->obj != c->map || reg->uid != c->map_uid))
		return other_map(v, c, reg);
	c->map = reg_at(v, r)->obj;
	c->map_uid = reg_at(v, r)->uid;
	return call_check_map(v, c);
}

static int check_field(struct verifier *v, struct call *c, unsigned int r, enum btf_field_kind kind)
{
	const struct btf_field *field;
	int err = field_arg(v, r, kind, &field);

	if (err)
		return err;
	c->field = btf_field_name(kind);
	c->map = reg_at(v, r)->obj;
	c->map_uid = reg_at(v, r)->uid;
	return 0;
}

static bool is_released(const struct helper_proto *h, enum helper_arg arg)
{
	if (!(h->flags & HELPER_RELEASES))
		return false;
	return arg == ARG_ALLOC_MEM || arg == ARG_BTF_ID || arg == ARG_SOCK_COMMON ||
	       arg == ARG_SOCKET || arg == ARG_SOCKET_OR_NULL || arg == ARG_DYNPTR_RINGBUF;
}

static int check_object(struct verifier *v, const struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg_is_zero(reg))
		return 0;
	/* Kernel functions take no less. */
	if (c->is_kfunc && reg->kind == KIND_BTF_OBJ && !typed_is_trusted(reg))
		return reject(v, KFUNC_TRUST, r, "referenced or trusted");
	return typed_arg(v, r, c->h->btf_type[r - 1], is_released(c->h, c->h->arg[r - 1]));
}

static int check_one(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg)
{
	switch (arg) {
	case ARG_NONE:
	case ARG_ANYTHING:
	case ARG_MEM:
	case ARG_MEM_OR_NULL:
	case ARG_MEM_RDWR:
	case ARG_MEM_RDWR_OR_NULL:
	case ARG_UNINIT_MEM:
	case ARG_UNINIT_MEM_OR_NULL:
	case ARG_SPIN_LOCK:
	case ARG_RES_SPIN_LOCK:
	case ARG_IRQ_FLAG:
	case ARG_SCALAR:
	case ARG_IGNORED:
	case ARG_BUFFER_OR_NULL:
	case ARG_STACK_OR_NULL: return 0;
	case ARG_BTF_ID:
	case ARG_BTF_ID_OR_NULL: return check_object(v, c, r);
	case ARG_CONST_MAP_PTR: return check_map_arg(v, c, r);
	case ARG_MAP_KEY: return check_key(v, c, r);
	case ARG_MAP_VALUE:
	case ARG_MAP_VALUE_OR_NULL:
	case ARG_UNINIT_MAP_VALUE: return check_value(v, c, r, arg);
	case ARG_FIXED_MEM:
	case ARG_FIXED_UNINIT_MEM: return memory(v, c, r, c->h->fixed_size[r - 1], arg, true);
	case ARG_SIZE:
	case ARG_SIZE_OR_ZERO: return r > 1 ? check_size(v, c, r) : 0;
	case ARG_CONST_SIZE: return check_const(v, c, r, false);
	case ARG_CONST_ALLOC_SIZE: return check_const(v, c, r, true);
	case ARG_CTX:
	case ARG_CTX_OR_NULL: return reg_is_zero(reg_at(v, r)) ? 0 : is_unmoved(v, r);
	case ARG_FUNC: c->callback = reg_at(v, r)->obj; return 0;
	case ARG_CONST_STR: return call_string(v, r);
	case ARG_ALLOC_MEM: return check_alloc_mem(v, r);
	case ARG_DYNPTR_UNINIT: return dynptr_new_arg(v, c, r);
	case ARG_DYNPTR:
	case ARG_DYNPTR_CHANGED:
	case ARG_DYNPTR_RINGBUF: return dynptr_arg(v, c, r, arg);
	case ARG_BUFFER_SIZE: return check_buffer(v, c, r);
	case ARG_SOCK_COMMON:
	case ARG_SOCK_COMMON_OR_NULL:
		if (reg_is_zero(reg_at(v, r)))
			return 0;
		return reg_at(v, r)->kind == KIND_BTF_OBJ
			       ? typed_arg(v, r, "sock_common", is_released(c->h, ARG_SOCK_COMMON))
			       : is_unmoved(v, r);
	case ARG_SOCK_FIELDS:
	case ARG_SOCKET:
	case ARG_SOCKET_OR_NULL: return reg_is_zero(reg_at(v, r)) ? 0 : is_unmoved(v, r);
	case ARG_LONG_PTR: return number_behind(v, c, r, 8, arg);
	case ARG_INT_PTR: return number_behind(v, c, r, 4, arg);
	case ARG_TYPE_ID:
	case ARG_PERCPU_TYPE_ID:
	case ARG_OBJECT:
	case ARG_PERCPU_OBJECT:
	case ARG_REFCOUNTED:
	case ARG_LIST_HEAD:
	case ARG_LIST_NODE:
	case ARG_RB_ROOT:
	case ARG_RB_NODE:
	case ARG_RB_NODE_IN: return object_arg(v, c, r, arg);
	case ARG_TIMER: return check_field(v, c, r, FIELD_TIMER);
	case ARG_WQ: return check_field(v, c, r, FIELD_WORKQUEUE);
	case ARG_TASK_WORK: return check_field(v, c, r, FIELD_TASK_WORK);
	case ARG_PERCPU_BTF_ID: return typed_check_offset(v, r, true);
	case ARG_KPTR: return kptr_slot_arg(v, c, r);
	case ARG_KPTR_VALUE: return kptr_value_arg(v, c, r);
	}
	return reject(v, INTERNAL, "argument kind");
}

int call_args(struct verifier *v, struct call *c)
{
	for (unsigned int r = 1; r <= 5; r++) {
		enum helper_arg arg = call_map_value(v, c, c->h->arg[r - 1]);
		int err;

		if (arg == ARG_NONE)
			break;
		if (arg == ARG_IGNORED)
			continue;
		err = rule_readable(v, r);
		if (!err)
			err = check_kind(v, c, r, arg);
		if (err)
			return err;
		c->arg[r - 1] = *reg_at(v, r);
		c->releases[r - 1] = is_released(c->h, arg);
		err = check_one(v, c, r, arg);
		if (err)
			return err;
	}
	/* A dynptr outlives stack frames and released records, not maps. */
	if (!c->is_kfunc && c->h->id == BPF_FUNC_dynptr_from_mem &&
	    c->arg[0].kind != KIND_MAP_VALUE)
		return wrong_kind(v, 1, BIT(MAP_VALUE));
	return c->is_kfunc ? 0 : call_rules(v, c);
}

static int apply_res_lock(struct verifier *v, const struct call *c)
{
	bool irq = c->h->arg[1] == ARG_IRQ_FLAG, takes = c->h->ret != RET_VOID;
	enum ref_kind kind = irq ? REF_RES_LOCK_IRQ : REF_RES_LOCK;
	int err = takes ? lock_try(v, kind) : lock_give(v, BPF_REG_1, kind);

	return err || !irq ? err : section_irq_flag(v, BPF_REG_2, takes, true);
}

int call_args_apply(struct verifier *v, const struct call *c)
{
	if (c->h->arg[0] == ARG_SPIN_LOCK)
		return c->h->flags & HELPER_LOCKED ? lock_give(v, 1, REF_LOCK)
						   : lock_take(v, 1, REF_LOCK);
	if (c->h->arg[0] == ARG_RES_SPIN_LOCK)
		return apply_res_lock(v, c);
	if (c->gives)
		return object_apply(v, c);
	return dynptr_apply(v, c);
}
