/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a test find that links neither helpers nor maps?  Only the host's own; weak, so that
 * real ones win.
 */
#include <errno.h>

#include "btf/btf.h"
#include "helper/helper.h"
#include "map/map.h"

__attribute__((weak)) const struct helper_proto *helper_find(const struct helper_set *set,
							     uint32_t id)
{
	bool is_host = set && id >= HELPER_HOST_BASE && id - HELPER_HOST_BASE < set->n_host;

	return is_host ? &set->host[id - HELPER_HOST_BASE] : NULL;
}

__attribute__((weak)) const struct kfunc_proto *kfunc_row(uint32_t row)
{
	(void)row;
	return NULL;
}

__attribute__((weak)) int map_user_lookup(struct map *map, const void *key, void *ret_value,
					  uint64_t flags)
{
	(void)map;
	(void)key;
	(void)ret_value;
	(void)flags;
	return -ENOENT;
}

__attribute__((weak)) const char *btf_name(const struct btf_blob *btf, uint32_t name_off)
{
	(void)btf;
	(void)name_off;
	return "";
}
