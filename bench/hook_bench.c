/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a probe cost?  One function called in a loop, bare and with each kind of hook, and with
 * the kernel's uprobe on the same function in the same run where that is permitted; the program
 * counts into its slot's cell: a C function, or BPF that both sides load from the same bytes.
 * Overhead: over the bare call of the same round.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <asm/ptrace.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/os.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/store.h"
#include "ring3/ring3.h"

enum {
	ROUNDS = 15,
	CALLS = 400000,
	SLOW_CALLS = 20000
};

/* The usual prologue, one that is a breakpoint for want of room, and the kernel's favourite. */
__asm__(".pushsection .text\n"
	".balign 64\n"
	"f_usual: push %rbp\n mov %rsp, %rbp\n push %r15\n lea (%rdi,%rsi,2), %rax\n pop %r15\n"
	" pop %rbp\n ret\n"
	".balign 64\n"
	"f_loops: xor %eax, %eax\n 1: add %rdi, %rax\n dec %rsi\n jnz 1b\n ret\n"
	".balign 64\n"
	"f_nop5: .byte 0x0f, 0x1f, 0x44, 0, 0\n lea (%rdi,%rsi,2), %rax\n ret\n"
	".balign 64\n"
	"f_endbr: endbr64\n sub $8, %rsp\n lea (%rdi,%rsi,2), %rax\n add $8, %rsp\n ret\n"
	".popsection\n");
extern char f_usual[], f_loops[], f_nop5[], f_endbr[];

static struct {
	uint64_t n, pad[7];
} cells[STORE_MAX_SLOTS];

static uint64_t count(void *ctx, struct run *run)
{
	(void)ctx;
	cells[run->slot].n++;
	return 0;
}

static struct jit_image image = { .entry = count };
static struct ring3 rt;
static struct prog prog = { .image = &image, .rt = &rt };

static struct hook_set *set;
static ring3 *real_rt; /* that BPF programs are loaded into */

enum who {
	RING3,
	KERNEL
};

/* What runs at a hit. */
enum body {
	NATIVE, /* a C function in the place of compiled BPF */
	COUNTER,
	HASH,
	LATENCY, /* of the function, into a histogram: a hash of begins, a counter for each power of
		    2 */
	LATENCY_END,
	N_BODIES
};

static char skip_reason[128];

/* --- the kernel's --- */

/* The first number in a file of sysfs. */
static int read_int(const char *path)
{
	FILE *f = fopen(path, "r");
	int value = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%*[^0-9]") == EOF || fscanf(f, "%d", &value) != 1)
		value = -1;
	fclose(f);
	return value;
}

/* The same request to either side. */
static int ask(enum who who, int cmd, union bpf_attr *attr)
{
	if (who == RING3)
		return ring3_bpf(real_rt, cmd, attr, sizeof(*attr));
	return (int)os_syscall(SYS_bpf, cmd, (long)attr, sizeof(*attr), 0, 0, 0);
}

static int load(enum who who, const struct bpf_insn *insns, uint32_t n)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_KPROBE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = n,
				.license = (uint64_t)(uintptr_t) "GPL" };

	return ask(who, BPF_PROG_LOAD, &attr);
}

#define COUNT_OF(insns) (sizeof(insns) / sizeof((insns)[0]))

/* (*lookup(&map, &0))++ in an array with a copy for each CPU or slot */
static int load_counter(enum who who)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
			       .key_size = 4,
			       .value_size = 8,
			       .max_entries = 1 };
	int fd = ask(who, BPF_MAP_CREATE, &map);
	const struct bpf_insn insns[] = {
		{ .code = 0x62, .dst_reg = 10, .off = -4 },    /* *(u32 *)(r10 - 4) = 0 */
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 }, /* r2 = r10 */
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },     /* r2 += -4 */
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x15, .dst_reg = 0, .off = 3 },     /* if r0 == 0 goto +3 */
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 }, /* r1 = *(u64 *)r0 */
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },     /* r1 += 1 */
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 }, /* *(u64 *)r0 = r1 */
		{ .code = 0xb7, .dst_reg = 0 },               /* r0 = 0 */
		{ .code = 0x95 },                             /* exit */
	};

	return fd < 0 ? fd : load(who, insns, COUNT_OF(insns));
}

