/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a test of the kernel's older tables consist of?  The names are the tables'. */
#ifndef SELFTESTS_TABLES_H
#define SELFTESTS_TABLES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/btf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>

typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define MAX_INSNS       BPF_MAXINSNS
#define MAX_FILLED      1000000
#define MAX_PLACES      8
#define MAX_FUNC_INFOS  8
#define MAX_BTF_STRINGS 256
#define MAX_BTF_TYPES   256
#define TEST_DATA_LEN   64
#define MAX_TEST_RUNS   64
#define POINTER_VALUE   0xcafe4all

#define INSN_OFF_MASK ((__s16)0xFFFF)
#define INSN_IMM_MASK ((__s32)0xFFFFFFFF)
#define SKIP_INSNS()  BPF_RAW_INSN(0xde, 0xa, 0xd, 0xbeef, 0xdeadbeef)

#define F_NEEDS_EFFICIENT_UNALIGNED_ACCESS (1 << 0)
#define F_LOAD_WITH_STRICT_ALIGNMENT       (1 << 1)
#define F_NEEDS_JIT_ENABLED                (1 << 2)

enum table_result {
	UNDEF,
	ACCEPT,
	REJECT,
	VERBOSE_ACCEPT
};

struct table_kfunc {
	const char *kfunc;
	int insn_idx;
};

struct table_run {
	uint32_t retval, retval_unpriv;
	union {
		__u8 data[TEST_DATA_LEN];
		__u64 data64[TEST_DATA_LEN / 8];
	};
};

/* Elements of the maps. */
struct test_val {
	unsigned int index;
	int foo[11];
};
struct other_val {
	long long foo, bar;
};
#define MAX_ENTRIES 11

#ifndef offsetofend
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#endif

struct bpf_test {
	const char *descr;
	struct bpf_insn insns[MAX_INSNS];
	struct bpf_insn *fill_insns;
	struct bpf_insn expected_insns[32], unexpected_insns[32];
	int fixup_map_hash_8b[MAX_PLACES];
	int fixup_map_hash_48b[MAX_PLACES];
	int fixup_map_array_48b[MAX_PLACES];
	int fixup_map_array_small[MAX_PLACES];
	int fixup_map_event_output[MAX_PLACES];
	int fixup_map_ringbuf[MAX_PLACES];
	int fixup_map_kptr[MAX_PLACES];
	struct table_kfunc fixup_kfunc_btf_id[MAX_PLACES];
	const char *errstr, *errstr_unpriv;
	uint32_t insn_processed;
	int prog_len;
	enum table_result result, result_unpriv;
	enum bpf_prog_type prog_type;
	uint8_t flags;
	void (*fill_helper)(struct bpf_test *self);
	int runs;
	union {
		struct {
			uint32_t retval, retval_unpriv;
			union {
				__u8 data[TEST_DATA_LEN];
				__u64 data64[TEST_DATA_LEN / 8];
			};
		};
		struct table_run retvals[MAX_TEST_RUNS];
	};
	enum bpf_attach_type expected_attach_type;
	const char *kfunc;
	struct bpf_func_info func_info[MAX_FUNC_INFOS];
	int func_info_cnt;
	char btf_strings[MAX_BTF_STRINGS];
	__u32 btf_types[MAX_BTF_TYPES];
};

void bpf_fill_ld_abs_vlan_push_pop(struct bpf_test *self);
void bpf_fill_jump_around_ld_abs(struct bpf_test *self);
void bpf_fill_rand_ld_dw(struct bpf_test *self);
void bpf_fill_scale(struct bpf_test *self);
void bpf_fill_torturous_jumps(struct bpf_test *self);
void bpf_fill_big_prog_with_loop_1(struct bpf_test *self);

#endif
