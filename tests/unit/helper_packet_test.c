/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the helpers on packets and dynptrs keep inside their memory and answer as the kernel does? The
 * checksum helpers are compared with the running kernel's on random words.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/bpf.h>

#include "helper/helper.h"
#include "helper/packet.h"
#include "support/rng.h"

#define P(x) ((uint64_t)(x))

static uint8_t room[256];
static struct packet pkt;
static struct run run = { .packet = &pkt };

static int64_t call(const char *name, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
		    uint64_t r5)
{
	const struct helper_proto *p = helper_by_name(name);

	if (!p || !p->fn)
		fail_msg("%s has no body", name);
	return (int64_t)p->fn(r1, r2, r3, r4, r5, &run);
}

static int64_t kfunc(const char *name, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
		     uint64_t r5)
{
	const struct kfunc_proto *k = kfunc_by_name(name);

	if (!k || !k->p.fn)
		fail_msg("%s has no body", name);
	return (int64_t)k->p.fn(r1, r2, r3, r4, r5, &run);
}

/* 64 bytes 0, 1, 2 ... with 32 before and 160 behind. */
static void fresh(void)
{
	memset(room, 0xee, sizeof(room));
	memset(&pkt, 0, sizeof(pkt));
	pkt.head = room;
	pkt.end_room = room + sizeof(room);
	pkt.mac = pkt.data = pkt.data_meta = room + 32;
	pkt.net = pkt.data + 14;
	pkt.data_end = pkt.data + 64;
	pkt.len = 64;
	for (int i = 0; i < 64; i++)
		pkt.data[i] = (uint8_t)i;
}

static void sound(void)
{
	assert_true(pkt.head <= pkt.data_meta && pkt.data_meta <= pkt.data &&
		    pkt.data <= pkt.data_end && pkt.data_end <= pkt.end_room);
	assert_int_equal(pkt.data_end - pkt.data, pkt.len);
}

static void test_load_and_store(void **state)
{
	uint8_t buf[8] = "xxxxxxx";

	(void)state;
	fresh();
	assert_int_equal(call("skb_load_bytes", P(&pkt), 60, P(buf), 4, 0), 0);
	assert_int_equal(buf[3], 63);
	assert_int_equal(call("skb_load_bytes", P(&pkt), 61, P(buf), 4, 0), -EFAULT);
	assert_memory_equal(buf, "\0\0\0\0xxx", 7);
	assert_int_equal(call("skb_load_bytes", P(&pkt), UINT32_MAX, P(buf), 4, 0), -EFAULT);
	assert_int_equal(call("skb_load_bytes_relative", P(&pkt), 1, P(buf), 1, 1), 0);
	assert_int_equal(buf[0], 15);
	assert_int_equal(call("skb_load_bytes_relative", P(&pkt), 1, P(buf), 1, 2), -EFAULT);
	assert_int_equal(call("skb_store_bytes", P(&pkt), 62, P("AB"), 2, 0), 0);
	assert_memory_equal(pkt.data + 62, "AB", 2);
	assert_int_equal(call("skb_store_bytes", P(&pkt), 63, P("AB"), 2, 0), -EFAULT);
	assert_int_equal(call("skb_store_bytes", P(&pkt), 0, P("AB"), 2, 8), -EINVAL);
	assert_int_equal(room[96], 0xee);
	buf[0] = 'x';
	assert_int_equal(call("xdp_load_bytes", P(&pkt), 64, P(buf), 1, 0), -EINVAL);
	assert_int_equal(buf[0], 0); /* a program may read it, so it holds nothing of the stack */
	assert_int_equal(call("xdp_store_bytes", P(&pkt), 0, P("C"), 1, 0), 0);
	assert_int_equal(pkt.data[0], 'C');
}

