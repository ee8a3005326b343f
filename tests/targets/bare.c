/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of four threads without libc, loader or thread-local storage.  The first waits for a
 * line; then each of the others calls probed() 1,000 times, and it says "calls 3000 1498500 bad B".
 */
#define NR_READ       0
#define NR_WRITE      1
#define NR_NANOSLEEP  35
#define NR_EXIT_GROUP 231

static long calls, sum, bad, go;
static char stacks[3][32768];

static long sys(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

__attribute__((noinline, noclone)) long probed(long x)
{
	__asm__ volatile("" ::: "memory");
	return x * 2;
}

static void rest(void)
{
	long ts[2] = { 0, 1000000 };

	if (sys(NR_NANOSLEEP, (long)ts, 0, 0))
		__atomic_fetch_add(&bad, 1, __ATOMIC_RELAXED);
}

void work(void);
void begin(void);
long make_thread(long flags, void *stack);

void work(void)
{
	long turn = 0;

	for (;;) {
		while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) == turn)
			rest();
		turn++;
		for (long i = 0; i < 1000; i++) {
			if (probed(i) != 2 * i)
				__atomic_fetch_add(&bad, 1, __ATOMIC_RELAXED);
			__atomic_fetch_add(&sum, i, __ATOMIC_RELAXED);
			__atomic_fetch_add(&calls, 1, __ATOMIC_RELEASE);
		}
	}
}

static char *put(char *to, const char *text, long value)
{
	char digits[24];
	int n = 0;

	while (*text)
		*to++ = *text++;
	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10));
	while (n)
		*to++ = digits[--n];
	return to;
}

void begin(void)
{
	char line[128], *to;
	long want = 0;

	for (int i = 0; i < 3; i++)
		make_thread(0x50f00, stacks[i] + sizeof(stacks[i]));
	while (sys(NR_READ, 0, (long)line, sizeof(line)) > 0) {
		want += 3000;
		__atomic_fetch_add(&go, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&calls, __ATOMIC_ACQUIRE) != want)
			rest();
		to = put(line, "calls ", calls);
		to = put(to, " ", sum);
		to = put(to, " bad ", bad);
		*to++ = '\n';
		sys(NR_WRITE, 1, (long)line, to - line);
	}
	sys(NR_EXIT_GROUP, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	and $-16, %rsp\n"
	"	call begin\n"
	"	hlt\n"
	"make_thread:\n"
	"	mov $56, %eax\n"
	"	xor %edx, %edx\n"
	"	xor %r10d, %r10d\n"
	"	xor %r8d, %r8d\n"
	"	syscall\n"
	"	test %eax, %eax\n"
	"	jz 1f\n"
	"	ret\n"
	"1:	and $-16, %rsp\n"
	"	call work\n"
	"	hlt\n");