/* update(&map, &(first argument % 1024), &first argument) in a hash */
static int load_hash(enum who who)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8, .max_entries = 4096
	};
	int fd = ask(who, BPF_MAP_CREATE, &map);
	const struct bpf_insn insns[] = {
		{ .code = 0x79, .dst_reg = 3, .src_reg = 1, .off = 112 }, /* r3 = ctx->di */
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 3, .off = -8 },
		{ .code = 0x57, .dst_reg = 3, .imm = 1023 },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 3, .off = -16 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -16 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 3, .imm = -8 },
		{ .code = 0xb7, .dst_reg = 4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_update_elem },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return fd < 0 ? fd : load(who, insns, COUNT_OF(insns));
}

static int latency_maps[2][2]; /* of either side: begins, histogram */

static int latency_map(enum who who, int which)
{
	union bpf_attr begins = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8, .max_entries = 1024
	};
	union bpf_attr hist = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
				.key_size = 4,
				.value_size = 8,
				.max_entries = 64 };

	if (!latency_maps[who][which])
		latency_maps[who][which] = ask(who, BPF_MAP_CREATE, which ? &hist : &begins);
	return latency_maps[who][which];
}

/* begins[pid_tgid()] = ktime() */
static int load_latency(enum who who)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x85, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -16 },
		{ .code = 0x85, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -8 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -16 },
		{ .code = 0xbf, .dst_reg = 3, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 3, .imm = -8 },
		{ .code = 0xb7, .dst_reg = 4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 0) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_update_elem },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return load(who, insns, COUNT_OF(insns));
}

/* if (r7 >> n) r1 += n, r7 >>= n */
#define LOG2_STEP(n)                                                                              \
	{ .code = 0xbf, .dst_reg = 2, .src_reg = 7 }, { .code = 0x77, .dst_reg = 2, .imm = (n) }, \
		{ .code = 0x15, .dst_reg = 2, .off = 2 },                                         \
		{ .code = 0x07, .dst_reg = 1, .imm = (n) },                                       \
	{                                                                                         \
		.code = 0x77, .dst_reg = 7, .imm = (n)                                            \
	}

/* histogram[log2(ktime() - begins[pid_tgid()])]++ */
static int load_latency_end(enum who who)
{
	const struct bpf_insn insns[] = {
		{ .code = 0x85, .imm = BPF_FUNC_get_current_pid_tgid },
		{ .code = 0x7b, .dst_reg = 10, .src_reg = 0, .off = -8 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -8 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 0) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x55, .dst_reg = 0, .off = 1 },
		{ .code = 0x95 },
		{ .code = 0x79, .dst_reg = 6, .src_reg = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_ktime_get_ns },
		{ .code = 0xbf, .dst_reg = 7, .src_reg = 0 },
		{ .code = 0x1f, .dst_reg = 7, .src_reg = 6 },
		{ .code = 0xb7, .dst_reg = 1 },
		LOG2_STEP(32),
		LOG2_STEP(16),
		LOG2_STEP(8),
		LOG2_STEP(4),
		LOG2_STEP(2),
		LOG2_STEP(1),
		{ .code = 0x63, .dst_reg = 10, .src_reg = 1, .off = -4 },
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 },
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = latency_map(who, 1) },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x55, .dst_reg = 0, .off = 1 },
		{ .code = 0x95 },
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 },
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 },
		{ .code = 0xb7, .dst_reg = 0 },
		{ .code = 0x95 },
	};

	return load(who, insns, COUNT_OF(insns));
}