static void test_xdp_moves(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(call("xdp_adjust_head", P(&pkt), P(-33), 0, 0, 0), -EINVAL);
	assert_int_equal(call("xdp_adjust_head", P(&pkt), 51, 0, 0, 0), -EINVAL);
	assert_int_equal(call("xdp_adjust_head", P(&pkt), 50, 0, 0, 0), 0);
	sound();
	assert_int_equal(pkt.data[0], 50);
	fresh();
	assert_int_equal(call("xdp_adjust_meta", P(&pkt), P(-8), 0, 0, 0), 0);
	sound();
	memcpy(pkt.data_meta, "metadata", 8);
	assert_int_equal(call("xdp_adjust_head", P(&pkt), 4, 0, 0, 0), 0);
	assert_memory_equal(pkt.data_meta, "metadata", 8);
	assert_int_equal(call("xdp_adjust_head", P(&pkt), P(-29), 0, 0, 0), -EINVAL);
	assert_int_equal(call("xdp_adjust_meta", P(&pkt), P(-2), 0, 0, 0), -EACCES);
	assert_int_equal(call("xdp_adjust_meta", P(&pkt), 9, 0, 0, 0), -EINVAL);
	sound();
	assert_int_equal(call("xdp_adjust_tail", P(&pkt), 161, 0, 0, 0), -EINVAL);
	assert_int_equal(call("xdp_adjust_tail", P(&pkt), 160, 0, 0, 0), 0);
	sound();
	assert_int_equal(pkt.data_end[-1], 0);
	assert_int_equal(call("xdp_adjust_tail", P(&pkt), P(-300), 0, 0, 0), -EINVAL);
	assert_int_equal(call("xdp_get_buff_len", P(&pkt), 0, 0, 0, 0), pkt.len);
}

static void test_skb_moves(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(call("skb_change_tail", P(&pkt), 224, 0, 0, 0), 0);
	sound();
	assert_int_equal(call("skb_change_tail", P(&pkt), 225, 0, 0, 0), -ENOMEM);
	assert_int_equal(call("skb_change_tail", P(&pkt), 13, 0, 0, 0), -EINVAL);
	assert_int_equal(call("skb_change_head", P(&pkt), 33, 0, 0, 0), -ENOMEM);
	assert_int_equal(call("skb_change_head", P(&pkt), 32, 0, 0, 0), 0);
	sound();
	assert_true(pkt.data[0] == 0 && pkt.data[33] == 1);
	assert_int_equal(call("skb_pull_data", P(&pkt), pkt.len + 1, 0, 0, 0), -ENOMEM);
}

