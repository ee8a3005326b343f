/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May this load or store go through this register?  Picks the region by the kind of pointer; the
 * region judges the bytes.
 */
#include "ring3/bpf.h"
#include "verify/limits.h"
#include "verify/typed_call.h"

int rule_readable(struct verifier *v, unsigned int r)
{
	return reg_at(v, r)->kind == KIND_NOT_INIT ? reject(v, REG_UNINIT, r) : 0;
}

int rule_writable(struct verifier *v, unsigned int r)
{
	return r == BPF_REG_10 ? reject(v, INSN_FP_WRITE) : 0;
}

static int check_base(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	char name[48];
	struct text t;

	if (!(r->flags & REG_NULLABLE) && (kind_row(r->kind)->memory || r->kind == KIND_MAP_PTR))
		return 0;
	text_init(&t, name, sizeof(name));
	reg_print_type(&t, r);
	if (r->flags & REG_NULLABLE)
		return reject(v, MEM_NULLABLE, op->reg, (const char *)name);
	return reject(v, MEM_SCALAR, op->reg, (const char *)name);
}

/* Through different kinds of pointer the same instruction would need different code. */
static int check_same_kind(struct verifier *v, uint8_t kind)
{
	struct insn_info *info = &v->info[v->at];

	if (info->mem_kind != KIND_NOT_INIT && info->mem_kind != kind &&
	    (kind == KIND_CTX || info->mem_kind == KIND_CTX))
		return reject(v, MEM_SAME_INSN);
	info->mem_kind = kind;
	return 0;
}

static bool is_packet(const struct reg *r)
{
	return r->kind == KIND_PACKET || r->kind == KIND_PACKET_META;
}

static const char *align_name(enum ptr_kind kind)
{
	if (kind == KIND_STACK)
		return "stack ";
	if (kind == KIND_CTX)
		return "context ";
	if (kind == KIND_MAP_VALUE)
		return "value ";
	return kind == KIND_PACKET || kind == KIND_PACKET_META ? "packet " : "";
}

int rule_align(struct verifier *v, const struct mem_op *op)
{
	const struct reg *r = reg_at(v, op->reg);
	bool strict = v->in->policy.strict_alignment || r->kind == KIND_STACK || op->is_atomic;
	uint64_t off = (uint64_t)((int64_t)r->off + op->off);
	struct scalar at;

	if (!strict || op->size == 1 || r->kind == KIND_ARENA)
		return 0;
	at = scalar_is_const(&r->s) ? scalar_const(scalar_const_value(&r->s) + off)
				    : scalar_add_const(&r->s, off);
	/* A packet starts two bytes behind an aligned address where alignment matters. */
	if (is_packet(r) && v->in->policy.strict_alignment)
		at = scalar_add_const(&at, 2);
	if (tnum_aligned(at.bits, op->size))
		return 0;
	return reject(v, MEM_ALIGN, align_name(r->kind), r->s.bits, r->off, op->off, op->size);
}

static int pick_region(struct verifier *v, const struct mem_op *op)
{
	enum ptr_kind kind = reg_at(v, op->reg)->kind;

	switch (kind) {
	case KIND_STACK:
		if (op->access & ACCESS_WRITE && !op->is_atomic)
			return region_stack_write(v, op);
		return region_stack_read(v, op);
	case KIND_MAP_VALUE: return region_map(v, op);
	case KIND_MAP_KEY: return region_map_key(v, op);
	case KIND_CTX: return region_ctx(v, op);
	case KIND_PACKET:
	case KIND_PACKET_META: return region_packet(v, op);
	case KIND_MEM:
	case KIND_TP_BUFFER:
	case KIND_FLOW_KEYS: return region_mem(v, op);
	case KIND_SOCKET:
	case KIND_SOCK_COMMON:
	case KIND_TCP_SOCK:
	case KIND_XDP_SOCK: return region_sock(v, op);
	case KIND_BTF_OBJ: return region_typed(v, op);
	case KIND_BUF: return region_buffer(v, op);
	case KIND_OBJECT: return region_object(v, op);
	case KIND_ARENA: return region_arena(v, op);
	case KIND_MAP_PTR: return region_map_struct(v, op);
	case KIND_NOT_INIT:
	case KIND_SCALAR:
	case KIND_PACKET_END:
	case KIND_FUNC:
	case KIND_DYNPTR:
	case KIND_ITER:
	case N_PTR_KINDS: break;
	}
	return reject(v, INTERNAL, "region");
}

