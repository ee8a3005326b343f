/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How is a bpf(2) call answered?  bpf.c copies the attribute in, checks its size and unused bytes,
 * and calls the command's handler; handlers read c->attr, and write results to the caller's
 * attribute with call_put().  Addresses in attributes are the caller's: they are read and written
 * through user_read() and user_write(), which answer -EFAULT where the kernel does.
 */
#ifndef ABI_ABI_H
#define ABI_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "abi/cmds.def"
#include "ring3/bpf.h"
#include "run/rt.h"

/* The kernel's own errno for "not supported", which it shows to user space. */
#define ABI_ENOTSUPP 524

struct abi_obj_attr {
	uint64_t pathname;
	uint32_t bpf_fd, file_flags;
	int32_t path_fd;
};

union abi_attr {
	union bpf_attr k;
	struct ring3_attr_map_create map_create;
	struct ring3_attr_prog_load prog_load;
	struct ring3_attr_btf_load btf_load;
	struct ring3_attr_link_create link_create;
	struct abi_obj_attr obj;
	uint8_t raw[256];
};

struct call {
	struct ring3 *rt;
	union abi_attr attr;
	uint64_t user;            /* the caller's attribute */
	uint32_t size;            /* of it */
	struct verify_diag *diag; /* of PROG_LOAD */
};

/* bpf(2) on a runtime; diag (may be NULL) gets why PROG_LOAD refused. */
int abi_bpf(struct ring3 *rt, int cmd, uint64_t attr, uint32_t size, struct verify_diag *diag);

/* Closes a descriptor that a failing command had made. */
void call_close(int fd);

int user_read(void *dst, uint64_t from, size_t size);
/* Several at once, at little more than the price of one: -EFAULT where any of them is wrong. */
struct user_part {
	void *dst;
	uint64_t from;
	size_t size;
};
enum {
	USER_PARTS = 4
};
int user_read_parts(const struct user_part *parts, unsigned int n);
int user_write(uint64_t to, const void *src, size_t size);
/* A NUL-terminated string of less than `size` bytes: -EFAULT, -ENAMETOOLONG. */
int user_string(char *dst, uint64_t from, size_t size);

/* Writes a result into the caller's attribute, as far as it is that long. */
int call_put(struct call *c, size_t offset, const void *value, size_t size);
#define CALL_PUT(c, field, value)                                      \
	call_put(c, offsetof(union abi_attr, field),                   \
		 &(__typeof__(((union abi_attr *)0)->field)){ value }, \
		 sizeof(((union abi_attr *)0)->field))

/* An object name: letters, digits, '_' and '.'; NUL within BPF_OBJ_NAME_LEN bytes. */
bool name_is_ok(const char name[BPF_OBJ_NAME_LEN]);

/* The caller's log buffer, with the kernel's rules. */
struct user_log {
	uint32_t level, size;
	uint64_t buf;
	struct text text;
	uint32_t true_size;
};
int user_log_begin(struct user_log *log, uint32_t level, uint64_t buf, uint32_t size);
/* Copies out; `err` is what the call is about to return; the result is what it must return. */
int user_log_end(struct user_log *log, int err);
struct text *user_log_text(struct user_log *log); /* NULL: nobody listens */

#define CMD_DECLARE(nr, name, handler, last) int cmd_##handler(struct call *c);
CMD_LIST(CMD_DECLARE)
#undef CMD_DECLARE

#endif
