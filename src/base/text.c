/* SPDX-License-Identifier: BSD-2-Clause */
/* How is text built in bounded or growing buffers? */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void text_init(struct text *t, char *buf, size_t cap)
{
	*t = (struct text){ .buf = buf, .cap = cap };
	if (cap)
		buf[0] = '\0';
}

void text_init_heap(struct text *t)
{
	*t = (struct text){ .heap = true };
}

static size_t room(struct text *t, size_t n)
{
	size_t cap = t->cap ? t->cap : 256;
	char *buf;

	while (t->heap && cap - t->len <= n)
		cap *= 2;
	if (t->heap && cap > t->cap) {
		buf = mem_grow(t->buf, t->cap, cap);
		if (buf) {
			t->buf = buf;
			t->cap = cap;
		}
	}
	return t->cap > t->len ? t->cap - t->len - 1 : 0;
}

void text_put(struct text *t, const char *s, size_t n)
{
	size_t fit = room(t, n);

	t->want += n;
	if (fit > n)
		fit = n;
	if (!fit)
		return;
	memcpy(t->buf + t->len, s, fit);
	t->len += fit;
	t->buf[t->len] = '\0';
}

void text_vadd(struct text *t, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;
	char *big;
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		text_put(t, small, (size_t)n);
	} else if (n >= 0) {
		big = mem_alloc((size_t)n + 1);
		if (big) {
			vsnprintf(big, (size_t)n + 1, fmt, again);
			text_put(t, big, (size_t)n);
			mem_free(big);
		} else {
			t->want += (size_t)n;
		}
	}
	va_end(again);
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vadd(t, fmt, ap);
	va_end(ap);
}

void text_cut(struct text *t, const struct text *was)
{
	t->len = was->len;
	t->want = was->want;
	if (t->cap)
		t->buf[t->len] = '\0';
}

void text_done(struct text *t)
{
	if (t->heap)
		mem_free(t->buf);
	*t = (struct text){ .heap = t->heap };
}
