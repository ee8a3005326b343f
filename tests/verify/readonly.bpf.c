/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that may only be read, where another path has come with as much that may be written.  Each
 * program's name says its verdict. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern const int bpf_prog_active __ksym;

#define EITHER(access)                                        \
	const int *at = bpf_this_cpu_ptr(&bpf_prog_active);   \
	long ret = 0;                                         \
                                                              \
	if (!given || !at)                                    \
		return 0;                                     \
	asm volatile("if %[which] == 0 goto +1\n"             \
		     "%[at] = %[given]\n" access              \
		     : [at] "+r"(at), [ret] "+r"(ret)         \
		     : [which] "r"(which), [given] "r"(given) \
		     : "memory");                             \
	return (int)ret

__attribute__((noinline)) int write_either(int *given, long which)
{
	EITHER("*(u32 *)(%[at] + 0) = %[which]");
}

__attribute__((noinline)) int read_either(int *given, long which)
{
	EITHER("%[ret] = *(u32 *)(%[at] + 0)");
}

SEC("tc")
int reject_written(struct __sk_buff *skb)
{
	int mine = 0;

	return write_either(&mine, skb->len);
}

SEC("tc")
int accept_read(struct __sk_buff *skb)
{
	int mine = 0;

	return read_either(&mine, skb->len);
}

char _license[] SEC("license") = "GPL";
