/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Helpers that read memory the program has no claim to.  A process has one address space, so what
 * the kernel calls kernel and user memory is the same here; a bad address is -EFAULT and leaves the
 * destination zero.
 */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/probe.h"

static uint64_t read_bytes(struct run *run, uint64_t dst, uint64_t n, uint64_t src)
{
	int err;

	if (__builtin_expect(n && probe_is_known(run, src, n), 1)) {
		err = probe_asm_copy((void *)dst, (const void *)src, n) ? -EFAULT : 0;
		if (__builtin_expect(err, 0))
			probe_failed(src);
	} else {
		err = probe_copy(run, (void *)dst, src, n);
	}
	if (__builtin_expect(err, 0))
		bytes_zero((void *)dst, n);
	return (uint64_t)(int64_t)err;
}

static uint64_t read_string(struct run *run, uint64_t dst, uint64_t n, uint64_t src)
{
	int64_t len = probe_copy_str(run, (char *)dst, src, n);

	if (len < 0)
		bytes_zero((void *)dst, n);
	return (uint64_t)len;
}

BODY(probe_read)
{
	return read_bytes(run, r1, (uint32_t)r2, r3);
}

BODY(probe_read_user)
{
	return read_bytes(run, r1, (uint32_t)r2, r3);
}

BODY(probe_read_kernel)
{
	return read_bytes(run, r1, (uint32_t)r2, r3);
}

BODY(copy_from_user)
{
	return read_bytes(run, r1, (uint32_t)r2, r3);
}

BODY(probe_read_str)
{
	return read_string(run, r1, (uint32_t)r2, r3);
}

BODY(probe_read_user_str)
{
	return read_string(run, r1, (uint32_t)r2, r3);
}

BODY(probe_read_kernel_str)
{
	return read_string(run, r1, (uint32_t)r2, r3);
}

BODY(probe_write_user)
{
	return (uint64_t)(int64_t)probe_write(run, r1, (const void *)r2, (uint32_t)r3);
}
