/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a hit cost that wants little?  Order of work: store three registers, close the thread's
 * gate, and see by what stood in it, in one comparison, that the thread is known, is not inside a
 * program, and keeps a slot of this registry.  If not so, put back what was changed, and let the
 * general way take over.  Then store what the program reads or changes, call it, open the gate,
 * restore.
 *
 * In a process that was joined the gate is found by the GS base, which a thread inherits from who
 * made it, and a program may use for itself: three comparisons say whether it is this thread's.
 *
 * A program that calls no C runs on what the thread's gate has beside it: struct run of which only
 * the slot and the budget count.  Others get theirs from hook_run_kept().
 */
#include <stddef.h>

#include "hook/dispatch.h"
#include "hook/thread.h"
#include "hook/tramp_priv.h"
#include "jit/jit.h"

enum {
	/* Words of struct pt_regs that are not registers' places. */
	W_ORIG_RAX = 15,
	W_RIP,
	W_CS,
	W_FLAGS,
	W_RSP,
	W_SS,
	SHORT_FLAGS = W_CS * 8,
	SLOT_WORD = sizeof(struct pt_regs), /* in return_site's frame: the return address's place */
};

/* What the ways themselves use of registers. */
#define ENTER_USES (1u << RAX | 1u << RCX | 1u << RSI)
#define SHORT_USES (1u << RAX | 1u << RCX)
#define PUSH_USES  (1u << RDX)
#define LEAVE_USES (1u << RAX | 1u << RCX | 1u << RDX | 1u << RSI)

/* mov %fs:off,%reg, or of gs, once it is known whose it is. */
static void load_own(struct emit *e, unsigned int reg, bool by_gs, int32_t off)
{
	emit_bytes(e, 5, by_gs ? 0x65 : 0x64, 0x48, 0x8b, 0x04 | reg << 3, 0x25);
	emit_u32(e, (uint32_t)off);
}

static void load_gate(struct emit *e, unsigned int reg)
{
	struct thread_way way = thread_way();

	load_own(e, reg, way.by_gs, way.gate);
}

static void load_self(struct emit *e, unsigned int reg)
{
	struct thread_way way = thread_way();

	load_own(e, reg, way.by_gs, way.self);
}

/* opcode reg, field(%rip): of what the trampoline may read */
static void data_op(struct emit *e, bool wide, uint8_t opcode, unsigned int reg, const void *field)
{
	if (wide)
		emit_bytes(e, 1, 0x48);
	emit_bytes(e, 2, opcode, 0x05 | reg << 3);
	emit_rel32(e, (uint64_t)(uintptr_t)field);
}

static void load_data(struct emit *e, unsigned int reg, const void *field)
{
	data_op(e, true, 0x8b, reg, field);
}

/* A jump to where tramp_land() is called for what is returned. */
static size_t jump_if(struct emit *e, enum x64_cc cc)
{
	INSN(e, x64_jcc32(p, cc, 0));
	return e->len;
}

static void store_k(struct emit *e, bool wide, unsigned int base, int32_t off, int32_t value)
{
	INSN(e, x64_op_rm(p, wide, 0xc7, 0, base, off));
	emit_u32(e, (uint32_t)value);
}

enum tramp_flags tramp_lean_flags(const struct tramp_spec *spec)
{
	const struct need *n = &spec->needs.enter;
	bool shown = n->read >> W_FLAGS & 1;

	if (spec->entry)
		return shown ? FLAGS_SHOWN : FLAGS_DEAD;
	/* Who calls C wants the direction to be up. */
	if (shown || n->calls)
		return FLAGS_STORED;
	return spec->flags_dead ? FLAGS_DEAD : FLAGS_SHORT;
}

static void store_flags(struct emit *e, enum tramp_flags flags)
{
	switch (flags) {
	case FLAGS_DEAD: break;
	case FLAGS_SHOWN: tramp_store_flags(e, true); break;
	case FLAGS_STORED: tramp_store_flags(e, false); break;
	case FLAGS_SHORT:
		emit_bytes(e, 4, 0x9f, 0x0f, 0x90, 0xc0); /* lahf; seto %al */
		INSN(e, x64_store(p, 16, RSP, SHORT_FLAGS, RAX));
		break;
	}
}

