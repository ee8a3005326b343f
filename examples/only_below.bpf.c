/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy without root: the command opens files below /srv, and those of the system that programs
 * need to run, and no others.
 *
 *	ring3 run only_below.bpf.o -- cat /etc/passwd
 *
 * It keeps an honest program within bounds.  It is no wall around a hostile one, which could change
 * a path between the look at it and the call, or bring its own instructions.
 */
#include <asm/errno.h>
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <ring3/bpf.h>

enum {
	PATH = 256
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} opened_refused SEC(".maps");

static __always_inline void count(__u32 key)
{
	__u64 *n = bpf_map_lookup_elem(&opened_refused, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#define IS_BELOW(path, dir) (!__builtin_memcmp(path, dir "/", sizeof(dir)))

/* Up and out again: "/srv/../etc". */
static __always_inline bool climbs(const char *path)
{
	for (int i = 0; i + 3 < PATH && path[i]; i++)
		if (path[i] == '/' && path[i + 1] == '.' && path[i + 2] == '.' &&
		    (path[i + 3] == '/' || !path[i + 3]))
			return true;
	return false;
}

static __always_inline int decide(__u64 user_path)
{
	char path[PATH] = "";
	bool good;

	if (bpf_probe_read_user_str(path, sizeof(path), (void *)user_path) < 0)
		return 0; /* the kernel says EFAULT */
	good = IS_BELOW(path, "/srv") || IS_BELOW(path, "/usr") || IS_BELOW(path, "/lib") ||
	       IS_BELOW(path, "/proc/self") || !__builtin_memcmp(path, "/etc/ld.so.", 11);
	good = good && !climbs(path);
	count(!good);
	return good ? 0 : -EACCES;
}

/* The context's first word is the address of what may be changed. */
struct context {
	struct ring3_syscall *call;
};

SEC("raw_tp.w/sys_enter_open")
int on_open(struct context *ctx)
{
	return decide(ctx->call->args[0]);
}

SEC("raw_tp.w/sys_enter_creat")
int on_creat(struct context *ctx)
{
	return decide(ctx->call->args[0]);
}

SEC("raw_tp.w/sys_enter_openat")
int on_openat(struct context *ctx)
{
	return decide(ctx->call->args[1]);
}

SEC("raw_tp.w/sys_enter_openat2")
int on_openat2(struct context *ctx)
{
	return decide(ctx->call->args[1]);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
