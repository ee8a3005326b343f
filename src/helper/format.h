/* SPDX-License-Identifier: BSD-2-Clause */
/* How do bpf_trace_printk() and bpf_snprintf() format?  By the kernel's rules. */
#ifndef HELPER_FORMAT_H
#define HELPER_FORMAT_H

#include <stdint.h>

struct run;

/* 0, or -EINVAL for a format that the kernel refuses with this many arguments. */
int format_check(const char *fmt, uint32_t n_args);

/* Writes at most cap bytes, NUL included (cap may be 0); the length without NUL that all of it has,
 * or -EINVAL for a format that the kernel refuses.  fmt is NUL terminated. */
int64_t format_text(const struct run *run, char *out, uint64_t cap, const char *fmt,
		    const uint64_t *args, uint32_t n_args);

#endif
