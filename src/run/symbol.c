/* SPDX-License-Identifier: BSD-2-Clause */
/* What do profilers and debuggers call the machine code of a program?  See symbol.h. */
#include "run/symbol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "btf/btf.h"
#include "run/prog.h"

/* Name of the function that has the loaded instruction `at`, "" when BTF does not tell. */
static const char *function_name(const struct prog *p, uint32_t at)
{
	const struct bpf_func_info *info = p->func_info;
	const struct btf_type *type = NULL;

	for (uint32_t i = 0; p->btf && i < p->n_func_info && info[i].insn_off <= at; i++)
		type = btf_type(p->btf, info[i].type_id);
	return type ? btf_name(p->btf, type->name_off) : "";
}

static void add_name(struct prog_symbol *s, int at, const char *name)
{
	for (; *name && at < SYMBOL_NAME - 1; name++) {
		char c = *name;
		int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '.';

		s->name[at++] = plain ? c : '_';
	}
	s->name[at] = '\0';
}

void prog_symbol(struct prog *p, const struct jit_image *image, uint32_t i,
		 struct prog_symbol *ret_symbol)
{
	uint8_t tag[8] = { 0 };
	uint32_t start = p->facts->subprogs[i].start;
	const char *name = function_name(p, p->facts->orig[start]);
	struct prog_symbol s = { 0 };
	int n;

	/* What lies before the main function are stubs of its own. */
	s.addr = (uintptr_t)image->code + (i ? image->fn_off[i] : 0);
	s.size = (uintptr_t)image->code + image->fn_off[i + 1] - s.addr;
	/* Without memory for it: a name all the same. */
	prog_tag(p, tag);
	n = snprintf(s.name, sizeof(s.name), "bpf_prog_%02x%02x%02x%02x%02x%02x%02x%02x_", tag[0],
		     tag[1], tag[2], tag[3], tag[4], tag[5], tag[6], tag[7]);
	if (!*name)
		name = i || !*p->name ? "F" : p->name;
	add_name(&s, n, name);
	*ret_symbol = s;
}

int symbol_perf_line(const struct prog_symbol *s, char *buf, size_t size)
{
	int len = snprintf(buf, size, "%llx %llx %s\n", (unsigned long long)s->addr,
			   (unsigned long long)s->size, s->name);

	return len >= 0 && (size_t)len < size ? len : -ENOSPC;
}

/* Anybody can put a file or a symbolic link into /tmp before we do. */
static int open_map(void)
{
	char path[64];
	struct stat st;
	long fd;

	snprintf(path, sizeof(path), "/tmp/perf-%ld.map", os_syscall(SYS_getpid, 0, 0, 0, 0, 0, 0));
	fd = os_syscall(SYS_openat, AT_FDCWD, (long)(uintptr_t)path,
			O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644,
			0, 0);
	if (fd < 0)
		return (int)fd;
	if (fstat((int)fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_nlink != 1) {
		os_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
		return -EPERM;
	}
	return (int)fd;
}

int symbol_perf_append(struct prog *p)
{
	const struct jit_image *image = prog_image(p);
	int fd = open_map(), err = fd < 0 ? fd : 0;

	for (uint32_t i = 0; image && i < image->n_fns && !err; i++) {
		struct prog_symbol s;
		char line[SYMBOL_NAME + 48];
		int len;

		prog_symbol(p, image, i, &s);
		len = symbol_perf_line(&s, line, sizeof(line));
		if (len < 0 ||
		    os_syscall(SYS_write, fd, (long)(uintptr_t)line, len, 0, 0, 0) != len)
			err = -EIO;
	}
	if (fd >= 0)
		os_syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	return err;
}
