/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes are replaced, and what stands in the trampoline? */
#include "hook/call_plan.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "hook/call.h"
#include "hook/code_mem.h"
#include "hook/emit.h"

enum {
	SYSCALL_LEN = 2,
	MAX_BEFORE = 3, /* instructions that may run before the call */
	INSN_BYTES = 15,
	FUNCTION_ALIGN = 16,
	ENDBR = 4,
	PAGE_BYTES = 4096,
	NOWHERE = UINT32_MAX
};

/* --- which number --- */

/* Bytes that one instruction may have, as far as numbers are concerned. */
struct shape {
	bool rex_r, rex_b;
	uint8_t op, reg, rm, mod;
	const uint8_t *after; /* behind the opcode */
};

static struct shape shape_of(const uint8_t *p)
{
	struct shape s = { 0 };

	if ((*p & 0xf0) == 0x40) {
		s.rex_r = *p & 4;
		s.rex_b = *p & 1;
		p++;
	}
	s.op = p[0];
	s.mod = p[1] >> 6;
	s.reg = p[1] >> 3 & 7;
	s.rm = p[1] & 7;
	s.after = p + 1;
	return s;
}

static bool rm_is_rax(const struct shape *s)
{
	return s->mod == 3 && s->rm == 0 && !s->rex_b;
}

/* Puts a constant into rax? */
static bool sets_number(const uint8_t *p, int32_t *ret_nr)
{
	struct shape s = shape_of(p);

	if (s.op == 0xb8 && !s.rex_b && (p[0] & 0xf8) != 0x48)
		memcpy(ret_nr, s.after, sizeof(*ret_nr));
	else if (s.op == 0xc7 && s.reg == 0 && rm_is_rax(&s))
		memcpy(ret_nr, s.after + 1, sizeof(*ret_nr));
	else if ((s.op == 0x31 || s.op == 0x33) && s.reg == 0 && !s.rex_r && rm_is_rax(&s))
		*ret_nr = 0;
	else
		return false;
	return true;
}

/* Is it one of those that stand between, and leaves rax alone? */
static bool leaves_number(const uint8_t *p)
{
	struct shape s = shape_of(p);

	switch (s.op) {
	case 0x89: /* mov to r/m */
	case 0x31: /* xor to r/m */
	case 0xc7: return !rm_is_rax(&s);
	case 0x33:
	case 0x8b:
	case 0x8d: return s.reg || s.rex_r; /* xor, mov, lea to a register */
	default: return s.op >= 0xb8 && s.op <= 0xbf && (s.op != 0xb8 || s.rex_b);
	}
}

static uint32_t before(const struct call_func *f, uint64_t off)
{
	for (uint64_t k = 1; k <= INSN_BYTES && k <= off; k++)
		if (f->heads[off - k])
			return (uint32_t)(off - k);
	return NOWHERE;
}

static bool lands_between(const struct call_func *f, uint64_t lo, uint64_t hi)
{
	return insn_branches_into(f->code, f->size, f->addr, f->addr + lo, f->addr + hi) != 0;
}

int32_t call_plan_nr(const struct call_func *f, uint64_t off)
{
	uint32_t at = before(f, off);
	int32_t nr;

	for (int i = 0; i < 2 * MAX_BEFORE && at != NOWHERE; i++, at = before(f, at)) {
		if (sets_number(f->code + at, &nr))
			return nr < 0 || lands_between(f, at, off + 1) ? CALL_NR_UNKNOWN : nr;
		if (!leaves_number(f->code + at))
			break;
	}
	return CALL_NR_UNKNOWN;
}

/* --- which bytes --- */

/* What runs from `start` on instead of the original: up to the call, and behind it. */
struct window {
	struct insn_span span, pre, post;
	uint32_t call; /* which instruction of the span the call is */
};

static struct insn_span part(const struct insn_span *s, uint32_t from, uint32_t to)
{
	uint32_t begin = from < s->n ? s->off[from] : s->len;
	struct insn_span p = { .addr = s->addr + begin };

