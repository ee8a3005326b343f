/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens when somebody damages what processes share?  Objects of every kind lie in a runtime
 * directory; bits of their files are turned, files are cut short or replaced, and a process that
 * comes then looks at all of them: it may be refused anything, but neither crashes nor hangs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "abi/bind.h"
#include "base/os.h"
#include "map/map.h"
#include "ring3/ring3.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"
#include "support/scratch.h"

enum {
	N_ROUNDS = 120, /* RING3_HOSTILE asks for another number */
	MAX_FILES = 64,
	MAX_BYTES = 1 << 20,
	SECONDS = 20,
	REFUSED = 42
};

static char base[64];
static char dir[128];
static ring3 *rt;
static struct bpf_object *obj;
static struct bpf_link *links[2];
static struct perf_buffer *perf;

static uint64_t rnd_state = 88172645463325252u;

static uint32_t rnd(uint32_t below)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return (uint32_t)(rnd_state >> 32) % below;
}

/* --- the objects --- */

static const struct bpf_map_create_opts no_prealloc = { .sz = sizeof(no_prealloc),
							.map_flags = BPF_F_NO_PREALLOC };

static const struct kind {
	uint32_t type, key_size, value_size, max_entries;
} kinds[] = {
	{ BPF_MAP_TYPE_ARRAY, 4, 16, 8 },        { BPF_MAP_TYPE_HASH, 8, 16, 32 },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4 },  { BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 16 },
	{ BPF_MAP_TYPE_LRU_HASH, 8, 16, 32 },    { BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, 8, 32 },
	{ BPF_MAP_TYPE_LPM_TRIE, 8, 8, 32 },     { BPF_MAP_TYPE_QUEUE, 0, 8, 16 },
	{ BPF_MAP_TYPE_STACK, 0, 8, 16 },        { BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 64 },
	{ BPF_MAP_TYPE_STACK_TRACE, 4, 64, 16 }, { BPF_MAP_TYPE_RINGBUF, 0, 0, 4096 },
};

enum {
	N_KINDS = sizeof(kinds) / sizeof(kinds[0])
};

static int kind_fds[N_KINDS], outer_fds[2];

static void random_bytes(void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)rnd(4);
}

static void fill(int fd)
{
	uint64_t key[8], value[4096];

	for (int i = 0; i < 16; i++) {
		random_bytes(key, sizeof(key));
		random_bytes(value, sizeof(value));
		bpf_map_update_elem(fd, key, value, BPF_ANY);
	}
}

static void make_maps(void)
{
	for (int i = 0; i < N_KINDS; i++) {
		const struct kind *k = &kinds[i];

		kind_fds[i] = bpf_map_create(
			(enum bpf_map_type)k->type, NULL, k->key_size, k->value_size,
			k->max_entries, k->type == BPF_MAP_TYPE_LPM_TRIE ? &no_prealloc : NULL);
		assert_true(kind_fds[i] >= 0);
		fill(kind_fds[i]);
	}
	for (int i = 0; i < 2; i++) {
		LIBBPF_OPTS(bpf_map_create_opts, o, .inner_map_fd = (uint32_t)kind_fds[0]);
		uint32_t key = 1;

		outer_fds[i] =
			bpf_map_create(i ? BPF_MAP_TYPE_HASH_OF_MAPS : BPF_MAP_TYPE_ARRAY_OF_MAPS,
				       NULL, 4, 4, 4, &o);
		assert_true(outer_fds[i] >= 0);
		assert_int_equal(bpf_map_update_elem(outer_fds[i], &key, &kind_fds[0], 0), 0);
	}
}

unsigned long work(unsigned long n);

__attribute__((noinline, noipa)) unsigned long work(unsigned long n)
{
	return n * 2 + 1;
}

static void ignore_sample(void *arg, int cpu, void *data, uint32_t size)
{
	(void)arg, (void)cpu, (void)data, (void)size;
}

static const char *object_path(void)
{
	static char path[512];
	const char *build = getenv("BUILD");

	snprintf(path, sizeof(path), "%s/tests/abi/skeleton.bpf.o",
		 build ? build : "build/release");
	return path;
}

static struct bpf_program *program(const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, name);

	assert_non_null(p);
	return p;
}

