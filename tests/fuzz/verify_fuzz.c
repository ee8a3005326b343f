/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can any bytecode harm the verifier, or pass it and leave its memory?  A libFuzzer body: see run.
 * The first byte chooses the program type, the rest are instructions; what is accepted runs in the
 * checking interpreter.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helper/packet.h"
#include "helper/prog_type.h"
#include "isa/isa.h"
#include "map/map.h"
#include "run/prog.h"
#include "verify/verify.h"

enum {
	VERIFY_FUZZ_INSNS = 256,
	VERIFY_FUZZ_FUEL = 1000
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An array with one value of 16 bytes. */
static struct map *verify_fuzz_map(void)
{
	const struct map_desc desc = { .type = BPF_MAP_TYPE_ARRAY,
				       .key_size = 4,
				       .value_size = 16,
				       .max_entries = 1,
				       .slots = 1,
				       .spin_lock_off = -1,
				       .timer_off = -1 };
	struct map *map = NULL;

	if (map_create(memfd_create("map", MFD_CLOEXEC), &desc, false, &map))
		abort();
	return map;
}

static void verify_fuzz_run(const struct verify_facts *facts, const struct prog_type *type,
			    struct map *map)
{
	struct packet ctx = { .ifindex = 3, .mark = UINT32_MAX };
	struct prog prog = { .type = type };
	struct run run = { .fuel = VERIFY_FUZZ_FUEL, .ctx = &ctx, .packet = &ctx, .prog = &prog };
	struct code code = { .facts = facts, .name = "fuzz" };
	struct interp_check *ck = NULL;
	uint64_t bad = 0;
	char buf[300];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (interp_check_new(&code, &ck))
		return;
	interp_check_add_map(ck, map);
	interp_check_run(ck, &ctx, sizeof(ctx), &run, &bad, &why);
	interp_check_free(ck);
	if (bad) {
		fprintf(stderr, "accepted, but: %s\n", buf);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP,
					  BPF_PROG_TYPE_SCHED_CLS };
	static struct bpf_insn insns[VERIFY_FUZZ_INSNS];
	struct map *map, *maps[VERIFY_FUZZ_INSNS];
	uint32_t at[VERIFY_FUZZ_INSNS];
	struct verify_input in = { .insns = insns, .maps = maps, .map_at = at, .gpl = true };
	struct verify_facts *facts = NULL;
	struct verify_diag diag;

	in.n_insns = size ? (uint32_t)((size - 1) / sizeof(insns[0])) : 0;
	if (!in.n_insns || in.n_insns > VERIFY_FUZZ_INSNS)
		return 0;
	memcpy(insns, data + 1, in.n_insns * sizeof(insns[0]));
	map = verify_fuzz_map();
	for (uint32_t i = 0; i < in.n_insns; i += isa_is_wide(insns[i].code) ? 2 : 1) {
		if (insns[i].code != 0x18 || (insns[i].src_reg != 1 && insns[i].src_reg != 2))
			continue;
		maps[in.n_map_refs] = map;
		at[in.n_map_refs++] = i;
	}
	in.type = prog_type_of(types[data[0] % 3], 0);
	in.name = "fuzz";
	in.policy = data[0] & 128 ? verify_policy_unprivileged() : verify_policy_privileged();
	in.policy.max_visits = 5000;
	in.must_run = true;
	in.want_claims = data[0] & 64;
	if (verify_prog(&in, NULL, &facts, &diag) == 0)
		verify_fuzz_run(facts, in.type, map);
	verify_facts_free(facts);
	map_unref(map);
	return 0;
}
