/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which programs does --target name, whose functions extensions replace and tracing programs are
 * attached to?  Each program of that object, loaded by itself; those that are refused are not
 * there.
 */
#ifndef CLI_TARGET_PROG_H
#define CLI_TARGET_PROG_H

#include <stdbool.h>
#include <stdint.h>

struct ring3;
struct target_prog;

/* Prints why there is none; NULL then. */
struct target_prog *target_prog_open(struct ring3 *rt, const char *path);
struct target_prog *target_prog_close(struct target_prog *target);
/* The first program with a function of this name.  False: none has. */
bool target_prog_find(const struct target_prog *target, const char *function, int *ret_fd,
		      uint32_t *ret_btf_id);
void target_prog_missing(const struct target_prog *target, const char *function);

#endif
