/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the files that suggest edits share?  Questions about lines of source, as text. */
#ifndef VERIFY_EDIT_H
#define VERIFY_EDIT_H

#include "verify/explain.h"

/* edit_text.c */
/* The text of a line, if an instruction was made from it; else "". */
const char *edit_line_text(const struct explain *x, uint32_t line);
bool edit_begins(const char *s, const char *word);
char edit_last_char(const char *s);
/* Parentheses that the line opens and leaves to others to close. */
int edit_open_parentheses(const char *s);
/* "type name = ...": its scope must not end where a block would. */
bool edit_declares(const char *s);
/* The line is the body of the one before, which opens no brace. */
bool edit_is_single_body(const struct explain *x, uint32_t line);
/* A whole statement that declares nothing and may stand elsewhere. */
bool edit_is_statement(const char *s);
/* A statement that is one call and nothing else. */
bool edit_is_call(const char *s);
/* `word` as a word of its own, in s; NULL. */
const char *edit_find_word(const char *s, const char *word);
/* The line is of another function, which the compiler put in here. */
bool edit_is_inlined(const struct explain *x, uint32_t line);
/* Is step `to` come to in another way than by step `from`, or the other way round? */
bool edit_branches(const struct explain *x, uint32_t from, uint32_t to);
/* "skb" of a line that reads skb->data; NULL. */
const char *edit_context_name(struct explain *x);
/* `new` in the place of what is at `at` for n bytes, in s. */
const char *edit_splice(struct explain *x, const char *s, const char *at, size_t n,
			const char *new);

/* The two places of a change.  "" removes or adds nothing. */
void edit_put(struct explain *x, uint32_t line, const char *old, const char *text);
void edit_put_also(struct explain *x, uint32_t line, const char *old, const char *text);

/* edit_move.c */
/* Moves what comes after the call that ended its object.  False: it does not. */
bool edit_use_late(struct explain *x);
/* The step of the call that ended the subject, or 0; and what it was before. */
uint32_t edit_ended_at(const struct explain *x, const struct reg **ret_was);
void edit_locked(struct explain *x);
void edit_released_twice(struct explain *x, uint32_t ended);
/* A packet pointer after a call that may have moved the packet. */
void edit_reload(struct explain *x, uint32_t ended, bool meta);

/* edit.c: a test of the subject before its use */
void edit_null(struct explain *x);

/* The subject is the NULL that a test on this path found. */
bool edit_null_here(struct explain *x, uint32_t *ret_line);

/* edit_guard.c: "if (bad) return 0;", with what is held given back */
const char *edit_guard_text(struct explain *x, const char *bad);

/* edit_args.c */
void edit_arg(struct explain *x);
void edit_argument(struct explain *x, const char *first, unsigned int n, const char *new);
void edit_short_buffer(struct explain *x);
void edit_tail_map(struct explain *x);
void edit_whole(struct explain *x);
void edit_special(struct explain *x);
void edit_constant(struct explain *x);

/* edit_loop.c */
void edit_loop(struct explain *x);
/* The same for one that has too many rounds. */
void edit_rounds(struct explain *x);

/* edit_access.c: the first byte behind the last that is used, as an expression; NULL */
const char *edit_packet_past(struct explain *x);

#endif
