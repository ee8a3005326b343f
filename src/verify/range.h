/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between which values does a number lie?  A circular interval over 64 or 32 bits: it starts at
 * `base` and has `size` more members, wrapping around.  One interval answers for signed and
 * unsigned order.  There is no empty interval: what may be empty returns bool.
 */
#ifndef VERIFY_RANGE_H
#define VERIFY_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#define RANGE_BITS 64
#define RANGE_U    uint64_t
#define RANGE_S    int64_t
#define RANGE_T    struct range64
#define RANGE(f)   range64_##f
#include "verify/range_t.def"

#define RANGE_BITS 32
#define RANGE_U    uint32_t
#define RANGE_S    int32_t
#define RANGE_T    struct range32
#define RANGE(f)   range32_##f
#include "verify/range_t.def"

#endif