static int check_leak(struct verifier *v, const struct mem_op *op)
{
	const struct reg *base = reg_at(v, op->reg), *val;

	if (op->value < 0 || !(op->access & ACCESS_WRITE) || base->kind == KIND_STACK ||
	    v->in->policy.leak_pointers)
		return 0;
	val = reg_at(v, (unsigned int)op->value);
	if (!reg_is_ptr(val))
		return 0;
	return reject(v, MEM_LEAK, op->value, kind_row(base->kind)->name);
}

int rule_mem(struct verifier *v, const struct mem_op *op)
{
	int err = check_base(v, op);

	if (!err)
		err = check_same_kind(v, reg_at(v, op->reg)->kind);
	if (!err)
		err = rule_align(v, op);
	if (!err)
		err = check_leak(v, op);
	return err ? err : pick_region(v, op);
}

/* The region and its size as the kernel words them. */
static const char *region_name(enum ptr_kind kind)
{
	return kind == KIND_MAP_VALUE ? "map value, value_size"
	       : kind == KIND_MAP_KEY ? "map key, key_size"
				      : "memory, mem_size";
}

static int refuse_low(struct verifier *v, const struct mem_op *op, int64_t at, uint32_t limit)
{
	const struct reg *r = reg_at(v, op->reg);

	if (!scalar_is_const(&r->s))
		return reject(v, MEM_MIN, region_name(r->kind), limit, at, op->size, op->reg);
	if (r->kind == KIND_MAP_VALUE)
		return reject(v, MAP_OOB, limit, at, op->size, op->reg);
	if (r->kind == KIND_MAP_KEY)
		return reject(v, MAP_KEY_OOB, limit, at, op->size, op->reg);
	return reject(v, MEM_OOB, limit, at, op->size, op->reg);
}

int region_bounds(struct verifier *v, const struct mem_op *op, uint32_t limit)
{
	const struct reg *r = reg_at(v, op->reg);
	int64_t fixed = (int64_t)r->off + op->off, low = scalar_smin(&r->s);
	uint64_t high = scalar_umax(&r->s);

	if (low < 0 && (low == INT64_MIN || low + fixed < 0))
		return reject(v, MEM_NEGATIVE, op->reg, low, -fixed);
	if (fixed + low < 0 || fixed + low + op->size > limit)
		return refuse_low(v, op, fixed + low, limit);
	if (high >= 1 << 29)
		return reject(v, MEM_UNBOUNDED, op->reg, kind_row(r->kind)->name, limit, high);
	if ((int64_t)high + fixed + op->size > limit)
		return reject(v, MEM_MAX, region_name(r->kind), limit, (int64_t)high + fixed,
			      op->size, op->reg);
	return 0;
}

static void loaded(struct reg *dst, const struct mem_op *op, unsigned int bits)
{
	struct scalar s = scalar_unknown();

	if (bits < 64)
		s = op->sign_extend ? scalar_sext(&s, bits, 64) : scalar_zext(&s, bits);
	reg_set_scalar(dst, s);
}

/* Accesses to these are rewritten, or their memory moves. */
static const bool never_atomic[] = {
	[KIND_CTX] = true,       [KIND_PACKET] = true,   [KIND_PACKET_META] = true,
	[KIND_FLOW_KEYS] = true, [KIND_SOCKET] = true,   [KIND_SOCK_COMMON] = true,
	[KIND_TCP_SOCK] = true,  [KIND_XDP_SOCK] = true,
};

static int atomic_kind(struct verifier *v, unsigned int r)
{
	enum ptr_kind kind = reg_at(v, r)->kind;

	return kind < sizeof(never_atomic) / sizeof(never_atomic[0]) && never_atomic[kind]
		       ? reject(v, MEM_ATOMIC_KIND, r, kind_row(kind)->name)
		       : 0;
}

