/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns an object that the program allocated?  The program, until it drops the object, hands it
 * to a list, tree or map, or takes it back from there.  What it still may look at after handing an
 * object over dies with the lock that protects the list or tree.
 */
#include "verify/call.h"

#include "btf/access.h"

enum {
	MAX_PERCPU = 512 /* bytes, in the kernel */
};

/* --- types --- */

struct object_type {
	struct object_type *next;
	uint32_t id;
	struct btf_record record;
};

const struct btf_record *object_record(struct verifier *v, uint32_t id)
{
	struct object_type *t;

	for (t = v->object_types; t; t = t->next)
		if (t->id == id)
			return &t->record;
	t = arena_alloc(&v->arena, sizeof(*t));
	if (!t)
		return NULL;
	t->id = id;
	if (btf_record_read(v->in->btf, id, RECORD_OF_OBJECT, &t->record) ||
	    !btf_record_fits_object(&t->record))
		t->record.n = 0;
	t->next = v->object_types;
	v->object_types = t;
	return &t->record;
}

static const char *type_name(const struct verifier *v, uint32_t id)
{
	const struct btf_type *t = btf_type(v->in->btf, id);

	return t ? btf_name(v->in->btf, t->name_off) : "";
}

/* --- arguments --- */

static bool is_owned(const struct reg *r)
{
	return r->kind == KIND_OBJECT && !(r->flags & (REG_NON_OWNING | REG_OBJ_PERCPU)) && r->ref;
}

static int check_owned(struct verifier *v, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);

	if (reg->kind == KIND_SCALAR)
		return reject_text(v, OBJECT_ARG, "R%u must be referenced or trusted", r);
	if (reg->kind != KIND_OBJECT || reg->flags & (REG_NON_OWNING | REG_NULLABLE))
		return reject_text(v, OBJECT_ARG, "arg#%u expected pointer to allocated object",
				   r - 1);
	return reg->ref ? 0 : reject_text(v, OBJECT_ARG, "allocated object must be referenced");
}

static int check_dropped(struct verifier *v, struct call *c, unsigned int r, bool percpu)
{
	const struct reg *reg = reg_at(v, r);
	int err;

	if (reg->flags & REG_NULLABLE || reg_is_zero(reg))
		return reject(v, ARG_NULLABLE, r - 1);
	err = check_owned(v, r);
	if (err)
		return err;
	if (!(reg->flags & REG_OBJ_PERCPU) != !percpu)
		return reject_text(v, OBJECT_ARG, "arg#%u expected for %s()", r - 1,
				   percpu ? "bpf_obj_drop_impl" : "bpf_percpu_obj_drop_impl");
	if (reg->off || !scalar_is_const(&reg->s) || scalar_const_value(&reg->s))
		return reject(v, REF_OFFSET, r);
	c->releases[r - 1] = true;
	return 0;
}

static int check_refcounted(struct verifier *v, struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec;

	if (reg->kind != KIND_OBJECT || reg->flags & (REG_NULLABLE | REG_OBJ_PERCPU))
		return reject_text(v, OBJECT_ARG, "arg#%u is neither owning or non-owning ref",
				   r - 1);
	rec = object_record(v, reg->obj);
	if (!rec || !btf_record_find(rec, FIELD_REFCOUNT))
		return reject_text(v, OBJECT_ARG,
				   "arg#%u doesn't point to a type with bpf_refcount field", r - 1);
	c->object = reg->obj;
	c->object_owned = reg->ref;
	return 0;
}

static int check_root(struct verifier *v, struct call *c, unsigned int r, enum btf_field_kind kind)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec;
	const struct btf_field *f, *lock;

	if (reg->kind != KIND_MAP_VALUE && !(reg->kind == KIND_OBJECT && is_owned(reg)))
		return reg->kind == KIND_OBJECT && !(reg->flags & (REG_NON_OWNING | REG_NULLABLE))
			       ? reject_text(v, OBJECT_ARG, "allocated object must be referenced")
			       : reject_text(
					 v, OBJECT_ARG,
					 "arg#%u expected pointer to map value or allocated object",
					 r - 1);
	if (reg->flags & REG_NULLABLE)
		return reject_text(v, OBJECT_ARG,
				   "arg#%u expected pointer to map value or allocated object",
				   r - 1);
	if (!scalar_is_const(&reg->s))
		return reject_text(v, OBJECT_ARG,
				   "R%u doesn't have constant offset. %s has to be at the constant "
				   "offset",
				   r, btf_field_name(kind));
	rec = field_record(v, reg);
	f = rec ? btf_record_at(rec, (uint64_t)reg->off + scalar_const_value(&reg->s)) : NULL;
	if (!f || f->kind != kind)
		return reject_text(v, OBJECT_ARG, "%s not found at offset=%llu",
				   btf_field_name(kind),
				   (unsigned long long)reg->off + scalar_const_value(&reg->s));
	lock = btf_record_find(rec, FIELD_SPIN_LOCK);
	if (!v->cur->n_locks)
		return reject_text(v, OBJECT_ARG, "bpf_spin_lock at off=%u must be held for %s",
				   lock ? lock->off : 0, btf_field_name(kind));
	if (!lock_protects(v, reg))
		return reject_text(v, OBJECT_ARG,
				   "held lock and object are not in the same allocation");
	c->root = f;
	c->root_btf = rec->btf;
	return 0;
}

