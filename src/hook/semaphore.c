/* SPDX-License-Identifier: BSD-2-Clause */
/* Where is a counter, and how is it changed?  Through /proc/thread-self/mem, since its library may
 * go at any moment; who else changes it is the kernel, for a tracer of its own. */
#include "hook/semaphore.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "hook/maps.h"

uint64_t semaphore_find(const struct maps *maps, uint64_t dev, uint64_t ino, uint64_t off)
{
	for (size_t i = 0; i < maps->n; i++) {
		const struct maps_row *row = &maps->rows[i];
		uint64_t size = row->end - row->start;

		if (row->write && off >= row->off && off - row->off <= size - sizeof(uint16_t) &&
		    maps_is_file(row, dev, ino))
			return row->start + (off - row->off);
	}
	return 0;
}

void semaphore_add(uint64_t addr, int by)
{
	int fd = addr ? open("/proc/thread-self/mem", O_RDWR | O_CLOEXEC) : -1;
	uint16_t n;

	if (fd < 0)
		return;
	if (os_syscall(SYS_pread64, fd, (long)&n, sizeof(n), (long)addr, 0, 0) == sizeof(n) &&
	    (by > 0 ? n < UINT16_MAX : n > 0)) {
		n = (uint16_t)(n + by);
		os_syscall(SYS_pwrite64, fd, (long)&n, sizeof(n), (long)addr, 0, 0);
	}
	close(fd);
}
