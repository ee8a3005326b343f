/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a trampoline put together?  Order of work: step over the red zone (not at a function's
 * entry), store the registers where struct pt_regs has them, flags, align the stack for C, call.
 * rbx holds the frame meanwhile: hook_enter() preserves it.  Vector registers are not stored:
 * nothing that is reached from here touches them.
 */
#include "hook/tramp.h"

#include <errno.h>
#include <asm/ptrace.h>

#include "hook/dispatch.h"
#include "hook/emit.h"
#include "hook/return_site.h"

enum {
	FRAME = sizeof(struct pt_regs) + 8, /* and the word that return_call reads */
	RED_ZONE = 128,
	SAVED = 15, /* general registers but rsp: the first words of struct pt_regs */
	RAX = 0,
	RBX = 3,
	RSP = 4,
	RSI = 6,
	RDI = 7,
};

/* Number of the register that each of the first words of struct pt_regs holds. */
static const uint8_t reg_of_word[SAVED] = { 15, 14, 13, 12, 5, 3, 11, 10, 9, 8, 0, 1, 2, 6, 7 };

/* mov between a register and off(%rsp); opcode 0x89 stores, 0x8b loads. */
static void emit_mov(struct emit *e, uint8_t opcode, int reg, uint32_t off)
{
	emit_bytes(e, 2, 0x48 | (reg >> 3) << 2, opcode);
	if (off < 128) {
		emit_bytes(e, 3, 0x44 | (reg & 7) << 3, 0x24, off);
		return;
	}
	emit_bytes(e, 2, 0x84 | (reg & 7) << 3, 0x24);
	emit_u32(e, off);
}

/* lea off(%rsp),%reg */
static void emit_lea(struct emit *e, int reg, int32_t off)
{
	emit_bytes(e, 4, 0x48, 0x8d, 0x84 | reg << 3, 0x24);
	emit_u32(e, (uint32_t)off);
}

/* pushfq is slow; at a function's entry only the arithmetic flags are anything but constant. */
static void emit_store_flags(struct emit *e, bool entry)
{
	uint32_t off = offsetof(struct pt_regs, eflags);

	if (entry) {
		emit_bytes(e, 4, 0x9f, 0x0f, 0x90, 0xc0);             /* lahf; seto %al */
		emit_bytes(e, 6, 0x0f, 0xb6, 0xcc, 0x0f, 0xb6, 0xc0); /* movzx %ah,%ecx; %al,%eax */
		emit_bytes(e, 3, 0xc1, 0xe0, 0x0b);                   /* shl $11,%eax */
		emit_bytes(e, 7, 0x8d, 0x84, 0x08, 0x00, 0x02, 0, 0); /* lea IF(%rax,%rcx),%eax */
		emit_mov(e, 0x89, RAX, off);
		return;
	}
	emit_bytes(e, 4, 0x9c, 0x8f, 0x84, 0x24); /* pushfq; popq flags(%rsp) */
	emit_u32(e, off);
	emit_bytes(e, 1, 0xfc); /* cld */
}

static void emit_store_regs(struct emit *e, bool entry)
{
	int32_t frame = FRAME + (entry ? 0 : RED_ZONE);

	emit_lea(e, RSP, -frame);
	for (uint32_t i = 0; i < SAVED; i++)
		emit_mov(e, 0x89, reg_of_word[i], i * 8);
	emit_store_flags(e, entry);
	emit_lea(e, RAX, frame);
	emit_mov(e, 0x89, RAX, offsetof(struct pt_regs, rsp));
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
static void emit_restore_flags(struct emit *e)
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

static void emit_load_regs(struct emit *e, int32_t leave)
{
	for (uint32_t i = 0; i < SAVED; i++) {
		/* hook_enter() preserved those that C code preserves, but for our own rbx. */
		if (i > 4)
			emit_mov(e, 0x8b, reg_of_word[i], i * 8);
	}
	emit_lea(e, RSP, leave);
}

/* test %eax,%eax; jz: the way to return_call, which finds the body's address below the slot. */
static void emit_hijack(struct emit *e, bool entry, size_t *ret_body)
{
	int32_t frame = FRAME + (entry ? 0 : RED_ZONE);
	size_t over;

	emit_bytes(e, 4, 0x85, 0xc0, 0x74, 0);
	over = e->len;
	emit_bytes(e, 3, 0x48, 0x8d, 0x05); /* lea body(%rip),%rax */
	emit_u32(e, 0);
	*ret_body = e->len;
	emit_mov(e, 0x89, RAX, (uint32_t)frame - 8);
	emit_load_regs(e, frame + 8);
	emit_bytes(e, 6, 0xff, 0x25, 0, 0, 0, 0); /* jmp *(%rip) */
	emit_u64(e, (uint64_t)(uintptr_t)return_call);
	if (!e->err)
		e->buf[over - 1] = (uint8_t)(e->len - over);
}

int tramp_emit(struct hook_site *site, const struct insn_span *span, bool entry, uint64_t at,
	       uint8_t *buf, struct tramp *ret_tramp)
{
	struct emit e = { .buf = buf, .cap = TRAMP_MAX - INSN_COPY_MAX, .at = at };
	int32_t frame = FRAME + (entry ? 0 : RED_ZONE);
	uint8_t off[INSN_MAX];
	size_t body = 0;
	int n;

	emit_store_regs(&e, entry);
	emit_call(&e, site);
	emit_hijack(&e, entry, &body);
	if (!entry)
		emit_restore_flags(&e);
	emit_load_regs(&e, frame);
	emit_patch32(&e, body - 4, (int64_t)(e.len - body));
	if (e.err)
		return e.err;
	n = insn_emit(span, at + e.len, buf + e.len, off);
	if (n < 0)
		return n;
	ret_tramp->addr = at;
	ret_tramp->size = (uint32_t)e.len + (uint32_t)n;
	for (uint32_t i = 0; i < span->n; i++)
		ret_tramp->copy[i] = at + e.len + off[i];
	return 0;
}
