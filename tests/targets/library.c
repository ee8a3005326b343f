/* SPDX-License-Identifier: BSD-2-Clause */
/* A library that is loaded late. */
__attribute__((noinline, noclone)) long library_probed(long x)
{
	__asm__ volatile("" ::: "memory");
	return x + 1;
}
