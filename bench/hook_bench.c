/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does a probe cost?  One function called in a loop, bare and with each kind of hook, and with
 * the kernel's uprobe on the same function in the same run where that is permitted; the program
 * counts into its slot's cell.  Overhead: over the bare call of the same round.
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
#include <sys/syscall.h>

#include "base/os.h"
#include "hook/hook.h"
#include "hook/maps.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/store.h"

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
static char skip_reason[128];

static struct hook *add(enum hook_kind kind, const char *func, size_t off, size_t size)
{
	uint64_t addr = (uint64_t)(uintptr_t)func;
	struct hook_spec spec = {
		.kind = kind,
		.addr = addr + off,
		.func = addr,
		.func_size = size,
		.prog = &prog,
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

static long sys_bpf(int cmd, union bpf_attr *attr)
{
	return os_syscall(SYS_bpf, cmd, (long)attr, sizeof(*attr), 0, 0, 0);
}

/* A program that counts into an array, as ours does. */
static int kernel_prog(void)
{
	union bpf_attr map = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY,
			       .key_size = 4,
			       .value_size = 8,
			       .max_entries = 1 };
	long fd = sys_bpf(BPF_MAP_CREATE, &map);
	const struct bpf_insn insns[] = {
		{ .code = 0x62, .dst_reg = 10, .off = -4 },    /* *(u32 *)(r10 - 4) = 0 */
		{ .code = 0xbf, .dst_reg = 2, .src_reg = 10 }, /* r2 = r10 */
		{ .code = 0x07, .dst_reg = 2, .imm = -4 },     /* r2 += -4 */
		{ .code = 0x18, .dst_reg = 1, .src_reg = 1, .imm = (int)fd },
		{ .code = 0 },
		{ .code = 0x85, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = 0x15, .dst_reg = 0, .off = 3 },     /* if r0 == 0 goto +3 */
		{ .code = 0x79, .dst_reg = 1, .src_reg = 0 }, /* r1 = *(u64 *)r0 */
		{ .code = 0x07, .dst_reg = 1, .imm = 1 },     /* r1 += 1 */
		{ .code = 0x7b, .dst_reg = 0, .src_reg = 1 }, /* *(u64 *)r0 = r1 */
		{ .code = 0xb7, .dst_reg = 0 },               /* r0 = 0 */
		{ .code = 0x95 },                             /* exit */
	};
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_KPROBE,
				.insns = (uint64_t)(uintptr_t)insns,
				.insn_cnt = sizeof(insns) / sizeof(insns[0]),
				.license = (uint64_t)(uintptr_t) "GPL" };

	return fd < 0 ? (int)fd : (int)sys_bpf(BPF_PROG_LOAD, &load);
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

static int kernel_add(const char *func, bool ret)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	int type = read_int("/sys/bus/event_source/devices/uprobe/type");
	int bit = read_int("/sys/bus/event_source/devices/uprobe/format/retprobe");
	int prog_fd = kernel_prog();
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

enum who {
	RING3,
	KERNEL
};

static const struct row {
	const char *name;
	const char *func;
	size_t size, off;
	enum who who;
	bool enter, leave;
	uint32_t calls;
} rows[] = {
	{ "uprobe", f_usual, 13, 0, RING3, true, false, CALLS },
	{ "uretprobe", f_usual, 13, 0, RING3, false, true, CALLS },
	{ "uprobe and uretprobe", f_usual, 13, 0, RING3, true, true, CALLS },
	{ "uprobe in the middle", f_usual, 13, 4, RING3, true, false, CALLS },
	{ "uprobe on nop5", f_nop5, 10, 0, RING3, true, false, CALLS },
	{ "uprobe by breakpoint", f_loops, 11, 0, RING3, true, false, SLOW_CALLS },
	{ "kernel uprobe, push", f_usual, 0, 0, KERNEL, true, false, SLOW_CALLS },
	{ "kernel uprobe, nop5", f_nop5, 0, 0, KERNEL, true, false, SLOW_CALLS },
	{ "kernel uprobe, endbr64", f_endbr, 0, 0, KERNEL, true, false, SLOW_CALLS },
	{ "kernel uretprobe, push", f_usual, 0, 0, KERNEL, false, true, SLOW_CALLS },
	{ "kernel both, push", f_usual, 0, 0, KERNEL, true, true, SLOW_CALLS },
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
		hooks[0] = row->enter ? add(HOOK_UPROBE, row->func, row->off, row->size) : NULL;
		hooks[1] = row->leave ? add(HOOK_URETPROBE, row->func, 0, row->size) : NULL;
		transport[r] = hook_transport(hooks[0] ? hooks[0] : hooks[1]);
	} else {
		fds[0] = row->enter ? kernel_add(row->func, false) : -1;
		fds[1] = row->leave ? kernel_add(row->func, true) : -1;
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

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	struct store_opts opts = { 0 };
	struct store *store;
	bool skipped[N_ROWS] = { false };

	if (store_open(&opts, NULL, &store) || hook_set_new(store_registry(store), &set)) {
		fprintf(stderr, "hook_bench: no private store\n");
		return 1;
	}
	for (int round = 0; round < ROUNDS; round++) {
		for (int r = 0; r < N_ROWS; r++)
			skipped[r] = !run_row(r, round);
	}
	printf("## Probes (ns a hit over the bare call, %d rounds in turn)\n\n", ROUNDS);
	printf("| probe | by | min | median |\n|---|---|---|---|\n");
	for (int r = 0; r < N_ROWS; r++) {
		qsort(figures[r], ROUNDS, sizeof(figures[r][0]), by_value);
		if (skipped[r])
			printf("| %s | | skipped: %s | |\n", rows[r].name, skip_reason);
		else
			printf("| %s | %s | %.1f | %.1f |\n", rows[r].name, transport[r],
			       figures[r][0], figures[r][ROUNDS / 2]);
	}
	hook_set_free(set);
	store_close(store);
	return 0;
}
