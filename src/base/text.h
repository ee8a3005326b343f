/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is text built without overflow?  In a caller's buffer of fixed size (text_init) or in one
 * that grows on the heap (text_init_heap).  The result is always NUL terminated; what does not
 * fit is dropped, counted in `want` and never an error of its own.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *buf;
	size_t cap;  /* bytes in buf, the NUL included */
	size_t len;  /* bytes written, without the NUL */
	size_t want; /* bytes that were asked for, without the NUL */
	bool heap;
};

void text_init(struct text *t, char *buf, size_t cap);
void text_init_heap(struct text *t);
void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void text_put(struct text *t, const char *s, size_t n);
/* Drops what was added since `was` was a copy of t. */
void text_cut(struct text *t, const struct text *was);
void text_done(struct text *t);

#endif
