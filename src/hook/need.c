/* SPDX-License-Identifier: BSD-2-Clause */
/* Which registers does machine code change?  The decoder tells of each operand. */
#include "hook/need.h"

#include <stddef.h>
#include <string.h>
#include <asm/ptrace.h>
#include <Zydis/Zydis.h>

#include "hook/dispatch.h"
#include "jit/jit.h"
#include "run/prog.h"
#include "run/store.h"

enum {
	N_WORDS = sizeof(struct pt_regs) / 8,
	INT3 = 0xcc,
};
_Static_assert(NEED_ALL_WORDS == (1 << N_WORDS) - 1, "words of struct pt_regs");

/* Machine register that a name is part of, -1: none of the general ones. */
static int number_of(ZydisRegister r)
{
	if (r >= ZYDIS_REGISTER_RAX && r <= ZYDIS_REGISTER_R15)
		return (int)(r - ZYDIS_REGISTER_RAX);
	if (r >= ZYDIS_REGISTER_EAX && r <= ZYDIS_REGISTER_R15D)
		return (int)(r - ZYDIS_REGISTER_EAX);
	if (r >= ZYDIS_REGISTER_AX && r <= ZYDIS_REGISTER_R15W)
		return (int)(r - ZYDIS_REGISTER_AX);
	if (r >= ZYDIS_REGISTER_AL && r <= ZYDIS_REGISTER_BL)
		return (int)(r - ZYDIS_REGISTER_AL);
	if (r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH)
		return (int)(r - ZYDIS_REGISTER_AH);
	if (r >= ZYDIS_REGISTER_SPL && r <= ZYDIS_REGISTER_R15B)
		return (int)(r - ZYDIS_REGISTER_SPL) + 4;
	return -1;
}

static void add_register(ZydisRegister r, uint32_t *set)
{
	int n = number_of(r);

	if (n >= 0)
		*set |= 1u << n;
}

static void add_operand(const ZydisDecodedOperand *o, struct jit_image *image)
{
	if (o->type == ZYDIS_OPERAND_TYPE_MEMORY) {
		add_register(o->mem.base, &image->named);
		add_register(o->mem.index, &image->named);
	}
	if (o->type != ZYDIS_OPERAND_TYPE_REGISTER)
		return;
	add_register(o->reg.value, &image->named);
	if (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
		add_register(o->reg.value, &image->written);
}

/* What does not decode may change anything. */
static void examine(struct jit_image *image)
{
	ZydisDecoder decoder;
	ZydisDecoderContext context;
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	size_t at = 0;

	if (image->examined)
		return;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	for (; image->code && at < image->size; at += insn.length) {
		if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(
			    &decoder, &context, image->code + at, image->size - at, &insn)) ||
		    !ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&decoder, &context, &insn, operands,
							     insn.operand_count)))
			break;
		for (uint32_t i = 0; i < insn.operand_count; i++)
			add_operand(&operands[i], image);
	}
	if (!image->code || at < image->size)
		image->named = image->written = NEED_C;
	body_make(image);
	image->examined = true;
}

/* Runs are timed. */
static bool is_timed(const struct store_registry *registry)
{
	return __atomic_load_n(&registry->stats_enabled, __ATOMIC_RELAXED);
}

/* A hook set that counts without a slot has none to keep. */
static struct need need_of(const struct hook_entry *e)
{
	const struct verify_facts *facts = e->prog ? e->prog->facts : NULL;
	struct jit_image *image =
		e->prog ? __atomic_load_n(&e->prog->image, __ATOMIC_ACQUIRE) : NULL;
	struct need none = { 0 }, n = { .runs = true, .calls = true, .image = image };

	if (!image || !e->registry || is_timed(e->registry))
		return none;
	n.context = n.run = true;
	n.written = NEED_C;
	n.read = NEED_ALL_WORDS;
	if (!facts || facts->ctx_written_words)
		return n;
	/* Who walks the stack begins at registers that the program itself need not read. */
	if (facts->ctx_read_words < 1ull << N_WORDS && !prog_walks_stack(e->prog))
		n.read = (uint32_t)facts->ctx_read_words;
	if (!image->closed)
		return n;
	examine(image);
	n.calls = false;
	n.fuel = facts->uses_fuel;
	n.context = image->named & NEED_RDI;
	n.run = n.fuel || image->named & NEED_RSI;
	/* The trampoline puts the context's address into the first argument's register. */
	n.inlined = image->body ? image->serial : 0;
	n.written = (image->written | (n.context ? NEED_RDI : 0)) & NEED_C;
	return n;
}

struct needs need_of_list(const struct hook_list *list)
{
	struct needs none = { 0 }, needs = { 0 };

	if (!list || list->n_enter > 1 || list->n_leave > 1 ||
	    (list->n_enter && list->entries[0].leaves))
		return none;
	/* One gate for both. */
	if (list->n_enter && list->n_leave &&
	    (list->entries[0].tag != list->entries[1].tag ||
	     list->entries[0].registry != list->entries[1].registry))
		return none;
	if (list->n_enter)
		needs.enter = need_of(&list->entries[0]);
	if (list->n_leave)
		needs.leave = need_of(&list->entries[list->n_enter]);
	if ((list->n_enter && !needs.enter.runs) || (list->n_leave && !needs.leave.runs))
		return none;
	return needs;
}

bool need_of_flags(const struct hook_list *list)
{
	const uint64_t flags = 1ull << offsetof(struct pt_regs, eflags) / 8;

	for (uint32_t i = 0; list && i < list->n_enter; i++) {
		const struct prog *prog = list->entries[i].prog;

		if (prog && (!prog->facts || prog->facts->ctx_read_words & flags))
			return true;
	}
	return false;
}

static struct need at_most(const struct need *n)
{
	if (!n->runs)
		return *n;
	return (struct need){
		.runs = true,
		.calls = n->calls,
		.context = true,
		.run = true,
		.fuel = true,
		.written = NEED_C,
		.read = NEED_ALL_WORDS,
	};
}

struct needs need_at_most(const struct needs *needs)
{
	return (struct needs){ at_most(&needs->enter), at_most(&needs->leave) };
}

static bool is_met(const struct need *by, const struct need *want)
{
	return by->runs == want->runs && (!by->inlined || by->inlined == want->inlined) &&
	       by->calls == want->calls && by->context >= want->context && by->run >= want->run &&
	       by->fuel >= want->fuel && !(want->written & ~by->written) &&
	       !(want->read & ~by->read);
}

bool need_is_met(const struct needs *by, const struct needs *want)
{
	return is_met(&by->enter, &want->enter) && is_met(&by->leave, &want->leave);
}

bool need_is_met_best(const struct needs *by, const struct needs *want)
{
	return need_is_met(by, want) && by->enter.inlined == want->enter.inlined &&
	       by->leave.inlined == want->leave.inlined;
}

struct needs need_called(const struct needs *needs)
{
	struct needs called = *needs;

	called.enter.inlined = called.leave.inlined = 0;
	return called;
}

bool need_is_inlined(const struct needs *needs)
{
	return needs->enter.inlined || needs->leave.inlined;
}
