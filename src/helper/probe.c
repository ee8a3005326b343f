/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a helper touch an address that may be bad? */
#include "helper/probe.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/os.h"
#include "helper/bytes.h"
#include "helper/helper.h"

enum {
	STR_CHUNK = 64,
	PAGE = 4096
};

OWN_VAR enum probe_signals own_probe_mask;
OWN_VAR struct probe_regions own_probe_regions;

#if defined(__x86_64__)
#define PROBE_PC(context) (*(uint64_t *)&((ucontext_t *)(context))->uc_mcontext.gregs[REG_RIP])

/* Sizes up to 16 are two accesses that may overlap; more goes by words, the last one of which may
 * overlap the one before; much goes by the machine's own copy. */
__asm__(".text\n"
	".globl probe_asm_copy\n.hidden probe_asm_copy\n.type probe_asm_copy, @function\n"
	"probe_asm_copy:\n"
	"	cmp $8, %rdx\n"
	"	jne 1f\n"
	"	mov (%rsi), %rax\n"
	"	mov %rax, (%rdi)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"1:	ja 5f\n"
	"	cmp $4, %edx\n"
	"	jae 4f\n"
	"	cmp $2, %edx\n"
	"	jae 2f\n"
	"	movzbl (%rsi), %eax\n"
	"	mov %al, (%rdi)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"2:	movzwl (%rsi), %eax\n"
	"	movzbl -1(%rsi,%rdx), %ecx\n"
	"	mov %ax, (%rdi)\n"
	"	mov %cl, -1(%rdi,%rdx)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"4:	mov (%rsi), %eax\n"
	"	mov -4(%rsi,%rdx), %ecx\n"
	"	mov %eax, (%rdi)\n"
	"	mov %ecx, -4(%rdi,%rdx)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"5:	cmp $128, %rdx\n"
	"	ja 7f\n"
	"	mov -8(%rsi,%rdx), %r8\n"
	"	xor %ecx, %ecx\n"
	"	sub $8, %rdx\n"
	"6:	mov (%rsi,%rcx), %rax\n"
	"	mov %rax, (%rdi,%rcx)\n"
	"	add $8, %rcx\n"
	"	cmp %rdx, %rcx\n"
	"	jb 6b\n"
	"	mov %r8, (%rdi,%rdx)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"7:	mov %rdx, %rcx\n"
	"	rep movsb\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	".globl probe_asm_copy_bad\n.hidden probe_asm_copy_bad\n"
	"probe_asm_copy_bad:\n"
	"	mov $1, %eax\n"
	"	ret\n"
	".size probe_asm_copy, .-probe_asm_copy\n"
	/* A word is read where it does not reach into the next page, since what is behind the
	 * string may not be there, and written whole where it has no NUL. */
	".globl probe_asm_str\n.hidden probe_asm_str\n.type probe_asm_str, @function\n"
	"probe_asm_str:\n"
	"	xor %ecx, %ecx\n"
	"	movabs $0x0101010101010101, %r8\n"
	"	mov %r8, %r9\n"
	"	shl $7, %r9\n"
	"1:	lea 8(%rcx), %rax\n"
	"	cmp %rdx, %rax\n"
	"	ja 3f\n"
	"	lea (%rsi,%rcx), %eax\n"
	"	and $4095, %eax\n"
	"	cmp $4088, %eax\n"
	"	ja 2f\n"
	"	mov (%rsi,%rcx), %rax\n"
	"	mov %rax, %r10\n"
	"	mov %rax, %r11\n"
	"	sub %r8, %r10\n"
	"	not %r11\n"
	"	and %r11, %r10\n"
	"	test %r9, %r10\n"
	"	jne 4f\n"
	"	mov %rax, (%rdi,%rcx)\n"
	"	add $8, %rcx\n"
	"	jmp 1b\n"
	"2:	movzbl (%rsi,%rcx), %eax\n"
	"	mov %al, (%rdi,%rcx)\n"
	"	inc %rcx\n"
	"	test %al, %al\n"
	"	jne 1b\n"
	"	jmp 6f\n"
	"3:	cmp %rdx, %rcx\n"
	"	jae 6f\n"
	"	movzbl (%rsi,%rcx), %eax\n"
	"	mov %al, (%rdi,%rcx)\n"
	"	inc %rcx\n"
	"	test %al, %al\n"
	"	jne 3b\n"
	"	jmp 6f\n"
	"4:	mov %al, (%rdi,%rcx)\n"
	"	inc %rcx\n"
	"	test %al, %al\n"
	"	je 6f\n"
	"	shr $8, %rax\n"
	"	jmp 4b\n"
	"6:	mov %rcx, %rax\n"
	"	ret\n"
	".globl probe_asm_str_bad\n.hidden probe_asm_str_bad\n"
	"probe_asm_str_bad:\n"
	"	mov $-1, %rax\n"
	"	ret\n"
	".size probe_asm_str, .-probe_asm_str\n");

#elif defined(__aarch64__)
#define PROBE_PC(context) (*(uint64_t *)&((ucontext_t *)(context))->uc_mcontext.pc)

