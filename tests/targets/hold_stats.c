/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks for run counts and times, until its input ends. */
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	union bpf_attr attr = { .enable_stats = { .type = BPF_STATS_RUN_TIME } };

	char c;

	if (syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof(attr)) < 0)
		return 1;
	while (read(0, &c, 1) > 0)
		;
	return 0;
}
