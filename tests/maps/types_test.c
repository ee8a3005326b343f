/* SPDX-License-Identifier: BSD-2-Clause */
/* What is particular to arrays, prog arrays, maps of maps, perf rings, stack traces, bloom filters,
 * and to the file that a loader maps? */
#include "maps/maps.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>

static void test_mmapable(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 8, 600);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct map *map, *other;
	uint32_t key = 599;
	uint64_t value = 77, *seen;

	(void)state;
	d.flags = BPF_F_MMAPABLE;
	map = make_map(&d);
	assert_int_equal(map_user_update(map, &key, &value, 0), 0);
	seen = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	assert_true(seen != MAP_FAILED);
	assert_int_equal(seen[599], 77);
	seen[0] = 5;
	key = 0;
	other = open_again(map);
	assert_int_equal(map_user_lookup(other, &key, &value, 0), 0);
	assert_int_equal(value, 5);
	munmap(seen, 2 * page);
	map_unref(other);
	map_unref(map);
}

/* .rodata: frozen, sealed, and still opened by others for reading. */
static void test_frozen_rodata(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 100, 1);
	struct map *map, *other = NULL;
	uint32_t key = 0;
	char value[100] = "abc", *at;
	size_t room;

	(void)state;
	d.flags = BPF_F_MMAPABLE | BPF_F_RDONLY_PROG;
	map = make_map(&d);
	assert_int_equal(map_user_update(map, &key, value, 0), 0);
	assert_int_equal(map_freeze(map), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	assert_true(at == MAP_FAILED && errno == EPERM);
	assert_int_equal(map_open(dup(map->fd), &other), 0);
	assert_true(other->readonly && map_is_frozen(other));
	assert_int_equal(map_user_update(other, &key, value, 0), -EPERM);
	at = map_direct_value(other, 1, &room);
	assert_non_null(at);
	assert_int_equal(room, 99);
	assert_string_equal(at, "bc");
	assert_null(map_direct_value(other, 100, &room));
	map_unref(other);
	map_unref(map);
}

static struct map *inner_of(void *arg, uint32_t id)
{
	return id == 9 ? arg : NULL;
}

static void test_ids(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 4, 2);
	struct map *inner = make_map(&d), *outer;
	uint32_t key = 1, id = 9, got = 0;

	(void)state;
	for (int k = 0; k < 2; k++) {
		d = desc_of(k ? BPF_MAP_TYPE_HASH_OF_MAPS : BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2);
		outer = make_map(&d);
		outer->resolver_arg = inner;
		outer->resolve_map = inner_of;
		assert_null(map_lookup(outer, &key, 0));
		assert_int_equal(map_user_lookup(outer, &key, &got, 0), -ENOENT);
		assert_int_equal(map_user_update(outer, &key, &id, 0), 0);
		assert_ptr_equal(map_lookup(outer, &key, 0), inner);
		assert_int_equal(map_user_lookup(outer, &key, &got, 0), 0);
		assert_int_equal(got, 9);
		assert_int_equal(map_user_delete(outer, &key), 0);
		assert_int_equal(map_user_delete(outer, &key), -ENOENT);
		map_unref(outer);
	}
	d = desc_of(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2);
	outer = make_map(&d);
	id = 7;
	assert_int_equal(map_user_update(outer, &key, &id, 0), 0);
	assert_int_equal(map_id_at(outer, 1), 7);
	assert_int_equal(map_id_at(outer, 0), 0);
	assert_null(map_lookup(outer, &key, 0));
	map_unref(outer);
	map_unref(inner);
}

static struct perf_ring *ring_of(void *arg, uint32_t id)
{
	return id == 3 ? arg : NULL;
}

struct got {
	uint32_t n, lost, bad;
};