static int load_body(enum who who, enum body body)
{
	switch (body) {
	case HASH: return load_hash(who);
	case LATENCY: return load_latency(who);
	case LATENCY_END: return load_latency_end(who);
	case NATIVE:
	case COUNTER:
	case N_BODIES: break;
	}
	return load_counter(who);
}

/* What the return gets where the entry gets `body`. */
static enum body end_of(enum body body)
{
	return body == LATENCY ? LATENCY_END : body;
}

static struct prog *real_prog(enum body body)
{
	static struct prog *progs[N_BODIES];
	enum store_kind kind;
	uint32_t id = 0;
	int fd;

	if (body == NATIVE)
		return &prog;
	if (progs[body])
		return progs[body];
	fd = load_body(RING3, body);
	if (fd < 0 || rt_identify(real_rt, fd, &kind, &id) ||
	    prog_open_id(real_rt, id, &progs[body]) || prog_ready_hot(progs[body])) {
		fprintf(stderr, "hook_bench: the program does not load: %d\n", fd);
		exit(1);
	}
	return progs[body];
}

static struct hook *add(enum hook_kind kind, const char *func, size_t off, size_t size,
			enum body body)
{
	uint64_t addr = (uint64_t)(uintptr_t)func;
	struct hook_spec spec = {
		.kind = kind,
		.addr = addr + off,
		.func = addr,
		.func_size = size,
		.prog = real_prog(body),
	};
	struct hook *hook = NULL;
	char buf[200];
	struct text why;

	text_init(&why, buf, sizeof(buf));
	if (hook_add(set, &spec, &why, &hook)) {
		fprintf(stderr, "hook_bench: %s\n", buf);
		exit(1);
	}
	return hook;
}

static uint64_t file_offset(const char *func)
{
	uint64_t addr = (uint64_t)(uintptr_t)func, off = 0;
	struct maps maps;

	if (maps_read(&maps))
		return 0;
	for (size_t i = 0; i < maps.n; i++) {
		if (addr >= maps.rows[i].start && addr < maps.rows[i].end)
			off = addr - maps.rows[i].start + maps.rows[i].off;
	}
	maps_done(&maps);
	return off;
}

static int kernel_add(const char *func, bool ret, enum body body)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	int type = read_int("/sys/bus/event_source/devices/uprobe/type");
	int bit = read_int("/sys/bus/event_source/devices/uprobe/format/retprobe");
	int prog_fd = load_body(KERNEL, body);
	long fd;

	attr.type = (uint32_t)type;
	attr.config = ret ? 1ull << bit : 0;
	attr.config1 = (uint64_t)(uintptr_t) "/proc/self/exe";
	attr.config2 = file_offset(func);
	if (type < 0 || bit < 0) {
		snprintf(skip_reason, sizeof(skip_reason), "no uprobe events in sysfs");
		return -1;
	}
	if (prog_fd < 0) {
		snprintf(skip_reason, sizeof(skip_reason), "bpf(2): %s", strerror(-prog_fd));
		return -1;
	}
	fd = os_syscall(SYS_perf_event_open, (long)&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC, 0);
	if (fd < 0) {
		snprintf(skip_reason, sizeof(skip_reason), "perf_event_open(2): %s",
			 strerror((int)-fd));
		return -1;
	}
	ioctl((int)fd, PERF_EVENT_IOC_SET_BPF, prog_fd);
	ioctl((int)fd, PERF_EVENT_IOC_ENABLE, 0);
	close(prog_fd);
	return (int)fd;
}

/* --- rows --- */