static void load_object(void)
{
	LIBBPF_OPTS(bpf_uprobe_opts, o, .func_name = "work");
	LIBBPF_OPTS(bpf_uprobe_opts, ret, .func_name = "work", .retprobe = true);
	int fd;
	uint32_t key = 0;

	obj = bpf_object__open_file(object_path(), NULL);
	assert_non_null(obj);
	assert_int_equal(bpf_object__load(obj), 0);
	links[0] =
		bpf_program__attach_uprobe_opts(program("on_entry"), -1, "/proc/self/exe", 0, &o);
	links[1] = bpf_program__attach_uprobe_opts(program("on_return"), -1, "/proc/self/exe", 0,
						   &ret);
	assert_true(links[0] && links[1]);
	fd = bpf_program__fd(program("large"));
	assert_int_equal(bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "packet_jumps"),
					     &key, &fd, 0),
			 0);
	perf = perf_buffer__new(bpf_object__find_map_fd_by_name(obj, "samples"), 4, ignore_sample,
				NULL, NULL, NULL);
	assert_non_null(perf);
}

/* --- whoever comes and looks --- */

static void use_map(ring3 *r, uint32_t id)
{
	uint64_t key[64] = { 0 }, next[64], *value;
	struct map *map;

	if (rt_map_of_id(r, id, &map))
		return;
	value = calloc(1, map_user_value_size(map) * 64 + 64);
	for (int i = 0; value && i < 200; i++) {
		random_bytes(key, sizeof(key));
		map_user_lookup(map, key, value, 0);
		/* A lock that a turned bit gives to somebody who lives: it stays taken. */
		if (map_user_update(map, key, value, BPF_ANY) == -EBUSY)
			break;
		map_lookup(map, key, rnd(16));
		if (map_user_next_key(map, i ? key : NULL, next) == 0)
			memcpy(key, next,
			       sizeof(key) < map->desc.key_size ? sizeof(key) : map->desc.key_size);
		if (i % 3 == 0)
			map_user_delete(map, key);
		if (i % 7 == 0)
			map_user_lookup_and_delete(map, key, value, 0);
	}
	if (map->desc.type == BPF_MAP_TYPE_RINGBUF)
		for (int i = 0; i < 20; i++)
			ringbuf_output(map, key, 24, 0);
	for (uint32_t i = 0; i < 4; i++)
		perf_array_output(map, i, key, 16);
	map_recover(map, NULL, NULL);
	map_recover(map, NULL, NULL);
	free(value);
	map_unref(map);
}

static void use_batches(int fd)
{
	static uint64_t keys[64 * 16], values[64 * 512];
	uint64_t in[16] = { 0 }, out[16];

	for (uint32_t n = 32, i = 0; i < 20; i++, n = 32)
		if (bpf_map_lookup_batch(fd, i ? in : NULL, out, keys, values, &n, NULL))
			break;
		else
			memcpy(in, out, sizeof(in));
}

static void use_info(int fd)
{
	static union {
		struct bpf_prog_info prog;
		struct bpf_map_info map;
		struct bpf_btf_info btf;
		struct bpf_link_info link;
	} info;
	static uint8_t xlated[1 << 16], btf[1 << 16];
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return;
	memset(&info, 0, sizeof(info));
	info.prog.xlated_prog_insns = (uintptr_t)xlated;
	info.prog.xlated_prog_len = sizeof(xlated);
	size = sizeof(info.prog);
	bpf_obj_get_info_by_fd(fd, &info, &size);
	memset(&info, 0, sizeof(info));
	info.btf.btf = (uintptr_t)btf;
	info.btf.btf_size = sizeof(btf);
	size = sizeof(info.btf);
	bpf_obj_get_info_by_fd(fd, &info, &size);
}

static void run_program(int fd)
{
	uint8_t frame[256] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = 250, .repeat = 3);

	bpf_prog_test_run_opts(fd, &o);
}

static void use_link(ring3 *r, uint32_t id)
{
	struct link *l;

	if (link_open_id(r->store, id, &l))
		return;
	link_is_live(l);
	link_prog_id(l);
	link_wants_pid(l, getpid());
	link_set_trouble(l, "trouble");
	link_set_looked(l, getpid(), 1);
	link_free(l);
}

