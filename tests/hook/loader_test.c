/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a library get what was meant for another one, when one is unloaded and the other loaded at
 * the same address while code is patched?  A thread does that all the time, calls both and checks
 * what they return; another patches and takes back as fast as it can.  To see it fail:
 * guard-loader.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "base/os.h"
#include "hook/loader.h"
#include "hook/maps.h"
#include "hook/page.h"
#include "hook/site.h"

PROGRAM(count);

enum {
	CALLS = 20,    /* while a library is there */
	ENOUGH = 2000, /* patches */
	HELD_US = 300000,
};

#define LONG_NS UINT64_C(20000000000)

static const uint8_t number[] = { 0x44, 0x33, 0x22, 0x11 };

static struct {
	char path[2][PATH_MAX];
	struct stat st;
	uint64_t rounds, wrong, same, off; /* off: of the function in its file */
	bool stop;
} lib;

/* The same but for the number that its function returns. */
static void make(const uint8_t *data, size_t size, int k)
{
	uint8_t *copy = malloc(size), *at;
	int fd = open(lib.path[k], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	memcpy(copy, data, size);
	at = memmem(copy, size, number, sizeof(number));
	assert_non_null(at);
	*at = (uint8_t)(*at + k);
	assert_int_equal(write(fd, copy, size), size);
	close(fd);
	free(copy);
}

static void *reload(void *unused)
{
	const void *last = NULL;

	for (int k = 0; !__atomic_load_n(&lib.stop, __ATOMIC_RELAXED); k = !k) {
		void *handle = dlopen(lib.path[k], RTLD_NOW);
		long (*get)(void) = (long (*)(void))(uintptr_t)dlsym(handle, "library_number");

		lib.same += last == (const void *)(uintptr_t)get;
		last = (const void *)(uintptr_t)get;
		for (int i = 0; i < CALLS; i++)
			lib.wrong += get() != 0x11223344 + k;
		dlclose(handle);
		lib.rounds++;
	}
	return unused;
}

/* True: was patched for a moment. */
static bool patch_once(struct hook_set *set, const struct maps_row *row)
{
	struct hook_spec spec = { .addr = row->start + lib.off - row->off, .prog = &count };
	struct hook *hook;
	char buf[256];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (!loader_begin(row) || hook_add(set, &spec, &why, &hook))
		return false;
	hook_remove(hook);
	return true;
}

static bool find_and_patch(struct hook_set *set)
{
	struct maps maps;
	bool done = false;

	if (maps_read(&maps))
		return false;
	for (size_t i = 0; i < maps.n && !done; i++)
		done = maps.rows[i].exec && maps.rows[i].ino == lib.st.st_ino &&
		       patch_once(set, &maps.rows[i]);
	maps_done(&maps);
	return done;
}

static void check_patches(void)
{
	uint64_t until = os_now_ns() + LONG_NS, done = 0;
	struct hook_set *set;
	pthread_t thread;

	hook_ignore_thread();
	assert_int_equal(hook_set_new(NULL, &set), 0);
	lib.stop = false;
	lib.wrong = lib.rounds = lib.same = 0;
	assert_int_equal(pthread_create(&thread, NULL, reload, NULL), 0);
	loader_watch();
	while (done < ENOUGH && os_now_ns() < until)
		done += find_and_patch(set);
	__atomic_store_n(&lib.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	hook_set_free(set);
	loader_unwatch();
	print_message("# %lu patches in %lu rounds, %lu at the same address; hit %lu times\n",
		      (unsigned long)done, (unsigned long)lib.rounds, (unsigned long)lib.same,
		      (unsigned long)count_seen.n);
	assert_true(done);
	assert_true(lib.same);
	assert_int_equal(lib.wrong, 0);
}

static void test_page(void **state)
{
	(void)state;
	check_patches();
}

static void test_steps(void **state)
{
	(void)state;
	page_never(true);
	check_patches();
	page_never(false);
}

static void *unload(void *handle)
{
	dlclose(handle);
	__atomic_store_n(&lib.stop, true, __ATOMIC_RELEASE);
	return NULL;
}

static void test_waits(void **state)
{
	void *handle = dlopen(lib.path[0], RTLD_NOW);
	long (*get)(void) = (long (*)(void))(uintptr_t)dlsym(handle, "library_number");
	pthread_t thread;

	(void)state;
	lib.stop = false;
	loader_watch();
	site_lock();
	assert_true(loader_hold());
	assert_int_equal(pthread_create(&thread, NULL, unload, handle), 0);
	usleep(HELD_US);
	assert_false(__atomic_load_n(&lib.stop, __ATOMIC_ACQUIRE));
	assert_int_equal(get(), 0x11223344);
	loader_release();
	site_unlock();
	pthread_join(thread, NULL);
	loader_unwatch();
}

static int set_up(void **state)
{
	char self[PATH_MAX] = "", *dir;
	char source[PATH_MAX + 64];
	static char where[] = "/tmp/ring3-loader-XXXXXX";
	void *data, *handle, *at;
	Dl_info info;
	size_t size;

	(void)state;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 || !mkdtemp(where))
		return -1;
	dir = dirname(self);
	snprintf(source, sizeof(source), "%s/../targets/library.so", dir);
	if (os_read_file(source, 1 << 24, &data, &size))
		return -1;
	for (int k = 0; k < 2; k++) {
		snprintf(lib.path[k], sizeof(lib.path[k]), "%s/%d.so", where, k);
		make(data, size, k);
	}
	free(data);
	handle = dlopen(lib.path[0], RTLD_NOW);
	at = handle ? dlsym(handle, "library_number") : NULL;
	if (!at || !dladdr(at, &info) || stat(lib.path[0], &lib.st))
		return -1;
	lib.off = (uint64_t)((const char *)at - (const char *)info.dli_fbase);
	dlclose(handle);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int k = 0; k < 2; k++)
		unlink(lib.path[k]);
	return rmdir(dirname(lib.path[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_steps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
