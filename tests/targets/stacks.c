/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program whose call chains are known.  leaf(KIND) is called through functions that say by their
 * names who called whom, each kind in another way that makes a stack hard to walk.
 *
 * stacks: once through all kinds.  stacks asked: at each line that comes, answered by "done"; at
 * the line "load" it loads ./library.so instead.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	PLAIN,
	ROOM,    /* a frame of a size that is not known ahead */
	ALIGNED, /* a stack that was aligned */
	SIGNAL,
	THREAD,
	SORTED, /* called back by libc */
	DEEP,
	POINTERS, /* code without a table, with frame pointers */
	BROKEN,   /* without either */
	MOVED,    /* through functions whose return is probed, twice each */
	LATE,     /* through a library that is loaded while the program is traced */
	N_KINDS
};

#define KEPT __attribute__((noinline, noclone, noipa))

static volatile long calls;

KEPT void leaf(enum kind kind)
{
	__asm__ volatile("" : : "r"(kind));
	calls = calls + 1;
}

KEPT void third(enum kind kind)
{
	leaf(kind);
	calls = calls + 1;
}

KEPT void second(enum kind kind)
{
	third(kind);
	calls = calls + 1;
}

KEPT void first(enum kind kind)
{
	second(kind);
	calls = calls + 1;
}

KEPT void with_room(size_t n)
{
	char *room = alloca(n);

	memset(room, 1, n);
	third(ROOM);
	calls = calls + room[n / 2];
}

KEPT __attribute__((force_align_arg_pointer)) void aligned(long n)
{
	__attribute__((aligned(64))) volatile char at[64];

	at[n] = 1;
	third(ALIGNED);
	calls = calls + at[n];
}

static void on_signal(int sig)
{
	(void)sig;
	third(SIGNAL);
	calls = calls + 1;
}

KEPT void raises(void)
{
	raise(SIGUSR1);
	calls = calls + 1;
}

static void *in_thread(void *unused)
{
	third(THREAD);
	calls = calls + 1;
	return unused;
}

static int compare(const void *a, const void *b)
{
	if (calls >= 0)
		third(SORTED);
	return *(const int *)a - *(const int *)b;
}

KEPT void deep(int n)
{
	if (n)
		deep(n - 1);
	else
		third(DEEP);
	calls = calls + 1;
}

/* Neither has a table: nothing here says .cfi. */
__asm__(".text\n.type by_pointer,@function\nby_pointer:\n"
	"	push %rbp\n	mov %rsp, %rbp\n	call by_pointer_too\n	pop %rbp\n	"
	"ret\n"
	".size by_pointer, .-by_pointer\n"
	".type by_pointer_too,@function\nby_pointer_too:\n"
	"	push %rbp\n	mov %rsp, %rbp\n	sub $32, %rsp\n	call third\n"
	"	leave\n	ret\n"
	".size by_pointer_too, .-by_pointer_too\n"
	".type broken,@function\nbroken:\n"
	"	push %rbp\n	mov $0x1238, %ebp\n	call third\n	pop %rbp\n	ret\n"
	".size broken, .-broken\n");
extern void by_pointer(enum kind kind), broken(enum kind kind);

static void third_late(int kind)
{
	third((enum kind)kind);
	calls = calls + 1;
}

static void (*late)(void (*fn)(int), int arg);

static void load(void)
{
	void *library = dlopen("./library.so", RTLD_NOW);

	if (library)
		*(void **)&late = dlsym(library, "library_calls");
}

KEPT void through_all(void)
{
	int two[] = { 2, 1 };
	pthread_t thread;

	first(PLAIN);
	with_room((size_t)(calls % 7) * 100 + 200);
	aligned(calls % 8);
	raises();
	if (!pthread_create(&thread, NULL, in_thread, NULL))
		pthread_join(thread, NULL);
	qsort(two, 2, sizeof(two[0]), compare);
	deep(200);
	by_pointer(POINTERS);
	broken(BROKEN);
	first(MOVED);
	if (late)
		late(third_late, LATE);
}

int main(int argc, char **argv)
{
	char line[64];

	(void)argv;
	signal(SIGUSR1, on_signal);
	if (argc < 2)
		through_all();
	while (argc > 1 && fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "load\n"))
			through_all();
		else
			load();
		puts("done");
		fflush(stdout);
	}
	return 0;
}
