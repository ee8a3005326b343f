/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why was the program refused?  Rules call reject() with a row of reasons.def and typed operands;
 * nothing is formatted until somebody asks (diag_fill, diag_log).
 *
 * A rule writes   return DIAG_REJECT(&v->diag, insn, STACK_OOB, "write to", reg, off, size);
 * The number of operands is checked against the row when the rule is compiled.
 */
#ifndef VERIFY_DIAG_H
#define VERIFY_DIAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "verify/lineinfo.h"
#include "verify/reasons.def"
#include "verify/tnum.h"
#include "verify/verify.h"

enum reason {
#define R(ID, id, category, err, n, ...) REASON_##ID,
	REASON_LIST(R)
#undef R
	REASON_N /* also: nothing recorded */
};

enum {
#define R(ID, id, category, err, n, ...) REASON_ARGS_##ID = (n),
	REASON_LIST(R)
#undef R
};

enum {
	DIAG_MAX_ARGS = 6,
	DIAG_STRINGS = 192
};

enum diag_kind {
	DIAG_INT,
	DIAG_UINT,
	DIAG_STR,
	DIAG_TNUM,
};

struct diag_arg {
	enum diag_kind kind;
	union {
		int64_t i;
		uint64_t u;
		const char *s; /* copied when recorded */
		struct tnum t;
	};
};

/* Embedded in whoever verifies; all zero is not empty: diag_init(). */
struct diag_sink {
	enum reason reason; /* REASON_N: nothing recorded */
	uint32_t insn;
	unsigned int n_args;
	struct diag_arg args[DIAG_MAX_ARGS];
	char strings[DIAG_STRINGS];
};

void diag_init(struct diag_sink *sink);

/* Records; the last record wins.  Returns the row's errno, negative. */
int diag_reject(struct diag_sink *sink, uint32_t insn, enum reason reason, unsigned int n_args,
		const struct diag_arg *args);
int diag_reject_text(struct diag_sink *sink, uint32_t insn, enum reason reason, const char *fmt,
		     ...) __attribute__((format(printf, 4, 5)));

static inline bool diag_is_set(const struct diag_sink *sink)
{
	return sink->reason != REASON_N;
}

/* The kernel-worded lines of the record, each ended by a newline. */
void diag_log(const struct diag_sink *sink, struct text *log);
/* What was needed and what is known, as the row says it; both texts may stay empty. */
void diag_obligation(const struct diag_sink *sink, struct text *needed, struct text *known);
/* The register that the message is about.  False: none. */
bool diag_register(const struct diag_sink *sink, unsigned int *ret_reg);
/* The whole diagnosis for the caller of verify_prog(). */
void diag_fill(const struct diag_sink *sink, const struct lineinfo *lines,
	       struct verify_diag *diag);

static inline struct diag_arg diag_int(int64_t i)
{
	return (struct diag_arg){ .kind = DIAG_INT, .i = i };
}
static inline struct diag_arg diag_uint(uint64_t u)
{
	return (struct diag_arg){ .kind = DIAG_UINT, .u = u };
}
static inline struct diag_arg diag_str(const char *s)
{
	return (struct diag_arg){ .kind = DIAG_STR, .s = s };
}
static inline struct diag_arg diag_tnum(struct tnum t)
{
	return (struct diag_arg){ .kind = DIAG_TNUM, .t = t };
}

/* clang-format off */
#define DIAG_ARG(x) _Generic((x), \
	bool: diag_uint, \
	signed char: diag_int, short: diag_int, int: diag_int, long: diag_int, long long: diag_int, \
	unsigned char: diag_uint, unsigned short: diag_uint, unsigned int: diag_uint, \
	unsigned long: diag_uint, unsigned long long: diag_uint, \
	char *: diag_str, const char *: diag_str, struct tnum: diag_tnum)(x)

#define DIAG_CALL(sink, insn, ID, count, args) \
	diag_reject(sink, insn, REASON_##ID, \
		    (count) + 0 * sizeof(char[REASON_ARGS_##ID == (count) ? 1 : -1]), args)
#define DIAG_R0(s, i, ID) DIAG_CALL(s, i, ID, 0, NULL)
#define DIAG_R1(s, i, ID, a) DIAG_CALL(s, i, ID, 1, ((struct diag_arg[]){ DIAG_ARG(a) }))
#define DIAG_R2(s, i, ID, a, b) \
	DIAG_CALL(s, i, ID, 2, ((struct diag_arg[]){ DIAG_ARG(a), DIAG_ARG(b) }))
#define DIAG_R3(s, i, ID, a, b, c) \
	DIAG_CALL(s, i, ID, 3, ((struct diag_arg[]){ DIAG_ARG(a), DIAG_ARG(b), DIAG_ARG(c) }))
#define DIAG_R4(s, i, ID, a, b, c, d) \
	DIAG_CALL(s, i, ID, 4, ((struct diag_arg[]){ DIAG_ARG(a), DIAG_ARG(b), DIAG_ARG(c), \
						     DIAG_ARG(d) }))
#define DIAG_R5(s, i, ID, a, b, c, d, e) \
	DIAG_CALL(s, i, ID, 5, ((struct diag_arg[]){ DIAG_ARG(a), DIAG_ARG(b), DIAG_ARG(c), \
						     DIAG_ARG(d), DIAG_ARG(e) }))
#define DIAG_R6(s, i, ID, a, b, c, d, e, f) \
	DIAG_CALL(s, i, ID, 6, ((struct diag_arg[]){ DIAG_ARG(a), DIAG_ARG(b), DIAG_ARG(c), \
						     DIAG_ARG(d), DIAG_ARG(e), DIAG_ARG(f) }))
#define DIAG_PICK(id, a, b, c, d, e, f, name, ...) name
#define DIAG_REJECT(sink, insn, ...) \
	DIAG_PICK(__VA_ARGS__, DIAG_R6, DIAG_R5, DIAG_R4, DIAG_R3, DIAG_R2, DIAG_R1, DIAG_R0, 0) \
	(sink, insn, __VA_ARGS__)
/* clang-format on */

#endif
