/* SPDX-License-Identifier: BSD-2-Clause */
/* Does the store keep what is held, remove what is not, and refuse what is not ours? */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/link.h"
#include "run/store.h"
#include "support/scratch.h"

static char base[64];
static char dir[128];

static int make_base(void **state)
{
	(void)state;
	assert_int_equal(scratch_make(base, sizeof(base)), 0);
	snprintf(dir, sizeof(dir), "%s/rt", base);
	return 0;
}

static struct store *open_at(const char *where)
{
	struct store_opts opts = { .dir = where };
	struct store *s = NULL;
	struct text why;
	char buf[256];

	text_init(&why, buf, sizeof(buf));
	if (store_open(&opts, &why, &s))
		print_error("%s\n", buf);
	assert_non_null(s);
	return s;
}

static void lifetime(struct store *a, struct store *b)
{
	enum store_kind kind;
	uint32_t id, got;
	int fd, again, peek;

	assert_int_equal(store_create(a, STORE_MAP, &id, &fd), 0);
	assert_int_equal(store_open_id(b, STORE_MAP, id, &again), -ENOENT);
	assert_int_equal(store_publish(a, STORE_MAP, id, fd), 0);
	assert_int_equal(store_next_id(b, STORE_MAP, id - 1, &got), 0);
	assert_int_equal(got, id);
	assert_int_equal(store_sweep(b), 0);
	assert_int_equal(store_identify(a, fd, &kind, &got), 0);
	assert_int_equal(kind, STORE_MAP);
	assert_int_equal(got, id);
	assert_int_equal(store_open_id(b, STORE_MAP, id, &again), 0);
	close(fd);
	assert_int_equal(store_sweep(a), 0);
	fd = dup(again);
	close(again);
	assert_int_equal(store_sweep(a), 0);
	assert_int_equal(store_peek_id(a, STORE_MAP, id, &peek), 0);
	assert_true(store_is_held(peek));
	close(fd);
	assert_false(store_is_held(peek));
	assert_int_equal(store_sweep(a), 1);
	assert_int_equal(store_identify(a, peek, &kind, &got), -EBADF);
	close(peek);
	assert_int_equal(store_open_id(b, STORE_MAP, id, &again), -ENOENT);
	assert_int_equal(store_next_id(b, STORE_MAP, id - 1, &got), -ENOENT);
	assert_int_equal(store_identify(a, 0, &kind, &got), -EBADF);
}

static void lifetime_in_directory(void **state)
{
	struct store *a = open_at(dir), *b = open_at(dir);

	(void)state;
	lifetime(a, b);
	store_close(a);
	store_close(b);
}

static void lifetime_in_private(void **state)
{
	struct store *a = open_at(NULL);

	(void)state;
	lifetime(a, a);
	store_close(a);
}

/* The copy of a holder's descriptor that a private store keeps until the first sweep. */
static void a_copy_holds_nothing(void **state)
{
	struct store *s = open_at(NULL);
	uint32_t id;
	int fd, more;

	(void)state;
	assert_int_equal(store_create(s, STORE_PROG, &id, &fd), 0);
	assert_int_equal(store_publish(s, STORE_PROG, id, fd), 0);
	close(fd);
	assert_true(store_exists(s, STORE_PROG, id));
	assert_int_equal(store_sweep(s), 1);
	assert_false(store_exists(s, STORE_PROG, id));

	assert_int_equal(store_create(s, STORE_PROG, &id, &fd), 0);
	assert_int_equal(store_publish(s, STORE_PROG, id, fd), 0);
	more = dup(fd);
	assert_true(more >= 0);
	close(fd);
	assert_int_equal(store_sweep(s), 0);
	assert_int_equal(store_sweep(s), 0);
	assert_int_equal(store_open_id(s, STORE_PROG, id, &fd), 0);
	close(more);
	assert_int_equal(store_sweep(s), 0);
	close(fd);
	assert_int_equal(store_sweep(s), 1);
	store_close(s);
}

