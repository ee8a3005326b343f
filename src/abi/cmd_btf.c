/* SPDX-License-Identifier: BSD-2-Clause */
/* How do type descriptions come in? */
#include <errno.h>

#include "abi/abi.h"
#include "abi/caps.h"
#include "base/alloc.h"
#include "btf/kept.h"

enum {
	MAX_BTF = 16 << 20
};

/* The kernel's types are read for what owns one of its objects only. */
static int check_struct(const struct btf_record *record, void *arg)
{
	const struct btf_kernel *kernel;

	if (!btf_record_find(record, FIELD_KPTR_REF))
		return 0;
	kernel = rt_kernel(arg);
	return kernel ? kept_check_record(kernel, record) : 0;
}

static int load(struct call *c, struct text *log, int *ret_fd)
{
	const struct ring3_attr_btf_load *a = &c->attr.btf_load;
	struct btf_blob *btf = NULL;
	void *data;
	int err;

	if (a->btf_size > MAX_BTF)
		return -E2BIG;
	if (!a->btf_size)
		return -EINVAL;
	data = mem_alloc(a->btf_size);
	if (!data)
		return -ENOMEM;
	err = user_read(data, a->btf, a->btf_size);
	if (!err)
		err = btf_parse(data, a->btf_size, NULL, log, &btf);
	mem_free(data);
	if (!err)
		err = btf_record_check_types(btf, check_struct, c->rt);
	if (err) {
		btf_unref(btf);
		return err;
	}
	err = rt_btf_create(c->rt, btf, ret_fd);
	if (rt_made_room(c->rt, err))
		err = rt_btf_create(c->rt, btf, ret_fd);
	btf_unref(btf);
	return err;
}

int cmd_btf_load(struct call *c)
{
	const struct ring3_attr_btf_load *a = &c->attr.btf_load;
	struct user_log log;
	int fd = -1, err;

	if (a->btf_flags || a->btf_token_fd)
		return -EINVAL;
	err = caps_btf(c->rt);
	if (err)
		return err;
	err = user_log_begin(&log, a->btf_log_level, a->btf_log_buf, a->btf_log_size);
	if (err)
		return err;
	rt_sweep(c->rt, false);
	err = load(c, user_log_text(&log), &fd);
	err = user_log_end(&log, err);
	if (CALL_PUT(c, btf_load.btf_log_true_size, log.true_size) && !err)
		err = -EFAULT;
	if (err && fd >= 0)
		call_close(fd);
	return err ? err : fd;
}
