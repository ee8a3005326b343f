/* SPDX-License-Identifier: BSD-2-Clause */
/* A library that is loaded late. */
__attribute__((noinline, noclone)) long library_probed(long x)
{
	__asm__ volatile("" ::: "memory");
	return x + 1;
}

/* Begins as others do that return something else. */
__attribute__((noinline, noclone)) long library_number(void)
{
	__asm__ volatile("nopw (%rax)\n nopw (%rax)");
	return 0x11223344;
}

/* The group of a process, without libc. */
long library_getpgid(long pid)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "0"(121l), "D"(pid) : "rcx", "r11", "memory");
	return ret;
}

static volatile long called;

__attribute__((noinline, noclone)) void library_calls(void (*fn)(int), int arg)
{
	fn(arg);
	called = called + 1;
}