/* Found by id, whichever of them went and in whatever order they came. */
static void many_in_private(void **state)
{
	struct store *s = open_at(NULL);
	enum {
		MANY = 200
	};
	uint32_t id[MANY], got;
	int fd[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(store_create(s, i % 3 ? STORE_PROG : STORE_MAP, &id[i], &fd[i]),
				 0);
	for (int i = 0, k = 0; i < MANY; i++, k = (k + 77) % MANY)
		assert_int_equal(store_publish(s, k % 3 ? STORE_PROG : STORE_MAP, id[k], fd[k]), 0);
	for (int round = 0; round < 3; round++) {
		int n = 0;

		for (int i = 0; i < MANY; i++) {
			enum store_kind kind = i % 3 ? STORE_PROG : STORE_MAP, is;

			if (fd[i] >= 0 && i % 5 == round) {
				close(fd[i]);
				fd[i] = -1;
				n++;
			} else if (fd[i] >= 0) {
				assert_int_equal(store_identify(s, fd[i], &is, &got), 0);
				assert_int_equal(is, kind);
				assert_int_equal(got, id[i]);
			}
		}
		assert_int_equal(store_sweep(s), n);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(store_exists(s, i % 3 ? STORE_PROG : STORE_MAP, id[i]),
					 fd[i] >= 0);
	}
	for (int i = 0; i < MANY; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	store_close(s);
}

static void killed_holder_lets_go(void **state)
{
	struct store *a = open_at(dir);
	uint32_t id, got = 0;
	int fd, ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (store_create(a, STORE_PROG, &id, &fd) || store_publish(a, STORE_PROG, id, fd) ||
		    write(ends[1], &id, sizeof(id)) != sizeof(id))
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ends[0], &id, sizeof(id)), sizeof(id));
	assert_int_equal(store_sweep(a), 0);
	assert_int_equal(store_next_id(a, STORE_PROG, 0, &got), 0);
	assert_int_equal(got, id);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(store_sweep(a), 1);
	assert_int_equal(store_next_id(a, STORE_PROG, 0, &got), -ENOENT);
	store_close(a);
}

static int refs_keep_alive(void *arg, enum store_kind kind, uint32_t id, int fd,
			   void (*mark)(void *, enum store_kind, uint32_t), void *mark_arg)
{
	(void)id;
	(void)fd;
	if (kind == STORE_PROG)
		mark(mark_arg, STORE_MAP, *(uint32_t *)arg);
	return 0;
}

static void what_is_referred_to_lives(void **state)
{
	uint32_t map = 0, prog;
	struct store_opts opts = { .dir = dir, .refs = refs_keep_alive, .refs_arg = &map };
	struct store *s;
	int map_fd, prog_fd;

	(void)state;
	assert_int_equal(store_open(&opts, NULL, &s), 0);
	assert_int_equal(store_create(s, STORE_MAP, &map, &map_fd), 0);
	assert_int_equal(store_publish(s, STORE_MAP, map, map_fd), 0);
	assert_int_equal(store_create(s, STORE_PROG, &prog, &prog_fd), 0);
	assert_int_equal(store_publish(s, STORE_PROG, prog, prog_fd), 0);
	close(map_fd);
	assert_int_equal(store_sweep(s), 0);
	close(prog_fd);
	assert_int_equal(store_sweep(s), 2);
	store_close(s);
}

static void pinned_objects_live(void **state)
{
	struct store *s = open_at(dir);
	enum store_kind kind;
	uint32_t id, got;
	char path[200];
	int fd;

	(void)state;
	assert_int_equal(store_create(s, STORE_MAP, &id, &fd), 0);
	assert_int_equal(store_publish(s, STORE_MAP, id, fd), 0);
	assert_int_equal(store_pin(s, fd, "../escape"), -EINVAL);
	assert_int_equal(store_pin(s, fd, "m"), 0);
	assert_int_equal(store_pin(s, fd, "m"), -EEXIST);
	close(fd);
	assert_int_equal(store_sweep(s), 0);
	assert_int_equal(store_pin_open(s, "m", &kind, &got, &fd), 0);
	assert_int_equal(kind, STORE_MAP);
	assert_int_equal(got, id);
	close(fd);
	snprintf(path, sizeof(path), "%s/pin/m", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(store_sweep(s), 1);
	store_close(s);
}

static int try_open(const char *where, struct text *why)
{
	struct store_opts opts = { .dir = where };
	struct store *s;
	int err = store_open(&opts, why, &s);

	if (!err)
		store_close(s);
	return err;
}

static void foreign_directories_are_refused(void **state)
{
	char other[160], buf[256];
	struct text why;

	(void)state;
	text_init(&why, buf, sizeof(buf));
	snprintf(other, sizeof(other), "%s/open", base);
	assert_int_equal(mkdir(other, 0755), 0);
	assert_int_equal(try_open(other, &why), -EACCES);
	assert_non_null(strstr(buf, "0700"));
	snprintf(other, sizeof(other), "%s/sym", base);
	assert_int_equal(symlink(dir, other), 0);
	assert_true(try_open(other, &why) < 0);
	snprintf(other, sizeof(other), "%s/no/such", base);
	assert_int_equal(try_open(other, &why), -ENOENT);
	if (geteuid() == 0) {
		snprintf(other, sizeof(other), "%s/nobody", base);
		assert_int_equal(mkdir(other, 0700), 0);
		assert_int_equal(chown(other, 65534, 65534), 0);
		assert_int_equal(try_open(other, &why), -EACCES);
	}
}

static void damaged_registry_is_refused(void **state)
{
	char other[160], reg[192], buf[256] = "";
	struct text why;
	int fd;

	(void)state;
	text_init(&why, buf, sizeof(buf));
	snprintf(other, sizeof(other), "%s/bad", base);
	snprintf(reg, sizeof(reg), "%s/registry", other);
	assert_int_equal(try_open(other, &why), 0);
	fd = open(reg, O_RDWR);
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 12), 4); /* n_slots */
	assert_int_equal(try_open(other, &why), -EINVAL);
	assert_int_equal(ftruncate(fd, 100), 0);
	close(fd);
	assert_int_equal(try_open(other, &why), -EINVAL);
	assert_non_null(strstr(buf, other));
}

