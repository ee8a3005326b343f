/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the tests of hooks share?  Programs that are C functions behind the JIT's entry. */
#ifndef TESTS_HOOK_FIXTURE_H
#define TESTS_HOOK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/ptrace.h>
#include <sys/auxv.h>
#include <cmocka.h>

#include "base/own.h"
#include "helper/helper.h"
#include "hook/hook.h"
#include "run/prog.h"
#include "run/rt.h"
#include "run/store.h"

#ifdef RING3_GUEST
/* As the agent of a process that was joined begins. */
static __attribute__((constructor)) void fixture_joined(void)
{
	if (getauxval(AT_HWCAP2) & 1 << 1 && !own_init())
		return;
	printf("# SKIP no FSGSBASE\n");
	exit(77);
}
#endif

static struct ring3 fixture_rt __attribute__((unused));

/* What the last hit saw.  Threads hit at once: every word is atomic, the whole is for one thread.
 */
struct seen {
	uint64_t n, func_ip, cookie;
	struct pt_regs regs;
};

/* As everything that runs in the hit path: no vector register. */
#define IN_HOOK __attribute__((target("general-regs-only"), unused))

static IN_HOOK uint64_t see(struct seen *seen, void *ctx, struct run *run)
{
	const uint64_t *regs = ctx;
	uint64_t *to = (uint64_t *)&seen->regs;

	__atomic_fetch_add(&seen->n, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&seen->func_ip, run->func_ip, __ATOMIC_RELAXED);
	__atomic_store_n(&seen->cookie, run->cookie, __ATOMIC_RELAXED);
	for (size_t i = 0; i < sizeof(seen->regs) / sizeof(*to); i++)
		__atomic_store_n(to + i, regs[i], __ATOMIC_RELAXED);
	/* As C code may: each register that callers save has another value. */
	__asm__ volatile("mov $-1, %%rax\n mov %%rax, %%rcx\n mov %%rax, %%rdx\n mov %%rax, %%rsi\n"
			 "mov %%rax, %%rdi\n mov %%rax, %%r8\n mov %%rax, %%r9\n"
			 "mov %%rax, %%r10\n mov %%rax, %%r11"
			 :
			 :
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
	return 0;
}

/* A program `name` whose hits are seen in `name_seen`. */
#define PROGRAM(name)                                                   \
	static struct seen name##_seen;                                 \
	static IN_HOOK uint64_t name##_run(void *ctx, struct run *run)  \
	{                                                               \
		return see(&name##_seen, ctx, run);                     \
	}                                                               \
	static struct jit_image name##_image = { .entry = name##_run }; \
	static struct prog name = { .image = &name##_image, .rt = &fixture_rt }

/* Slots to run on, by which hits take the lean way where there is one. */
static __attribute__((unused)) struct store_registry *fixture_registry(void)
{
	struct store_opts opts = { .n_slots = 64 };
	static struct store *store;

	if (!store && store_open(&opts, NULL, &store))
		fail_msg("no private store");
	return store_registry(store);
}

static __attribute__((unused)) struct hook *attach_in(struct hook_set *set, enum hook_kind kind,
						      const void *func, size_t off, size_t size,
						      struct prog *prog)
{
	uint64_t addr = (uint64_t)(uintptr_t)func;
	struct hook_spec spec = {
		.kind = kind,
		.addr = addr + off,
		.func = size ? addr : 0,
		.func_size = size,
		.prog = prog,
		.cookie = addr + off + 1,
	};
	struct hook *hook = NULL;
	char buf[256];
	struct text why;
	int err;

	text_init(&why, buf, sizeof(buf));
	err = hook_add(set, &spec, &why, &hook);
	if (err)
		fail_msg("hook_add: %d: %s", err, buf);
	return hook;
}

/* Functions of a known shape: name, then its instructions.  name_size is their length. */
#define FUNCTION(name, insns)                                                              \
	__asm__(".pushsection .text\n.balign 16\n.type " #name ",@function\n.globl " #name \
		"\n" #name ":\n" insns "\n.L" #name "_end:\n.size " #name ", .-" #name     \
		"\n.pushsection .rodata\n.balign 8\n.globl " #name "_size\n" #name         \
		"_size: .quad .L" #name "_end - " #name "\n.popsection\n.popsection\n");   \
	extern char name[];                                                                \
	extern const uint64_t name##_size

#define CALL2(name, a, b) ((uint64_t(*)(uint64_t, uint64_t))(uintptr_t)(name))(a, b)

#endif