/* A node that goes into, or is in, what the call's first argument heads. */
static int check_node(struct verifier *v, const struct call *c, unsigned int r,
		      enum btf_field_kind kind)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec = object_record(v, reg->obj);
	const char *name = btf_field_name(kind), *root;
	const struct btf_field *f;
	uint64_t off;

	if (!scalar_is_const(&reg->s))
		return reject_text(v, OBJECT_ARG,
				   "R%u doesn't have constant offset. %s has to be at the constant "
				   "offset",
				   r, name);
	off = (uint64_t)reg->off + scalar_const_value(&reg->s);
	f = rec ? btf_record_at(rec, off) : NULL;
	if (!f || f->kind != kind)
		return reject_text(v, OBJECT_ARG, "%s not found at offset=%lld", name,
				   (long long)off);
	if (!c->root)
		return 0;
	root = btf_field_name(c->root->kind);
	if (c->root_btf != v->in->btf || c->root->type_id != reg->obj)
		return reject_text(
			v, OBJECT_ARG,
			"operation on %s expects arg#1 %s at offset=%u in struct %s, but arg "
			"is at offset=%llu in struct %s",
			root, name, c->root->node_off, type_name(v, c->root->type_id),
			(unsigned long long)off, type_name(v, reg->obj));
	if (off != c->root->node_off)
		return reject_text(v, OBJECT_ARG,
				   "arg#1 offset=%llu, but expected %s at offset=%u in struct %s",
				   (unsigned long long)off, name, c->root->node_off,
				   type_name(v, reg->obj));
	return 0;
}

static bool in_less(const struct verifier *v)
{
	const struct frame *f = state_top(v->cur);

	return f->kind == FRAME_CALLBACK && f->is_less;
}

static int check_node_in_tree(struct verifier *v, const struct call *c, unsigned int r)
{
	const struct reg *reg = reg_at(v, r);
	bool object = reg->kind == KIND_OBJECT && !(reg->flags & (REG_NULLABLE | REG_OBJ_PERCPU));

	if (!object || (!(reg->flags & REG_NON_OWNING) && !reg->ref))
		return reject_text(v, OBJECT_ARG,
				   "%s can only take non-owning or refcounted bpf_rb_node pointer",
				   c->name);
	if (in_less(v))
		return reject_text(v, OBJECT_ARG, "%s not allowed in rbtree cb", c->name);
	return check_node(v, c, r, FIELD_RB_NODE);
}

static int check_type_id(struct verifier *v, struct call *c, unsigned int r, bool percpu)
{
	const struct reg *reg = reg_at(v, r);
	const struct btf_record *rec;
	const struct btf_type *t;
	uint64_t id;

	if (!scalar_is_const(&reg->s))
		return reject(v, CALL_ARG_CONST, r, "must be a known constant");
	id = scalar_const_value(&reg->s);
	if (!v->in->btf)
		return reject_text(v, OBJECT_ARG,
				   "bpf_obj_new/bpf_percpu_obj_new requires prog BTF");
	t = id <= UINT32_MAX ? btf_type(v->in->btf, (uint32_t)id) : NULL;
	if (!t || btf_kind_of(t) != BTF_KIND_STRUCT)
		return reject_text(v, OBJECT_ARG,
				   "bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a "
				   "struct");
	rec = object_record(v, (uint32_t)id);
	if (percpu && t->size > MAX_PERCPU)
		return reject_text(v, OBJECT_ARG,
				   "bpf_percpu_obj_new type size (%u) is greater than %d", t->size,
				   MAX_PERCPU);
	if (percpu && !btf_is_plain_struct(v->in->btf, (uint32_t)id))
		return reject_text(v, OBJECT_ARG,
				   "bpf_percpu_obj_new type ID argument must be of a struct of "
				   "scalars");
	if (percpu && rec && rec->n)
		return reject_text(v, OBJECT_ARG,
				   "bpf_percpu_obj_new type ID argument must not contain special "
				   "fields");
	c->object = (uint32_t)id;
	return precise_mark(v, r);
}

int object_arg(struct verifier *v, struct call *c, unsigned int r, enum helper_arg arg)
{
	int err = 0;

	switch ((int)arg) {
	case ARG_TYPE_ID: return check_type_id(v, c, r, false);
	case ARG_PERCPU_TYPE_ID: return check_type_id(v, c, r, true);
	case ARG_OBJECT: return check_dropped(v, c, r, false);
	case ARG_PERCPU_OBJECT: return check_dropped(v, c, r, true);
	case ARG_REFCOUNTED: return check_refcounted(v, c, r);
	case ARG_LIST_HEAD: return check_root(v, c, r, FIELD_LIST_HEAD);
	case ARG_RB_ROOT: return check_root(v, c, r, FIELD_RB_ROOT);
	case ARG_LIST_NODE:
	case ARG_RB_NODE:
		err = check_owned(v, r);
		if (err)
			return err;
		c->gives = reg_at(v, r)->ref;
		if (in_less(v) && arg == ARG_RB_NODE)
			return reject_text(v, OBJECT_ARG, "%s not allowed in rbtree cb", c->name);
		return check_node(v, c, r, arg == ARG_LIST_NODE ? FIELD_LIST_NODE : FIELD_RB_NODE);
	case ARG_RB_NODE_IN: return check_node_in_tree(v, c, r);
	}
	return reject(v, INTERNAL, "object argument");
}

