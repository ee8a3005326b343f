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

#include "bench.h"
#include "base/os.h"
#include "hook/call.h"
#include "hook/call_site.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/store.h"
#include "ring3/ring3.h"

#include "hook_progs.h"

enum {
	ROUNDS = 15,
	CALLS = 400000,
	SLOW_CALLS = 20000,
	GETPPID = 110
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
	".balign 64\n"
	"f_usdt: push %rbx\n lea (%rdi,%rsi,2), %rbx\n nop\n mov %rbx, %rax\n lea (%rax), %rax\n"
	" pop %rbx\n ret\n"
	".balign 64\n"
	".type f_call, @function\n"
	"f_call: mov $110, %eax\n syscall\n ret\n"
	".size f_call, . - f_call\n"
	".popsection\n");
extern char f_usual[], f_loops[], f_nop5[], f_endbr[], f_usdt[], f_call[];

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

static int kernel_add(const char *func, size_t off, bool ret, enum body body)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	int type = read_int("/sys/bus/event_source/devices/uprobe/type");
	int bit = read_int("/sys/bus/event_source/devices/uprobe/format/retprobe");
	int prog_fd = load_body(KERNEL, body);
	long fd;

	attr.type = (uint32_t)type;
	attr.config = ret ? 1ull << bit : 0;
	attr.config1 = (uint64_t)(uintptr_t) "/proc/self/exe";
	attr.config2 = file_offset(func) + off;
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
	{ "USDT, BPF counter", f_usdt, 13, 5, RING3, true, false, CALLS, COUNTER },
	{ "system call, entry, BPF counter", f_call, 8, 0, RING3, true, false, CALLS / 4, COUNTER },
	{ "system call, both, BPF counter", f_call, 8, 0, RING3, true, true, CALLS / 4, COUNTER },
	{ "kernel USDT", f_usdt, 0, 5, KERNEL, true, false, SLOW_CALLS, COUNTER },
	{ "kernel system call, raw_tp, entry", f_call, 0, 0, KERNEL, true, false, CALLS / 4,
	  COUNTER },
	{ "kernel system call, raw_tp, both", f_call, 0, 0, KERNEL, true, true, CALLS / 4,
	  COUNTER },
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

/* --- system calls --- */

static void follow_calls(void)
{
	struct maps maps;

	if (maps_read(&maps))
		exit(1);
	call_site_update(&maps);
	maps_done(&maps);
}

static struct call_hook *call_of(enum call_form form, enum body body)
{
	struct call_spec spec = {
		.form = form, .nr = GETPPID, .prog = real_prog(body), .set = set
	};
	struct call_hook *hook = NULL;

	if (call_add(&spec, &hook)) {
		fprintf(stderr, "hook_bench: no memory\n");
		exit(1);
	}
	return hook;
}

static int kernel_call(const char *name, enum body body)
{
	union bpf_attr attr = { .raw_tracepoint.name = (uint64_t)(uintptr_t)name };
	int prog_fd, fd;

	load_as = BPF_PROG_TYPE_RAW_TRACEPOINT;
	prog_fd = load_body(KERNEL, body);
	load_as = BPF_PROG_TYPE_KPROBE;
	attr.raw_tracepoint.prog_fd = (uint32_t)prog_fd;
	fd = prog_fd < 0 ? prog_fd : ask(KERNEL, BPF_RAW_TRACEPOINT_OPEN, &attr);
	if (fd < 0)
		snprintf(skip_reason, sizeof(skip_reason), "bpf(2): %s", strerror(-fd));
	if (prog_fd >= 0)
		close(prog_fd);
	return fd;
}

static bool run_call_row(int r, int round)
{
	const struct row *row = &rows[r];
	struct call_hook *hooks[2] = { NULL, NULL };
	int fds[2] = { -1, -1 };
	bool skipped = false;
	double bare;

	time_calls(row->func, row->calls / 10);
	bare = time_calls(row->func, row->calls);
	for (int i = 0; i < 1 + row->leave; i++) {
		if (row->who == RING3)
			hooks[i] = call_of(i ? CALL_RAW_LEAVE : CALL_RAW_ENTER, row->body);
		else
			fds[i] = kernel_call(i ? "sys_exit" : "sys_enter", row->body);
		skipped |= row->who == KERNEL && fds[i] < 0;
	}
	if (row->who == RING3)
		follow_calls();
	transport[r] = row->who == KERNEL ? "" : call_site_count() ? "jump" : "not followed";
	time_calls(row->func, row->calls / 10);
	figures[r][round] = time_calls(row->func, row->calls) - bare;
	for (int i = 0; i < 2; i++) {
		call_remove(hooks[i]);
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (row->who == RING3)
		follow_calls();
	return !skipped;
}

static bool run_row(int r, int round)
{
	const struct row *row = &rows[r];
	struct hook *hooks[2] = { NULL, NULL };
	int fds[2] = { -1, -1 };
	double bare, probed;

	if (row->func == f_call)
		return run_call_row(r, round);
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
		fds[0] = row->enter ? kernel_add(row->func, row->off, false, row->body) : -1;
		fds[1] = row->leave ? kernel_add(row->func, 0, true, end_of(row->body)) : -1;
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
