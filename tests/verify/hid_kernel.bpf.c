/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of a kernel whose HID devices may be judged by programs, as much of them as hid.bpf.c
 * needs: judged programs are told that this is the kernel (ring3 verify --btf).
 */
#include <linux/types.h>

struct hid_device {
	unsigned int quirks;
	char name[128];
	char phys[64];
	char uniq[64];
	unsigned int version;
};
struct hid_bpf_ctx {
	struct hid_device *hid;
	__u32 allocated_size;
	union {
		__s32 retval;
		__s32 size;
	};
};

struct hid_bpf_ops {
	int (*hid_rdesc_fixup)(struct hid_bpf_ctx *ctx);
};
struct bpf_struct_ops_hid_bpf_ops {
	__u64 common;
	struct hid_bpf_ops data;
};

/* What is only pointed to has no members in BTF. */
int members(struct bpf_struct_ops_hid_bpf_ops *v, struct hid_bpf_ctx *ctx,
	    struct hid_device *device)
{
	return v->common + ctx->retval + device->version;
}
