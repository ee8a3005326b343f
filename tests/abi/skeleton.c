/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tracing tool as people write them with a libbpf skeleton; it knows nothing of ring3.  Run as it
 * is it uses the kernel; with the preload library, ring3.  skeleton_test.sh compares what it
 * prints.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/abi/skeleton.skel.h"

struct event {
	unsigned long long arg, number;
};

__attribute__((noinline, noipa)) unsigned long work(unsigned long n)
{
	return n * 2 + 1;
}

static unsigned long long ring_sum, ring_count, sample_sum, sample_count;

static int on_ring(void *ctx, void *data, size_t size)
{
	const struct event *e = data;

	(void)ctx;
	if (size != sizeof(*e))
		return -1;
	ring_sum += e->arg;
	ring_count++;
	return 0;
}

static void on_sample(void *ctx, int cpu, void *data, unsigned int size)
{
	struct event e;

	(void)ctx;
	(void)cpu;
	if (size < sizeof(e))
		return;
	memcpy(&e, data, sizeof(e));
	sample_sum += e.arg + e.number;
	sample_count++;
}

static void fail(const char *what)
{
	fprintf(stderr, "skeleton: %s\n", what);
	exit(1);
}

static void attach(struct skeleton_bpf *s)
{
	LIBBPF_OPTS(bpf_uprobe_opts, o, .func_name = "work");
	LIBBPF_OPTS(bpf_uprobe_opts, ret, .func_name = "work", .retprobe = true);

	s->links.on_entry =
		bpf_program__attach_uprobe_opts(s->progs.on_entry, -1, "/proc/self/exe", 0, &o);
	if (!s->links.on_entry)
		fail("attach uprobe");
	s->links.on_return =
		bpf_program__attach_uprobe_opts(s->progs.on_return, -1, "/proc/self/exe", 0, &ret);
	if (!s->links.on_return)
		fail("attach uretprobe");
}

static void drain(struct skeleton_bpf *s)
{
	struct ring_buffer *rb = ring_buffer__new(bpf_map__fd(s->maps.ring), on_ring, NULL, NULL);
	struct perf_buffer *pb =
		perf_buffer__new(bpf_map__fd(s->maps.samples), 8, on_sample, NULL, NULL, NULL);
	unsigned long total = 0;

	if (!rb || !pb)
		fail("buffers");
	for (unsigned long i = 0; i < 100; i++) {
		total += work(i % 10);
		if (i % 30 == 29 && ring_buffer__poll(rb, 1000) < 0)
			fail("ring poll");
	}
	ring_buffer__poll(rb, 1000);
	perf_buffer__poll(pb, 1000);
	perf_buffer__consume(pb);
	printf("total %lu\n", total);
	printf("ring %llu records, sum %llu\n", ring_count, ring_sum);
	printf("samples %llu, sum %llu\n", sample_count, sample_sum);
	perf_buffer__free(pb);
	ring_buffer__free(rb);
}

static void test_run(struct skeleton_bpf *s)
{
	char frame[128] = { 0 }, out[128];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = sizeof(frame),
		    .data_out = out, .data_size_out = sizeof(out), .repeat = 10);

	if (bpf_prog_test_run_opts(bpf_program__fd(s->progs.classify), &o))
		fail("test run");
	printf("classify %u, %u bytes\n", o.retval, o.data_size_out);
}

static void dump(struct skeleton_bpf *s)
{
	unsigned long long key, *prev = NULL, value, sum = 0, n = 0;
	int fd = bpf_map__fd(s->maps.by_arg);

	while (bpf_map_get_next_key(fd, prev, &key) == 0) {
		if (bpf_map_lookup_elem(fd, &key, &value))
			fail("lookup");
		sum += key * value;
		n++;
		prev = &key;
	}
	printf("by_arg %llu keys, weighted %llu\n", n, sum);
}

int main(void)
{
	struct skeleton_bpf *s = skeleton_bpf__open();

	if (!s)
		fail("open");
	s->rodata->only_pid = (unsigned long long)getpid();
	s->data->seed = 5;
	if (skeleton_bpf__load(s))
		fail("load");
	attach(s);
	drain(s);
	printf("entries %llu, returns %llu, args %llu, results %llu\n", s->bss->entries,
	       s->bss->returns, s->bss->sum_args, s->bss->sum_results);
	bpf_link__destroy(s->links.on_entry);
	s->links.on_entry = NULL;
	work(1000);
	printf("after detach: entries %llu, returns %llu\n", s->bss->entries, s->bss->returns);
	test_run(s);
	dump(s);
	skeleton_bpf__destroy(s);
	return 0;
}