	p.len = (to < s->n ? s->off[to] : s->len) - begin;
	p.n = to - from;
	for (uint32_t i = 0; i < p.n; i++)
		p.off[i] = (uint8_t)(s->off[from + i] - begin);
	memcpy(p.bytes, s->bytes + begin, p.len);
	return p;
}

static bool is_call(const uint8_t *p)
{
	return p[0] == 0x0f && p[1] == 0x05;
}

/* Do the five bytes belong to the span, or to nobody? */
static bool has_room(const struct call_func *f, const struct insn_span *s)
{
	uint64_t behind = s->addr + s->len, off = behind - f->addr;

	if (s->len >= INSN_JMP)
		return true;
	return off == f->size && behind % FUNCTION_ALIGN && f->room > off &&
	       (behind & ~(uint64_t)(FUNCTION_ALIGN - 1)) ==
		       ((s->addr + INSN_JMP - 1) & ~(uint64_t)(FUNCTION_ALIGN - 1)) &&
	       insn_is_padding(f->code + off, f->room - off, INSN_JMP - s->len);
}

/* Bytes from start on until five and the call are covered, 0: too many. */
static uint32_t span_bytes(const struct call_func *f, uint32_t start, uint64_t off)
{
	uint64_t end = off + SYSCALL_LEN;
	uint32_t n = 1;

	for (uint32_t at = before(f, off); at != NOWHERE && at >= start; at = before(f, at))
		n++;
	for (; end - start < INSN_JMP && end < f->size; n++) {
		uint32_t len = insn_length(f->code + end, f->size - end);

		if (!len || is_call(f->code + end))
			return 0;
		end += len;
	}
	return n <= INSN_MAX && end - start <= INSN_SPAN_MAX ? (uint32_t)(end - start) : 0;
}

static bool make_window(const struct call_func *f, uint32_t start, uint64_t off, struct window *w)
{
	uint32_t want = span_bytes(f, start, off);
	uint64_t behind;
	struct text unused;
	char buf[128];

	text_init(&unused, buf, sizeof(buf));
	if (!want ||
	    insn_decode(f->code + start, f->size - start, f->addr + start, want, &w->span, &unused))
		return false;
	for (w->call = 0; w->call < w->span.n && start + w->span.off[w->call] != off; w->call++)
		;
	behind = start + (w->span.len > INSN_JMP ? w->span.len : INSN_JMP);
	if (w->call == w->span.n || !has_room(f, &w->span) || lands_between(f, start, behind))
		return false;
	w->pre = part(&w->span, 0, w->call);
	w->pre.ends = true;
	w->post = part(&w->span, w->call + 1, w->span.n);
	w->post.ends = w->span.ends;
	return true;
}

/* --- the trampoline --- */

struct writer {
	struct emit e;
	size_t spot[CALL_N_TWICE + 1]; /* where displacements to the spot are */
	size_t entry, after[CALL_N_TWICE];
	size_t n;
	uint64_t twice[CALL_N_TWICE];
};

static void emit_span(struct writer *w, const struct insn_span *span, uint64_t *copy)
{
	uint8_t off[INSN_MAX] = { 0 };
	struct emit *e = &w->e;
	int n;

	if (e->err || e->cap - e->len < INSN_COPY_MAX) {
		e->err = e->err ? e->err : -ENOSPC;
		return;
	}
	n = insn_emit(span, e->at + e->len, e->buf + e->len, off);
	if (n < 0) {
		e->err = n;
		return;
	}
	for (uint32_t i = 0; i < span->n; i++)
		copy[i] = e->at + e->len + off[i];
	e->len += (size_t)n;
}

/* lea spot(%rip), register; jmp *(%rip): both displacements are filled in later. */
static size_t emit_leave(struct writer *w, uint8_t rex, uint8_t modrm)
{
	emit_bytes(&w->e, 3, rex, 0x8d, modrm);
	w->spot[w->n++] = w->e.len;
	emit_u32(&w->e, 0);
	emit_bytes(&w->e, 2, 0xff, 0x25);
	emit_u32(&w->e, 0);
	return w->e.len - 4;
}

