/* SPDX-License-Identifier: BSD-2-Clause */
/* How does a helper touch an address that may be bad? */
#include "helper/probe.h"

#include <errno.h>
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

OWN_VAR bool own_probe_masked;

#if defined(__x86_64__)
/* Bytes not copied. */
uint64_t probe_asm_copy(void *dst, const void *src, uint64_t n);
/* Bytes copied with the NUL, n if there is none, or -1. */
int64_t probe_asm_str(void *dst, const void *src, uint64_t n);
extern const char probe_asm_fault8[], probe_asm_store8[], probe_asm_fault_n[],
	probe_asm_fault_str[];
extern const char probe_asm_bad8[], probe_asm_bad_n[], probe_asm_bad_str[];

__asm__(".text\n"
	".globl probe_asm_copy\n.hidden probe_asm_copy\n.type probe_asm_copy, @function\n"
	"probe_asm_copy:\n"
	"	cmp $8, %rdx\n"
	"	jne 1f\n"
	".globl probe_asm_fault8\n.hidden probe_asm_fault8\n"
	"probe_asm_fault8:\n"
	"	mov (%rsi), %rax\n"
	".globl probe_asm_store8\n.hidden probe_asm_store8\n"
	"probe_asm_store8:\n"
	"	mov %rax, (%rdi)\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"1:	mov %rdx, %rcx\n"
	".globl probe_asm_fault_n\n.hidden probe_asm_fault_n\n"
	"probe_asm_fault_n:\n"
	"	rep movsb\n"
	".globl probe_asm_bad_n\n.hidden probe_asm_bad_n\n"
	"probe_asm_bad_n:\n"
	"	mov %rcx, %rax\n"
	"	ret\n"
	".globl probe_asm_bad8\n.hidden probe_asm_bad8\n"
	"probe_asm_bad8:\n"
	"	mov $8, %eax\n"
	"	ret\n"
	".size probe_asm_copy, .-probe_asm_copy\n"
	".globl probe_asm_str\n.hidden probe_asm_str\n.type probe_asm_str, @function\n"
	"probe_asm_str:\n"
	"	xor %ecx, %ecx\n"
	"2:	cmp %rdx, %rcx\n"
	"	jae 3f\n"
	".globl probe_asm_fault_str\n.hidden probe_asm_fault_str\n"
	"probe_asm_fault_str:\n"
	"	movzbl (%rsi,%rcx), %eax\n"
	"	mov %al, (%rdi,%rcx)\n"
	"	inc %rcx\n"
	"	test %al, %al\n"
	"	jne 2b\n"
	"3:	mov %rcx, %rax\n"
	"	ret\n"
	".globl probe_asm_bad_str\n.hidden probe_asm_bad_str\n"
	"probe_asm_bad_str:\n"
	"	mov $-1, %rax\n"
	"	ret\n"
	".size probe_asm_str, .-probe_asm_str\n");

bool probe_fixup(void *ucontext)
{
	static const struct {
		const char *fault, *resume;
	} table[] = {
		{ probe_asm_fault8, probe_asm_bad8 },
		{ probe_asm_store8, probe_asm_bad8 },
		{ probe_asm_fault_n, probe_asm_bad_n },
		{ probe_asm_fault_str, probe_asm_bad_str },
	};
	greg_t *rip = &((ucontext_t *)ucontext)->uc_mcontext.gregs[REG_RIP];

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (*rip == (greg_t)table[i].fault) {
			*rip = (greg_t)table[i].resume;
			return true;
		}
	}
	return false;
}

static bool faults_are_caught(const struct run *run)
{
	return run->env && __atomic_load_n(&run->env->probe_faults, __ATOMIC_RELAXED) &&
	       !probe_masked;
}

#else
static uint64_t probe_asm_copy(void *dst, const void *src, uint64_t n)
{
	(void)dst, (void)src;
	return n;
}

static int64_t probe_asm_str(void *dst, const void *src, uint64_t n)
{
	(void)dst, (void)src, (void)n;
	return -1;
}

bool probe_fixup(void *ucontext)
{
	(void)ucontext;
	return false;
}

static bool faults_are_caught(const struct run *run)
{
	(void)run;
	return false;
}
#endif

/* The kernel copies between two ranges of this process. */
static bool kernel_copies(long nr, void *near, uint64_t far, uint64_t n)
{
	struct iovec local = { near, n }, remote = { (void *)far, n };

	return os_syscall(nr, os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0), (long)&local, 1,
			  (long)&remote, 1, 0) == (long)n;
}

int probe_copy(const struct run *run, void *dst, uint64_t src, uint64_t n)
{
	if (!n)
		return 0;
	if (faults_are_caught(run))
		return probe_asm_copy(dst, (const void *)src, n) ? -EFAULT : 0;
	return kernel_copies(SYS_process_vm_readv, dst, src, n) ? 0 : -EFAULT;
}

int probe_write(const struct run *run, uint64_t dst, const void *src, uint64_t n)
{
	if (!n)
		return 0;
	if (faults_are_caught(run))
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
	int64_t len;

	if (!n)
		return 0;
	len = faults_are_caught(run) ? probe_asm_str(dst, (const void *)src, n)
				     : kernel_copies_str(dst, src, n);
	if (len < 0)
		return -EFAULT;
	dst[len - 1] = 0;
	return len;
}