static void look(ring3 *r)
{
	static int (*const next[])(uint32_t,
				   uint32_t *) = { bpf_map_get_next_id, bpf_prog_get_next_id,
						   bpf_link_get_next_id, bpf_btf_get_next_id };
	static int (*const open_id[])(uint32_t) = { bpf_map_get_fd_by_id, bpf_prog_get_fd_by_id,
						    bpf_link_get_fd_by_id, bpf_btf_get_fd_by_id };
	int before, fd;

	for (int k = 0; k < 4; k++) {
		for (uint32_t id = 0, n = 0; n < 200 && next[k](id, &id) == 0; n++) {
			fd = open_id[k](id);
			if (fd >= 0)
				use_info(fd);
			before = bind_enter();
			if (k == 0)
				use_map(r, id);
			if (k == 2)
				use_link(r, id);
			bind_leave(before);
			if (k == 0)
				use_batches(fd);
			if (k == 1)
				run_program(fd);
			close(fd);
		}
	}
	before = bind_enter();
	rt_refresh(r);
	rt_sweep(r, true);
	bind_leave(before);
}

static int refused_rt;

static void child(void)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	ring3 *r;

	alarm(SECONDS);
	ring3_bind_libbpf(NULL);
	if (ring3_new(&opts, &r))
		_exit(REFUSED);
	ring3_bind_libbpf(r);
	look(r);
	ring3_bind_libbpf(NULL);
	ring3_unref(r);
	_exit(0);
}

static void others_survive(const char *what)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) && WEXITSTATUS(status) != REFUSED))
		fail_msg("%s: status %#x", what, (unsigned int)status);
	refused_rt += WEXITSTATUS(status) == REFUSED;
}

/* --- the damage --- */

struct file {
	char path[512];
	uint8_t *was;
	size_t size;
};

static struct file files[MAX_FILES];
static int n_files;