static void emit_twice(struct writer *w, int32_t nr)
{
	for (int i = 0; i < CALL_N_TWICE; i++) {
		if (nr != CALL_NR_UNKNOWN && nr != call_twice[i])
			continue;
		w->twice[i] = w->e.at + w->e.len;
		emit_bytes(&w->e, 4, 0x0f, 0x05, 0x41, 0xbb); /* syscall; mov $nr, %r11d */
		emit_u32(&w->e, call_twice[i]);
		w->after[i] = emit_leave(w, 0x48, 0x0d);
	}
}

static void patch_here(struct writer *w, size_t at)
{
	emit_patch32(&w->e, at, (int64_t)(w->e.len - at - 4));
}

static void emit_spot(struct writer *w, uint64_t next, uint64_t addr)
{
	for (size_t i = 0; i < w->n; i++)
		patch_here(w, w->spot[i]);
	emit_u64(&w->e, next);
	emit_u64(&w->e, addr);
	for (int i = 0; i < CALL_N_TWICE; i++)
		emit_u64(&w->e, w->twice[i]);
	patch_here(w, w->entry);
	emit_u64(&w->e, (uint64_t)(uintptr_t)call_entry);
	for (int i = 0; i < CALL_N_TWICE; i++)
		if (w->twice[i])
			patch_here(w, w->after[i]);
	emit_u64(&w->e, (uint64_t)(uintptr_t)call_after);
}

static int emit_tramp(const struct window *win, int32_t nr, uint64_t at, uint8_t *buf,
		      struct tramp *ret)
{
	struct writer w = { .e = { .buf = buf, .cap = TRAMP_MAX, .at = at } };
	uint64_t next, addr = win->pre.addr + win->pre.len + SYSCALL_LEN;

	memset(ret, 0, sizeof(*ret));
	emit_span(&w, &win->pre, ret->copy);
	ret->copy[win->call] = at + w.e.len;
	w.entry = emit_leave(&w, 0x4c, 0x1d); /* into r11 */
	next = at + w.e.len;
	emit_span(&w, &win->post, ret->copy + win->call + 1);
	/* Straight on where nothing was displaced behind the call. */
	if (!win->post.n)
		next = addr;
	emit_twice(&w, nr);
	emit_spot(&w, next, addr);
	ret->addr = at;
	ret->size = (uint32_t)w.e.len;
	return w.e.err;
}

static void write_jump(uint8_t *jump, uint64_t from, uint64_t to)
{
	int32_t rel = (int32_t)(to - from - INSN_JMP);

	jump[0] = 0xe9;
	memcpy(jump + 1, &rel, sizeof(rel));
}

/* A trampoline that can be reached from such an address. */
static int make_tramp(struct code_mem *mem, const struct window *w, int32_t nr, uint64_t from,
		      uint32_t heads, struct tramp *ret_tramp)
{
	uint8_t buf[TRAMP_MAX];
	uint64_t at;
	int err;

	err = emit_tramp(w, nr, w->span.addr, buf, ret_tramp);
	if (!err)
		err = code_mem_alloc(mem, from, heads, ret_tramp->size, &at);
	if (!err)
		err = emit_tramp(w, nr, at, buf, ret_tramp);
	return err ? err : code_mem_write(mem, at, buf, ret_tramp->size);
}

static void begin_plan(const struct call_func *f, const struct window *w, struct site_plan *p)
{
	*p = (struct site_plan){ .span = w->span };
	p->patch.addr = w->span.addr;
	p->patch.len = INSN_JMP;
	memcpy(p->patch.old, f->code + (w->span.addr - f->addr), INSN_JMP);
}

