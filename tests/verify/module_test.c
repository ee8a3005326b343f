/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are functions of a kernel's modules found and judged?  Writes the types of a small kernel and of
 * two modules, and asks the command about module.bpf.o: the name of each program says its verdict.
 */
#include <bpf/btf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/ring3-module-XXXXXX";
static unsigned int n, failed;

static void report(int ok, const char *what)
{
	printf("%s %u - %s\n", ok ? "ok" : "not ok", ++n, what);
	failed += !ok;
}

static int save(const struct btf *btf, const char *name)
{
	uint32_t size;
	const void *raw = btf__raw_data(btf, &size);
	char path[64];
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = raw ? fopen(path, "w") : NULL;
	ok = f && fwrite(raw, size, 1, f) == 1;
	return f && !fclose(f) && ok;
}

static void add_function(struct btf *btf, const char *name, int ret, int arg, const char *arg_name)
{
	int proto = btf__add_func_proto(btf, ret);

	btf__add_func_param(btf, arg_name, arg);
	btf__add_decl_tag(btf, "bpf_kfunc", btf__add_func(btf, name, BTF_FUNC_STATIC, proto), -1);
}

static struct btf *make_kernel(int *ret_int, int *ret_task)
{
	struct btf *btf = btf__new_empty();
	int type;

	*ret_int = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	type = btf__add_struct(btf, "task_struct", 8);
	btf__add_field(btf, "pid", *ret_int, 0, 0);
	*ret_task = btf__add_ptr(btf, type);
	return btf;
}

/* Functions that the tables know, and one that they do not. */
static struct btf *make_module(struct btf *kernel, int number, int task)
{
	struct btf *btf = btf__new_empty_split(kernel);
	int type = btf__add_struct(btf, "module_thing", 8), thing;

	btf__add_field(btf, "count", number, 0, 0);
	btf__add_field(btf, "size", number, 32, 0);
	thing = btf__add_ptr(btf, type);
	add_function(btf, "module_count", number, number, "n");
	add_function(btf, "module_look", number, task, "task");
	add_function(btf, "module_fill", number, thing, "thing");
	add_function(btf, "module_get", thing, number, "n");
	add_function(btf, "bpf_task_release", 0, task, "task");
	type = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "thing", thing);
	btf__add_func_param(btf, "n", number);
	btf__add_func(btf, "module_work", BTF_FUNC_STATIC, type);
	return btf;
}

static FILE *verify(const char *more)
{
	const char *build = getenv("BUILD");
	char command[512];

	build = build ? build : "build/release";
	snprintf(command, sizeof(command),
		 "%s/ring3 verify --btf %s/kernel %s %s/tests/verify/module.bpf.o 2>&1", build, dir,
		 more, build);
	return popen(command, "r");
}

static void judge(void)
{
	char more[128], line[1024], verdict[16], path[512], name[128];
	unsigned int seen = 0;
	FILE *f;

	snprintf(more, sizeof(more), "--btf %s/other --btf %s/module", dir, dir);
	f = verify(more);
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15s %511s %127s", verdict, path, name) != 3 ||
		    (strcmp(verdict, "accept") != 0 && strcmp(verdict, "reject") != 0))
			continue;
		seen++;
		report(!strncmp(name, verdict, 6), name);
		if (strncmp(name, verdict, 6) != 0)
			printf("# %s", line);
	}
	report(f && WIFEXITED(pclose(f)) && seen == 9, "all programs were judged");
	f = verify("");
	seen = 0;
	while (f && fgets(line, sizeof(line), f))
		seen += !!strstr(line, "object.unloadable");
	report(f && WIFEXITED(pclose(f)) && seen == 9, "none of them without the module");
}

static void clean(void)
{
	static const char *const names[] = { "kernel", "module", "other" };
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

int main(void)
{
	struct btf *kernel, *module, *other;
	int number, task;

	if (!mkdtemp(dir))
		return 1;
	kernel = make_kernel(&number, &task);
	module = make_module(kernel, number, task);
	other = btf__new_empty_split(kernel);
	add_function(other, "other_count", number, number, "n");
	report(save(kernel, "kernel") && save(module, "module") && save(other, "other"),
	       "types are written");
	judge();
	btf__free(other);
	btf__free(module);
	btf__free(kernel);
	clean();
	printf("1..%u\n", n);
	return failed != 0;
}