static void take_file(const char *folder, const char *name)
{
	struct file *f = &files[n_files];
	struct stat st;
	int fd;

	assert_true(n_files < MAX_FILES);
	snprintf(f->path, sizeof(f->path), "%s/%s%s%s", dir, folder, *folder ? "/" : "", name);
	fd = open(f->path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	f->size = (size_t)st.st_size;
	assert_true(f->size <= MAX_BYTES);
	f->was = malloc(f->size + 1);
	assert_int_equal(read(fd, f->was, f->size), f->size);
	close(fd);
	n_files++;
}

static void take_files(void)
{
	char path[160];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/obj", dir);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			take_file("obj", e->d_name);
	closedir(d);
	take_file("", "registry");
}

static void put(const struct file *f, const void *data, size_t at, size_t size)
{
	int fd = open(f->path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s is gone", f->path);
	assert_int_equal(pwrite(fd, data, size, (off_t)at), (ssize_t)size);
	close(fd);
}

/* Damage is likely where there is something: the first bytes, the last page, bytes that are set. */
static size_t pick(const struct file *f)
{
	size_t at = 0;

	switch (rnd(4)) {
	case 0: return rnd(f->size < 128 ? (uint32_t)f->size : 128);
	case 1: return f->size > 4096 ? f->size - 4096 + rnd(200) : rnd((uint32_t)f->size);
	default:
		for (int i = 0; i < 64; i++) {
			at = rnd((uint32_t)f->size);
			if (f->was[at])
				break;
		}
		return at;
	}
}

static uint64_t fnv(const uint8_t *p, size_t n)
{
	uint64_t sum = 0xcbf29ce484222325u;

	while (n--)
		sum = (sum ^ *p++) * 0x100000001b3u;
	return sum;
}

/* Whoever damages a map's description on purpose makes its checksum right again. */
static void repair_sum(const struct file *f)
{
	uint8_t page[4096];
	const uint8_t *was = f->was + f->size - sizeof(page);
	size_t at = 8;
	uint64_t sum;
	int fd;

	if (!strstr(f->path, ".map") || f->size < 2 * sizeof(page))
		return;
	for (; at < 512; at += 8) {
		memcpy(&sum, was + at, 8);
		if (sum == fnv(was, at))
			break;
	}
	assert_true(at < 512);
	fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s is gone", f->path);
	assert_int_equal(pread(fd, page, sizeof(page), (off_t)(f->size - sizeof(page))),
			 sizeof(page));
	close(fd);
	sum = fnv(page, at);
	put(f, &sum, f->size - sizeof(page) + at, 8);
}

static void restore(const struct file *f)
{
	put(f, f->was, 0, f->size);
}

static void turned_bits(void **unused)
{
	const char *more = getenv("RING3_HOSTILE");
	int n_rounds = more ? atoi(more) : N_ROUNDS;
	char what[600];

	(void)unused;
	for (int k = 0; k < n_rounds; k++) {
		const struct file *f = &files[k % n_files];
		size_t n = 1 + rnd(8);

		for (size_t i = 0; i < n; i++) {
			size_t at = pick(f);
			uint8_t byte = rnd(3) ? f->was[at] ^ (uint8_t)(1u << rnd(8))
					      : (uint8_t)(rnd(2) ? 0xff : rnd(256));

			put(f, &byte, at, 1);
		}
		if (rnd(2))
			repair_sum(f);
		snprintf(what, sizeof(what), "round %d, %s", k, f->path);
		others_survive(what);
		restore(f);
	}
	/* Only the registry is worth refusing the whole directory. */
	assert_true(refused_rt < n_rounds / 10);
}

/* Short, empty and foreign files, under names of their own. */
static void other_files(void **unused)
{
	static const char *const ext[] = { "map", "prog", "link", "btf", "ring" };
	char path[256];

	(void)unused;
	for (int k = 0; k < 5; k++) {
		for (int i = 0; i < n_files; i++) {
			size_t size = files[i].size * rnd(100) / 100;
			int fd;

			snprintf(path, sizeof(path), "%s/obj/9%03d.%s", dir, i, ext[k]);
			fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			assert_true(fd >= 0);
			assert_int_equal(write(fd, files[i].was, size), (ssize_t)size);
			/* A second name keeps it. */
			snprintf(path, sizeof(path), "%s/pin/x%d-%d", dir, k, i);
			close(fd);
		}
		others_survive(ext[k]);
	}
}

static void other_kinds_of_files(void **unused)
{
	char path[256];

	(void)unused;
	snprintf(path, sizeof(path), "%s/obj/7001.map", dir);
	assert_int_equal(symlink("/dev/zero", path), 0);
	snprintf(path, sizeof(path), "%s/obj/7002.prog", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/obj/7003.link", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/obj/99999999999999999999.btf", dir);
	close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/pin/loop", dir);
	assert_int_equal(symlink("loop", path), 0);
	others_survive("a link, a pipe, a folder");
}

/* What was not damaged still works, for whoever holds it and for others. */
static void the_rest_works(void **unused)
{
	uint64_t key = 77, value[2] = { 7, 8 }, got[2] = { 0 };
	uint8_t frame[256] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = 250);

	(void)unused;
	others_survive("nothing is damaged");
	bpf_map_delete_elem(kind_fds[4], &key);
	assert_int_equal(bpf_map_update_elem(kind_fds[4], &key, value, BPF_ANY), 0);
	assert_int_equal(bpf_map_lookup_elem(kind_fds[4], &key, got), 0);
	assert_memory_equal(value, got, sizeof(got));
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program("summarise")), &o), 0);
}

/* --- the directory itself --- */

static int begin(void **unused)
{
	struct ring3_opts opts = RING3_OPTS(ring3_opts, .dir = dir);
	int before;

	(void)unused;
	if (scratch_make(base, sizeof(base)))
		return -1;
	snprintf(dir, sizeof(dir), "%s/rt", base);
	if (ring3_new(&opts, &rt))
		return -1;
	ring3_bind_libbpf(rt);
	make_maps();
	load_object();
	/* What libbpf's probes left goes first. */
	before = bind_enter();
	rt_sweep(rt, true);
	bind_leave(before);
	take_files();
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	for (int i = 0; i < 2; i++)
		bpf_link__destroy(links[i]);
	perf_buffer__free(perf);
	bpf_object__close(obj);
	ring3_bind_libbpf(NULL);
	ring3_unref(rt);
	for (int i = 0; i < n_files; i++)
		free(files[i].was);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turned_bits),
		cmocka_unit_test(other_files),
		cmocka_unit_test(other_kinds_of_files),
		cmocka_unit_test(the_rest_works),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
