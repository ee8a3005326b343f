/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is it known that there is no other way out?  Every instruction is decoded, and where each
 * branch goes: into the function, into a part of it that the compiler put elsewhere, or it is a
 * tail call.
 */
#include "hook/returns.h"

#include <errno.h>

#include "base/alloc.h"
#include "hook/insn.h"
#include "hook/site.h"

enum {
	MAX_PARTS = 8,
	MAX_PART = 1 << 20,
};

struct part {
	uint64_t addr, size;
};

struct search {
	const struct elf_funcs *funcs;
	uint64_t base;
	struct part parts[MAX_PARTS];
	uint32_t n_parts;
	struct returns *found;
	struct text *why;
};

static int refuse(struct search *s, uint64_t addr, const char *what)
{
	text_add(s->why,
		 "%s at %#lx, and a return address may not be moved away in a process that ran "
		 "already where exceptions (or Go) pass; probe the entry, or start it with ring3 "
		 "run",
		 what, (long)addr);
	return -EOPNOTSUPP;
}

static bool is_inside(const struct search *s, uint64_t addr)
{
	for (uint32_t i = 0; i < s->n_parts; i++)
		if (addr - s->parts[i].addr < s->parts[i].size)
			return true;
	return false;
}

static int follow_branch(struct search *s, uint64_t from, uint64_t to)
{
	const struct elf_func *f;

	if (is_inside(s, to))
		return 0;
	f = elf_funcs_find(s->funcs, to - s->base);
	if (!f || !f->cold || s->n_parts == MAX_PARTS)
		return refuse(s, from, "the function is left by a jump (a tail call)");
	s->parts[s->n_parts++] = (struct part){ f->off + s->base, f->size };
	return 0;
}

static int add_return(struct search *s, const struct part *part, uint64_t addr)
{
	if (s->found->n == RETURNS_MAX)
		return refuse(s, addr, "the function has too many returns, the next");
	s->found->all[s->found->n++] = (struct returns_one){ addr, part->addr, part->size };
	return 0;
}

/* A jump by a register: into a table relative to the code when what stands before it says so. */
static bool is_table(const struct search *s, const uint8_t *before, const uint8_t *here,
		     const struct insn_step *step)
{
	return step->reg >= 0 &&
	       (s->funcs->go ||
		(before && insn_adds_to(before, (size_t)(here - before), step->reg)));
}

static int look_at(struct search *s, const struct part *part, const uint8_t *code)
{
	struct insn_step step = { .flow = INSN_STOPS };
	const uint8_t *before = NULL;
	int err = 0;

	for (uint64_t off = 0; off < part->size && !err; off += step.len) {
		uint64_t addr = part->addr + off;

		if (!insn_step(code + off, part->size - off, addr, &step))
			return refuse(s, addr, "no instruction is");
		switch (step.flow) {
		case INSN_ON:
		case INSN_STOPS:
		case INSN_SWITCHES: break;
		case INSN_RETURNS: err = add_return(s, part, addr); break;
		case INSN_BRANCHES: err = follow_branch(s, addr, step.target); break;
		case INSN_JUMPS:
			if (!is_table(s, before, code + off, &step))
				err = refuse(s, addr, "where the function jumps to is not known");
			break;
		case INSN_STRANGE: err = refuse(s, addr, "the function is left by privileged code");
		}
		before = code + off;
	}
	/* A call that does not come back ends many functions. */
	if (!err && step.flow == INSN_ON && !step.is_call &&
	    !insn_is_padding(before, step.len, step.len))
		err = refuse(s, part->addr + part->size, "the function goes on in another one");
	return err;
}

/* Each part is read once; what is found in it may add others. */
static int look_at_parts(struct search *s)
{
	int err = 0;

	for (uint32_t i = 0; i < s->n_parts && !err; i++) {
		struct part part = s->parts[i];
		uint8_t *code;

		if (!part.size || part.size > MAX_PART)
			return refuse(s, part.addr, "the size is not known of what is");
		code = mem_alloc(part.size);
		if (!code)
			return -ENOMEM;
		if (site_read_original(part.addr, code, part.size) != (long)part.size)
			err = -EFAULT;
		else
			err = look_at(s, &part, code);
		mem_free(code);
	}
	return err;
}

int returns_find(const struct elf_funcs *funcs, uint64_t base, uint64_t func, uint64_t size,
		 struct returns *ret_returns, struct text *why)
{
	struct search s = {
		.funcs = funcs,
		.base = base,
		.parts = { { func, size } },
		.n_parts = 1,
		.found = ret_returns,
		.why = why,
	};
	int err;

	ret_returns->n = 0;
	err = look_at_parts(&s);
	if (!err && !ret_returns->n)
		err = refuse(&s, func, "no return is in the function");
	return err;
}
