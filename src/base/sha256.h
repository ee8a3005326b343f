/* SPDX-License-Identifier: BSD-2-Clause */
/* What is the SHA-256 digest of some bytes (FIPS 180-4)?  For program tags, not for secrets. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

void sha256(const void *data, size_t size, uint8_t ret_digest[static 32]);

#endif
