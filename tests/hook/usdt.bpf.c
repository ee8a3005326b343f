/* SPDX-License-Identifier: BSD-2-Clause */
/* Do probes that are compiled in come with their arguments, of every kind, and with a cookie? */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

enum {
	VALUES,
	MEMORY,
	MANY,
	PLAIN,
	N_PROBES
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, N_PROBES);
	__type(key, __u32);
	__type(value, __u64);
} good SEC(".maps"), bad SEC(".maps");

static __always_inline int count(__u32 key, bool is_good)
{
	__u64 *n = bpf_map_lookup_elem(is_good ? (void *)&good : (void *)&bad, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

SEC("usdt/./usdt:ring3_test:values")
int BPF_USDT(on_values, long a, int b, short c, char d, unsigned int e, int f, int g)
{
	return count(VALUES, a >= 1l << 40 && a < (1l << 40) + 100 && b == -70000 && c == -300 &&
				     d == -3 && e == 3000000000u && f == -5 && g == 77 &&
				     bpf_usdt_arg_cnt(ctx) == 7);
}

SEC("usdt/./usdt:ring3_test:memory")
int BPF_USDT(on_memory, int number, unsigned char byte, const char *name, long local, __u16 global)
{
	char got[8] = "";

	bpf_probe_read_user_str(got, sizeof(got), name);
	return count(MEMORY, number == -123456 && byte == 200 && local == -6000000000 &&
				     global == 40000 && !__builtin_memcmp(got, "a name", 7));
}

SEC("usdt/./usdt:ring3_test:many")
int on_many(struct pt_regs *ctx)
{
	bool is_good = bpf_usdt_arg_cnt(ctx) == 12;
	long first = -1, x = -1;

	is_good = is_good && !bpf_usdt_arg(ctx, 0, &first);
	for (int i = 1; i < 12; i++)
		is_good = is_good && !bpf_usdt_arg(ctx, i, &x) && x == first + i;
	return count(MANY, is_good && first >= 0 && first < 100);
}

SEC("usdt/./usdt:ring3_test:plain")
int on_plain(struct pt_regs *ctx)
{
	return count(PLAIN, bpf_usdt_arg_cnt(ctx) == 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
