/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a trampoline put together?  Order of work of the general way: step over the red zone (not
 * at a function's entry), store the registers where struct pt_regs has them, flags, align the stack
 * for C, call.  rbx holds the frame meanwhile: hook_enter() preserves it.  Vector registers are not
 * stored: nothing that is reached from here touches them.
 */
#include "hook/tramp.h"

#include <errno.h>
#include <string.h>

#include "hook/dispatch.h"
#include "hook/return_site.h"
#include "hook/tramp_priv.h"
#include "run/link.h"
#include "run/prog.h"

const uint8_t tramp_reg_of_word[SAVED] = { 15, 14, 13, 12, 5, 3, 11, 10, 9, 8, 0, 1, 2, 6, 7 };

void tramp_store(struct emit *e, uint32_t regs)
{
	for (uint32_t i = 0; i < SAVED; i++)
		if (regs >> tramp_reg_of_word[i] & 1)
			INSN(e, x64_store(p, 64, RSP, (int32_t)i * 8, tramp_reg_of_word[i]));
}

void tramp_load(struct emit *e, uint32_t regs)
{
	for (uint32_t i = 0; i < SAVED; i++)
		if (regs >> tramp_reg_of_word[i] & 1)
			INSN(e, x64_load(p, 64, tramp_reg_of_word[i], RSP, (int32_t)i * 8));
}

/* pushfq is slow; at a function's entry only the arithmetic flags are anything but constant. */
void tramp_store_flags(struct emit *e, bool entry)
{
	uint32_t off = offsetof(struct pt_regs, eflags);

	if (entry) {
		emit_bytes(e, 4, 0x9f, 0x0f, 0x90, 0xc0);             /* lahf; seto %al */
		emit_bytes(e, 6, 0x0f, 0xb6, 0xcc, 0x0f, 0xb6, 0xc0); /* movzx %ah,%ecx; %al,%eax */
		emit_bytes(e, 3, 0xc1, 0xe0, 0x0b);                   /* shl $11,%eax */
		emit_bytes(e, 7, 0x8d, 0x84, 0x08, 0x00, 0x02, 0, 0); /* lea IF(%rax,%rcx),%eax */
		INSN(e, x64_store(p, 64, RSP, (int32_t)off, RAX));
		return;
	}
	emit_bytes(e, 4, 0x9c, 0x8f, 0x84, 0x24); /* pushfq; popq flags(%rsp) */
	emit_u32(e, off);
	emit_bytes(e, 1, 0xfc); /* cld */
}

void tramp_land(struct emit *e, size_t at)
{
	emit_patch32(e, at - 4, (int64_t)(e->len - at));
}

static void emit_call(struct emit *e, struct hook_site *site)
{
	emit_bytes(e, 3, 0x48, 0x89, 0xe3);       /* mov %rsp,%rbx */
	emit_bytes(e, 3, 0x48, 0x89, 0xe7);       /* mov %rsp,%rdi */
	emit_bytes(e, 4, 0x48, 0x83, 0xe4, 0xf0); /* and $-16,%rsp */
	emit_bytes(e, 2, 0x48, 0xbe);             /* movabs $site,%rsi */
	emit_u64(e, (uint64_t)(uintptr_t)site);
	emit_bytes(e, 8, 0xff, 0x15, 2, 0, 0, 0, 0xeb, 8); /* call *here(%rip); over it */
	emit_u64(e, (uint64_t)(uintptr_t)hook_enter);
	emit_bytes(e, 3, 0x48, 0x89, 0xdc); /* mov %rbx,%rsp */
}

/* DF is rarely set and popfq is slow, so the arithmetic flags go by way of ah and an addition. */
void tramp_restore_flags(struct emit *e)
{
	uint32_t off = offsetof(struct pt_regs, eflags);
	size_t slow, done;

	emit_bytes(e, 3, 0xf6, 0x84, 0x24); /* testb $DF >> 8, flags+1(%rsp) */
	emit_u32(e, off + 1);
	emit_bytes(e, 3, 0x04, 0x75, 0); /* jnz slow */
	slow = e->len;
	emit_bytes(e, 3, 0x8a, 0x84, 0x24); /* mov flags+1(%rsp),%al */
	emit_u32(e, off + 1);
	emit_bytes(e, 5, 0xc0, 0xe8, 0x03, 0x24, 0x01); /* shr $3,%al; and $1,%al */
	emit_bytes(e, 3, 0x8a, 0xa4, 0x24);             /* mov flags(%rsp),%ah */
	emit_u32(e, off);
	emit_bytes(e, 3, 0x04, 0x7f, 0x9e); /* add $127,%al: OF; sahf */
	emit_bytes(e, 2, 0xeb, 0);          /* jmp done */
	done = e->len;
	if (!e->err)
		e->buf[slow - 1] = (uint8_t)(e->len - slow);
	emit_bytes(e, 3, 0xff, 0xb4, 0x24); /* slow: pushq flags(%rsp); popfq */
	emit_u32(e, off);
	emit_bytes(e, 1, 0x9d);
	if (!e->err)
		e->buf[done - 1] = (uint8_t)(e->len - done);
}

size_t tramp_call_body(struct emit *e, uint32_t regs, uint32_t frame)
{
	size_t body;

	emit_bytes(e, 3, 0x48, 0x8d, 0x05); /* lea body(%rip),%rax */
	emit_u32(e, 0);
	body = e->len;
	INSN(e, x64_store(p, 64, RSP, (int32_t)frame - 8, RAX));
	tramp_load(e, regs | 1u << RAX);
	INSN(e, x64_lea(p, true, RSP, RSP, (int32_t)frame + 8));
	emit_bytes(e, 6, 0xff, 0x25, 0, 0, 0, 0); /* jmp *(%rip) */
	emit_u64(e, (uint64_t)(uintptr_t)return_call);
	return body;
}

/* hook_enter() preserved those that C code preserves, but for our own rbx. */
static const uint32_t lost = NEED_C | 1 << RBX;

/* With the stack pointer where the frame begins and everything else as the site had it, but for
 * flags that are stored already.  *ret_body: where a displacement to the function's body ends. */
static void general(struct emit *e, const struct tramp_spec *spec, bool flags_stored,
		    size_t *ret_body)
{
	int32_t frame = TRAMP_FRAME + (spec->entry ? 0 : RED_ZONE);
	size_t over;

	tramp_store(e, ALL_REGS);
	if (!flags_stored)
		tramp_store_flags(e, spec->entry);
	INSN(e, x64_lea(p, true, RAX, RSP, frame));
	INSN(e, x64_store(p, 64, RSP, offsetof(struct pt_regs, rsp), RAX));
	emit_call(e, spec->site);
	emit_bytes(e, 4, 0x85, 0xc0, 0x74, 0); /* test %eax,%eax; jz */
	over = e->len;
	*ret_body = tramp_call_body(e, lost, (uint32_t)frame);
	if (!e->err)
		e->buf[over - 1] = (uint8_t)(e->len - over);
	if (!spec->entry)
		tramp_restore_flags(e);
	tramp_load(e, lost);
	INSN(e, x64_lea(p, true, RSP, RSP, frame));
}

static int displaced(struct emit *e, const struct tramp_spec *spec, struct tramp *ret_tramp)
{
	uint8_t off[INSN_MAX];
	int n;

	if (e->err)
		return e->err;
	if (e->cap - e->len < INSN_COPY_MAX)
		return -ENOSPC;
	n = insn_emit(spec->span, e->at + e->len, e->buf + e->len, off);
	if (n < 0)
		return n;
	for (uint32_t i = 0; i < spec->span->n; i++)
		ret_tramp->copy[i] = e->at + e->len + off[i];
	e->len += (size_t)n;
	return 0;
}

static bool is_lean(const struct tramp_spec *spec)
{
	return spec->data && (spec->needs.enter.runs || spec->needs.leave.runs);
}

/* The displaced instructions stand behind the way that is taken most. */
static int both_ways(struct emit *e, const struct tramp_spec *spec, struct tramp *t)
{
	enum tramp_flags flags = tramp_lean_flags(spec);
	size_t to_body = 0, from_slow = 0;
	struct tramp_refused to_slow;
	uint64_t body;
	int err;

	to_slow = tramp_lean_enter(e, spec, &to_body);
	if (to_body)
		tramp_land(e, to_body);
	body = e->at + e->len;
	err = displaced(e, spec, t);
	if (err)
		return err;
	t->general = e->at + e->len;
	t->loses_flags = flags == FLAGS_DEAD;
	tramp_lean_undo(e, spec, &to_slow);
	general(e, spec, flags == FLAGS_SHOWN || flags == FLAGS_STORED, &from_slow);
	emit_jmp(e, body);
	emit_patch32(e, from_slow - 4, (int64_t)(body - e->at - from_slow));
	if (spec->needs.leave.runs) {
		t->leave = e->at + e->len;
		tramp_lean_leave(e, spec);
	}
	return e->err;
}

int tramp_emit(const struct tramp_spec *spec, uint8_t *buf, struct tramp *ret_tramp)
{
	struct emit e = { .buf = buf, .cap = TRAMP_MAX, .at = spec->at };
	struct tramp t = { .addr = spec->at };
	int32_t frame = TRAMP_FRAME + (spec->entry ? 0 : RED_ZONE);
	size_t to_body = 0;
	int err;

	if (is_lean(spec)) {
		t.needs = spec->needs;
		t.data = spec->data;
		err = both_ways(&e, spec, &t);
	} else {
		INSN(&e, x64_lea(p, true, RSP, RSP, -frame));
		general(&e, spec, false, &to_body);
		tramp_land(&e, to_body);
		err = displaced(&e, spec, &t);
	}
	t.size = (uint32_t)e.len;
	if (!err)
		*ret_tramp = t;
	return err;
}

/* A gate is 0, 1, -1 or a tag, and no tag ever gets so far. */
static const uint32_t shut = 1u << 31;

/* Where nobody asks how often a program ran. */
static struct link_count nowhere[STORE_MAX_SLOTS];

void tramp_init(struct tramp *t, struct hook_site *site)
{
	struct tramp_data *d = t->data;

	if (!d)
		return;
	d->end[ENTER].tag = d->end[LEAVE].tag = shut;
	d->return_site = return_site;
	d->return_call = return_call;
	d->return_slow = return_slow;
	d->site = site;
}

static void open_one(struct tramp_data *d, int k, const struct need *need,
		     const struct hook_entry *e)
{
	struct tramp_end *end = &d->end[k];

	end->entry = e;
	end->hits = e->n_hits >= e->registry->n_slots ? e->hits : nowhere;
	end->run = (const void *)(uintptr_t)hook_run_kept;
	if (!need->calls)
		memcpy(&end->run, &need->image->entry, sizeof(end->run));
}

void tramp_open(struct tramp *t, const struct hook_list *list, const struct needs *needs)
{
	struct tramp_data *d = t->data;
	uint32_t tag = list->entries[0].tag;

	d->ip = list->entries[0].ip;
	if (list->n_enter)
		open_one(d, ENTER, &needs->enter, &list->entries[0]);
	if (list->n_leave) {
		open_one(d, LEAVE, &needs->leave, &list->entries[list->n_enter]);
		__atomic_store_n(&d->end[LEAVE].tag, tag, __ATOMIC_RELEASE);
		__atomic_store_n(&d->site->leave, t->leave, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&d->end[ENTER].tag, tag, __ATOMIC_RELEASE);
}

bool tramp_is_open(const struct tramp *t)
{
	return t->data && t->data->end[ENTER].tag != shut;
}

void tramp_shut(struct tramp *t)
{
	struct tramp_data *d = t->data;

	if (!d)
		return;
	__atomic_store_n(&d->site->leave, (uint64_t)(uintptr_t)return_slow, __ATOMIC_RELEASE);
	__atomic_store_n(&d->end[ENTER].tag, shut, __ATOMIC_RELEASE);
	__atomic_store_n(&d->end[LEAVE].tag, shut, __ATOMIC_RELEASE);
}
