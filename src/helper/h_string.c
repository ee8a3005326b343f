/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on strings and numbers in them. */
#include <errno.h>

#include "helper/bodies.h"

enum {
	BASE_MASK = 0x1f,
	MAX_DIGITS = 63
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 99;
}

/* Digits of s[0 .. n); *ret_used of them make *ret_value.  -ERANGE, -EINVAL. */
static int parse_digits(const char *s, uint64_t n, unsigned int base, uint64_t *ret_used,
			uint64_t *ret_value)
{
	uint64_t at = 0, first, value = 0;
	bool hex = n > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' && digit_of(s[2]) < 16;

	if (!base)
		base = hex ? 16 : n && s[0] == '0' ? 8 : 10;
	if (base == 16 && n > 1 && s[0] == '0' && (s[1] | 0x20) == 'x')
		at = 2;
	for (first = at; at < n && digit_of(s[at]) < base; at++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit_of(s[at]), &value))
			return -ERANGE;
	if (at == first)
		return -EINVAL;
	*ret_used = at;
	*ret_value = value;
	return 0;
}

/* Bytes used or negative errno. */
static int64_t parse_number(const char *s, uint64_t n, uint64_t flags, bool *ret_negative,
			    uint64_t *ret_value)
{
	unsigned int base = flags & BASE_MASK;
	uint64_t at = 0, used;
	int err;

	if ((base && base != 8 && base != 10 && base != 16) || flags & ~(uint64_t)BASE_MASK)
		return -EINVAL;
	while (at < n && is_space(s[at]))
		at++;
	*ret_negative = at < n && s[at] == '-';
	if (*ret_negative)
		at++;
	if (at == n)
		return -EINVAL;
	n = n - at < MAX_DIGITS ? n - at : MAX_DIGITS;
	err = parse_digits(s + at, n, base, &used, ret_value);
	return err ? err : (int64_t)(at + used);
}

BODY(strtol)
{
	uint64_t value = 0;
	bool negative;
	int64_t used = parse_number((const char *)r1, r2, r3, &negative, &value);

	*(int64_t *)r4 = 0;
	if (used < 0)
		return (uint64_t)used;
	if (negative ? value > (uint64_t)INT64_MAX + 1 : value > INT64_MAX)
		return ERR(ERANGE);
	*(uint64_t *)r4 = negative ? 0 - value : value;
	return (uint64_t)used;
}

BODY(strtoul)
{
	uint64_t value = 0;
	bool negative;
	int64_t used = parse_number((const char *)r1, r2, r3, &negative, &value);

	*(uint64_t *)r4 = 0;
	if (used < 0)
		return (uint64_t)used;
	if (negative)
		return ERR(EINVAL);
	*(uint64_t *)r4 = value;
	return (uint64_t)used;
}

BODY(strncmp)
{
	const uint8_t *a = (const void *)r1, *b = (const void *)r3;

	for (uint32_t i = 0; i < (uint32_t)r2; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? (uint64_t)-1 : 1;
		if (!a[i])
			break;
	}
	return 0;
}
