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

/* The linker may bind an ordinary name to a wrapper in the program itself. */
static void attach_libc(struct skeleton_bpf *s)
{
	LIBBPF_OPTS(bpf_uprobe_opts, o, .func_name = "rand_r");
	LIBBPF_OPTS(bpf_uprobe_opts, ret, .func_name = "rand_r", .retprobe = true);
	int fd = bpf_program__fd(s->progs.on_libc_tail);
	unsigned int key = 1;

	if (bpf_map_update_elem(bpf_map__fd(s->maps.probe_jumps), &key, &fd, BPF_ANY))
		fail("prog array");
	s->links.on_libc =
		bpf_program__attach_uprobe_opts(s->progs.on_libc, -1, "libc.so.6", 0, &o);
	s->links.on_libc_return =
		bpf_program__attach_uprobe_opts(s->progs.on_libc_return, -1, "libc.so.6", 0, &ret);
	if (!s->links.on_libc || !s->links.on_libc_return)
		fail("attach to libc");
}

static void call_libc(struct skeleton_bpf *s)
{
	unsigned int seed = 7;
	unsigned long long sum = 0;

	for (int i = 0; i < 50; i++)
		sum += (unsigned int)rand_r(&seed);
	printf("libc %llu calls, %llu tail calls, results %s\n", s->bss->libc_calls,
	       s->bss->libc_tails, s->bss->libc_results == sum ? "equal" : "different");
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

static void test_run(const char *name, const struct bpf_program *prog, unsigned int size)
{
	char frame[256] = { 0 }, out[256];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = size, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = 10);

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &o))
		fail("test run");
	printf("%s %u, %u bytes\n", name, o.retval, o.data_size_out);
}

static void tail_calls(struct skeleton_bpf *s)
{
	int fd = bpf_program__fd(s->progs.large), jumps = bpf_map__fd(s->maps.packet_jumps);
	unsigned int key = 1;

	test_run("classify", s->progs.classify, 64);
	test_run("classify", s->progs.classify, 250);
	if (bpf_map_update_elem(jumps, &key, &fd, BPF_ANY))
		fail("prog array");
	test_run("classify", s->progs.classify, 128);
	test_run("classify", s->progs.classify, 250);
	if (bpf_map_delete_elem(jumps, &key))
		fail("prog array");
	test_run("classify", s->progs.classify, 250);
}

static void batches(int fd)
{
	unsigned long long keys[200], values[200], sum = 0;
	unsigned int n = 20, token;
	int err;

	for (unsigned int i = 0; i < n; i++) {
		keys[i] = 1000 + i;
		values[i] = i;
	}
	err = bpf_map_update_batch(fd, keys, values, &n, NULL);
	printf("update batch %d, %u\n", err, n);
	n = 200;
	err = bpf_map_lookup_batch(fd, NULL, &token, keys, values, &n, NULL);
	for (unsigned int i = 0; i < n; i++)
		sum += keys[i] + values[i];
	printf("lookup batch %d, %u, sum %llu\n", err, n, sum);
	for (unsigned int i = 0; i < 20; i++)
		keys[i] = 1000 + i;
	n = 20;
	err = bpf_map_delete_batch(fd, keys, &n, NULL);
	printf("delete batch %d, %u\n", err, n);
	n = 200;
	err = bpf_map_lookup_and_delete_batch(fd, NULL, &token, keys, values, &n, NULL);
	printf("take batch %d, %u\n", err, n);
	printf("left %d\n", bpf_map_get_next_key(fd, NULL, keys));
}

static void pins(struct bpf_map *map)
{
	struct bpf_map_info a = { 0 }, b = { 0 };
	unsigned int size = sizeof(a);
	unsigned long long key = 5, value = 55;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/bpf/skeleton-%d", (int)getpid());
	if (bpf_map__pin(map, path))
		fail("pin");
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_map_update_elem(fd, &key, &value, BPF_ANY))
		fail("reopen");
	value = 0;
	if (bpf_map_lookup_elem(bpf_map__fd(map), &key, &value) ||
	    bpf_obj_get_info_by_fd(bpf_map__fd(map), &a, &size) ||
	    bpf_obj_get_info_by_fd(fd, &b, &size))
		fail("pinned map");
	printf("pinned: same %d, name %s, value %llu\n", a.id == b.id, b.name, value);
	close(fd);
	if (bpf_map__unpin(map, path))
		fail("unpin");
	printf("unpinned: %d\n", bpf_obj_get(path) < 0);
}

static void per_cpu(int fd)
{
	unsigned long long values[1024], sum = 0;
	unsigned int key = 0;
	int n = libbpf_num_possible_cpus();

	if (n < 1 || n > 1024 || bpf_map_lookup_elem(fd, &key, values))
		fail("per-CPU map");
	while (n--)
		sum += values[n];
	printf("per CPU sum %llu\n", sum);
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
	attach_libc(s);
	call_libc(s);
	tail_calls(s);
	dump(s);
	test_run("summarise", s->progs.summarise, 64);
	per_cpu(bpf_map__fd(s->maps.per_cpu));
	batches(bpf_map__fd(s->maps.by_arg));
	pins(s->maps.by_arg);
	skeleton_bpf__destroy(s);
	return 0;
}
