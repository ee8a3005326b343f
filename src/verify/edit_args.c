/* SPDX-License-Identifier: BSD-2-Clause */
/* Which argument should a call have been given?  An address, the context, the map, a wider one. */
#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "btf/btf.h"
#include "verify/edit.h"

/* Where an argument stands: between a parenthesis or comma and another. */
static const char *argument_at(const char *s, const char *old)
{
	size_t n = old ? strlen(old) : 0;

	for (const char *p = s; n && (p = strstr(p, old)); p++) {
		const char *before = p, *after = p + n;

		while (before > s && isspace((unsigned char)before[-1]))
			before--;
		after += strspn(after, " ");
		if (before > s && strchr("(,", before[-1]) && *after && strchr(",)", *after))
			return p;
	}
	return NULL;
}

/* The call with another argument in the place of `old`, after what `first` declares. */
void edit_argument(struct explain *x, const char *first, unsigned int n, const char *new)
{
	const char *s = x->out.at.source, *old = source_argument(x, s, n);
	const char *at = argument_at(s, old);

	if (!at || s[0] == '}' || edit_begins(s, "else") || edit_begins(s, "while") ||
	    edit_begins(s, "for"))
		return;
	/* A declaration in front of it needs a block of its own where one statement stands. */
	if (first[0] && edit_is_single_body(x, x->out.at.line))
		return;
	edit_put(x, x->out.at.line, s,
		 say(x, "%s%s", first, edit_splice(x, s, at, strlen(old), new)));
}

/* What a number in the place of an address was meant to be. */
static void edit_address(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	unsigned int r = x->subject.n;
	const char *arg = source_argument(x, x->out.at.source, r);
	unsigned int kind = h ? h->arg[r - 1] : ARG_NONE;
	const struct reg *size = r < 5 ? replay_reg(x, r + 1) : NULL;

	x->out.hint = say(x,
			  "pass an address: of a local variable, or of memory that a helper "
			  "returned; what %s points to outside of the program must be copied "
			  "with bpf_probe_read_*() first",
			  obligation_name(x));
	if (!arg)
		return;
	if (kind == ARG_MAP_KEY || kind == ARG_MAP_VALUE)
		edit_argument(x, say(x, "__u64 copied = (__u64)%s;\n", arg), r, "&copied");
	else if ((kind == ARG_UNINIT_MEM || kind == ARG_MEM) && size && size->kind == KIND_SCALAR &&
		 scalar_is_const(&size->s) && scalar_const_value(&size->s) <= STACK_BYTES / 2)
		edit_argument(x,
			      say(x, "char copied[%u] = {};\n",
				  (unsigned int)scalar_const_value(&size->s)),
			      r, "copied");
}

/* What main is given, by the name that its signature has. */
static const char *context_parameter(struct explain *x)
{
	const struct verify_input *in = x->v->in;
	const struct btf_type *f, *proto;
	const char *name;

	if (x->r.n_frames != 1 || !in->btf || !in->n_func_info)
		return NULL;
	f = btf_type(in->btf, in->func_info[0].type_id);
	proto = f ? btf_type(in->btf, f->type) : NULL;
	if (!proto || !btf_vlen_of(proto))
		return NULL;
	name = btf_name(in->btf, ((const struct btf_param *)(proto + 1))->name_off);
	return name[0] ? name : NULL;
}

/* A map where another argument is wanted, and the other way round. */
static bool edit_swapped(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const char *s = x->out.at.source, *one, *other, *at, *at_other;
	unsigned int r = x->subject.n;

	if (!h || h->arg[r - 1] != ARG_CONST_MAP_PTR)
		return false;
	x->out.hint = say(x, "pass the map itself as argument %u, as in `&my_map`", r);
	for (unsigned int k = 1; k <= 5 && h->arg[k - 1] != ARG_NONE; k++) {
		if (k == r || replay_reg(x, k)->kind != KIND_MAP_PTR)
			continue;
		one = source_argument(x, s, r);
		other = source_argument(x, s, k);
		at = argument_at(s, one);
		at_other = argument_at(s, other);
		if (!at || !at_other || at_other < at)
			return true;
		x->out.hint = say(x, "exchange the arguments %u and %u: the map comes first", r, k);
		edit_put(x, x->out.at.line, s,
			 say(x, "%.*s%s%.*s%s%s", (int)(at - s), s, other,
			     (int)(at_other - at - (ptrdiff_t)strlen(one)), at + strlen(one), one,
			     at_other + strlen(other)));
		return true;
	}
	return true;
}

