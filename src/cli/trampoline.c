/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a trampoline come by?  The program is attached here, to a function that nobody calls. */
#include "cli/trampoline.h"

#include <errno.h>
#include <string.h>
#include <linux/bpf.h>

#include "abi/bind.h"
#include "base/alloc.h"
#include "hook/hook.h"
#include "run/prog.h"
#include "run/rt.h"

struct trampoline {
	struct hook_set *set;
	struct hook *hook;
	struct prog *prog;
};

#ifdef __x86_64__

__asm__(".pushsection .text\n"
	".balign 64\n"
	"trampoline_sample:\n"
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	push %r15\n"
	"	lea (%rdi,%rsi,2), %rax\n"
	"	pop %r15\n"
	"	pop %rbp\n"
	"	ret\n"
	"trampoline_sample_end:\n"
	".popsection\n");
extern const char trampoline_sample[], trampoline_sample_end[];

static int attach(struct trampoline *t, const char *section, struct text *why)
{
	bool leave = strstr(section, "ret") != NULL;
	struct hook_spec spec = {
		.kind = leave ? HOOK_URETPROBE : HOOK_UPROBE,
		.addr = (uint64_t)(uintptr_t)trampoline_sample,
		.func = (uint64_t)(uintptr_t)trampoline_sample,
		.func_size = (uint64_t)(trampoline_sample_end - trampoline_sample),
		.prog = t->prog,
	};

	return hook_add(t->set, &spec, why, &t->hook);
}

/* What it maps and opens is the kernel's. */
static int make(struct trampoline *t, struct ring3 *rt, int prog_fd, const char *section,
		struct text *why)
{
	int err = rt_prog_of_fd(rt, prog_fd, &t->prog);

	if (!err && t->prog->type->type != BPF_PROG_TYPE_KPROBE) {
		text_add(why, "it is not attached to functions");
		err = -EINVAL;
	}
	if (!err)
		err = prog_ready_hot(t->prog);
	if (!err)
		err = hook_set_new(store_registry(rt->store), &t->set);
	return err ? err : attach(t, section, why);
}

const void *trampoline_code(const struct trampoline *t, bool leave, uint32_t *ret_size)
{
	struct hook_code code[2];

	hook_code(t->hook, &code[0], &code[1]);
	*ret_size = (uint32_t)code[leave].size;
	return code[leave].addr;
}

bool trampoline_is_lean(const struct trampoline *t)
{
	return hook_is_lean(t->hook);
}

void trampoline_free(struct trampoline *t)
{
	int before = bind_enter();

	hook_set_free(t->set);
	if (t->prog)
		prog_unref(t->prog);
	bind_leave(before);
	mem_free(t);
}

#else

static int make(struct trampoline *t, struct ring3 *rt, int prog_fd, const char *section,
		struct text *why)
{
	(void)t;
	(void)rt;
	(void)prog_fd;
	(void)section;
	text_add(why, "%s", hook_refusal());
	return -EOPNOTSUPP;
}

const void *trampoline_code(const struct trampoline *t, bool leave, uint32_t *ret_size)
{
	(void)t;
	(void)leave;
	*ret_size = 0;
	return NULL;
}

bool trampoline_is_lean(const struct trampoline *t)
{
	(void)t;
	return false;
}

void trampoline_free(struct trampoline *t)
{
	mem_free(t);
}

#endif

int trampoline_new(struct ring3 *rt, int prog_fd, const char *section, struct text *why,
		   struct trampoline **ret_trampoline)
{
	struct trampoline *t = mem_alloc(sizeof(*t));
	int before = bind_enter();
	int err = t ? make(t, rt, prog_fd, section, why) : -ENOMEM;

	bind_leave(before);
	if (!err)
		*ret_trampoline = t;
	else if (t)
		trampoline_free(t);
	return err;
}
