/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is written down of a path?  Its instructions, what the walk backwards cannot see in them,
 * and what they ask for; backward.h says what an entry is, and precise.c reads them.
 */
#include "verify/backward.h"

static uint64_t *path_slot(struct verifier *v, struct state *st)
{
	if (st->n_path == st->cap_path && !state_grow_path(&v->pool, st, st->n_path + 1))
		return NULL;
	return &st->path[st->n_path++];
}

int path_grow(struct verifier *v)
{
	if (state_grow_path(&v->pool, v->cur, v->cur->n_path + 1))
		return 0;
	return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
}

/* A load fills the register that it writes; all else may change what is asked of slots. */
static bool is_load(const struct verifier *v, uint32_t at)
{
	enum isa_form form = v->cfg.node[at].form;

	return form == ISA_F_LDX || form == ISA_F_LDSX || form == ISA_F_LOAD_ACQ;
}

void path_stack(struct verifier *v, uint32_t frame, unsigned int slot)
{
	struct state *st = v->cur;
	uint32_t i = st->n_path;
	uint64_t *entry;

	while (i && st->path[i - 1] & ENTRY_NOTE)
		i--;
	if (!i)
		return;
	entry = &st->path[i - 1];
	*entry |= ENTRY_STACK | (uint64_t)frame << 25 | (uint64_t)slot << 28;
	if (!is_load(v, entry_insn(*entry)))
		*entry |= (uint64_t)TOUCHES_ALL << ENTRY_TOUCHES;
}

static int path_note(struct verifier *v, struct state *st, uint64_t note)
{
	uint64_t *e = path_slot(v, st);

	if (!e)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	*e = note;
	return 0;
}

int path_linked(struct verifier *v, uint64_t linked)
{
	return path_note(v, v->cur, linked | ENTRY_LINKED);
}

int path_compared(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row)
{
	uint64_t constant = want_constant(v, insn, row);

	return constant ? path_note(v, v->cur, constant) : 0;
}

int path_learnt(struct verifier *v, struct state *st, const struct reg *packet, uint16_t bytes,
		bool is_src)
{
	return path_note(v, st,
			 ENTRY_LEARNT | reach_base(packet) | (uint64_t)bytes << 32 |
				 (is_src ? LEARNT_SRC : 0) |
				 (bytes > packet->off ? LEARNT_OPEN : 0));
}

static uint32_t touches_wants(const struct verifier *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->cfg.insns[at];
	enum isa_form form = v->cfg.node[at].form;

	if (form == ISA_F_JMP_X)
		return 1u << insn->dst_reg | 1u << insn->src_reg;
	return form == ISA_F_JMP_K ? 1u << insn->dst_reg : v->cfg.node[at].writes;
}

static uint32_t touches(const struct verifier *v, uint32_t at)
{
	uint32_t what = back_touches(&v->cfg.insns[at], v->cfg.op[at]);

	return (what & (TOUCHES_REGS | TOUCHES_ALL)) | (touches_wants(v, at) & TOUCHES_REGS)
							       << WANT_SHIFT;
}

int precise_prepare(struct verifier *v)
{
	v->entries = arena_alloc_raw(&v->arena, v->cfg.n * sizeof(*v->entries));
	v->exact_uses = arena_alloc(&v->arena, v->cfg.n * sizeof(*v->exact_uses));
	if (!v->entries || !v->exact_uses)
		return reject(v, LIMIT_MEMORY, (uint64_t)v->in->policy.max_memory);
	for (uint32_t at = 0; at < v->cfg.n; at++) {
		if (v->cfg.op[at] == CFG_NO_OP)
			continue;
		v->entries[at] = at | (uint64_t)touches(v, at) << ENTRY_TOUCHES;
		if (!v->exact_observed)
			v->exact_uses[at] = offset_exact_uses(v, at);
	}
	return 0;
}