static void test_vlan(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(call("skb_vlan_push", P(&pkt), 0x0081, 5, 0, 0), 0);
	assert_true(pkt.vlan_present && pkt.vlan_tci == 5 && pkt.len == 64);
	assert_int_equal(call("skb_vlan_push", P(&pkt), 0xa888, 6, 0, 0), 0);
	sound();
	assert_int_equal(pkt.len, 68);
	assert_memory_equal(pkt.data, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\x81\0\0\5\xc\xd", 18);
	assert_int_equal(call("skb_vlan_pop", P(&pkt), 0, 0, 0, 0), 0);
	assert_true(pkt.vlan_present && pkt.vlan_tci == 5 && pkt.len == 64);
	assert_int_equal(call("skb_vlan_pop", P(&pkt), 0, 0, 0, 0), 0);
	assert_true(!pkt.vlan_present && pkt.data[12] == 12);
	sound();
}

static void test_verdicts(void **state)
{
	(void)state;
	fresh();
	assert_int_equal(call("redirect", 7, BPF_F_INGRESS, 0, 0, 0), 7);
	assert_true(pkt.redirect == PACKET_TO_IFINDEX && pkt.redirect_ifindex == 7);
	assert_int_equal(call("redirect", 7, 2, 0, 0, 0), 2);
	pkt.is_xdp = true;
	assert_int_equal(call("redirect", 7, 1, 0, 0, 0), XDP_ABORTED);
	assert_int_equal(call("redirect", 7, 0, 0, 0, 0), XDP_REDIRECT);
	assert_int_equal(call("clone_redirect", P(&pkt), 1, 0, 0, 0), -EINVAL);
}

static void test_flow_hash(void **state)
{
	uint32_t first, other;

	(void)state;
	fresh();
	memset(pkt.net, 0, 40);
	pkt.net[0] = 0x45;
	pkt.net[9] = 6;
	first = (uint32_t)call("get_hash_recalc", P(&pkt), 0, 0, 0, 0);
	pkt.net[4] = 99; /* identification: the same flow */
	assert_int_equal(call("set_hash_invalid", P(&pkt), 0, 0, 0, 0), 0);
	assert_int_equal((uint32_t)call("get_hash_recalc", P(&pkt), 0, 0, 0, 0), first);
	pkt.net[20] = 1; /* port */
	call("set_hash_invalid", P(&pkt), 0, 0, 0, 0);
	other = (uint32_t)call("get_hash_recalc", P(&pkt), 0, 0, 0, 0);
	assert_int_not_equal(first, other);
}

static void test_dynptr(void **state)
{
	uint64_t d[2];
	uint8_t mem[16] = "0123456789abcde", out[8];

	(void)state;
	assert_int_equal(call("dynptr_from_mem", P(mem), 16, 0, P(d), 0), 0);
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), 12, 0), 0);
	assert_memory_equal(out, "cde", 4);
	out[0] = 'x';
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), 13, 0), -E2BIG);
	assert_int_equal(out[0], 0);
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), UINT32_MAX, 0), -E2BIG);
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), 0, 1), -EINVAL);
	assert_int_equal(call("dynptr_write", P(d), 1, P(mem), 4, 0), 0);
	assert_memory_equal(mem, "00123567", 8);
	assert_int_equal(call("dynptr_write", P(d), 13, P(mem), 4, 0), -E2BIG);
	assert_ptr_equal(call("dynptr_data", P(d), 8, 8, 0, 0), mem + 8);
	assert_int_equal(call("dynptr_data", P(d), 9, 8, 0, 0), 0);
	assert_int_equal(call("dynptr_from_mem", P(mem), 1 << 24, 0, P(d), 0), -E2BIG);
	assert_int_equal(call("dynptr_read", P(out), 0, P(d), 0, 0), -EINVAL);
}

