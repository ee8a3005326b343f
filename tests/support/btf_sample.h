/* SPDX-License-Identifier: BSD-2-Clause */
/* A BTF blob with every kind in it, for tests that read or damage one. */
#ifndef SUPPORT_BTF_SAMPLE_H
#define SUPPORT_BTF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* malloc()ed; ids of some types by name in struct btf_sample_ids. */
struct btf_sample_ids {
	uint32_t int_id, lock_struct, value_struct, func_proto, func, datasec;
};
uint8_t *btf_sample(size_t *ret_size, struct btf_sample_ids *ret_ids);

#endif