static const struct row {
	const char *name;
	const char *func;
	size_t size, off;
	enum who who;
	bool enter, leave;
	uint32_t calls;
	enum body body;
} rows[] = {
	{ "uprobe", f_usual, 13, 0, RING3, true, false, CALLS, NATIVE },
	{ "uretprobe", f_usual, 13, 0, RING3, false, true, CALLS, NATIVE },
	{ "uprobe and uretprobe", f_usual, 13, 0, RING3, true, true, CALLS, NATIVE },
	{ "uprobe in the middle", f_usual, 13, 4, RING3, true, false, CALLS, NATIVE },
	{ "uprobe on nop5", f_nop5, 10, 0, RING3, true, false, CALLS, NATIVE },
	{ "uprobe by breakpoint", f_loops, 11, 0, RING3, true, false, SLOW_CALLS, NATIVE },
	{ "uprobe, BPF counter", f_usual, 13, 0, RING3, true, false, CALLS, COUNTER },
	{ "uprobe in the middle, BPF counter", f_usual, 13, 4, RING3, true, false, CALLS, COUNTER },
	{ "uretprobe, BPF counter", f_usual, 13, 0, RING3, false, true, CALLS, COUNTER },
	{ "both, BPF counter", f_usual, 13, 0, RING3, true, true, CALLS, COUNTER },
	{ "uprobe, BPF hash update", f_usual, 13, 0, RING3, true, false, CALLS, HASH },
	{ "both, BPF hash update", f_usual, 13, 0, RING3, true, true, CALLS, HASH },
	{ "both, BPF latency histogram", f_usual, 13, 0, RING3, true, true, CALLS, LATENCY },
	{ "kernel uprobe, push", f_usual, 0, 0, KERNEL, true, false, SLOW_CALLS, COUNTER },
	{ "kernel uprobe, nop5", f_nop5, 0, 0, KERNEL, true, false, SLOW_CALLS, COUNTER },
	{ "kernel uprobe, endbr64", f_endbr, 0, 0, KERNEL, true, false, SLOW_CALLS, COUNTER },
	{ "kernel uretprobe, push", f_usual, 0, 0, KERNEL, false, true, SLOW_CALLS, COUNTER },
	{ "kernel uprobe, push, hash update", f_usual, 0, 0, KERNEL, true, false, SLOW_CALLS,
	  HASH },
	{ "kernel both, push, hash update", f_usual, 0, 0, KERNEL, true, true, SLOW_CALLS, HASH },
	{ "kernel both, push, latency histogram", f_usual, 0, 0, KERNEL, true, true, SLOW_CALLS,
	  LATENCY },
	{ "kernel both, push", f_usual, 0, 0, KERNEL, true, true, SLOW_CALLS, COUNTER },
};

enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0])
};

static double figures[N_ROWS][ROUNDS];
static const char *transport[N_ROWS];

static double time_calls(const char *func, uint32_t calls)
{
	uint64_t (*fn)(uint64_t, uint64_t) = (uint64_t(*)(uint64_t, uint64_t))(uintptr_t)func;
	uint64_t start = os_thread_cpu_ns();

	for (uint32_t i = 0; i < calls; i++)
		fn(i, 1);
	return (double)(os_thread_cpu_ns() - start) / calls;
}

static bool run_row(int r, int round)
{
	const struct row *row = &rows[r];
	struct hook *hooks[2] = { NULL, NULL };
	int fds[2] = { -1, -1 };
	double bare, probed;

	time_calls(row->func, row->calls / 10);
	bare = time_calls(row->func, row->calls);
	if (row->who == RING3) {
		hooks[0] = row->enter ? add(HOOK_UPROBE, row->func, row->off, row->size, row->body)
				      : NULL;
		hooks[1] = row->leave
				   ? add(HOOK_URETPROBE, row->func, 0, row->size, end_of(row->body))
				   : NULL;
		transport[r] = hook_transport(hooks[0] ? hooks[0] : hooks[1]);
		if (hook_is_lean(hooks[0] ? hooks[0] : hooks[1]))
			transport[r] = "jump, lean";
	} else {
		fds[0] = row->enter ? kernel_add(row->func, false, row->body) : -1;
		fds[1] = row->leave ? kernel_add(row->func, true, end_of(row->body)) : -1;
		transport[r] = "";
		if ((row->enter && fds[0] < 0) || (row->leave && fds[1] < 0))
			return false;
	}
	time_calls(row->func, row->calls / 10);
	probed = time_calls(row->func, row->calls);
	for (int i = 0; i < 2; i++) {
		hook_remove(hooks[i]);
		if (fds[i] >= 0)
			close(fds[i]);
	}
	figures[r][round] = probed - bare;
	return true;
}

