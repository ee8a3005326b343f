/* SPDX-License-Identifier: BSD-2-Clause */
/* What does compiled code ask of C besides helpers? */
#include "jit/callout.h"

#include <string.h>

#include "jit/gen.h"
#include "run/packet_load.h"
#include "run/prog.h"
#include "run/tail.h"

static uint64_t interpret(void *ctx, struct run *run, const struct prog *prog)
{
	return interp_run(&prog->code, ctx, run);
}

static bool has_tag(const struct jit_image *image)
{
	return !memcmp((const uint8_t *)image->tail_entry - JIT_TAG_BYTES, &image->tag,
		       JIT_TAG_BYTES);
}

struct jit_tail jit_tail_target(struct run *run, struct map *map, uint64_t index)
{
	struct jit_tail tail = { .prog = tail_take(map, index, run) };
	const struct jit_image *image;

	if (!tail.prog)
		return tail;
	run->prog = tail.prog;
	tail.entry = interpret;
	image = prog_image(tail.prog);
	if (image) {
		memcpy(&tail.entry, &image->tail_entry, sizeof(tail.entry));
		if (image->harden && !has_tag(image))
			__builtin_trap();
	}
	return tail;
}

int64_t jit_load_packet(const struct packet *packet, int32_t off, uint32_t bits)
{
	uint64_t value;

	return packet_load(packet, off, bits, &value) ? (int64_t)value : -1;
}