/* As perf_buffer of libbpf reads: headers may be split by the end of the ring. */
static void read_ring(char *base, size_t data_size, struct got *got)
{
	struct perf_event_mmap_page *page = (struct perf_event_mmap_page *)(void *)base;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	char *data = base + page->data_offset, record[65536];

	while (page->data_tail < head) {
		struct perf_event_header h;
		uint32_t raw, n;
		uint64_t lost;

		for (size_t k = 0; k < sizeof(h); k++)
			((char *)&h)[k] = data[(page->data_tail + k) % data_size];
		for (size_t k = 0; k < h.size; k++)
			record[k] = data[(page->data_tail + k) % data_size];
		memcpy(&raw, record + 8, 4);
		memcpy(&n, record + 12, 4);
		memcpy(&lost, record + 16, 8);
		if (h.type == PERF_RECORD_LOST)
			got->lost += (uint32_t)lost;
		else if (h.type != PERF_RECORD_SAMPLE || h.size % 8 || raw != h.size - 12u)
			got->bad++;
		else
			got->bad += n != got->n + got->lost, got->n++;
		__atomic_store_n(&page->data_tail, page->data_tail + h.size, __ATOMIC_RELEASE);
	}
}

static void test_perf_ring(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2);
	struct map *map = make_map(&d);
	struct perf_ring *ring = NULL, *again = NULL;
	int fd = memfd_create("ring", MFD_CLOEXEC), fd2 = dup(fd);
	uint32_t key = 1, id = 3, sample[40] = { 0 };
	struct got got = { 0 };
	char *base;

	(void)state;
	assert_int_equal(perf_ring_create(fd, 3, PERF_SAMPLE_RAW, &ring), -EINVAL);
	assert_int_equal(perf_ring_create(fd, 1, PERF_SAMPLE_RAW, &ring), 0);
	assert_int_equal(perf_ring_open(fd2, &again), 0);
	base = mmap(NULL, perf_ring_size(ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	map->resolver_arg = again;
	map->resolve_ring = ring_of;
	assert_int_equal(perf_array_output(map, 1, sample, 8), -ENOENT);
	assert_int_equal(perf_array_output(map, 2, sample, 8), -E2BIG);
	assert_int_equal(map_user_update(map, &key, &id, 0), 0);
	assert_int_equal(map_user_lookup(map, &key, &id, 0), -524);
	assert_int_equal(perf_array_output(map, 1, sample, 70000), -E2BIG);
	for (uint32_t n = 0; n < 5000; n++) {
		int err;

		sample[0] = n;
		err = perf_array_output(map, 1, sample, 4 + n % 150);
		assert_true(!err || err == -ENOSPC);
		if (n % 97 == 0)
			read_ring(base, perf_ring_size(ring) - 4096, &got);
	}
	read_ring(base, perf_ring_size(ring) - 4096, &got);
	sample[0] = 5000;
	assert_int_equal(perf_array_output(map, 1, sample, 4), 0);
	read_ring(base, perf_ring_size(ring) - 4096, &got);
	assert_int_equal(got.bad, 0);
	assert_int_equal(got.n + got.lost, 5001);
	assert_true(got.lost > 0 && got.n > 0);
	munmap(base, perf_ring_size(ring));
	perf_ring_unref(again);
	perf_ring_unref(ring);
	map_unref(map);
}

static void test_stackmap(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_STACK_TRACE, 4, 32, 4);
	struct map *map = make_map(&d);
	uint64_t ips[6] = { 1, 2, 3, 4, 5, 6 }, got[4];
	int64_t id = stackmap_store(map, ips, 2, 0);
	uint32_t key = (uint32_t)id, clash = 0;

	(void)state;
	assert_in_range(id, 0, 3);
	assert_int_equal(stackmap_store(map, ips, 2, 0), id);
	assert_int_equal(map_user_lookup(map, &key, got, 0), 0);
	assert_true(got[0] == 1 && got[1] == 2 && !got[2] && !got[3]);
	for (ips[0] = 10; ips[0] < 200; ips[0]++)
		clash += stackmap_store(map, ips, 6, 0) == -EEXIST;
	assert_true(clash > 100);
	assert_int_equal(map_user_update(map, &key, got, 0), -EINVAL);
	assert_int_equal(map_user_delete(map, &key), 0);
	assert_int_equal(map_user_lookup(map, &key, got, 0), -ENOENT);
	map_unref(map);
}