static void test_dynptr_parts(void **state)
{
	uint64_t d[2], c[2];
	uint8_t mem[16] = "0123456789abcde", out[8];

	(void)state;
	call("dynptr_from_mem", P(mem), 16, 0, P(d), 0);
	assert_int_equal(kfunc("bpf_dynptr_clone", P(d), P(c), 0, 0, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_adjust", P(d), 4, 8, 0, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_size", P(d), 0, 0, 0, 0), 4);
	assert_int_equal(kfunc("bpf_dynptr_size", P(c), 0, 0, 0, 0), 16);
	assert_int_equal(kfunc("bpf_dynptr_adjust", P(d), 3, 2, 0, 0), -EINVAL);
	assert_int_equal(kfunc("bpf_dynptr_adjust", P(d), 0, 5, 0, 0), -ERANGE);
	assert_int_equal(kfunc("bpf_dynptr_adjust", P(d), 1, UINT64_MAX, 0, 0), -ERANGE);
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), 0, 0), 0);
	assert_memory_equal(out, "4567", 4);
	assert_int_equal(call("dynptr_read", P(out), 5, P(d), 0, 0), -E2BIG);
	assert_ptr_equal(kfunc("bpf_dynptr_slice", P(d), 1, 0, 3, 0), mem + 5);
	assert_int_equal(kfunc("bpf_dynptr_slice", P(d), 1, 0, 4, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_slice", P(d), UINT64_MAX, 0, 1, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_memset", P(d), 1, 2, 'x', 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_memset", P(d), 1, 4, 'x', 0), -E2BIG);
	assert_memory_equal(mem, "01234xx789", 10);
	assert_int_equal(kfunc("bpf_dynptr_copy", P(d), 0, P(c), 12, 4), 0);
	assert_memory_equal(mem, "0123cde\08", 9);
	assert_int_equal(kfunc("bpf_dynptr_copy", P(d), 0, P(c), 12, 5), -E2BIG);
	assert_int_equal(kfunc("bpf_dynptr_is_null", P(d), 0, 0, 0, 0), 0);
	call("dynptr_from_mem", P(mem), 16, 1, P(d), 0);
	assert_int_equal(kfunc("bpf_dynptr_is_null", P(d), 0, 0, 0, 0), 1);
	assert_int_equal(kfunc("bpf_dynptr_size", P(d), 0, 0, 0, 0), -EINVAL);
}

/* What a packet's dynptr reaches is what the packet is now. */
static void test_dynptr_packet(void **state)
{
	uint64_t d[2], ro[2];
	uint8_t out[8];

	(void)state;
	fresh();
	assert_int_equal(kfunc("bpf_dynptr_from_skb", P(&pkt), 1, P(d), 0, 0), -EINVAL);
	assert_int_equal(kfunc("bpf_dynptr_from_skb", P(&pkt), 0, P(d), 0, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_from_skb_rdonly", P(&pkt), 0, P(ro), 0, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_size", P(d), 0, 0, 0, 0), 64);
	assert_ptr_equal(kfunc("bpf_dynptr_slice_rdwr", P(d), 60, 0, 4, 0), pkt.data + 60);
	assert_int_equal(kfunc("bpf_dynptr_slice_rdwr", P(d), 61, 0, 4, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_slice_rdwr", P(ro), 60, 0, 4, 0), 0);
	assert_int_equal(kfunc("bpf_dynptr_is_rdonly", P(ro), 0, 0, 0, 0), 1);
	assert_int_equal(call("dynptr_data", P(d), 0, 4, 0, 0), 0);
	assert_int_equal(call("dynptr_write", P(ro), 0, P("AB"), 2, 0), -EINVAL);
	assert_int_equal(call("dynptr_write", P(d), 62, P("AB"), 2, 0), 0);
	assert_memory_equal(pkt.data + 62, "AB", 2);
	pkt.data_end -= 32;
	assert_int_equal(call("dynptr_read", P(out), 4, P(d), 30, 0), -EFAULT);
	assert_int_equal(call("dynptr_write", P(d), 30, P("ABCD"), 4, 0), -EFAULT);
	assert_int_equal(kfunc("bpf_dynptr_slice", P(d), 30, 0, 4, 0), 0);
	assert_ptr_equal(kfunc("bpf_dynptr_slice", P(d), 28, 0, 4, 0), pkt.data + 28);
}

/* A classifier that calls csum_diff on the first and second half of the first 32 packet bytes. */
static int kernel_csum_prog(void)
{
	struct bpf_insn insns[] = {
		{ .code = 0xbf, .dst_reg = 6, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 2 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 3, .imm = -40 },
		{ .code = 0xb7, .dst_reg = 4, .imm = 40 },
		{ .code = 0x85, .imm = 26 }, /* skb_load_bytes */
		{ .code = 0xbf, .dst_reg = 1, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 1, .imm = -40 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 1 },
		{ .code = 0x07, .dst_reg = 3, .imm = 16 },
		{ .code = 0x71, .dst_reg = 2, .src_reg = 10, .off = -8 },
		{ .code = 0x57, .dst_reg = 2, .imm = 15 },
		{ .code = 0x71, .dst_reg = 4, .src_reg = 10, .off = -7 },
		{ .code = 0x57, .dst_reg = 4, .imm = 15 },
		{ .code = 0x61, .dst_reg = 5, .src_reg = 10, .off = -4 },
		{ .code = 0x85, .imm = 28 }, /* csum_diff */
		{ .code = 0x95 },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS,
				.insns = P(insns),
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.license = P("GPL") };

	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void test_csum_diff_as_the_kernel(void **state)
{
	struct rng rng = { 3 };
	int fd = kernel_csum_prog();

	(void)state;
	if (fd < 0)
		skip();
	for (int i = 0; i < 2000; i++) {
		uint8_t data[40];
		union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd,
						  .data_in = P(data),
						  .data_size_in = sizeof(data) } };
		uint32_t seed;
		int64_t ours;

		for (int k = 0; k < 40; k++)
			data[k] = (uint8_t)(rng_below(&rng, 4) ? rng_next(&rng) : 0xff);
		memset(data, 0, rng_below(&rng, 33));
		if (rng_below(&rng, 4))
			data[32] &= 12, data[33] &= 12;
		memcpy(&seed, data + 36, sizeof(seed));
		assert_int_equal(syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)), 0);
		ours = call("csum_diff", P(data), data[32] & 15, P(data + 16), data[33] & 15, seed);
		assert_int_equal((uint32_t)ours, attr.test.retval);
	}
	close(fd);
}