/* add $127,%al: OF; sahf */
static void flags_from_rax(struct emit *e)
{
	emit_bytes(e, 3, 0x04, 0x7f, 0x9e);
}

static void restore_flags(struct emit *e, enum tramp_flags flags)
{
	switch (flags) {
	case FLAGS_DEAD:
	case FLAGS_SHOWN: break;
	case FLAGS_STORED: tramp_restore_flags(e); break;
	case FLAGS_SHORT:
		INSN(e, x64_load(p, 32, RAX, RSP, SHORT_FLAGS));
		flags_from_rax(e);
		break;
	}
}

/* --- where nobody sees the frame: registers are pushed, which is a third of the code --- */

bool tramp_lean_is_short(const struct tramp_spec *spec)
{
	const struct need *n = &spec->needs.enter;
	enum tramp_flags flags = tramp_lean_flags(spec);

	return n->runs && !spec->needs.leave.runs && !n->calls && !n->context && !n->read &&
	       (flags == FLAGS_DEAD || flags == FLAGS_SHORT);
}

static void push_one(struct emit *e, unsigned int reg)
{
	if (reg >= 8)
		emit_bytes(e, 1, 0x41);
	emit_bytes(e, 1, 0x50 | (reg & 7));
}

static void pop_one(struct emit *e, unsigned int reg)
{
	if (reg >= 8)
		emit_bytes(e, 1, 0x41);
	emit_bytes(e, 1, 0x58 | (reg & 7));
}

static void push(struct emit *e, uint32_t regs)
{
	for (unsigned int i = 0; i < 16; i++)
		if (regs >> i & 1)
			push_one(e, i);
}

static void pop(struct emit *e, uint32_t regs)
{
	for (unsigned int i = 16; i-- > 0;)
		if (regs >> i & 1)
			pop_one(e, i);
}

static void push_first(struct emit *e, enum tramp_flags flags)
{
	push(e, SHORT_USES);
	if (flags == FLAGS_SHORT) {
		emit_bytes(e, 4, 0x9f, 0x0f, 0x90, 0xc0); /* lahf; seto %al */
		push_one(e, RAX);
	}
}

static void pop_first(struct emit *e, enum tramp_flags flags)
{
	if (flags == FLAGS_SHORT) {
		pop_one(e, RAX);
		flags_from_rax(e);
	}
	pop(e, SHORT_USES);
}

/* --- */

/* The gate, in a process that was joined; rcx is lost. */
static void find_gate(struct emit *e, unsigned int gate, struct tramp_refused *refused)
{
	struct thread_way way = thread_way();

	emit_bytes(e, 5, 0xf3, 0x48, 0x0f, 0xae, 0xc8 | gate); /* rdgsbase */
	INSN(e, x64_mov_rr(p, true, RCX, gate));
	INSN(e, x64_shift_ri(p, true, X64_SHR, RCX, OWN_ARENA_BITS));
	INSN(e, x64_alu_ri(p, true, X64_CMP, RCX, way.arena_at));
	refused->early[0] = jump_if(e, X64_NE);
	emit_bytes(e, 8, 0xf3, 0x48, 0x0f, 0xae, 0xc1, 0x48, 0xff, 0xc1); /* rdfsbase, inc %rcx */
	INSN(e, x64_op_rm(p, true, 0x3b, RCX, gate, way.key));
	refused->early[1] = jump_if(e, X64_NE);
	INSN(e, x64_load(p, 64, RCX, gate, way.id_at));
	INSN(e, x64_load(p, 32, RCX, RCX, 0));
	INSN(e, x64_op_rm(p, false, 0x3b, RCX, gate, way.id));
	refused->early[2] = jump_if(e, X64_NE);
	INSN(e, x64_load(p, 64, gate, gate, way.gate));
}

/* Closes the gate that `gate` leads to; displacements of jumps that are taken unless this thread
 * may pass end at the offsets that are returned. */
