/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a traced process go on while somebody overwrites bytes of the files it shares with its
 * tracer?  Programs may count nonsense or nothing; neither process may crash or hang.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "support/scratch.h"

enum {
	N_ROUNDS = 6,
	N_BYTES = 400, /* a round */
	PATIENCE_MS = 20000
};

static char base[64];
static char dir[128], state_path[128];
static volatile unsigned long *state; /* of malloc_loop: pid, then a counter for each thread */

static void nap_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static uint32_t rnd(uint32_t below)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % below;
}

static pid_t start_tracer(const char *object)
{
	const char *build = getenv("BUILD");
	char path[3][512];
	pid_t pid;
	int null;

	build = build ? build : "build/release";
	snprintf(path[0], sizeof(path[0]), "%s/ring3", build);
	snprintf(path[1], sizeof(path[1]), "%s/%s", build, object);
	snprintf(path[2], sizeof(path[2]), "%s/tests/targets/malloc_loop", build);
	pid = fork();
	if (pid)
		return pid;
	null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	setenv("RING3_DIR", dir, 1);
	execl(path[0], "ring3", "run", path[1], "--", path[2], state_path, NULL);
	_exit(125);
}

static void wait_started(pid_t tracer)
{
	for (int ms = 0; !state[0] || !state[1] || !state[2]; ms++) {
		if (waitpid(tracer, NULL, WNOHANG) == tracer || ms > PATIENCE_MS)
			fail_msg("the traced process does not start");
		nap_ms(1);
	}
}

static int is_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* One byte of one object, likely where its description or its first element is. */
static void damage(void)
{
	char path[512];
	struct dirent **names;
	struct stat st;
	uint8_t byte = (uint8_t)rnd(256);
	int n, fd;

	snprintf(path, sizeof(path), "%s/obj", dir);
	n = scandir(path, &names, is_file, NULL);
	assert_true(n > 0);
	snprintf(path, sizeof(path), "%s/obj/%s", dir, names[rnd((uint32_t)n)]->d_name);
	while (n--)
		free(names[n]);
	free(names);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size) {
		off_t at = rnd((uint32_t)st.st_size);

		if (rnd(3) == 0)
			at %= 200;
		else if (rnd(2) && st.st_size > 4096)
			at = st.st_size - 4096 + rnd(300);
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
}

static void goes_on(void)
{
	for (int i = 1; i < 3; i++) {
		unsigned long before = state[i];

		for (int ms = 0; state[i] == before; ms++) {
			if (ms > PATIENCE_MS)
				fail_msg("thread %d of the traced process hangs or is dead", i);
			nap_ms(1);
		}
	}
}

static void one_round(const char *object)
{
	int status, ms = 0;
	pid_t tracer;

	for (int i = 0; i < 3; i++)
		state[i] = 0;
	tracer = start_tracer(object);
	wait_started(tracer);
	for (int i = 0; i < N_BYTES; i++) {
		damage();
		if (i % 4 == 0)
			nap_ms(1);
	}
	goes_on();
	kill((pid_t)state[0], SIGKILL);
	while (waitpid(tracer, &status, WNOHANG) == 0) {
		if (ms++ > PATIENCE_MS)
			fail_msg("the tracer hangs");
		nap_ms(1);
	}
	assert_true(WIFEXITED(status));
}

static void bytes_are_overwritten(void **unused)
{
	char cmd[160];

	(void)unused;
	for (int k = 0; k < N_ROUNDS; k++) {
		one_round(k & 1 ? "examples/malloc_hist.bpf.o" : "tests/abi/kill.bpf.o");
		snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
		assert_int_equal(system(cmd), 0);
	}
}

static int begin(void **unused)
{
	int fd;

	(void)unused;
	if (scratch_make(base, sizeof(base)))
		return -1;
	snprintf(dir, sizeof(dir), "%s/rt", base);
	snprintf(state_path, sizeof(state_path), "%s/state", base);
	fd = open(state_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 4096))
		return -1;
	state = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return state == MAP_FAILED ? -1 : 0;
}

static int end(void **unused)
{
	(void)unused;
	if (state[0] > 1)
		kill((pid_t)state[0], SIGKILL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bytes_are_overwritten) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, begin, end);
}
