/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the running kernel refuse what the golden texts explain, in the words that they quote? Loads
 * each object of this folder with libbpf; skipped where bpf(2) is not permitted.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Capabilities that linux/capability.h of Debian 12 names, kept by an unprivileged loader. */
enum {
	KEPT = 1u << CAP_NET_ADMIN,
	KEPT_HIGH = 1u << (CAP_BPF - 32),
	LOG_SIZE = 1 << 16
};

static char log_text[LOG_SIZE];

static int silent(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = KEPT, .permitted = KEPT },
		{ .effective = KEPT_HIGH, .permitted = KEPT_HIGH },
	};

	return (int)syscall(SYS_capset, &head, data);
}

static int load(const char *path)
{
	struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return -errno;
	bpf_object__for_each_program(prog, obj)
	{
		/* Errors and figures only: no line for every instruction. */
		bpf_program__set_log_buf(prog, log_text, sizeof(log_text));
		bpf_program__set_log_level(prog, 4);
	}
	err = bpf_object__load(obj);
	bpf_object__close(obj);
	return err;
}

/* What the golden text says of the kernel: the lines from "  kernel" to "  more". */
static bool quoted(const char *object, char *line, size_t size)
{
	char path[512], text[512];
	const char *name = strrchr(object, '/') + 1;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "tests/explain/%.*s.txt", (int)strcspn(name, "."), name);
	f = fopen(path, "r");
	while (f && !found && fgets(text, sizeof(text), f)) {
		found = !strncmp(text, "  kernel", 8);
		if (found)
			snprintf(line, size, "%.*s", (int)strcspn(text + 11, "\n"), text + 11);
	}
	if (f)
		fclose(f);
	return found;
}

/* Names of values that both make up: ids count differently. */
static void forget_ids(char *s)
{
	static const char *const ids[] = { "id=", "alloc_insn=", "Processed ", "at insn " };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char *p = s;

		while ((p = strstr(p, ids[i]))) {
			p += strlen(ids[i]);
			for (; *p >= '0' && *p <= '9'; p++)
				*p = '#';
		}
	}
}

static int in_child(const char *object)
{
	const char *name = strrchr(object, '/') + 1;
	char want[512] = "";
	int err;

	if (!strncmp(name, "12_", 3) && drop_capabilities())
		return 2;
	err = load(object);
	if (!err || err == -EPERM)
		return err ? 2 : 1;
	/* Whose text depends on how the search goes. */
	if (!strncmp(name, "25_", 3))
		snprintf(want, sizeof(want), "BPF program is too large. Processed 1000001 insn");
	else if (!strncmp(name, "60_", 3))
		snprintf(want, sizeof(want), "The sequence of 8193 jumps is too complex.");
	else if (!quoted(object, want, sizeof(want)))
		return 1;
	forget_ids(want);
	forget_ids(log_text);
	if (strstr(log_text, want))
		return 0;
	printf("# golden: %s\n# kernel: %.600s\n", want, log_text);
	fflush(stdout);
	return 1;
}

int main(void)
{
	const char *build = getenv("BUILD");
	char pattern[512];
	unsigned int n = 0, failed = 0;
	glob_t g;

	libbpf_set_print(silent);
	snprintf(pattern, sizeof(pattern), "%s/tests/explain/*.bpf.o",
		 build ? build : "build/release");
	if (glob(pattern, 0, NULL, &g)) {
		printf("not ok 1 - objects in %s\n", pattern);
		return 1;
	}
	for (size_t i = 0; i < g.gl_pathc; i++) {
		pid_t pid;
		int status = 0;

		fflush(stdout);
		pid = fork();
		if (!pid)
			_exit(in_child(g.gl_pathv[i]));
		waitpid(pid, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
			printf("ok %u - %s # SKIP bpf(2) is not permitted\n", ++n, g.gl_pathv[i]);
			continue;
		}
		failed += status != 0;
		printf("%s %u - %s in the kernel\n", status ? "not ok" : "ok", ++n, g.gl_pathv[i]);
	}
	printf("1..%u\n", n);
	globfree(&g);
	return failed != 0;
}