static void full_disk_leaves_nothing(void **state)
{
	char mnt[160], in[192], buf[256] = "", *big;
	struct text why;
	struct store *s;
	uint32_t id;
	int fd, err = 0;

	(void)state;
	snprintf(mnt, sizeof(mnt), "%s/mnt", base);
	assert_int_equal(mkdir(mnt, 0700), 0);
	if (mount("none", mnt, "tmpfs", 0, "size=64k,mode=0700")) {
		puts("# SKIP a small tmpfs cannot be mounted");
		skip();
	}
	snprintf(in, sizeof(in), "%s/rt", mnt);
	s = open_at(in);
	big = calloc(1, 1 << 20);
	assert_int_equal(store_create(s, STORE_MAP, &id, &fd), 0);
	err = posix_fallocate(fd, 0, 1 << 20);
	assert_int_equal(err, ENOSPC);
	close(fd);
	store_close(s);
	snprintf(in, sizeof(in), "%s/fill", mnt);
	fd = open(in, O_CREAT | O_RDWR, 0600);
	while (write(fd, big, 4096) > 0)
		;
	close(fd);
	text_init(&why, buf, sizeof(buf));
	snprintf(in, sizeof(in), "%s/rt2", mnt);
	assert_int_equal(try_open(in, &why), -ENOSPC);
	assert_non_null(strstr(buf, "No space"));
	free(big);
	assert_int_equal(umount2(mnt, MNT_DETACH), 0);
}

static void links(void **state)
{
	struct link_site site = { .offset = 0x10, .cookie = 7 };
	struct link_spec spec = { .kind = LINK_URETPROBE,
				  .role = LINK_ROLE_EVENT,
				  .pid = -1,
				  .path = "/proc/self/exe",
				  .sites = &site,
				  .n_sites = 1 };
	struct store *s = open_at(dir);
	struct link *l, *other;
	uint32_t id, gen;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	gen = store_registry(s)->generation;
	assert_int_equal(link_create(s, &spec, &id, &fd), 0);
	assert_int_not_equal(store_wait(s, gen, 0), gen);
	assert_int_equal(link_open_id(s, id, &l), 0);
	assert_int_equal(l->fixed.ino, st.st_ino);
	assert_int_equal(l->sites[0].cookie, 7);
	assert_int_equal(link_prog_id(l), 0);
	link_set_prog(s, l, 5);
	assert_int_equal(link_prog_id(l), 0);
	link_set_enabled(s, l, true);
	assert_int_equal(link_prog_id(l), 5);
	assert_true(link_is_live(l));
	assert_int_equal(link_open_id(s, id, &other), 0);
	other->file->n_sites = 1000;
	link_free(other);
	assert_int_equal(link_open_id(s, id, &other), -EINVAL);
	close(fd);
	assert_false(link_is_live(l));
	assert_int_equal(link_open_id(s, id, &other), -ENOENT);
	link_free(l);
	spec.path = "/no/such/file";
	assert_int_equal(link_create(s, &spec, &id, &fd), -ENOENT);
	spec.path = "/tmp";
	assert_int_equal(link_create(s, &spec, &id, &fd), -EINVAL);
	assert_int_equal(store_sweep(s), 1);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lifetime_in_directory),
		cmocka_unit_test(lifetime_in_private),
		cmocka_unit_test(many_in_private),
		cmocka_unit_test(a_copy_holds_nothing),
		cmocka_unit_test(killed_holder_lets_go),
		cmocka_unit_test(what_is_referred_to_lives),
		cmocka_unit_test(pinned_objects_live),
		cmocka_unit_test(foreign_directories_are_refused),
		cmocka_unit_test(damaged_registry_is_refused),
		cmocka_unit_test(full_disk_leaves_nothing),
		cmocka_unit_test(links),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_base, NULL);
}
