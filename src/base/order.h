/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does the thread sanitizer not see?  An order of two threads that machine code of ours, a
 * patched jump or membarrier(2) gives: told here, under its build only.  What is before
 * ORDER_BEFORE(P) in one thread is before what follows ORDER_AFTER(P) in another that comes later.
 */
#ifndef RING3_BASE_ORDER_H
#define RING3_BASE_ORDER_H

#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *at);
void __tsan_release(void *at);
#define ORDER_BEFORE(p) __tsan_release((void *)(uintptr_t)(p))
#define ORDER_AFTER(p)  __tsan_acquire((void *)(uintptr_t)(p))
#else
#define ORDER_BEFORE(p) ((void)(p))
#define ORDER_AFTER(p)  ((void)(p))
#endif

#endif
