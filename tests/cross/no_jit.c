/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a JIT on a machine that has none?  It answers so; see jit/jit.h. */
#include <errno.h>

#include "jit/jit.h"

int code_pool_new(struct code_pool **ret_pool)
{
	*ret_pool = NULL;
	return 0;
}

struct code_pool *code_pool_unref(struct code_pool *pool)
{
	(void)pool;
	return NULL;
}

int jit_compile(const struct code *code, struct jit_image **ret_image)
{
	(void)code;
	(void)ret_image;
	return -EOPNOTSUPP;
}

int jit_compile_raw(const struct raw_prog *prog, struct jit_image **ret_image)
{
	(void)prog;
	(void)ret_image;
	return -EOPNOTSUPP;
}

struct jit_image *jit_free(struct jit_image *image)
{
	(void)image;
	return NULL;
}
