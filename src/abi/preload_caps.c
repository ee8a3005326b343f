/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which capabilities does a tool believe to have?  Tools ask before they call bpf(2), which needs
 * none here: those that the kernel wants for it are shown as there.  What is not there is never
 * asked of the kernel.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/os.h"
#include "ring3/ring3.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#endif
#ifndef CAP_BPF
#define CAP_BPF 39
#endif

RING3_API int capget(cap_user_header_t header, cap_user_data_t data);
RING3_API int capset(cap_user_header_t header, const cap_user_data_t data);

enum {
	WORDS = _LINUX_CAPABILITY_U32S_3
};

static int answer(long ret)
{
	if (ret >= 0)
		return (int)ret;
	errno = (int)-ret;
	return -1;
}

RING3_API int capget(cap_user_header_t header, cap_user_data_t data)
{
	static const int shown[] = { CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF };
	long ret = os_syscall(SYS_capget, (long)header, (long)data, 0, 0, 0, 0);

	if (ret || !data || header->version != _LINUX_CAPABILITY_VERSION_3)
		return answer(ret);
	for (unsigned int i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		data[shown[i] / 32].effective |= 1u << shown[i] % 32;
		data[shown[i] / 32].permitted |= 1u << shown[i] % 32;
	}
	return 0;
}

RING3_API int capset(cap_user_header_t header, const cap_user_data_t data)
{
	struct __user_cap_data_struct have[WORDS], want[WORDS];

	if (header->version != _LINUX_CAPABILITY_VERSION_3 ||
	    os_syscall(SYS_capget, (long)header, (long)have, 0, 0, 0, 0))
		return answer(os_syscall(SYS_capset, (long)header, (long)data, 0, 0, 0, 0));
	memcpy(want, data, sizeof(want));
	for (int i = 0; i < WORDS; i++) {
		want[i].effective &= have[i].permitted;
		want[i].permitted &= have[i].permitted;
		want[i].inheritable &= have[i].permitted | have[i].inheritable;
	}
	return answer(os_syscall(SYS_capset, (long)header, (long)want, 0, 0, 0, 0));
}
