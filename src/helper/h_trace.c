/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that print, and that tell where the traced thread is. */
#include <errno.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/format.h"
#include "helper/probe.h"
#include "helper/regs.h"
#include "map/map.h"

enum {
	LINE = 1024,
	MAX_VARARGS = 12,
	MAX_FRAMES = 127
};

static uint64_t print_line(struct run *run, const char *fmt, uint64_t fmt_size,
			   const uint64_t *args, uint32_t n_args)
{
	char line[LINE];
	int64_t len;
	void (*trace)(void *, const struct run *, const char *, size_t);

	if (!fmt_size || fmt[fmt_size - 1])
		return ERR(EINVAL);
	len = format_text(run, line, sizeof(line), fmt, args, n_args);
	trace = run->env ? __atomic_load_n(&run->env->trace, __ATOMIC_ACQUIRE) : NULL;
	if (len >= 0 && trace)
		trace(run->env->trace_arg, run, line, (size_t)(len < LINE ? len : LINE - 1));
	return (uint64_t)len;
}

BODY(trace_printk)
{
	uint64_t args[] = { r3, r4, r5 };

	return print_line(run, (const char *)r1, (uint32_t)r2, args, 3);
}

static bool varargs_ok(uint64_t data, uint64_t size)
{
	return !(size % 8 || size > MAX_VARARGS * 8 || (size && !data));
}

BODY(trace_vprintk)
{
	if (!varargs_ok(r3, (uint32_t)r4))
		return ERR(EINVAL);
	return print_line(run, (const char *)r1, (uint32_t)r2, (const uint64_t *)r3,
			  (uint32_t)r4 / 8);
}

BODY(snprintf)
{
	int64_t len;

	if (!varargs_ok(r4, (uint32_t)r5))
		return ERR(EINVAL);
	len = format_text(run, (char *)r1, r1 ? (uint32_t)r2 : 0, (const char *)r3,
			  (const uint64_t *)r4, (uint32_t)r5 / 8);
	return (uint64_t)(len < 0 ? len : len + 1);
}

/* Return addresses by frame pointers, as the kernel walks user stacks. */
static uint32_t walk(const struct run *run, uint64_t *ips, uint32_t max)
{
	uint64_t frame[2], fp;
	uint32_t n = 0;

	if (!run->regs || !max)
		return 0;
	if (run->env && run->env->walk)
		return run->env->walk(run, ips, max);
	ips[n++] = regs_pc(run->regs);
	for (fp = regs_frame(run->regs); n < max && fp && fp % 8 == 0; fp = frame[0]) {
		if (probe_copy(run, frame, fp, sizeof(frame)) || !frame[1])
			break;
		ips[n++] = frame[1];
		if (frame[0] <= fp)
			break;
	}
	return n;
}

/* Frames behind the skipped ones; negative errno when there are none. */
static int64_t frames(const struct run *run, uint64_t flags, uint64_t *ips, uint64_t **ret_first)
{
	uint32_t skip = flags & BPF_F_SKIP_FIELD_MASK, n;

	if (!(flags & BPF_F_USER_STACK))
		return -EFAULT; /* there is no kernel stack to show */
	n = walk(run, ips, MAX_FRAMES);
	if (n <= skip)
		return -EFAULT;
	*ret_first = ips + skip;
	return n - skip;
}

BODY(get_stackid)
{
	uint64_t ips[MAX_FRAMES], *first = ips;
	int64_t n;

	if (r3 & ~(uint64_t)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP |
			     BPF_F_REUSE_STACKID))
		return ERR(EINVAL);
	n = frames(run, r3, ips, &first);
	if (n < 0)
		return (uint64_t)n;
	return (uint64_t)stackmap_store((struct map *)r2, first, (uint32_t)n, r3);
}

/* A frame of a file that is not known, or has no build id, is an address. */
static void put_build_id(const struct run *run, uint8_t *to, uint64_t ip)
{
	struct bpf_stack_build_id id;

	if (!run->env || !run->env->build_id || !run->env->build_id(ip, &id)) {
		bytes_zero(&id, sizeof(id));
		id.status = BPF_STACK_BUILD_ID_IP;
		id.ip = ip;
	}
	bytes_copy(to, &id, sizeof(id));
}

BODY(get_stack)
{
	bool ids = r4 & BPF_F_USER_BUILD_ID;
	uint64_t elem = ids ? sizeof(struct bpf_stack_build_id) : sizeof(uint64_t);
	uint64_t size = (uint32_t)r3, ips[MAX_FRAMES], *first = ips;
	uint8_t *out = (uint8_t *)r2;
	int64_t n;

	bytes_zero(out, size);
	if (r4 & ~(uint64_t)(BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_USER_BUILD_ID))
		return ERR(EINVAL);
	if ((ids && !(r4 & BPF_F_USER_STACK)) || size % elem)
		return ERR(EINVAL);
	n = frames(run, r4, ips, &first);
	if (n < 0)
		return (uint64_t)n;
	n = (uint64_t)n < size / elem ? n : (int64_t)(size / elem);
	for (int64_t i = 0; i < n; i++) {
		if (ids)
			put_build_id(run, out + (uint64_t)i * elem, first[i]);
		else
			bytes_copy(out + (uint64_t)i * elem, &first[i], sizeof(first[i]));
	}
	return (uint64_t)n * elem;
}