static struct tramp_refused go_in(struct emit *e, const struct tramp_spec *spec, int k,
				  unsigned int gate)
{
	const struct tramp_data *d = spec->data;
	struct tramp_refused refused = { 0 };

	if (thread_way().by_gs)
		find_gate(e, gate, &refused);
	else
		load_gate(e, gate);
	INSN(e, x64_load(p, 32, RCX, gate, offsetof(struct slot_gate, gate)));
	store_k(e, false, gate, offsetof(struct slot_gate, gate), SLOT_INSIDE);
	/* Behind that store: who finds the gate open (thread_quiesce) may change what is read from
	 * here on. */
	data_op(e, false, 0x3b, RCX, &d->end[k].tag); /* cmp tag(%rip),%ecx */
	refused.at = jump_if(e, X64_NE);
	return refused;
}

/* Opens it again, for those who had closed it. */
static void undo(struct emit *e, unsigned int gate, const struct tramp_refused *refused)
{
	tramp_land(e, refused->at);
	INSN(e, x64_store(p, 32, gate, offsetof(struct slot_gate, gate), RCX));
	for (int i = 0; i < 3; i++)
		if (refused->early[i])
			tramp_land(e, refused->early[i]);
}

/* By the gate that rax leads to. */
static void open_gate(struct emit *e)
{
	INSN(e, x64_load(p, 32, RCX, RAX, offsetof(struct slot_gate, idle)));
	INSN(e, x64_store(p, 32, RAX, offsetof(struct slot_gate, gate), RCX));
}

static void come_out(struct emit *e)
{
	load_gate(e, RAX);
	INSN(e, x64_op_rm(p, false, 0xff, 0, RAX, offsetof(struct slot_gate, left)));
	open_gate(e);
}

void tramp_lean_undo(struct emit *e, const struct tramp_spec *spec,
		     const struct tramp_refused *refused)
{
	enum tramp_flags flags = tramp_lean_flags(spec);

	undo(e, RAX, refused);
	if (tramp_lean_is_short(spec)) {
		pop_first(e, flags);
		INSN(e, x64_lea(p, true, RSP, RSP, -TRAMP_FRAME));
		return;
	}
	if (flags == FLAGS_SHORT)
		restore_flags(e, flags);
	tramp_load(e, ENTER_USES);
}

/* Words of the context that the program reads and that stand nowhere yet; rcx is free.  top: of the
 * stack, from the frame on, as the program is to see it. */
static void show(struct emit *e, const struct tramp_spec *spec, const struct need *n, uint32_t done,
		 int32_t top)
{
	static const struct {
		uint8_t word;
		int32_t value;
	} constant[] = { { W_ORIG_RAX, -1 }, { W_CS, 0x33 }, { W_SS, 0x2b } };
	uint32_t regs = 0;

	for (uint32_t i = 0; i < SAVED; i++)
		if (n->read >> i & 1)
			regs |= 1u << tramp_reg_of_word[i];
	tramp_store(e, regs & ~done);
	for (uint32_t i = 0; i < sizeof(constant) / sizeof(constant[0]); i++)
		if (n->read >> constant[i].word & 1)
			store_k(e, true, RSP, constant[i].word * 8, constant[i].value);
	if (n->read >> W_RIP & 1 && top != SLOT_WORD + 8) {
		load_data(e, RCX, &spec->data->ip);
		INSN(e, x64_store(p, 64, RSP, W_RIP * 8, RCX));
	}
	if (n->read >> W_RSP & 1) {
		INSN(e, x64_lea(p, true, RCX, RSP, top));
		INSN(e, x64_store(p, 64, RSP, W_RSP * 8, RCX));
	}
}

