/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordinary libbpf program with a skeleton; it does not know of ring3.  Compiled once, it prints
 * the same on the kernel (as root) and on ring3 (ring3 exec ./globals, as anybody).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "globals.skel.h"

struct sample {
	__u64 value, sum;
};

static int on_sample(void *ctx, void *data, size_t size)
{
	const struct sample *s = data;

	(void)ctx;
	printf("sample: value %llu sum %llu (%zu bytes)\n", s->value, s->sum, size);
	return 0;
}

static int run(struct globals_bpf *skel)
{
	struct ring_buffer *ring;
	__u64 args[1];
	int err = 0;

	ring = ring_buffer__new(bpf_map__fd(skel->maps.samples), on_sample, NULL, NULL);
	if (!ring)
		return -errno;
	for (__u64 i = 1; i <= 5 && !err; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

		args[0] = i;
		err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.add), &opts);
		if (!err)
			printf("retval %u\n", opts.retval);
	}
	ring_buffer__consume(ring);
	printf("sum %llu calls %llu step %llu\n", skel->bss->sum, skel->data->calls,
	       skel->rodata->step);
	ring_buffer__free(ring);
	return err;
}

int main(void)
{
	struct globals_bpf *skel = globals_bpf__open();
	int err;

	if (!skel)
		return 1;
	skel->rodata->step = 10;
	err = globals_bpf__load(skel);
	if (!err)
		err = run(skel);
	if (err)
		fprintf(stderr, "globals: %s\n", strerror(-err));
	globals_bpf__destroy(skel);
	return err ? 1 : 0;
}