static void test_bloom(void **state)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 1000);
	struct map *map = make_map(&d);
	uint32_t false_hits = 0;

	(void)state;
	for (uint64_t v = 0; v < 1000; v++)
		assert_int_equal(map_push(map, &v, 0), 0);
	for (uint64_t v = 0; v < 1000; v++)
		assert_int_equal(map_user_lookup(map, NULL, &v, 0), 0);
	for (uint64_t v = 1000; v < 11000; v++)
		false_hits += !map_peek(map, &v);
	assert_true(false_hits < 1000);
	map_unref(map);
}

static void test_pairs(void **state)
{
	(void)state;
	assert_true(map_type_allows(BPF_MAP_TYPE_HASH, BPF_FUNC_map_lookup_elem));
	assert_true(map_type_allows(BPF_MAP_TYPE_HASH, BPF_FUNC_timer_init));
	assert_true(map_type_allows(BPF_MAP_TYPE_RINGBUF, BPF_FUNC_ringbuf_output));
	assert_true(map_type_allows(BPF_MAP_TYPE_QUEUE, BPF_FUNC_map_push_elem));
	assert_true(map_type_allows(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_FUNC_map_lookup_elem));
	assert_false(map_type_allows(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_FUNC_map_update_elem));
	assert_false(map_type_allows(BPF_MAP_TYPE_QUEUE, BPF_FUNC_map_lookup_elem));
	assert_false(map_type_allows(BPF_MAP_TYPE_HASH, BPF_FUNC_ringbuf_output));
	assert_false(map_type_allows(BPF_MAP_TYPE_HASH, BPF_FUNC_map_push_elem));
	assert_false(map_type_allows(BPF_MAP_TYPE_PROG_ARRAY, BPF_FUNC_map_lookup_elem));
	assert_false(map_type_allows(BPF_MAP_TYPE_HASH, BPF_FUNC_tail_call));
	assert_false(map_type_allows(999, BPF_FUNC_map_lookup_elem));
}

static int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;

	err = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
	close(fd);
	return err;
}

static int enter_user_namespace(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %d 1", (int)getuid());
	snprintf(gids, sizeof(gids), "0 %d 1", (int)getgid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	return put_text("/proc/self/uid_map", uids) || put_text("/proc/self/setgroups", "deny") ||
	       put_text("/proc/self/gid_map", gids);
}

/* A full file system is an errno at creation, never SIGBUS later.  In a mount of its own, for which
 * the child needs a name space. */
static int create_in_small_fs(void)
{
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 8, 32768);
	struct map *map = NULL;
	int fd;

	if (unshare(CLONE_NEWNS) && enter_user_namespace())
		return 77;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/tmp", "tmpfs", 0, "size=64k"))
		return 77;
	fd = open("/tmp/map", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (map_create(fd, &d, true, &map) != -ENOSPC)
		return 1;
	d.max_entries = 16;
	return map_create(fd, &d, true, &map) ? 2 : 0;
}

static void test_no_space(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(create_in_small_fs());
	waitpid(pid, &status, 0);
	if (WEXITSTATUS(status) == 77) {
		puts("# SKIP a small tmpfs cannot be mounted");
		skip();
	}
	assert_int_equal(status, 0);
}

/* More than the machine has left is refused before anything is taken. */
static void test_no_memory(void **state)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	struct map_desc d = desc_of(BPF_MAP_TYPE_ARRAY, 4, 4096, 1);
	struct map *map = NULL;

	(void)state;
	d.value_size = (uint32_t)page;
	d.max_entries = (uint32_t)(pages - 2);
	assert_int_equal(try_map(&d, &map), -ENOMEM);
	d.max_entries = (uint32_t)(pages + 2);
	assert_int_equal(try_map(&d, &map), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mmapable),  cmocka_unit_test(test_frozen_rodata),
		cmocka_unit_test(test_ids),       cmocka_unit_test(test_perf_ring),
		cmocka_unit_test(test_stackmap),  cmocka_unit_test(test_bloom),
		cmocka_unit_test(test_pairs),     cmocka_unit_test(test_no_space),
		cmocka_unit_test(test_no_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