/* --- many functions --- */

enum {
	MANY = 1000,
	MANY_SIZE = 32,
	MANY_CALLS = 200000
};
static const char many_name[] = "uprobe, BPF counter, 1000 functions in random order";
static char *many;
static double many_figures[ROUNDS];

static double time_many(const uint16_t *order)
{
	uint64_t start = os_thread_cpu_ns();

	for (uint32_t i = 0; i < MANY_CALLS; i++) {
		char *f = many + (size_t)MANY_SIZE * order[i];

		((uint64_t(*)(uint64_t, uint64_t))(uintptr_t)f)(i, 1);
	}
	return (double)(os_thread_cpu_ns() - start) / MANY_CALLS;
}

static void run_many(int round)
{
	static struct hook *hooks[MANY];
	static uint16_t order[MANY_CALLS];
	uint64_t random = 88172645463325252u + (uint64_t)round;
	double bare;

	for (uint32_t i = 0; i < MANY_CALLS; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		order[i] = (uint16_t)(random % MANY);
	}
	time_many(order);
	bare = time_many(order);
	for (uint32_t i = 0; i < MANY; i++)
		hooks[i] = add(HOOK_UPROBE, many + (size_t)MANY_SIZE * i, 0, 14, COUNTER);
	time_many(order);
	many_figures[round] = time_many(order) - bare;
	for (uint32_t i = 0; i < MANY; i++)
		hook_remove(hooks[i]);
}

static bool make_many(void)
{
	void *p = mmap(NULL, (size_t)MANY * MANY_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return false;
	many = p;
	for (uint32_t i = 0; i < MANY; i++)
		memcpy(many + (size_t)MANY_SIZE * i, f_usual, 14);
	return !mprotect(p, (size_t)MANY * MANY_SIZE, PROT_READ | PROT_EXEC);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* With an argument: rows in whose name it is. */
int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	bool skipped[N_ROWS] = { false }, some = strstr(many_name, part);

	if (ring3_new(NULL, &real_rt) || hook_set_new(store_registry(real_rt->store), &set)) {
		fprintf(stderr, "hook_bench: no private runtime\n");
		return 1;
	}
	if (!make_many())
		return 1;
	for (int round = 0; round < ROUNDS; round++) {
		if (some)
			run_many(round);
		for (int r = 0; r < N_ROWS; r++)
			skipped[r] = strstr(rows[r].name, part) && !run_row(r, round);
	}
	printf("## Probes (ns a hit over the bare call, %d rounds in turn)\n\n", ROUNDS);
	printf("| probe | by | min | median |\n|---|---|---|---|\n");
	for (int r = 0; r < N_ROWS; r++) {
		if (!strstr(rows[r].name, part))
			continue;
		qsort(figures[r], ROUNDS, sizeof(figures[r][0]), by_value);
		if (skipped[r])
			printf("| %s | | skipped: %s | |\n", rows[r].name, skip_reason);
		else
			printf("| %s | %s | %.1f | %.1f |\n", rows[r].name, transport[r],
			       figures[r][0], figures[r][ROUNDS / 2]);
	}
	qsort(many_figures, ROUNDS, sizeof(many_figures[0]), by_value);
	if (some)
		printf("| %s | jump, lean | %.1f | %.1f |\n", many_name, many_figures[0],
		       many_figures[ROUNDS / 2]);
	hook_set_free(set);
	ring3_unref(real_rt);
	return 0;
}
