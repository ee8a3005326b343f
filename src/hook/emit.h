/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is machine code written into a buffer that will run elsewhere?  Positions are tracked for the
 * final address; what does not fit or reach is remembered as an error and checked once at the end.
 */
#ifndef HOOK_EMIT_H
#define HOOK_EMIT_H

#include <stddef.h>
#include <stdint.h>

struct emit {
	uint8_t *buf;
	size_t cap, len;
	uint64_t at; /* where buf[0] will run */
	int err;     /* -ERANGE: out of reach; -ENOSPC: buffer full */
};

void emit_raw(struct emit *e, const uint8_t *bytes, size_t n);
void emit_bytes(struct emit *e, int n, ...);
void emit_u32(struct emit *e, uint32_t value);
void emit_u64(struct emit *e, uint64_t value);
/* A 32-bit displacement to target from the end of the four bytes. */
void emit_rel32(struct emit *e, uint64_t target);
void emit_jmp(struct emit *e, uint64_t target);
/* Stores value, which must fit in 32 signed bits, at offset `at` of the buffer. */
void emit_patch32(struct emit *e, size_t at, int64_t value);

#endif