__asm__(".text\n"
	".globl probe_asm_copy\n.hidden probe_asm_copy\n.type probe_asm_copy, %function\n"
	"probe_asm_copy:\n"
	"	subs x3, x2, #8\n"
	"	b.lo 2f\n"
	"	ldr x5, [x1, x3]\n"
	"	mov x4, #0\n"
	"1:	cmp x4, x3\n"
	"	b.hs 3f\n"
	"	ldr x6, [x1, x4]\n"
	"	str x6, [x0, x4]\n"
	"	add x4, x4, #8\n"
	"	b 1b\n"
	"3:	str x5, [x0, x3]\n"
	"	mov x0, #0\n"
	"	ret\n"
	"2:	mov x4, #0\n"
	"4:	ldrb w6, [x1, x4]\n"
	"	strb w6, [x0, x4]\n"
	"	add x4, x4, #1\n"
	"	cmp x4, x2\n"
	"	b.lo 4b\n"
	"	mov x0, #0\n"
	"	ret\n"
	".globl probe_asm_copy_bad\n.hidden probe_asm_copy_bad\n"
	"probe_asm_copy_bad:\n"
	"	mov x0, #1\n"
	"	ret\n"
	".size probe_asm_copy, .-probe_asm_copy\n"
	".globl probe_asm_str\n.hidden probe_asm_str\n.type probe_asm_str, %function\n"
	"probe_asm_str:\n"
	"	mov x4, #0\n"
	"1:	cmp x4, x2\n"
	"	b.hs 2f\n"
	"	ldrb w6, [x1, x4]\n"
	"	strb w6, [x0, x4]\n"
	"	add x4, x4, #1\n"
	"	cbnz w6, 1b\n"
	"2:	mov x0, x4\n"
	"	ret\n"
	".globl probe_asm_str_bad\n.hidden probe_asm_str_bad\n"
	"probe_asm_str_bad:\n"
	"	mov x0, #-1\n"
	"	ret\n"
	".size probe_asm_str, .-probe_asm_str\n");

#else
#error "this machine needs copies whose faults are known"
#endif

extern const char probe_asm_copy_bad[], probe_asm_str_bad[];

bool probe_fixup(void *ucontext)
{
	/* All accesses from `begin` on leave the stack as it was. */
	const struct {
		uint64_t begin, bad;
	} table[] = {
		{ (uintptr_t)probe_asm_copy, (uintptr_t)probe_asm_copy_bad },
		{ (uintptr_t)probe_asm_str, (uintptr_t)probe_asm_str_bad },
	};
	uint64_t *pc = &PROBE_PC(ucontext);

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (*pc >= table[i].begin && *pc < table[i].bad) {
			*pc = table[i].bad;
			return true;
		}
	}
	return false;
}

/* Asked each time: the mask may have changed without our knowledge. */
bool probe_look(void)
{
	const uint64_t faults = 1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1);
	uint64_t mask = 0;

	os_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof(mask), 0, 0);
	probe_mask = mask & faults ? PROBE_SHUT : PROBE_OPEN;
	return probe_mask == PROBE_OPEN;
}

void probe_forget(void)
{
	probe_mask = PROBE_UNKNOWN;
}

/* The kernel copies between two ranges of this process. */
static bool kernel_copies(long nr, void *near, uint64_t far, uint64_t n)
{
	struct iovec local = { near, n }, remote = { (void *)far, n };

	return os_syscall(nr, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), (long)&local, 1,
			  (long)&remote, 1, 0) == (long)n;
}

static bool may_fault(const struct run *run)
{
	return run->env && __atomic_load_n(&run->env->probe_faults, __ATOMIC_RELAXED) &&
	       probe_look();
}

static void learn(uint64_t at, uint64_t n)
{
	if (at >> PROBE_REGION == (at + n - 1) >> PROBE_REGION)
		*probe_tag(at) = (uint32_t)(at >> PROBE_REGION) + 1;
}

void probe_failed(uint64_t at)
{
	*probe_tag(at) = 0;
}

int probe_copy(const struct run *run, void *dst, uint64_t src, uint64_t n)
{
	if (!n)
		return 0;
	if (probe_is_known(run, src, n)) {
		if (!probe_asm_copy(dst, (const void *)src, n))
			return 0;
		probe_failed(src);
		return -EFAULT;
	}
	if (!may_fault(run))
		return kernel_copies(SYS_process_vm_readv, dst, src, n) ? 0 : -EFAULT;
	if (probe_asm_copy(dst, (const void *)src, n))
		return -EFAULT;
	learn(src, n);
	return 0;
}

int probe_write(const struct run *run, uint64_t dst, const void *src, uint64_t n)
{
	if (!n)
		return 0;
	if (may_fault(run))
		return probe_asm_copy((void *)dst, src, n) ? -EFAULT : 0;
	return kernel_copies(SYS_process_vm_writev, (void *)(uint64_t)src, dst, n) ? 0 : -EFAULT;
}

/* Chunks do not cross pages, so what is before a hole is read. */
static int64_t kernel_copies_str(char *dst, uint64_t src, uint64_t n)
{
	char chunk[STR_CHUNK];
	uint64_t done = 0;

	while (done < n) {
		uint64_t room = PAGE - (src + done) % PAGE, k = 0;
		uint64_t want = n - done < STR_CHUNK ? n - done : STR_CHUNK;

		want = want < room ? want : room;
		if (!kernel_copies(SYS_process_vm_readv, chunk, src + done, want))
			return -1;
		while (k < want && chunk[k])
			k++;
		if (k < want) {
			bytes_copy(dst + done, chunk, k + 1);
			return (int64_t)(done + k + 1);
		}
		bytes_copy(dst + done, chunk, want);
		done += want;
	}
	return (int64_t)done;
}

int64_t probe_copy_str(const struct run *run, char *dst, uint64_t src, uint64_t n)
{
	bool known = n && probe_is_known(run, src, n);
	int64_t len;

	if (!n)
		return 0;
	len = known || may_fault(run) ? probe_asm_str(dst, (const void *)src, n)
				      : kernel_copies_str(dst, src, n);
	if (len < 0) {
		probe_failed(src);
		return -EFAULT;
	}
	if (!known && probe_mask == PROBE_OPEN)
		learn(src, (uint64_t)len);
	dst[len - 1] = 0;
	return len;
}
