/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks for run counts and times, for as many seconds as its argument says. */
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	union bpf_attr attr = { .enable_stats = { .type = BPF_STATS_RUN_TIME } };

	if (argc != 2 || syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr)) < 0)
		return 1;
	sleep((unsigned int)atoi(argv[1]));
	return 0;
}
