/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of hid_bpf_ops, for the kernel of hid_kernel.bpf.c.  Names say the verdict: hid_test.sh
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

struct hid_device {
	unsigned int quirks;
	char name[128];
	char phys[64];
	char uniq[64];
	unsigned int version;
} __attribute__((preserve_access_index));
struct hid_bpf_ctx {
	struct hid_device *hid;
	__u32 allocated_size;
	__s32 size;
} __attribute__((preserve_access_index));

#define FIXUP(name) SEC("struct_ops/" #name) int BPF_PROG(name, struct hid_bpf_ctx *hid)

FIXUP(accept_text)
{
	volatile struct hid_device *device = hid->hid;

	device->name[0] = 'a';
	device->name[126] = 'z';
	device->phys[62] = 'z';
	device->uniq[62] = 'z';
	return 0;
}

FIXUP(reject_end_of_name)
{
	volatile struct hid_device *device = hid->hid;

	device->name[127] = 'z';
	return 0;
}

FIXUP(reject_end_of_phys)
{
	volatile struct hid_device *device = hid->hid;

	device->phys[63] = 'z';
	return 0;
}

FIXUP(reject_end_of_uniq)
{
	volatile struct hid_device *device = hid->hid;

	device->uniq[63] = 'z';
	return 0;
}

FIXUP(accept_quirks)
{
	volatile struct hid_device *device = hid->hid;

	device->quirks = 1;
	return 0;
}

FIXUP(reject_version)
{
	volatile struct hid_device *device = hid->hid;

	device->version = 1;
	return 0;
}

FIXUP(accept_size)
{
	hid->size = 4;
	return 0;
}

FIXUP(reject_allocated_size)
{
	hid->allocated_size = 4;
	return 0;
}

struct hid_bpf_ops {
	int (*hid_rdesc_fixup)(void);
};

#define F(n, program) \
	SEC(".struct_ops.link") struct hid_bpf_ops f##n = { .hid_rdesc_fixup = (void *)program }

F(0, accept_text);
F(1, reject_end_of_name);
F(2, reject_end_of_phys);
F(3, reject_end_of_uniq);
F(4, accept_quirks);
F(5, reject_version);
F(6, accept_size);
F(7, reject_allocated_size);
