/* SPDX-License-Identifier: BSD-2-Clause */
/* How do bpf_trace_printk() and bpf_snprintf() format? */
#include "helper/format.h"

#include <errno.h>
#include <stdbool.h>

#include "helper/helper.h"
#include "helper/probe.h"

enum {
	MAX_STRING = 512,
	NUMBER = 32
};

struct out {
	char *buf;
	uint64_t cap, len;
	bool dry; /* only the format is looked at */
};

/* One conversion: flags and width in front of it. */
struct spec {
	bool left, zero, plus, space;
	uint32_t width;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->cap)
		o->buf[o->len] = c;
	o->len++;
}

static void put_padded(struct out *o, const struct spec *s, const char *text, uint64_t n)
{
	uint64_t pad = s->width > n ? s->width - n : 0;

	if (!s->left)
		for (; pad; pad--)
			put(o, ' ');
	for (uint64_t i = 0; i < n; i++)
		put(o, text[i]);
	for (; pad; pad--)
		put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, uint64_t v, unsigned int base,
		       bool is_signed, bool upper)
{
	static const char lower_digits[] = "0123456789abcdef", upper_digits[] = "0123456789ABCDEF";
	char digits[NUMBER], text[NUMBER], sign = 0;
	uint32_t n = 0, k = 0, zeros;

	if (is_signed && (int64_t)v < 0) {
		sign = '-';
		v = 0 - v;
	} else if (is_signed && (s->plus || s->space)) {
		sign = s->plus ? '+' : ' ';
	}
	do
		digits[n++] = (upper ? upper_digits : lower_digits)[v % base];
	while (v /= base);
	zeros = s->zero && !s->left && s->width > n + !!sign ? s->width - n - !!sign : 0;
	if (zeros) {
		if (sign)
			put(o, sign);
		for (; zeros; zeros--)
			put(o, '0');
		while (n)
			put(o, digits[--n]);
		return;
	}
	if (sign)
		text[k++] = sign;
	while (n)
		text[k++] = digits[--n];
	put_padded(o, s, text, k);
}

/* I4 1.2.3.4, i4 001.002.003.004, I6 with colons, i6 without. */
static void put_ip(struct out *o, const struct run *run, uint64_t addr, bool v6, bool tidy)
{
	const struct spec s = { .zero = true, .width = v6 ? 2 : tidy ? 0 : 3 };
	uint8_t b[16] = { 0 };

	if (o->dry)
		return;
	probe_copy(run, b, addr, v6 ? 16 : 4);
	for (unsigned int i = 0; i < (v6 ? 16 : 4); i++) {
		if (i && (v6 ? tidy && i % 2 == 0 : true))
			put(o, v6 ? ':' : '.');
		put_number(o, &s, b[i], v6 ? 16 : 10, false, false);
	}
}

static void put_string(struct out *o, const struct run *run, const struct spec *s, uint64_t addr)
{
	char text[MAX_STRING];
	int64_t n = o->dry ? 0 : probe_copy_str(run, text, addr, sizeof(text));

	put_padded(o, s, text, n > 0 ? (uint64_t)n - 1 : 0);
}

static bool ends_word(char c)
{
	return !c || c == ' ' || (c >= '\t' && c <= '\r') || (c > ' ' && c < '0') ||
	       (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7f);
}

static const char *parse_spec(const char *f, struct spec *s)
{
	for (;; f++) {
		if (*f == '0')
			s->zero = true;
		else if (*f == '-')
			s->left = true;
		else if (*f == '+')
			s->plus = true;
		else if (*f == ' ')
			s->space = true;
		else
			break;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width < MAX_STRING ? s->width * 10 + (uint32_t)(*f - '0') : s->width;
	return f;
}

/* %p and what may follow it; the character after, or NULL. */
static const char *put_pointer(struct out *o, const struct run *run, struct spec *s, const char *f,
			       uint64_t arg)
{
	if ((f[1] == 'k' || f[1] == 'u') && f[2] == 's') {
		if (!ends_word(f[3]))
			return NULL;
		put_string(o, run, s, arg);
		return f + 3;
	}
	if ((f[1] == 'i' || f[1] == 'I') && (f[2] == '4' || f[2] == '6')) {
		put_ip(o, run, arg, f[2] == '6', f[1] == 'I');
		return f + 3;
	}
	if (f[1] && !ends_word(f[1]) && f[1] != 'K' && f[1] != 'x' && f[1] != 's' && f[1] != 'S' &&
	    f[1] != 'B')
		return NULL;
	s->zero = true;
	s->width = s->width ? s->width : 16;
	put_number(o, s, arg, 16, false, false);
	return f + (ends_word(f[1]) ? 1 : 2);
}

/* One integer conversion; the character after, or NULL. */
static const char *put_integer(struct out *o, const struct spec *s, const char *f, uint64_t arg)
{
	unsigned int longs = 0;
	bool is_signed;

	for (; *f == 'l' && longs < 2; f++)
		longs++;
	is_signed = *f == 'd' || *f == 'i';
	if (!is_signed && *f != 'u' && *f != 'x' && *f != 'X')
		return NULL;
	if (!longs)
		arg = is_signed ? (uint64_t)(int64_t)(int32_t)arg : (uint32_t)arg;
	put_number(o, s, arg, *f == 'x' || *f == 'X' ? 16 : 10, is_signed, *f == 'X');
	return f + 1;
}

static const char *put_conversion(struct out *o, const struct run *run, const char *f, uint64_t arg)
{
	struct spec s = { .width = 0 };
	char c = (char)arg;

	f = parse_spec(f, &s);
	if (*f == 'p')
		return put_pointer(o, run, &s, f, arg);
	if (*f == 's') {
		if (!ends_word(f[1]))
			return NULL;
		put_string(o, run, &s, arg);
		return f + 1;
	}
	if (*f == 'c') {
		put_padded(o, &s, &c, 1);
		return f + 1;
	}
	return put_integer(o, &s, f, arg);
}

static int walk(struct out *o, const struct run *run, const char *fmt, const uint64_t *args,
		uint32_t n_args)
{
	uint32_t n = 0;

	while (*fmt) {
		if ((*fmt < ' ' && !(*fmt >= '\t' && *fmt <= '\r')) || *fmt == 0x7f)
			return -EINVAL; /* not ASCII: char is signed */
		if (*fmt != '%' || fmt[1] == '%') {
			put(o, *fmt);
			fmt += *fmt == '%' ? 2 : 1;
			continue;
		}
		if (n >= n_args)
			return -EINVAL;
		fmt = put_conversion(o, run, fmt + 1, args ? args[n] : 0);
		n++;
		if (!fmt)
			return -EINVAL;
	}
	return 0;
}

int format_check(const char *fmt, uint32_t n_args)
{
	struct out o = { .dry = true };

	return walk(&o, NULL, fmt, NULL, n_args);
}

int64_t format_text(const struct run *run, char *out, uint64_t cap, const char *fmt,
		    const uint64_t *args, uint32_t n_args)
{
	struct out o = { out, cap, 0, false };
	int err = walk(&o, run, fmt, args, n_args);

	if (err)
		return err;
	if (cap)
		out[o.len < cap ? o.len : cap - 1] = 0;
	return (int64_t)o.len;
}