/* gate: register that leads to it.  Those that the program changes are stored. */
static void run(struct emit *e, const struct tramp_spec *spec, int k, unsigned int gate)
{
	const struct need *n = k == ENTER ? &spec->needs.enter : &spec->needs.leave;
	const struct tramp_data *d = spec->data;
	/* At a return it is: return_site's frame. */
	bool align = k == ENTER && n->calls && !spec->entry;

	if (n->calls) {
		INSN(e, x64_mov_rr(p, true, RDX, gate));
		load_data(e, RSI, &d->end[k].entry);
	} else {
		/* incq hits[slot] */
		INSN(e, x64_load(p, 64, RCX, gate, THREAD_LINE_OFF));
		data_op(e, true, 0x03, RCX, &d->end[k].hits); /* add hits(%rip),%rcx */
		INSN(e, x64_op_rm(p, true, 0xff, 0, RCX, 0));
		if (n->run)
			INSN(e, x64_lea(p, true, RSI, gate, THREAD_RUN_OFF));
		if (n->fuel)
			store_k(e, true, RSI, offsetof(struct run, fuel), HOOK_FUEL);
	}
	if (n->context)
		INSN(e, x64_mov_rr(p, true, RDI, RSP));
	if (align) {
		INSN(e, x64_mov_rr(p, true, RBX, RSP));
		INSN(e, x64_alu_ri(p, true, X64_AND, RSP, -16));
	}
	if (n->inlined) {
		emit_raw(e, n->image->body, n->image->n_body);
	} else {
		emit_bytes(e, 2, 0xff, 0x15); /* call *run(%rip) */
		emit_rel32(e, (uint64_t)(uintptr_t)&d->end[k].run);
	}
	if (align)
		INSN(e, x64_mov_rr(p, true, RSP, RBX));
}

/* Moves the return address away, where the last one for this place of the stack was.  Every other
 * case is hook_push()'s, also a full table's: no place is that of the entry behind it.  rax is
 * lost. */
static void push_return(struct emit *e, const struct tramp_spec *spec, uint32_t kept, int32_t frame,
			size_t *ret_refused)
{
	const struct tramp_data *d = spec->data;
	const int32_t at = offsetof(struct hook_thread, returns);
	size_t other[2], done;

	load_self(e, RCX);
	INSN(e, x64_load(p, 64, RSI, RSP, frame));
	INSN(e, x64_lea(p, true, RDX, RSP, frame));
	INSN(e, x64_load(p, 32, RAX, RCX, offsetof(struct hook_thread, n_returns)));
	data_op(e, true, 0x3b, RSI, &d->return_site); /* cmp return_site(%rip),%rsi */
	other[0] = jump_if(e, X64_E);
	INSN(e, x64_shift_ri(p, true, X64_SHL, RAX, HOOK_RETURN_SHIFT));
	INSN(e, x64_alu_rr(p, true, X64_ADD, RAX, RCX));
	INSN(e, x64_op_rm(p, true, 0x39, RDX, RAX, at)); /* cmp %rdx,returns.slot(%rax) */
	other[1] = jump_if(e, X64_NE);
	INSN(e, x64_op_rm(p, false, 0xff, 0, RCX, offsetof(struct hook_thread, n_returns)));
	INSN(e, x64_store(p, 64, RAX, at + (int32_t)offsetof(struct hook_return, ret), RSI));
	INSN(e, x64_store(p, 64, RAX, at + (int32_t)offsetof(struct hook_return, final), RSI));
	load_data(e, RSI, &d->site);
	INSN(e, x64_store(p, 64, RAX, at + (int32_t)offsetof(struct hook_return, site), RSI));
	emit_bytes(e, 1, 0xe9);
	emit_u32(e, 0);
	done = e->len;
	for (int i = 0; i < 2; i++)
		tramp_land(e, other[i]);
	tramp_store(e, NEED_C & ~kept);
	INSN(e, x64_mov_rr(p, true, RDI, RDX));
	load_data(e, RSI, &d->site);
	emit_bytes(e, 8, 0xff, 0x15, 2, 0, 0, 0, 0xeb, 8);
	emit_u64(e, (uint64_t)(uintptr_t)hook_push);
	tramp_load(e, NEED_C & ~kept & ~(1u << RAX));
	INSN(e, x64_test_rr(p, false, RAX, RAX));
	*ret_refused = jump_if(e, X64_E);
	tramp_land(e, done);
}

static struct tramp_refused short_enter(struct emit *e, const struct tramp_spec *spec)
{
	const struct need *n = &spec->needs.enter;
	enum tramp_flags flags = tramp_lean_flags(spec);
	uint32_t rest = (n->written | (n->run ? 1u << RSI : 0)) & ~SHORT_USES;
	struct tramp_refused to_slow;

	if (!spec->entry)
		INSN(e, x64_lea(p, true, RSP, RSP, -RED_ZONE));
	push_first(e, flags);
	to_slow = go_in(e, spec, ENTER, RAX);
	push(e, rest);
	run(e, spec, ENTER, RAX);
	come_out(e);
	pop(e, rest);
	pop_first(e, flags);
	if (!spec->entry)
		INSN(e, x64_lea(p, true, RSP, RSP, RED_ZONE));
	return to_slow;
}

