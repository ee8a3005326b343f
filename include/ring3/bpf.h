/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which parts of the bpf(2) interface that ring3 speaks are younger than the linux/bpf.h of the
 * machine it is built on?  Numbers of Linux 6.18.  They are macros of the same names, so a newer
 * linux/bpf.h, included first, does not clash.
 */
#ifndef RING3_BPF_H
#define RING3_BPF_H

#include <linux/bpf.h>

/* Commands. */
#define BPF_TOKEN_CREATE           36
#define BPF_PROG_STREAM_READ_BY_FD 37

/* Map types and flags. */
#define BPF_MAP_TYPE_CGRP_STORAGE    32
#define BPF_FUNC_cgrp_storage_get    210
#define BPF_FUNC_cgrp_storage_delete 211
#define BPF_MAP_TYPE_ARENA           33
#ifndef BPF_F_SEGV_ON_FAULT
#define BPF_F_PATH_FD          (1U << 14)
#define BPF_F_LINK             (1U << 13)
#define BPF_F_VTYPE_BTF_OBJ_FD (1U << 15)
#define BPF_F_TOKEN_FD         (1U << 16)
#define BPF_F_SEGV_ON_FAULT    (1U << 17)
#define BPF_F_NO_USER_CONV     (1U << 18)
#endif

/* Program types, attach types and link types. */
#define BPF_PROG_TYPE_NETFILTER     32
#define BPF_STRUCT_OPS              44
#define BPF_NETFILTER               45
#define BPF_TCX_INGRESS             46
#define BPF_TCX_EGRESS              47
#define BPF_TRACE_UPROBE_MULTI      48
#define BPF_CGROUP_UNIX_CONNECT     49
#define BPF_CGROUP_UNIX_SENDMSG     50
#define BPF_CGROUP_UNIX_RECVMSG     51
#define BPF_CGROUP_UNIX_GETPEERNAME 52
#define BPF_CGROUP_UNIX_GETSOCKNAME 53
#define BPF_NETKIT_PRIMARY          54
#define BPF_NETKIT_PEER             55
#define BPF_TRACE_KPROBE_SESSION    56
#define BPF_TRACE_UPROBE_SESSION    57
#define BPF_LINK_TYPE_NETFILTER     10
#define BPF_LINK_TYPE_TCX           11
#define BPF_LINK_TYPE_UPROBE_MULTI  12
#define BPF_LINK_TYPE_NETKIT        13
#define BPF_LINK_TYPE_SOCKMAP       14
#define BPF_F_UPROBE_MULTI_RETURN   (1U << 0)
#define BPF_F_KPROBE_MULTI_RETURN   (1U << 0)

/* Program flags. */
#ifndef BPF_F_XDP_DEV_BOUND_ONLY
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif
#ifndef BPF_F_TEST_REG_INVARIANTS
#define BPF_F_TEST_REG_INVARIANTS (1U << 7)
#endif

/* Instructions. */
#define BPF_MEMSX     0x80
#define BPF_LOAD_ACQ  0x100
#define BPF_STORE_REL 0x110
#define BPF_JCOND     0xe0
#define BPF_MAY_GOTO  0

/* Helpers. */
#define BPF_FUNC_cgrp_storage_get    210
#define BPF_FUNC_cgrp_storage_delete 211

/* Tails of union bpf_attr, by command, as they follow the members that linux/bpf.h of 6.1 knows. */
struct ring3_attr_map_create {
	__u32 map_type, key_size, value_size, max_entries, map_flags, inner_map_fd, numa_node;
	char map_name[BPF_OBJ_NAME_LEN];
	__u32 map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
	__u64 map_extra;
	__s32 value_type_btf_obj_fd, map_token_fd;
	__u64 excl_prog_hash;
	__u32 excl_prog_hash_size;
} __attribute__((aligned(8)));

struct ring3_attr_prog_load {
	__u32 prog_type, insn_cnt;
	__u64 insns, license;
	__u32 log_level, log_size;
	__u64 log_buf;
	__u32 kern_version, prog_flags;
	char prog_name[BPF_OBJ_NAME_LEN];
	__u32 prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
	__u64 func_info;
	__u32 func_info_cnt, line_info_rec_size;
	__u64 line_info;
	__u32 line_info_cnt, attach_btf_id, attach_prog_fd, core_relo_cnt;
	__u64 fd_array, core_relos;
	__u32 core_relo_rec_size, log_true_size;
	__s32 prog_token_fd;
	__u32 fd_array_cnt;
	__u64 signature;
	__u32 signature_size;
	__s32 keyring_id;
} __attribute__((aligned(8)));

struct ring3_attr_btf_load {
	__u64 btf, btf_log_buf;
	__u32 btf_size, btf_log_size, btf_log_level, btf_log_true_size, btf_flags;
	__s32 btf_token_fd;
} __attribute__((aligned(8)));

struct ring3_attr_link_create {
	__u32 prog_fd, target_fd, attach_type, flags;
	union {
		struct {
			__u64 bpf_cookie;
		} perf_event;
		struct {
			__u64 path, offsets, ref_ctr_offsets, cookies;
			__u32 cnt, flags, pid;
		} uprobe_multi;
		struct {
			__u32 flags, cnt;
			__u64 syms, addrs, cookies;
		} kprobe_multi;
		struct {
			__u32 target_btf_id;
			__u64 cookie;
		} tracing;
		struct {
			__u32 relative_fd;
			__u64 expected_revision;
		} tcx;
	};
} __attribute__((aligned(8)));

/*
 * What a program on a system call may change: SEC("raw_tp.w/sys_enter") for all calls,
 * SEC("raw_tp.w/sys_enter_NAME") for one.  Its context's first word is the address of this.  What
 * it returns decides: 0: the call is made, with these arguments; negative: it is not made, and this
 * is its result; above 0: it is not made, and `ret` is its result.
 */
struct ring3_syscall {
	__u64 nr; /* stays what it is */
	__u64 args[6];
	__s64 ret;
};

#endif
