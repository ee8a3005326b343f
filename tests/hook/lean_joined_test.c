/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same, of trampolines as in a process that was joined: threads are found by their GS base.
 *
 * To see it fail: take a comparison out of find_gate(); let set_key() store nothing; leave the
 * flags out of return_site's guest part.
 */
#include "lean_test.c"
