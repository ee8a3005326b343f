/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where does a function return to while its caller's address is in the thread's table?  To
 * return_site, one address for all probes, in this library's own text: so the unwind entry for it
 * stands in the library's .eh_frame, where every unwinder and debugger finds it.
 *
 * return_call: the stack pointer is 8 above the return address's slot and the function's body is
 * the word 16 below it.  Calls the body, so that call and ret stay paired for the CPU's return
 * predictor and for shadow stacks.
 */
#ifndef HOOK_RETURN_SITE_H
#define HOOK_RETURN_SITE_H

extern char return_call[] __attribute__((visibility("hidden")));
extern char return_site[] __attribute__((visibility("hidden")));
/* return_site goes on here when nothing better is known: with the frame made, rax, rcx and rdx
 * stored in it, and all other registers as the function left them. */
extern char return_slow[] __attribute__((visibility("hidden")));

#endif
