/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where do an object's programs go?  SEC() decides, through libbpf.  Some sections are parsed here:
 * uprobe and usdt with a process given, since libbpf attaches to every process, and uprobe with an
 * absolute offset in the place of the function, which libbpf 1.1 takes for a symbol.
 */
#include "cli/run.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/bind.h"
#include "run/link.h"
#include "run/prog.h"
#include "run/rt.h"

/* "uprobe//path:function+offset" in parts; false when it is no such section. */
struct target {
	bool ret;
	char path[4096];
	char function[512];
	size_t offset;
};

static bool parse_section(const char *sec, struct target *t)
{
	const char *slash = strchr(sec, '/'), *colon, *plus;

	memset(t, 0, sizeof(*t));
	t->ret = !strncmp(sec, "uretprobe", 9);
	if ((!t->ret && strncmp(sec, "uprobe", 6)) || !slash || strstr(sec, ".multi"))
		return false;
	colon = strrchr(slash, ':');
	if (!colon)
		return false;
	plus = strchr(colon, '+');
	snprintf(t->path, sizeof(t->path), "%.*s", (int)(colon - slash - 1), slash + 1);
	snprintf(t->function, sizeof(t->function), "%.*s",
		 (int)(plus ? plus - colon - 1 : (long)strlen(colon + 1)), colon + 1);
	t->offset = plus ? strtoul(plus + 1, NULL, 0) : 0;
	/* "path:0x1234" is an absolute offset. */
	if (t->function[0] >= '0' && t->function[0] <= '9') {
		t->offset = strtoul(t->function, NULL, 0);
		t->function[0] = '\0';
	}
	return true;
}

/* "usdt/path:provider:name", of one process. */
static struct bpf_link *attach_usdt(struct bpf_program *prog, pid_t pid)
{
	char path[4096], provider[256], name[256];

	if (sscanf(bpf_program__section_name(prog), "%*[^/]/%4095[^:]:%255[^:]:%255s", path,
		   provider, name) != 3)
		return bpf_program__attach(prog);
	return bpf_program__attach_usdt(prog, pid, path, provider, name, NULL);
}

/* Time on a CPU, of a process, or of all that the command becomes. */
static int open_clock(const struct run_args *args, int cpu)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
					.type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_CPU_CLOCK,
					.freq = 1,
					.sample_freq = args->hz };

	return (int)syscall(SYS_perf_event_open, &attr, args->pid > 0 ? args->pid : -1, cpu, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

static bool is_sampled(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_PERF_EVENT;
}

/* Of a process: one; else one for each CPU, as perf_event_open(2) has it. */
static int attach_samples(struct bpf_program *prog, const struct run_args *args,
			  struct run_link *links, int max)
{
	int n_cpus = args->pid > 0 ? 1 : (int)sysconf(_SC_NPROCESSORS_CONF), n = 0;

	for (int cpu = 0; cpu < n_cpus && n < max; cpu++) {
		int fd = open_clock(args, args->pid > 0 ? -1 : cpu);

		if (fd < 0)
			return n ? n : -errno;
		links[n].prog = prog;
		links[n].link = bpf_program__attach_perf_event(prog, fd);
		if (!links[n].link) {
			int err = -errno;

			close(fd);
			return n ? n : err;
		}
		n++;
	}
	return n;
}

static struct bpf_link *attach_one(struct bpf_program *prog, const struct run_args *args)
{
	LIBBPF_OPTS(bpf_uprobe_opts, opts);
	struct target t;

	if (args->pid > 0 && !strncmp(bpf_program__section_name(prog), "usdt", 4))
		return attach_usdt(prog, args->pid);
	if (!parse_section(bpf_program__section_name(prog), &t) ||
	    (args->pid <= 0 && t.function[0]))
		return bpf_program__attach(prog);
	opts.retprobe = t.ret;
	opts.func_name = t.function[0] ? t.function : NULL;
	return bpf_program__attach_uprobe_opts(prog, args->pid > 0 ? args->pid : -1, t.path,
					       t.offset, &opts);
}

static void explain_failure(const struct bpf_program *prog, int err)
{
	const char *why = libbpf_said();

	cli_error("%s (SEC \"%s\"): not attached: %s%s%s", bpf_program__name(prog),
		  bpf_program__section_name(prog), cli_strerror(err), *why ? ": " : "", why);
	if (err == EOPNOTSUPP && !*why)
		cli_error("this section names no place to attach to in user space; uprobe/, "
			  "uretprobe/ sections do");
}

int run_attach(struct bpf_object *obj, const struct run_args *args, struct run_link *links, int max,
	       int *ret_failed)
{
	struct bpf_program *prog;
	int n = 0, failed = 0, nowhere = 0;

	bpf_object__for_each_program(prog, obj)
	{
		if (n == max)
			return -E2BIG;
		if (bpf_program__fd(prog) < 0)
			continue;
		if (!args->verbose)
			libbpf_hear();
		if (is_sampled(prog)) {
			int got = attach_samples(prog, args, links + n, max - n);

			n += got > 0 ? got : 0;
			failed += got < 0;
			if (got < 0)
				explain_failure(prog, -got);
			continue;
		}
		links[n].prog = prog;
		links[n].link = attach_one(prog, args);
		if (links[n].link) {
			n++;
			continue;
		}
		/* A section that names no place may be the target of a tail call. */
		nowhere += errno == EOPNOTSUPP;
		failed += errno != EOPNOTSUPP;
		explain_failure(prog, errno);
	}
	if (!n && !failed && !nowhere)
		cli_error("%s: no program to attach", args->object);
	*ret_failed = failed;
	return n ? n : -ENOENT;
}

static void add_link_counts(struct session *s, uint32_t prog_id, uint64_t *hits, uint64_t *missed,
			    char *trouble, size_t trouble_size)
{
	struct store *store = s->rt->store;
	struct link *link;

	for (uint32_t id = 0; store_next_id(store, STORE_LINK, id, &id) == 0;) {
		if (link_open_id(store, id, &link))
			continue;
		if (link->file->prog_id == prog_id) {
			*hits += link_hits(link);
			*missed += __atomic_load_n(&link->file->missed, __ATOMIC_RELAXED);
			if (link->file->trouble[0])
				snprintf(trouble, trouble_size, "%.200s", link->file->trouble);
		}
		link_free(link);
	}
}

void run_print_hits(struct session *s, const struct run_link *links, int n, bool json)
{
	for (int i = 0; i < n; i++) {
		uint64_t hits = 0, missed = 0;
		char trouble[256] = "";
		struct prog *prog;
		int before;

		/* Its counts are those of all its links. */
		if ((i && links[i].prog == links[i - 1].prog) ||
		    rt_prog_of_fd(s->rt, bpf_program__fd(links[i].prog), &prog))
			continue;
		before = bind_enter();
		add_link_counts(s, prog->id, &hits, &missed, trouble, sizeof(trouble));
		bind_leave(before);
		prog_unref(prog);
		if (trouble[0])
			cli_error("%s: %s", bpf_program__name(links[i].prog), trouble);
		if (json)
			printf("{\"program\":\"%s\",\"hits\":%llu,\"missed\":%llu}\n",
			       bpf_program__name(links[i].prog), (unsigned long long)hits,
			       (unsigned long long)missed);
		else
			printf("%s: %llu hits, %llu missed\n", bpf_program__name(links[i].prog),
			       (unsigned long long)hits, (unsigned long long)missed);
	}
}
