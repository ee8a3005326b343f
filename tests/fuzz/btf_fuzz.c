/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can any BTF blob harm the reader?  A libFuzzer body:
 *   clang -fsanitize=fuzzer,address,undefined -Isrc -Iinclude tests/fuzz/btf_fuzz.c the sources of
 * src/btf and src/base
 */
#include <stddef.h>
#include <stdint.h>

#include "btf/btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf_blob *btf = NULL;
	char buf[256];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	if (btf_parse(data, size, NULL, &t, &btf))
		return 0;
	for (uint32_t id = 0; id < btf_n_types(btf) + 1; id++) {
		text_init(&t, buf, sizeof(buf));
		btf_print_type(btf, id, &t);
		btf_strip(btf, id);
		btf_size_of(btf, id);
	}
	btf_unref(btf);
	return 0;
}