/* What the parameter is for says what to pass. */
static bool edit_wanted(struct explain *x)
{
	static const struct {
		uint8_t arg;
		const char *hint;
	} wanted[] = {
		{ ARG_SPIN_LOCK, "put the lock into the value of a map, as a member of type struct "
				 "bpf_spin_lock, and pass its address there" },
		{ ARG_TIMER, "put the timer into the value of a map, as a member of type struct "
			     "bpf_timer, and pass its address there" },
		{ ARG_CONST_STR,
		  "pass a constant string: static const char text[] = \"...\"; at the "
		  "top of the file" },
		{ ARG_ALLOC_MEM,
		  "pass what bpf_ringbuf_reserve() returned; to send a copy of a local "
		  "variable use bpf_ringbuf_output()" },
		{ ARG_FUNC, "pass a static function of this program by its name" },
	};
	const struct helper_proto *h = x->refused.proto;

	for (size_t i = 0; h && i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (h->arg[x->subject.n - 1] == wanted[i].arg) {
			x->out.hint = wanted[i].hint;
			return true;
		}
	return false;
}

static bool edit_wants_context(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const char *name = context_parameter(x);

	if (!h || h->arg[x->subject.n - 1] != ARG_CTX)
		return false;
	x->out.hint = say(x, "pass the program's context%s%s%s as argument %u", name ? ", `" : "",
			  name ? name : "", name ? "`," : "", x->subject.n);
	if (name)
		edit_argument(x, "", x->subject.n, name);
	return true;
}

void edit_arg(struct explain *x)
{
	const struct reg *r = replay_reg(x, x->subject.n);
	const char *arg = source_argument(x, x->out.at.source, x->subject.n);
	const struct reg *was = NULL;
	uint32_t ended = edit_ended_at(x, &was);

	if (r->flags & REG_NULLABLE) {
		edit_null(x);
	} else if (ended && r->kind == KIND_SCALAR) {
		edit_released_twice(x, ended);
	} else if (edit_wants_context(x) || edit_swapped(x) || edit_wanted(x)) {
		return;
	} else if (r->kind == KIND_CTX) {
		x->out.hint =
			"copy what is needed from the context into a local variable, and pass the "
			"address of that";
		if (arg && *arg == '&' && strstr(arg, "->"))
			edit_argument(x, say(x, "__typeof__(%s) copied = %s;\n", arg + 1, arg + 1),
				      x->subject.n, "&copied");
	} else if (r->kind == KIND_SCALAR) {
		edit_address(x);
	}
}

/* The map that a call works on, by its first argument. */
static const struct map_desc *map_of_call(const struct explain *x)
{
	const struct reg *r = replay_reg(x, 1);

	return x->refused.callee && r->kind == KIND_MAP_PTR ? map_of(x->v, r) : NULL;
}

/* "__u32 key = 3;" where the map's key has eight bytes. */
static void widen(struct explain *x, const char *name, uint32_t size)
{
	static const char *const narrow[] = { "__u32", "int",   "unsigned int", "__u16",
					      "__u8",  "short", "char" };

	if (size != 8)
		return;
	for (uint32_t k = x->r.n; k-- > 1;) {
		struct source s = source_of(x->v, x->r.step[k].insn);
		const char *left = source_assigned(x, s.text);

		if (!left || strcmp(left, name) != 0 || strchr(s.text, ',') ||
		    strcmp(s.file, x->out.at.file) != 0)
			continue;
		for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
			if (edit_begins(s.text, narrow[i]) && s.text[strlen(narrow[i])] == ' ') {
				edit_put(x, s.line, s.text,
					 say(x, "__u64%s", s.text + strlen(narrow[i])));
				return;
			}
	}
}

/* A variable that is smaller than what the call reads from it. */
void edit_short_buffer(struct explain *x)
{
	const struct helper_proto *h = x->refused.proto;
	const struct map_desc *m = map_of_call(x);
	unsigned int kind = h && x->subject.n ? h->arg[x->subject.n - 1] : ARG_NONE;
	const char *name = source_argument(x, x->out.at.source, x->subject.n);
	bool key = kind == ARG_MAP_KEY;
	uint32_t size;

	if (!m || !m->name[0] || (!key && kind != ARG_MAP_VALUE))
		return;
	size = key ? m->key_size : m->value_size;
	name = name && *name == '&' ? name + 1 : NULL;
	x->out.hint = say(x,
			  "declare %s%s%s with the type of the map's %s (%u bytes: see the "
			  "definition of `%s`)",
			  name ? "`" : "", name ? name : "the variable", name ? "`" : "",
			  key ? "key" : "value", size, m->name);
	if (name && edit_is_plain(name, strlen(name)))
		widen(x, name, size);
}

void edit_tail_map(struct explain *x)
{
	const struct reg *r = replay_reg(x, 2);
	const char *name = r->kind == KIND_MAP_PTR ? map_of(x->v, r)->name : "";

	x->out.summary = say(x, "bpf_tail_call() gets the map '%s', which holds no programs", name);
	x->out.needed = "a map of type BPF_MAP_TYPE_PROG_ARRAY";
	x->out.hint = say(x,
			  "in the definition of `%s` write __uint(type, BPF_MAP_TYPE_PROG_ARRAY), "
			  "with 4 bytes for key and value, or name the map that holds the programs",
			  name);
}

/* "e->comm" where `e` is to be given back. */
void edit_whole(struct explain *x)
{
	const char *given = source_argument(x, x->out.at.source, x->subject.n), *base;

	if (given && *given == '&')
		given++;
	base = given ? source_base(x, given) : NULL;
	x->out.summary = say(x, "%s gets a pointer into what it should get whole",
			     x->refused.callee ? x->refused.callee : "the call");
	x->out.needed = "the pointer as it was returned, offset 0";
	x->out.known = fact_text(x, replay_reg(x, x->subject.n), x->subject.frame);
	if (!base)
		return;
	x->out.hint = say(x, "pass `%s`", base);
	edit_argument(x, "", x->subject.n, base);
}

void edit_special(struct explain *x)
{
	const char *s = x->out.at.source;

	x->out.summary =
		say(x, "%s %s a %s, which only its own helpers may touch", obligation_what(x),
		    x->refused.write ? "writes" : "reads", x->v->diag.args[0].s);
	x->out.hint = say(x,
			  "leave the %s alone: a new map element has it zeroed, and its helpers do "
			  "the rest; copy the other members one by one",
			  x->v->diag.args[0].s);
	if (x->refused.write && edit_is_statement(s) && !strchr(s, '(') &&
	    !edit_is_single_body(x, x->out.at.line))
		edit_put(x, x->out.at.line, s, "");
}

void edit_constant(struct explain *x)
{
	const char *arg = source_argument(x, x->out.at.source, x->subject.n);
	bool reserves = x->refused.callee && strstr(x->refused.callee, "ringbuf_reserve()");

	x->out.summary = say(x, "argument %u of %s is %s%s%s, which is not known before the run",
			     x->subject.n, x->refused.callee ? x->refused.callee : "the call",
			     arg ? "`" : "", arg ? arg : "a number", arg ? "`" : "");
	x->out.needed = "a constant";
	x->out.known = fact_text(x, replay_reg(x, x->subject.n), x->subject.frame);
	x->out.hint =
		reserves ? "reserve the largest size that is needed, as a constant; for sizes "
			   "that vary use bpf_ringbuf_reserve_dynptr(), or bpf_ringbuf_output() "
			   "with a buffer and its length"
			 : "pass a number that the compiler knows";
}
