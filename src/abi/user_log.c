/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How does a log reach the caller's buffer?  Levels and sizes are checked as the kernel does; a log
 * that is too long keeps its end (its beginning with BPF_LOG_FIXED) and turns the result into
 * -ENOSPC.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "abi/abi.h"
#include "base/text.h"

enum {
	LOG_LEVELS = 7,
	LOG_FIXED = 8
};

int user_log_begin(struct user_log *log, uint32_t level, uint64_t buf, uint32_t size)
{
	*log = (struct user_log){ .level = level, .size = size, .buf = buf };
	if (level & ~(uint32_t)(LOG_LEVELS | LOG_FIXED))
		return -EINVAL;
	if (!buf != !size || (buf && !level) || size > UINT_MAX >> 2)
		return -EINVAL;
	if (level)
		text_init_heap(&log->text);
	return 0;
}

struct text *user_log_text(struct user_log *log)
{
	return log->level ? &log->text : NULL;
}

static int copy_out(struct user_log *log)
{
	size_t len = log->text.len, room = log->size - 1, from = 0;
	char nul = 0;

	if (len > room) {
		from = log->level & LOG_FIXED ? 0 : len - room;
		len = room;
	}
	if (user_write(log->buf, log->text.buf + from, len) || user_write(log->buf + len, &nul, 1))
		return -EFAULT;
	return log->text.len > room ? -ENOSPC : 0;
}

int user_log_end(struct user_log *log, int err)
{
	int copied = 0;

	if (log->level) {
		log->true_size = log->text.len ? (uint32_t)log->text.len + 1 : 0;
		if (log->size)
			copied = copy_out(log);
		text_done(&log->text);
	}
	return copied ? copied : err;
}