int rule_load(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct mem_op op = {
		.reg = insn->src_reg,
		.off = insn->off,
		.size = row->bits / 8,
		.access = ACCESS_READ,
		.value = insn->dst_reg,
		.sign_extend = row->form == ISA_F_LDSX,
		.is_atomic = row->form == ISA_F_LOAD_ACQ,
	};
	int err = rule_readable(v, insn->src_reg);

	if (!err)
		err = rule_writable(v, insn->dst_reg);
	if (!err && op.is_atomic)
		err = atomic_kind(v, insn->src_reg);
	if (!err)
		err = rule_mem(v, &op);
	if (err)
		return err;
	/* Regions set what they know better than "any bytes". */
	if (op.sign_extend && reg_at(v, insn->dst_reg)->kind == KIND_SCALAR)
		reg_set_scalar(reg_at(v, insn->dst_reg),
			       exact_sext(v->in->policy.exact_kernel, &reg_at(v, insn->dst_reg)->s,
					  row->bits, 64));
	else if (op.sign_extend)
		loaded(reg_at(v, insn->dst_reg), &op, row->bits);
	return STEP_NEXT;
}

int rule_store(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	bool imm = row->form == ISA_F_ST;
	struct mem_op op = {
		.reg = insn->dst_reg,
		.off = insn->off,
		.size = row->bits / 8,
		.access = ACCESS_WRITE,
		.value = imm ? -1 : insn->src_reg,
		.is_st = imm,
		.imm = insn->imm,
		.is_atomic = false,
	};
	int err = rule_readable(v, insn->dst_reg);

	if (!err && !imm)
		err = rule_readable(v, insn->src_reg);
	if (!err && row->form == ISA_F_STORE_REL)
		err = atomic_kind(v, insn->dst_reg);
	if (!err)
		err = rule_mem(v, &op);
	return err ? err : STEP_NEXT;
}

static int atomic_operands(struct verifier *v, const struct bpf_insn *insn,
			   const struct isa_row *row, unsigned int fetched)
{
	bool loops = row->op == ISA_ATOMIC_FETCH_OR || row->op == ISA_ATOMIC_FETCH_AND ||
		     row->op == ISA_ATOMIC_FETCH_XOR;
	int err = rule_readable(v, insn->src_reg);

	if (!err)
		err = rule_readable(v, insn->dst_reg);
	if (!err && row->op == ISA_ATOMIC_CMPXCHG) {
		err = rule_readable(v, BPF_REG_0);
		if (!err && reg_is_ptr(reg_at(v, BPF_REG_0)) && !v->in->policy.leak_pointers)
			err = reject(v, MEM_LEAK, 0, "mem");
	}
	if (!err && fetched <= BPF_REG_10)
		err = rule_writable(v, fetched);
	if (err)
		return err;
	/* Linux forgets the register that it fetches into before it looks where from. */
	if (v->in->policy.exact_kernel && fetched == insn->dst_reg)
		return reject(v, MEM_ALIGN, "", TNUM_UNKNOWN, 0, insn->off, row->bits / 8);
	if (reg_is_ptr(reg_at(v, insn->src_reg)) && !v->in->policy.leak_pointers)
		return reject(v, MEM_LEAK, (unsigned int)insn->src_reg, "mem");
	/* x86-64 fetches in a loop, whose faults Linux does not catch. */
	if (loops && reg_at(v, insn->dst_reg)->kind == KIND_ARENA)
		return reject(v, MEM_ATOMIC_KIND, (unsigned int)insn->dst_reg, "arena");
	return atomic_kind(v, insn->dst_reg);
}

/* What was there is fetched as by a load; what is there afterwards is not known. */
static int atomic_on_stack(struct verifier *v, struct mem_op *op, unsigned int fetched)
{
	struct reg old;
	int err;

	reg_set_unknown(&old);
	err = rule_mem(v, op);
	if (!err && fetched <= BPF_REG_10) {
		struct reg keep = *reg_at(v, fetched);

		op->value = (int)fetched;
		err = region_stack_read(v, op);
		old = *reg_at(v, fetched);
		*reg_at(v, fetched) = keep;
	}
	op->value = -1;
	op->is_atomic = false;
	op->access = ACCESS_WRITE;
	if (!err)
		err = region_stack_write(v, op);
	if (!err && fetched <= BPF_REG_10)
		*reg_at(v, fetched) = old;
	return err ? err : STEP_NEXT;
}

