/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs at a hit that hook_bench times?  The same bytes for ring3 and for the kernel. */
#ifndef BENCH_HOOK_PROGS_H
#define BENCH_HOOK_PROGS_H

#include <stdint.h>
#include <sys/syscall.h>
#include <linux/bpf.h>

#include "base/os.h"
#include "ring3/ring3.h"

enum who {
	RING3,
	KERNEL
};

/* What runs at a hit. */
enum body {
	NATIVE, /* a C function in the place of compiled BPF */
	COUNTER,
	HASH,
	LATENCY, /* of the function, into a histogram: a hash of begins, a counter for each power of
		    2 */
	LATENCY_END,
	N_BODIES
};

static ring3 *real_rt; /* that BPF programs are loaded into */

/* The same request to either side. */
static int ask(enum who who, int cmd, union bpf_attr *attr)
{
	if (who == RING3)
		return ring3_bpf(real_rt, cmd, attr, sizeof(*attr));
	return (int)os_syscall(SYS_bpf, cmd, (long)attr, sizeof(*attr), 0, 0, 0);
}

static uint32_t load_as = BPF_PROG_TYPE_KPROBE;

static int load(enum who who, const struct bpf_insn *insns, uint32_t n)
{
	union bpf_attr attr = { .prog_type = load_as,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = n,
				.license = (uint64_t)(uintptr_t) "GPL" };

	return ask(who, BPF_PROG_LOAD, &attr);
}

#define COUNT_OF(insns) (sizeof(insns) / sizeof((insns)[0]))

/* (*lookup(&map, &0))++ in an array with a copy for each CPU or slot */
static int load_counter(enum who who)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
			       .key_size = 4,
			       .value_size = 8,
			       .max_entries = 1 };
	int fd = ask(who, BPF_MAP_CREATE, &map);
	const struct bpf_insn insns[] = {
		{ .code = 0x62, .dst_reg = 10, .off = -4 },    /* *(u32 *)(r10 - 4) = 0 */
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 }, /* r2 = r10 */
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },     /* r2 += -4 */
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x15, .dst_reg = 0, .off = 3 },     /* if r0 == 0 goto +3 */
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 }, /* r1 = *(u64 *)r0 */
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },     /* r1 += 1 */
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 }, /* *(u64 *)r0 = r1 */
		{ .code = 0xb7, .dst_reg = 0 },               /* r0 = 0 */
		{ .code = 0x95 },                             /* exit */
	};

	return fd < 0 ? fd : load(who, insns, COUNT_OF(insns));
}

/* update(&map, &(first argument % 1024), &first argument) in a hash */
static int load_hash(enum who who)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8, .max_entries = 4096
	};
	int fd = ask(who, BPF_MAP_CREATE, &map);
	const struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 3, .src_reg = 1, .off = 112 }, /* r3 = ctx->di */
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 3, .off = -8 },
		{ .code = 0x57, .dst_reg = 3, .imm = 1023 },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 3, .off = -16 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -16 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 3, .imm = -8 },
		{ .code = 0xb7, .dst_reg = 4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_update_elem },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return fd < 0 ? fd : load(who, insns, COUNT_OF(insns));
}

static int latency_maps[2][2]; /* of either side: begins, histogram */

static int latency_map(enum who who, int which)
{
	union bpf_attr begins = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8, .max_entries = 1024
	};
	union bpf_attr hist = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
				.key_size = 4,
				.value_size = 8,
				.max_entries = 64 };

	if (!latency_maps[who][which])
		latency_maps[who][which] = ask(who, BPF_MAP_CREATE, which ? &hist : &begins);
	return latency_maps[who][which];
}

/* begins[pid_tgid()] = ktime() */
static int load_latency(enum who who)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x85, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -16 },
		{ .code = 0x85, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -8 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -16 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 3, .imm = -8 },
		{ .code = 0xb7, .dst_reg = 4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 0) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_update_elem },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return load(who, insns, COUNT_OF(insns));
}

/* if (r7 >> n) r1 += n, r7 >>= n */
#define LOG2_STEP(n)                                                                              \
	{ .code = 0xbf, .dst_reg = 2, .src_reg = 7 }, { .code = 0x77, .dst_reg = 2, .imm = (n) }, \
		{ .code = 0x15, .dst_reg = 2, .off = 2 },                                         \
		{ .code = 0x07, .dst_reg = 1, .imm = (n) },                                       \
	{                                                                                         \
		.code = 0x77, .dst_reg = 7, .imm = (n)                                            \
	}

/* histogram[log2(ktime() - begins[pid_tgid()])]++ */
static int load_latency_end(enum who who)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x85, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -8 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -8 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 0) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x55, .dst_reg = 0, .off = 1 },
		{ .code = 0x95 },
		{ .code = 0x79, .dst_reg = 6, .src_reg = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = 0xbf, .dst_reg = 7, .src_reg = 0 },
		{ .code = 0x1f, .dst_reg = 7, .src_reg = 6 },
		{ .code = 0xb7, .dst_reg = 1 },
		LOG2_STEP(32),
		LOG2_STEP(16),
		LOG2_STEP(8),
		LOG2_STEP(4),
		LOG2_STEP(2),
		LOG2_STEP(1),
		{ .code = 0x63, .dst_reg = 10, .src_reg = 1, .off = -4 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 1) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x55, .dst_reg = 0, .off = 1 },
		{ .code = 0x95 },
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return load(who, insns, COUNT_OF(insns));
}

static int load_body(enum who who, enum body body)
{
	switch (body) {
	case HASH: return load_hash(who);
	case LATENCY: return load_latency(who);
	case LATENCY_END: return load_latency_end(who);
	case NATIVE:
	case COUNTER:
	case N_BODIES: break;
	}
	return load_counter(who);
}

#endif
