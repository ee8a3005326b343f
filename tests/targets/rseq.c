/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program whose function has a restartable sequence, rseq(2): threads add to counters of their
 * CPUs by plain loads and stores.  rseq N: N threads; then as `live threads`, where sum is what the
 * counters say.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/rseq.h>

enum {
	CALLS = 200000,
	MAX_CPUS = 1024,
	MAX_THREADS = 16
};

static struct {
	long n, pad[7];
} counters[MAX_CPUS];

long probed(void *counters, struct rseq *rseq);

/* The steps between load and store are many, so that threads are interrupted there. */
__asm__(".pushsection __rseq_cs, \"aw\"\n"
	".balign 32\n"
	"sequence: .long 0, 0\n"
	".quad begin, end - begin, aborted\n"
	".popsection\n"
	".text\n"
	".globl probed, probed_inside\n"
	".type probed, @function\n"
	"probed:\n"
	"	mov $0, %eax\n"
	"	mov $0, %edx\n"
	"1:	lea sequence(%rip), %rax\n"
	"	mov %rax, 8(%rsi)\n"
	"begin:\n"
	"	mov 4(%rsi), %eax\n"
	"	shl $6, %rax\n"
	"probed_inside:\n"
	"	mov (%rdi,%rax), %rcx\n"
	"	mov $300, %edx\n"
	"2:	dec %edx\n"
	"	jnz 2b\n"
	"	inc %rcx\n"
	"	mov %rcx, (%rdi,%rax)\n"
	"end:	mov $1, %eax\n"
	"	ret\n"
	"	.byte 0x0f, 0xb9, 0x3d\n"
	"	.long 0x53053053\n"
	"aborted:\n"
	"	jmp 1b\n"
	".size probed, .-probed\n");

static struct rseq *mine(void)
{
	return (struct rseq *)(void *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void *work(void *unused)
{
	for (long i = 0; i < CALLS; i++)
		probed(counters, mine());
	return unused;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t threads[MAX_THREADS];
	char line[64];
	long sum;

	if (!__rseq_size || n > MAX_THREADS)
		return 77;
	for (long turn = 1; fgets(line, sizeof(line), stdin); turn++) {
		for (int i = 0; i < n; i++)
			pthread_create(&threads[i], NULL, work, NULL);
		for (int i = 0; i < n; i++)
			pthread_join(threads[i], NULL);
		sum = 0;
		for (int i = 0; i < MAX_CPUS; i++)
			sum += counters[i].n;
		printf("calls %ld %ld bad %d\n", turn * n * CALLS, sum, sum != turn * n * CALLS);
		fflush(stdout);
	}
	return 0;
}