/* A lookup may have found nothing, and the verifier lets it be handed on. */
static void test_csum_diff_of_nothing(void **state)
{
	uint8_t data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	(void)state;
	assert_int_equal(call("csum_diff", 0, 12, P(data), 8, 7),
			 call("csum_diff", 0, 0, P(data), 8, 7));
	assert_int_equal(call("csum_diff", P(data), 8, 0, 12, 7),
			 call("csum_diff", P(data), 8, 0, 0, 7));
	assert_int_equal(call("csum_diff", 0, 12, 0, 12, 7), call("csum_diff", 0, 0, 0, 0, 7));
}

static uint16_t checksum(const uint8_t *p, int n)
{
	uint32_t sum = 0;

	for (int i = 0; i < n; i += 2)
		sum += (uint32_t)(p[i] | p[i + 1] << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void test_replaced_checksums_verify(void **state)
{
	struct rng rng = { 4 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint32_t at = 8 + 4 * rng_below(&rng, 8), size = i % 2 ? 4 : 2, from = 0, to = 0;
		uint16_t sum;

		fresh();
		for (int k = 2; k < 64; k++)
			pkt.data[k] = (uint8_t)rng_next(&rng);
		pkt.data[0] = pkt.data[1] = 0;
		sum = checksum(pkt.data, 64);
		memcpy(pkt.data, &sum, 2);
		memcpy(&from, pkt.data + at, size);
		to = (uint32_t)rng_value(&rng) & (size == 4 ? UINT32_MAX : 0xffff);
		memcpy(pkt.data + at, &to, size);
		assert_int_equal(call(i % 3 ? "l3_csum_replace" : "l4_csum_replace", P(&pkt), 0,
				      from, to, size),
				 0);
		assert_int_equal(checksum(pkt.data, 64), 0);
	}
	assert_int_equal(call("l3_csum_replace", P(&pkt), 63, 1, 2, 2), -EFAULT);
	assert_int_equal(call("l3_csum_replace", P(&pkt), 1, 1, 2, 2), -EFAULT);
	assert_int_equal(call("l3_csum_replace", P(&pkt), 0, 1, 2, 3), -EINVAL);
	assert_int_equal(call("l3_csum_replace", P(&pkt), 0, 1, 2, 0), -EINVAL);
	assert_int_equal(call("l3_csum_replace", P(&pkt), 0, 1, 2, 64), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_and_store),
		cmocka_unit_test(test_xdp_moves),
		cmocka_unit_test(test_skb_moves),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_flow_hash),
		cmocka_unit_test(test_dynptr),
		cmocka_unit_test(test_dynptr_parts),
		cmocka_unit_test(test_dynptr_packet),
		cmocka_unit_test(test_csum_diff_as_the_kernel),
		cmocka_unit_test(test_csum_diff_of_nothing),
		cmocka_unit_test(test_replaced_checksums_verify),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