/* --- effects --- */

static void give_away(struct reg *r, uint32_t ref)
{
	if (r->kind != KIND_OBJECT || r->ref != ref)
		return;
	r->ref = 0;
	r->flags |= REG_NON_OWNING;
}

/* The object is the list's or tree's now; until the unlock it may still be looked at. */
int object_apply(struct verifier *v, const struct call *c)
{
	struct state *st = v->cur;

	if (!c->gives)
		return 0;
	for (uint32_t f = 0; f < st->n_frames; f++) {
		struct frame *fr = st->frame[f];

		for (int i = 0; i < BPF_REG_10; i++)
			give_away(&fr->reg[i], c->gives);
		for (int s = 0; s < fr->n_slots; s++)
			if (slot_is_spill(&fr->slot[s]))
				give_away(slot_reg(&fr->slot[s]), c->gives);
	}
	return ref_release(v, c->gives, 2);
}

static bool is_non_owning(const struct reg *r, uint32_t arg)
{
	(void)arg;
	return r->kind == KIND_OBJECT && r->flags & REG_NON_OWNING;
}

void object_unlocked(struct verifier *v)
{
	ref_invalidate_if(v, is_non_owning, 0);
}

static void set_node(struct reg *r, const struct call *c)
{
	reg_set_ptr(r, KIND_OBJECT);
	r->obj = c->root->type_id;
	r->off = (int32_t)c->root->node_off;
}

void object_less_args(struct verifier *v, const struct call *c, struct frame *f)
{
	for (unsigned int r = 1; r <= 2; r++) {
		set_node(&f->reg[r], c);
		f->reg[r].flags |= REG_NON_OWNING;
		f->reg[r].id = new_id(v);
	}
	f->is_less = true;
}

int alloc_result(struct verifier *v, const struct call *c, struct reg *r0)
{
	enum helper_ret ret = c->h->ret;
	uint32_t id;
	int err;

	if (c->root && ret != RET_OBJECT_OR_NULL && ret != RET_OBJECT_SHARED) {
		if (c->root_btf != v->in->btf)
			return reject_text(v, OBJECT_ARG, "items of another object file");
		set_node(r0, c);
	} else {
		reg_set_ptr(r0, KIND_OBJECT);
		r0->obj = c->object;
	}
	if (c->h->arg[0] == ARG_PERCPU_TYPE_ID)
		r0->flags |= REG_OBJ_PERCPU;
	if (ret != RET_OBJECT_SHARED || !c->object_owned)
		r0->flags |= REG_NULLABLE;
	if (ret == RET_NODE_PEEK_OR_NULL) {
		r0->flags |= REG_NON_OWNING;
		r0->id = new_id(v);
		return 0;
	}
	err = ref_acquire(v, REF_PTR, &id);
	if (err)
		return err;
	r0->ref = id;
	r0->id = id;
	return 0;
}

/* --- access --- */

int region_object(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	const char *name = type_name(v, r->obj);
	int64_t off = (int64_t)r->off + op->off;
	struct scalar s = scalar_unknown();
	const struct btf_record *rec = object_record(v, r->obj);
	const struct btf_field *f;
	struct btf_access a;

	if (off < 0)
		return reject(v, TYPED_NEGATIVE, op->reg, name, off);
	if (!scalar_is_const(&r->s) || scalar_const_value(&r->s))
		return reject(v, TYPED_VARIABLE, op->reg, name, off, r->s.bits);
	if (r->flags & REG_OBJ_PERCPU)
		return reject(v, TYPED_ELSEWHERE, op->reg, name, "percpu", off);
	if (op->access & ACCESS_WRITE && r->range & TYPED_UNTRUSTED)
		return reject(v, TYPED_WRITE);
	f = rec ? btf_record_hit(rec, off, off + op->size) : NULL;
	if (f)
		return reject(v, OBJECT_FIELD, btf_field_name(f->kind));
	btf_access(v->in->btf, r->obj, (uint32_t)off, op->size, &a);
	if (a.kind != BTF_ACCESS_SCALAR && a.kind != BTF_ACCESS_PTR)
		return reject(v, TYPED_BEYOND, name, off, op->size);
	/* A pointer that was stored is a number when it is read back. */
	if (op->value >= 0 && op->access & ACCESS_READ)
		reg_set_scalar(reg_at(v, (unsigned int)op->value),
			       op->size < 8 ? scalar_zext(&s, op->size * 8) : s);
	return 0;
}