struct tramp_refused tramp_lean_enter(struct emit *e, const struct tramp_spec *spec,
				      size_t *ret_body)
{
	const struct need *n = &spec->needs.enter;
	enum tramp_flags flags = tramp_lean_flags(spec);
	int32_t frame = TRAMP_FRAME + (spec->entry ? 0 : RED_ZONE);
	uint32_t kept = ENTER_USES | n->written;
	struct tramp_refused to_slow;
	size_t refused;

	if (tramp_lean_is_short(spec))
		return short_enter(e, spec);
	INSN(e, x64_lea(p, true, RSP, RSP, -frame));
	if (spec->needs.leave.runs)
		kept |= PUSH_USES;
	if (n->calls && !spec->entry)
		kept |= 1u << RBX;
	tramp_store(e, ENTER_USES);
	store_flags(e, flags);
	to_slow = go_in(e, spec, ENTER, RAX);
	tramp_store(e, kept & ~ENTER_USES);
	if (n->runs) {
		show(e, spec, n, kept, frame);
		run(e, spec, ENTER, RAX);
	}
	if (!spec->needs.leave.runs) {
		come_out(e);
		restore_flags(e, flags);
		tramp_load(e, kept);
		INSN(e, x64_lea(p, true, RSP, RSP, frame));
		return to_slow;
	}
	push_return(e, spec, kept, frame, &refused);
	load_gate(e, RAX);
	/* Not counted: who waits looks again, and finds it open, or the return's way out counted.
	 */
	open_gate(e);
	*ret_body = tramp_call_body(e, kept, (uint32_t)frame);
	tramp_land(e, refused);
	come_out(e);
	tramp_load(e, kept);
	INSN(e, x64_lea(p, true, RSP, RSP, frame));
	return to_slow;
}

/* What return_site left in their place, where it had to change them. */
static void flags_of_return(struct emit *e)
{
	if (thread_way().by_gs)
		restore_flags(e, FLAGS_SHORT);
}

/* From return_site: rax, rcx and rdx are stored; rax leads to the entry of the thread's table. */
void tramp_lean_leave(struct emit *e, const struct tramp_spec *spec)
{
	const struct need *n = &spec->needs.leave;
	uint32_t kept = LEAVE_USES | n->written;
	bool shown = n->read >> W_FLAGS & 1;
	struct tramp_refused to_slow;

	tramp_store(e, 1u << RSI);
	if (shown) {
		INSN(e, x64_mov_rr(p, true, RDX, RAX));
		flags_of_return(e);
		tramp_store_flags(e, true);
		INSN(e, x64_mov_rr(p, true, RAX, RDX));
	}
	to_slow = go_in(e, spec, LEAVE, RSI);
	tramp_store(e, kept & ~LEAVE_USES);
	INSN(e, x64_load(p, 64, RDX, RAX, offsetof(struct hook_return, ret)));
	INSN(e, x64_store(p, 64, RSP, SLOT_WORD, RDX));
	if (n->read >> W_RIP & 1) {
		INSN(e, x64_load(p, 64, RDX, RAX, offsetof(struct hook_return, final)));
		INSN(e, x64_store(p, 64, RSP, W_RIP * 8, RDX));
	}
	show(e, spec, n, kept, SLOT_WORD + 8);
	run(e, spec, LEAVE, RSI);
	load_self(e, RCX);
	INSN(e, x64_op_rm(p, false, 0xff, 1, RCX, offsetof(struct hook_thread, n_returns)));
	come_out(e);
	tramp_load(e, kept);
	INSN(e, x64_lea(p, true, RSP, RSP, SLOT_WORD));
	emit_bytes(e, 1, 0xc3);
	undo(e, RSI, &to_slow);
	if (shown)
		tramp_restore_flags(e);
	tramp_load(e, 1u << RSI);
	emit_bytes(e, 2, 0xff, 0x25); /* jmp *return_slow(%rip) */
	emit_rel32(e, (uint64_t)(uintptr_t)&spec->data->return_slow);
}