int path_moved(struct verifier *v, const struct reg *packet, uint32_t id, uint16_t bytes)
{
	int err;

	if (v->exact_observed)
		return 0;
	err = path_note(v, v->cur, ENTRY_MOVED | id | (uint64_t)bytes << 32);
	return err ? err : path_note(v, v->cur, ENTRY_MOVED | MOVED_FROM | reach_base(packet));
}

static int ask(struct verifier *v, uint32_t frame, uint64_t what)
{
	v->cur->n_asked++;
	return path_note(v, v->cur, ENTRY_ASKED | what | (uint64_t)frame << 7);
}

int precise_ask(struct verifier *v, unsigned int r)
{
	return ask(v, v->cur->n_frames - 1, r);
}

/* Of a WANT or OFFSET. */
static uint64_t noted(unsigned int r, int64_t min, int64_t max)
{
	return r | ((uint64_t)min << 36) >> 32 | ((uint64_t)max << 36) >> 4;
}

int precise_ask_offset(struct verifier *v, unsigned int r, int64_t min, int64_t max)
{
	v->cur->n_asked++;
	return path_note(v, v->cur, ENTRY_OFFSET | noted(r, min, max));
}

int path_added(struct verifier *v, unsigned int num, uint64_t note)
{
	int64_t far = (1 << 27) - 1; /* further, and the sum may be refused for what it is */
	int err = path_note(v, v->cur, note);

	return err ? err : precise_want(v, num, -far, far);
}

int precise_reach(struct verifier *v, unsigned int r, const struct reg *packet, uint32_t bytes)
{
	if (v->exact_observed || !bytes)
		return 0;
	v->cur->n_asked++;
	return path_note(v, v->cur,
			 ENTRY_REACH | reach_base(packet) | (uint64_t)bytes << 32 |
				 (uint64_t)r << 49);
}

int precise_mark(struct verifier *v, unsigned int r)
{
	if (v->all_precise || reg_at(v, r)->kind != KIND_SCALAR || r == BPF_REG_10)
		return 0;
	return ask(v, v->cur->n_frames - 1, r);
}

int precise_want(struct verifier *v, unsigned int r, int64_t min, int64_t max)
{
	const struct reg *reg = reg_at(v, r);
	int64_t fits = 1 << 27;

	if (v->exact_observed || reg->kind != KIND_SCALAR || min < -fits || max >= fits ||
	    min > max || scalar_smin(&reg->s) < min || scalar_smax(&reg->s) > max)
		return precise_mark(v, r);
	v->cur->n_asked++;
	return path_note(v, v->cur, ENTRY_WANT | noted(r, min, max));
}

/* What would keep a decided jump as it is.  False: only the values as they are. */
static bool edge_wants(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		       bool taken, uint64_t constant)
{
	const struct reg *dst = reg_at(v, insn->dst_reg);
	struct compare c;
	struct want w;

	/* What counts the rounds of a loop is another number in each. */
	if (v->exact_observed || dst->kind != KIND_SCALAR ||
	    (v->cfg.scc[v->at] && reg_is_const(dst)))
		return false;
	if (!want_compare(insn, row, constant, &c) || !want_of_edge(&c, taken, &w))
		return false;
	w.frame = (uint8_t)(v->cur->n_frames - 1);
	return want_holds(&w, v->cur);
}

int precise_edge(struct verifier *v, const struct bpf_insn *insn, const struct isa_row *row,
		 bool taken)
{
	uint64_t constant = want_constant(v, insn, row);
	int err;

	if (edge_wants(v, insn, row, taken, constant)) {
		err = constant ? path_note(v, v->cur, constant) : 0;
		v->cur->n_asked++;
		return err ? err : path_note(v, v->cur, ENTRY_EDGE);
	}
	err = precise_mark(v, insn->dst_reg);
	if (!err && row->form == ISA_F_JMP_X)
		err = precise_mark(v, insn->src_reg);
	return err;
}

int precise_mark_slot(struct verifier *v, uint32_t frame, unsigned int slot)
{
	return v->all_precise ? 0 : ask(v, frame, ASKED_SLOT | slot);
}
