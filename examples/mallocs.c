/* SPDX-License-Identifier: BSD-2-Clause */
/* An ordinary program that mallocs in a loop and tells how long a malloc and free took: run plain
 * and under a probe, the difference is what a hit costs.  Knows nothing of ring3. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 2000000;
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < 5; round++) {
		uint64_t start = now_ns(), took;

		for (long i = 0; i < n / 5; i++) {
			void *volatile p = malloc((size_t)(i & 1023) + 1);

			free(p);
		}
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	printf("%.1f\n", (double)best / ((double)n / 5));
	return 0;
}