int rule_atomic(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct isa_regs regs = isa_regs_of(insn, v->cfg.op[v->at]);
	unsigned int fetched = regs.writes ? (unsigned int)__builtin_ctz(regs.writes) : 16;
	struct mem_op op = {
		.reg = insn->dst_reg,
		.off = insn->off,
		.size = row->bits / 8,
		.access = ACCESS_RW,
		.value = -1,
		.is_atomic = true,
	};
	int err = atomic_operands(v, insn, row, fetched);
	bool stack = reg_at(v, insn->dst_reg)->kind == KIND_STACK;

	if (!err && stack)
		return atomic_on_stack(v, &op, fetched);
	if (!err)
		err = rule_mem(v, &op);
	if (err)
		return err;
	if (fetched <= BPF_REG_10)
		loaded(reg_at(v, fetched), &op, row->bits);
	return STEP_NEXT;
}

static int load_map(struct verifier *v, const struct bpf_insn *insn, bool value)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	uint32_t map = v->info[v->at].map;
	size_t room;

	if (map == NO_MAP)
		return reject(v, INTERNAL, "map");
	if (v->maps[map].desc->type == BPF_MAP_TYPE_ARENA && value) {
		reg_set_unknown(dst);
		return STEP_NEXT;
	}
	if (!value) {
		reg_set_ptr(dst, KIND_MAP_PTR);
		dst->obj = map;
		return STEP_NEXT;
	}
	if (!v->maps[map].map || !map_direct_value(v->maps[map].map, (uint32_t)insn[1].imm, &room))
		return reject(v, MAP_ADDRESS, map_of(v, &(struct reg){ .obj = map })->value_size,
			      (uint32_t)insn[1].imm);
	reg_set_ptr(dst, KIND_MAP_VALUE);
	dst->obj = map;
	dst->off = insn[1].imm;
	return STEP_NEXT;
}

int rule_ld_imm64(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg *dst = reg_at(v, insn->dst_reg);
	int err = rule_writable(v, insn->dst_reg);

	(void)row;
	if (err)
		return err;
	switch (v->cfg.op[v->at]) {
	case ISA_LD_IMM64:
		reg_set_const(dst, (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm);
		return STEP_NEXT;
	case ISA_LD_MAP_FD:
	case ISA_LD_MAP_IDX: return load_map(v, insn, false);
	case ISA_LD_MAP_VALUE:
	case ISA_LD_MAP_IDX_VALUE: return load_map(v, insn, true);
	case ISA_LD_FUNC:
		if (!v->in->n_func_info)
			return reject(v, CALLBACK_TYPES);
		if (v->subs[v->cfg.callee[v->at]].global)
			return reject(v, CALLBACK_GLOBAL);
		reg_set_ptr(dst, KIND_FUNC);
		dst->obj = v->cfg.callee[v->at];
		return STEP_NEXT;
	case ISA_LD_BTF_ID: return typed_variable(v, insn);
	}
	return reject(v, INTERNAL, "ld_imm64");
}

/* In a function that was called, bytes that are not there end that function with 0. */
static int missed(struct verifier *v)
{
	int err = 0;

	if (!v->in->n_func_info)
		return reject(v, INSN_LD_ABS_BTF);
	if (!subprog_returns_number(v, top(v)->subprog))
		return reject(v, INSN_LD_ABS_VOID);
	if (!walk_push(v, v->at + 1, &err))
		return err;
	reg_set_const(reg_at(v, BPF_REG_0), 0);
	return rule_exit(v);
}

int rule_ld_abs(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	struct reg *ctx = reg_at(v, BPF_REG_6);
	struct scalar s = scalar_unknown();
	int err;

	if (!v->type->has_skb)
		return reject(v, INSN_LEGACY);
	/* A miss ends the program: nothing may be held. */
	err = ref_check_leak(v, "BPF_LD_[ABS|IND]");
	if (!err)
		err = rule_readable(v, BPF_REG_6);
	if (err)
		return err;
	if (ctx->kind != KIND_CTX || ctx->off || !reg_is_ptr(ctx) || !scalar_is_const(&ctx->s) ||
	    scalar_const_value(&ctx->s))
		return reject(v, CALL_ARG_TYPE, 6, kind_row(ctx->kind)->name, "ctx");
	if (row->form == ISA_F_LD_IND) {
		err = rule_readable(v, insn->src_reg);
		if (err)
			return err;
		if (reg_is_ptr(reg_at(v, insn->src_reg)) && !v->in->policy.leak_pointers)
			return reject(v, MEM_LEAK, (unsigned int)insn->src_reg, "skb");
	}
	call_clobber(v);
	reg_set_scalar(reg_at(v, BPF_REG_0), scalar_zext(&s, row->bits));
	return v->cur->n_frames > 1 ? missed(v) : STEP_NEXT;
}
