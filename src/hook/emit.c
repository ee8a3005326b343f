/* SPDX-License-Identifier: BSD-2-Clause */
/* How do the bytes get there? */
#include "hook/emit.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void emit_raw(struct emit *e, const uint8_t *bytes, size_t n)
{
	if (e->err || e->cap - e->len < n) {
		e->err = e->err ? e->err : -ENOSPC;
		return;
	}
	memcpy(e->buf + e->len, bytes, n);
	e->len += n;
}

void emit_bytes(struct emit *e, int n, ...)
{
	uint8_t bytes[16];
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < n; i++)
		bytes[i] = (uint8_t)va_arg(ap, int);
	va_end(ap);
	emit_raw(e, bytes, (size_t)n);
}

void emit_u32(struct emit *e, uint32_t value)
{
	emit_raw(e, (const uint8_t *)&value, sizeof(value));
}

void emit_u64(struct emit *e, uint64_t value)
{
	emit_raw(e, (const uint8_t *)&value, sizeof(value));
}

void emit_patch32(struct emit *e, size_t at, int64_t value)
{
	int32_t small = (int32_t)value;

	if (small != value)
		e->err = e->err ? e->err : -ERANGE;
	else if (!e->err)
		memcpy(e->buf + at, &small, sizeof(small));
}

void emit_rel32(struct emit *e, uint64_t target)
{
	emit_u32(e, 0);
	emit_patch32(e, e->len - 4, (int64_t)(target - e->at - e->len));
}

void emit_jmp(struct emit *e, uint64_t target)
{
	emit_bytes(e, 1, 0xe9);
	emit_rel32(e, target);
}
