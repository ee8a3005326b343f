/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What do circular intervals promise?  What adds, shifts, cuts and joins: at 64 and at 32 bits.
 * Products, quotients and the bitwise operators go piece by piece: that the pieces cover the
 * operands and that the results are put together without loss is proved at 64 and 32 bits with
 * each piece by contract, and the pieces at the widths that a solver can do.  The lemma that is
 * left: a piece of a product or quotient holds at 64 bits as it does at PIECE_BITS.
 */
#include "claims.h"

#pragma clang section text = "range"

enum {
	PIECE_BITS = 8
};

#define RANGE_BITS PIECE_BITS
#define RANGE_U    uint8_t
#define RANGE_S    int8_t
#define RANGE_T    struct range8
#define RANGE(f)   range8_##f
struct range8;
#include "verify/range_t.def"

static struct range8 any_range8(const char *base, const char *size)
{
	struct range8 r = { (uint8_t)any(base), (uint8_t)any(size) };

	assume(r.size != UINT8_MAX || r.base == 0);
	return r;
}

#define RANGE_BITS     64
#define RANGE_U        uint64_t
#define RANGE_S        int64_t
#define RANGE_T        struct range64
#define RANGE(f)       range64_##f
#define ANY_RANGE      any_range64
#define CLAIM_RANGE(f) CLAIM(range64_##f)
#define CONTRACT(f)    contract_range64_##f
#define PIECES_BY_CONTRACT
#define PIECES_CLAIM_BITWISE
#include "claims_range.def"
#include "claims_pieces.def"

#define RANGE_BITS     32
#define RANGE_U        uint32_t
#define RANGE_S        int32_t
#define RANGE_T        struct range32
#define RANGE(f)       range32_##f
#define ANY_RANGE      any_range32
#define CLAIM_RANGE(f) CLAIM(range32_##f)
#define CONTRACT(f)    contract_range32_##f
#define PIECES_BY_CONTRACT
#define PIECES_CLAIM_BITWISE
#include "claims_range.def"
#include "claims_pieces.def"

#define RANGE_BITS     PIECE_BITS
#define RANGE_U        uint8_t
#define RANGE_S        int8_t
#define RANGE_T        struct range8
#define RANGE(f)       range8_##f
#define ANY_RANGE      any_range8
#define CLAIM_RANGE(f) CLAIM(range8_##f)
#define CONTRACT(f)    contract_range8_##f
#define PIECES_CLAIM_PRODUCTS
#define PIECES_CLAIM_BITWISE
#include "claims_range.def"
#include "claims_pieces.def"
