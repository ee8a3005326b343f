/* SPDX-License-Identifier: BSD-2-Clause */
/* What may a filter answer? */
#include "hook/seccomp_judge.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include "base/alloc.h"
#include "hook/inject_stub.h"

enum {
	N_WORDS = BPF_MEMWORDS,
	N_ARGS = 6,
	NR = 0, /* offsets in struct seccomp_data */
	ARCH = 4,
	ARGS = 16,
	SIZE = 64,
};

/* Whether a call has to be made, or may fail. */
enum need {
	MUST,
	MAY,
};

struct call {
	const char *name;
	uint32_t nr;
	enum need need;
	bool has_first; /* the first argument is known */
	uint64_t first;
};

static const struct call calls[] = {
#define CALL(name, need)             { #name, SYS_##name, need, false, 0 },
#define CALL_WITH(name, need, first) { #name, SYS_##name, need, true, first },
#include "hook/agent_calls.def"
};

struct value {
	bool known;
	uint32_t v;
};

/* What is known where an instruction begins. */
struct state {
	bool reached;
	struct value a, x, m[N_WORDS];
};

static struct value number(uint32_t v)
{
	return (struct value){ true, v };
}

static struct value any(void)
{
	return (struct value){ false, 0 };
}

static void join_value(struct value *to, struct value with)
{
	if (to->known && (!with.known || to->v != with.v))
		*to = any();
}

static void reach(struct state *to, const struct state *from)
{
	if (!to->reached) {
		*to = *from;
		return;
	}
	join_value(&to->a, from->a);
	join_value(&to->x, from->x);
	for (int i = 0; i < N_WORDS; i++)
		join_value(&to->m[i], from->m[i]);
}

/* A word of struct seccomp_data. */
static struct value data_word(const struct call *c, uint32_t off)
{
	if (off == NR)
		return number(c->nr);
	if (off == ARCH)
		return number(AUDIT_ARCH_X86_64);
	if (off == ARGS && c->has_first)
		return number((uint32_t)c->first);
	if (off == ARGS + 4 && c->has_first)
		return number((uint32_t)(c->first >> 32));
	return any();
}

static struct value compute(uint16_t op, struct value a, struct value b)
{
	if (!a.known || (op != BPF_NEG && !b.known))
		return any();
	switch (op) {
	case BPF_ADD: return number(a.v + b.v);
	case BPF_SUB: return number(a.v - b.v);
	case BPF_MUL: return number(a.v * b.v);
	case BPF_OR: return number(a.v | b.v);
	case BPF_AND: return number(a.v & b.v);
	case BPF_XOR: return number(a.v ^ b.v);
	case BPF_LSH: return b.v < 32 ? number(a.v << b.v) : any();
	case BPF_RSH: return b.v < 32 ? number(a.v >> b.v) : any();
	case BPF_NEG: return number(-a.v);
	default: return any();
	}
}

/* 1: it is taken, 0: it is not, -1: either. */
static int decide(uint16_t op, struct value a, struct value b)
{
	if (op == BPF_JA)
		return 1;
	if (!a.known || !b.known)
		return -1;
	switch (op) {
	case BPF_JEQ: return a.v == b.v;
	case BPF_JGT: return a.v > b.v;
	case BPF_JGE: return a.v >= b.v;
	case BPF_JSET: return (a.v & b.v) != 0;
	default: return -1;
	}
}

static bool bears(const struct call *c, struct value action)
{
	if (!action.known)
		return false;
	switch (action.v & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG: return true;
	/* Error 0 is a success of which nothing was done. */
	case SECCOMP_RET_ERRNO: return c->need == MAY && (action.v & SECCOMP_RET_DATA);
	default: return false;
	}
}

/* Loads, stores, arithmetic.  False: no instruction that a filter has. */
static bool step(const struct call *c, const struct sock_filter *f, struct state *s)
{
	struct value operand = BPF_SRC(f->code) == BPF_X ? s->x : number(f->k);
	bool to_x = BPF_CLASS(f->code) == BPF_LDX;
	struct value *to = to_x ? &s->x : &s->a;

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(f->code) == BPF_IMM)
			*to = number(f->k);
		else if (BPF_MODE(f->code) == BPF_MEM && f->k < N_WORDS)
			*to = s->m[f->k];
		else if (BPF_MODE(f->code) == BPF_LEN)
			*to = number(SIZE);
		else if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			*to = data_word(c, f->k);
		else
			return false;
		return true;
	case BPF_ST:
	case BPF_STX:
		if (f->k >= N_WORDS)
			return false;
		s->m[f->k] = BPF_CLASS(f->code) == BPF_ST ? s->a : s->x;
		return true;
	case BPF_ALU: s->a = compute(BPF_OP(f->code), s->a, operand); return true;
	case BPF_MISC:
		if (f->code == (BPF_MISC | BPF_TAX))
			s->x = s->a;
		else
			s->a = s->x;
		return f->code == (BPF_MISC | BPF_TAX) || f->code == (BPF_MISC | BPF_TXA);
	default: return false;
	}
}

/* Control only goes forward, so one pass sees everything that reaches an instruction before it. */
static bool allows(const struct sock_filter *filter, size_t n, const struct call *c,
		   struct state *states)
{
	for (size_t i = 0; i < n; i++)
		states[i].reached = false;
	states[0] = (struct state){ .reached = true, .a = number(0), .x = number(0) };
	for (int i = 0; i < N_WORDS; i++)
		states[0].m[i] = number(0);
	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *f = &filter[i];
		struct state s = states[i];
		uint64_t yes = i + 1, no = i + 1;
		int taken = 1;

		if (!s.reached)
			continue;
		if (BPF_CLASS(f->code) == BPF_RET) {
			if (!bears(c, BPF_RVAL(f->code) == BPF_A ? s.a : number(f->k)))
				return false;
			continue;
		}
		if (BPF_CLASS(f->code) == BPF_JMP) {
			uint16_t op = BPF_OP(f->code);

			taken = decide(op, s.a, BPF_SRC(f->code) == BPF_X ? s.x : number(f->k));
			yes += op == BPF_JA ? f->k : f->jt;
			no += f->jf;
		} else if (!step(c, f, &s)) {
			return false;
		}
		if (yes >= n || no >= n)
			return false;
		if (taken)
			reach(&states[yes], &s);
		if (taken != 1)
			reach(&states[no], &s);
	}
	return true;
}

bool seccomp_bears_agent(const struct sock_filter *filter, size_t n, struct text *why)
{
	struct state *states = n ? mem_array(n, sizeof(*states)) : NULL;
	bool all = states != NULL;

	for (size_t i = 0; all && i < sizeof(calls) / sizeof(calls[0]); i++) {
		all = allows(filter, n, &calls[i], states);
		if (!all)
			text_add(why, "a seccomp filter that may not let an agent call %s(2)",
				 calls[i].name);
	}
	mem_free(states);
	return all;
}
