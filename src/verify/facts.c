/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known about a value, in words? */
#include "verify/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *say(struct explain *x, const char *fmt, ...)
{
	char buf[512], *kept;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (n < 0)
		return "";
	kept = arena_dup(&x->a, buf, strlen(buf) + 1);
	return kept ? kept : "";
}

static const char *number(struct explain *x, int64_t n)
{
	if (n > 65536 || n < -65536)
		return say(x, "%s0x%" PRIx64, n < 0 ? "-" : "", n < 0 ? -(uint64_t)n : (uint64_t)n);
	return say(x, "%" PRId64, n);
}

/* Limits of the low half say more when those of the whole say nothing. */
static const char *low_half(struct explain *x, const struct scalar *s)
{
	int32_t smin = scalar_smin32(s), smax = scalar_smax32(s);
	uint32_t umin = scalar_umin32(s), umax = scalar_umax32(s);

	if (smin == smax)
		return say(x, "%d in its low 32 bits", smin);
	if (umin || umax != UINT32_MAX) {
		if (umax <= INT32_MAX)
			return say(x, "%u to %u in its low 32 bits", umin, umax);
		if (smin != INT32_MIN || smax != INT32_MAX)
			return smin == INT32_MIN
				       ? say(x, "at most %d in its low 32 bits, signed", smax)
				       : say(x, "at least %d in its low 32 bits, signed", smin);
	}
	return "any number";
}

const char *fact_range(struct explain *x, const struct scalar *s)
{
	uint64_t umin = scalar_umin(s), umax = scalar_umax(s);
	int64_t smin = scalar_smin(s), smax = scalar_smax(s);

	if (scalar_is_const(s))
		return number(x, (int64_t)scalar_const_value(s));
	if (umax - umin > UINT64_C(1) << 33 &&
	    (uint64_t)smax - (uint64_t)smin > UINT64_C(1) << 33 &&
	    strcmp(low_half(x, s), "any number") != 0)
		return low_half(x, s);
	if (!umin && umax == UINT64_MAX && smin == INT64_MIN && smax == INT64_MAX)
		return low_half(x, s);
	if (!umin && umax == UINT32_MAX)
		return "any 32-bit number";
	if (!umin && umax == UINT16_MAX)
		return "any 16-bit number (0 to 65535)";
	if (smin == INT32_MIN && smax == INT32_MAX)
		return "any signed 32-bit number";
	if (smin >= 0)
		return say(x, "%s to %s", number(x, smin), number(x, smax));
	if (smin == INT64_MIN && smax == INT64_MAX)
		return umin ? "any number but 0" : "any number";
	if (smin == INT64_MIN)
		return say(x, "at most %s, signed", number(x, smax));
	if (smax == INT64_MAX)
		return say(x, "at least %s, signed", number(x, smin));
	return say(x, "%s to %s", number(x, smin), number(x, smax));
}

const char *fact_kind(struct explain *x, const struct reg *r)
{
	const struct map_desc *m = NULL;

	if (r->kind == KIND_MAP_PTR || r->kind == KIND_MAP_VALUE || r->kind == KIND_MAP_KEY)
		m = map_of(x->v, r);
	switch ((enum ptr_kind)r->kind) {
	case KIND_NOT_INIT: return "no value";
	case KIND_SCALAR: return "a number";
	case KIND_CTX: return "the context";
	case KIND_MAP_PTR: return m->name[0] ? say(x, "the map '%s'", m->name) : "an inner map";
	case KIND_MAP_VALUE: return say(x, "a value of map '%s'", m->name);
	case KIND_MAP_KEY: return say(x, "a key of map '%s'", m->name);
	case KIND_STACK: return "the stack";
	case KIND_PACKET: return "the packet";
	case KIND_PACKET_META: return "the packet's metadata";
	case KIND_PACKET_END: return "the packet's end";
	case KIND_MEM:
		return r->flags & REG_ALLOC ? say(x, "a ring buffer record of %u bytes", r->obj)
					    : say(x, "memory of %u bytes", r->obj);
	case KIND_TP_BUFFER: return "a raw tracepoint's buffer";
	case KIND_FLOW_KEYS: return "the flow keys";
	case KIND_SOCKET:
	case KIND_SOCK_COMMON:
	case KIND_TCP_SOCK:
	case KIND_XDP_SOCK: return "a socket";
	case KIND_BTF_OBJ: return "a kernel object";
	case KIND_BUF: return "a buffer of a size that is checked later";
	case KIND_FUNC: return "a function";
	case KIND_DYNPTR: return "a dynptr";
	case KIND_ITER: return "an iterator";
	case KIND_ARENA: return "an arena";
	case KIND_OBJECT: return "an allocated object";
	case N_PTR_KINDS: break;
	}
	return "a pointer";
}

static const char *pointer(struct explain *x, const struct reg *r, uint32_t frame)
{
	const char *to = fact_kind(x, r), *null = r->flags & REG_NULLABLE ? "NULL or " : "";

	if (r->kind == KIND_STACK && r->obj == frame && scalar_is_const(&r->s))
		return say(x, "the stack at fp%+" PRId64,
			   r->off + (int64_t)scalar_const_value(&r->s));
	if (r->kind == KIND_PACKET && r->flags & REG_BEYOND)
		return "a pointer behind the packet's end";
	if (r->kind == KIND_PACKET && scalar_is_const(&r->s) && !r->id && r->range)
		return r->off ? say(x, "the packet + %d (%u bytes are proven)", r->off, r->range)
			      : say(x, "the packet (%u bytes are proven)", r->range);
	if (r->kind == KIND_MAP_PTR || r->kind == KIND_FUNC || r->kind == KIND_PACKET_END)
		return say(x, "%s%s", null, to);
	if (!scalar_is_const(&r->s))
		return say(x, "%s%s + %d + (%s)", null, to, r->off, fact_range(x, &r->s));
	if (r->off || scalar_const_value(&r->s))
		return say(x, "%s%s + %" PRId64, null, to,
			   r->off + (int64_t)scalar_const_value(&r->s));
	return say(x, "%s%s", null, to);
}

const char *fact_text(struct explain *x, const struct reg *r, uint32_t frame)
{
	if (r->kind == KIND_NOT_INIT)
		return "no value";
	if (r->kind == KIND_SCALAR)
		return fact_range(x, &r->s);
	return pointer(x, r, frame);
}