static int make_plan(struct code_mem *mem, const struct call_func *f, const struct window *w,
		     int32_t nr, struct site_plan *ret_plan)
{
	struct site_plan p;
	int err;

	begin_plan(f, w, &p);
	for (uint32_t i = 1; i < w->span.n; i++)
		if (w->span.off[i] < INSN_JMP)
			p.patch.heads |= 1u << w->span.off[i];
	err = make_tramp(mem, w, nr, p.patch.addr, p.patch.heads, &p.tramp);
	if (err)
		return err;
	write_jump(p.patch.new, p.patch.addr, p.tramp.addr);
	*ret_plan = p;
	return 0;
}

/* The call's two bytes become the first of a jump, and what follows it is its upper bytes, and
 * remains what it was for who sleeps in the call: nobody traps there.  It leads to another jump. */
static int make_short_plan(struct code_mem *mem, const struct call_func *f, uint64_t off,
			   int32_t nr, struct site_plan *ret_plan)
{
	struct insn_span call = { .addr = f->addr + off, .len = SYSCALL_LEN, .n = 1 };
	struct window w = { .span = call,
			    .pre = { .addr = call.addr, .ends = true },
			    .post = { .ends = true } };
	uint8_t jump[INSN_JMP];
	struct site_plan p;
	uint64_t between;
	int err;

	if (off + INSN_JMP > f->room)
		return -EOPNOTSUPP;
	begin_plan(f, &w, &p);
	err = code_mem_alloc_before(mem, call.addr, p.patch.old + SYSCALL_LEN, &between);
	if (!err)
		err = make_tramp(mem, &w, nr, between, 0, &p.tramp);
	if (err)
		return err;
	write_jump(jump, between, p.tramp.addr);
	err = code_mem_write(mem, between, jump, sizeof(jump));
	if (err)
		return err;
	write_jump(p.patch.new, p.patch.addr, between);
	*ret_plan = p;
	return 0;
}

/* --- the ladder --- */

/* A probe at a function's entry wants these bytes itself. */
static bool is_entry(const struct call_func *f, uint32_t start)
{
	return start == 0 || (start == ENDBR && insn_landing_pad(f->code, f->size) == ENDBR);
}

/* Where windows may begin: in front of the call nothing but what goes straight on. */
static uint32_t list_starts(const struct call_func *f, uint64_t off, uint32_t starts[])
{
	uint32_t n = 0, at = (uint32_t)off;

	starts[n++] = at;
	while (n <= MAX_BEFORE) {
		at = before(f, at);
		if (at == NOWHERE || is_call(f->code + at) ||
		    !insn_is_straight(f->code + at, f->size - at))
			break;
		starts[n++] = at;
	}
	return n;
}

/* Alone long enough; and in one page, so that it can be replaced at once (page.c). */
static bool is_long(const struct call_func *f, uint32_t at)
{
	uint64_t last = f->addr + at + INSN_JMP - 1;

	return insn_length(f->code + at, f->size - at) >= INSN_JMP &&
	       (f->addr + at) / PAGE_BYTES == last / PAGE_BYTES;
}

int call_plan(struct code_mem *mem, const struct call_func *f, uint64_t off, int32_t nr,
	      struct site_plan *ret_plan, struct text *why)
{
	uint32_t starts[MAX_BEFORE + 1], n = list_starts(f, off, starts);
	int err = -EOPNOTSUPP;
	struct window w;

	/* One instruction alone; the call's own bytes; several; and where probes would rather be.
	 */
	for (int step = 0; step < 3; step++) {
		if (step == 1 && !is_entry(f, starts[0]) &&
		    !make_short_plan(mem, f, off, nr, ret_plan))
			return 0;
		for (uint32_t i = 0; i < n; i++) {
			bool entry = is_entry(f, starts[i]), alone = i && is_long(f, starts[i]);

			if (step != (entry   ? 2
				     : alone ? 0
					     : 1) ||
			    !make_window(f, starts[i], off, &w))
				continue;
			err = make_plan(mem, f, &w, nr, ret_plan);
			if (!err)
				return 0;
		}
	}
	text_add(why, "nothing around the system call at %#lx can be replaced",
		 (long)(f->addr + off));
	return err;
}
