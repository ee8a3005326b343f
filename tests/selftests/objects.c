/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judges every annotated program of objects: `objects FILE.bpf.o...` prints a line of judge.h a
 * program and mode.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftests/judge.h"
#include "selftests/spec.h"

enum {
	MAX_PROGS = 512
};

struct object {
	struct judge *judge;
	const char *path;
	char file[128];
	struct spec spec[MAX_PROGS];
	uint32_t n;
};

/* Sections that Debian's libbpf does not know. */
static const struct {
	const char *prefix;
	uint32_t type, attach;
} sections[] = {
	{ "netfilter", 32, 45 },
	{ "tcx/ingress", BPF_PROG_TYPE_SCHED_CLS, 46 },
	{ "tcx/egress", BPF_PROG_TYPE_SCHED_CLS, 47 },
	{ "tc/ingress", BPF_PROG_TYPE_SCHED_CLS, 46 },
	{ "tc/egress", BPF_PROG_TYPE_SCHED_CLS, 47 },
	{ "netkit/primary", BPF_PROG_TYPE_SCHED_CLS, 54 },
	{ "netkit/peer", BPF_PROG_TYPE_SCHED_CLS, 55 },
	{ "cgroup/connect_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 49 },
	{ "cgroup/sendmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 50 },
	{ "cgroup/recvmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 51 },
	{ "cgroup/getpeername_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 52 },
	{ "cgroup/getsockname_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, 53 },
	{ "kprobe.session", BPF_PROG_TYPE_KPROBE, 56 },
	{ "uprobe.session", BPF_PROG_TYPE_KPROBE, 57 },
	{ "uprobe.multi", BPF_PROG_TYPE_KPROBE, 48 },
	{ "uretprobe.multi", BPF_PROG_TYPE_KPROBE, 48 },
};

static void know_section(struct bpf_program *prog)
{
	const char *name = bpf_program__section_name(prog);

	if (bpf_program__type(prog) != BPF_PROG_TYPE_UNSPEC)
		return;
	name += *name == '?';
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strncmp(name, sections[i].prefix, strlen(sections[i].prefix)))
			continue;
		bpf_program__set_type(prog, sections[i].type);
		bpf_program__set_expected_attach_type(prog, sections[i].attach);
		return;
	}
}

static bool map_for_all(const struct bpf_map *map)
{
	switch ((int)bpf_map__type(map)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS: return !(bpf_map__map_flags(map) & BPF_F_ZERO_SEED);
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return true;
	default: return false;
	}
}

/* Opens the object with program `index` and what it needs to be loaded. */
static struct bpf_object *open_one(struct object *o, uint32_t index, enum mode mode,
				   struct bpf_program **ret_prog)
{
	struct bpf_object *obj = bpf_object__open_file(o->path, NULL);
	struct bpf_program *prog;
	struct bpf_map *map;
	uint32_t i = 0;

	if (!obj)
		return NULL;
	bpf_object__for_each_program(prog, obj)
	{
		if (i >= o->n)
			break;
		know_section(prog);
		bpf_program__set_autoload(prog, i == index || o->spec[i].auxiliary[mode]);
		if (i == index)
			*ret_prog = prog;
		i++;
	}
	bpf_object__for_each_map(map, obj)
	{
		bpf_map__set_pin_path(map, NULL);
		bpf_map__set_autocreate(map, mode == MODE_PRIV || map_for_all(map));
	}
	return obj;
}

/* Why is it loaded? */
enum purpose {
	FOR_VERDICT,
	FOR_JIT, /* each engine begins with maps of its own */
	FOR_INTERP,
};

static void load_side(struct object *o, uint32_t index, struct trial *t, enum side side,
		      enum purpose purpose)
{
	bool must_run = purpose != FOR_VERDICT;
	const struct spec *s = &o->spec[index];
	struct bpf_program *prog = NULL;
	struct bpf_object *obj;
	struct outcome out;
	bool no_data;
	int err;

	judge_enter(o->judge, side, t->mode, must_run, t->name);
	obj = open_one(o, index, t->mode, &prog);
	if (!obj || !prog) {
		judge_leave(o->judge);
		return;
	}
	bpf_program__set_log_buf(prog, judge_log(o->judge), JUDGE_LOG);
	bpf_program__set_log_level(prog, s->log_level);
	bpf_program__set_flags(prog, bpf_program__flags(prog) | s->flags);
	err = bpf_object__load(obj);
	judge_note(o->judge, side, !err, err, &out);
	if (!must_run)
		t->side[side] = out;
	if (!must_run)
		judge_messages(o->judge, side, t);
	no_data = bpf_program__type(prog) == BPF_PROG_TYPE_SYSCALL;
	if (!err && t->n_runs && side == SIDE_KERNEL) {
		judge_leave(o->judge);
		judge_run(o->judge, bpf_program__fd(prog), false, no_data, t, &t->kernel_runs);
	}
	if (!err && t->n_runs && must_run)
		judge_run(o->judge, bpf_program__fd(prog), purpose == FOR_INTERP, no_data, t,
			  purpose == FOR_INTERP ? &t->interp_runs : &t->jit_runs);
	bpf_object__close(obj);
	judge_leave(o->judge);
}

static void judge_program(struct object *o, uint32_t index, const char *name, enum mode mode)
{
	static const uint8_t data[64];
	const struct spec *s = &o->spec[index];
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->file = o->file;
	t->name = name;
	t->mode = mode;
	t->expect_accept = !s->fails[mode];
	memcpy(t->msg, s->msg[mode], sizeof(t->msg));
	t->n_msgs = s->n_msgs[mode];
	if (s->runs[mode] && !s->fails[mode]) {
		t->run[0] = (struct run_input){ s->retval[mode], data, sizeof(data) };
		t->n_runs = 1;
	}
	if (judge_can(o->judge, SIDE_KERNEL, mode))
		load_side(o, index, t, SIDE_KERNEL, FOR_VERDICT);
	load_side(o, index, t, SIDE_OURS, FOR_VERDICT);
	if (t->n_runs && t->side[SIDE_OURS].verdict == VERDICT_ACCEPT) {
		load_side(o, index, t, SIDE_OURS, FOR_JIT);
		load_side(o, index, t, SIDE_OURS, FOR_INTERP);
	}
	judge_print(t);
	free(t);
}

static int judge_object(struct object *o)
{
	struct bpf_object *obj = bpf_object__open_file(o->path, NULL);
	struct bpf_program *prog;
	uint32_t i = 0;

	if (!obj) {
		printf("%s\t*\tpriv\t-\t-\t-\t-\t-\t-\t-\t-\tlibbpf cannot open it\t\n", o->file);
		return 0;
	}
	bpf_object__for_each_program(prog, obj)
	{
		if (o->n < MAX_PROGS)
			spec_read(bpf_object__btf(obj), bpf_program__name(prog), &o->spec[o->n++]);
	}
	bpf_object__for_each_program(prog, obj)
	{
		const struct spec *s = &o->spec[i];

		if (i >= o->n)
			break;
		for (int m = 0; m < N_MODES; m++)
			if (s->test && !s->foreign && s->wanted[m])
				judge_program(o, i, bpf_program__name(prog), (enum mode)m);
		i++;
	}
	bpf_object__close(obj);
	return 0;
}

int main(int argc, char **argv)
{
	static struct object o;

	for (int i = 1; i < argc; i++) {
		const char *base = strrchr(argv[i], '/');
		int err;

		memset(&o, 0, sizeof(o));
		o.path = argv[i];
		snprintf(o.file, sizeof(o.file), "%s", base ? base + 1 : argv[i]);
		o.file[strcspn(o.file, ".")] = '\0';
		err = judge_new(&o.judge);
		if (err) {
			fprintf(stderr, "objects: %s\n", strerror(-err));
			return 1;
		}
		judge_object(&o);
		o.judge = judge_free(o.judge);
	}
	return 0;
}
