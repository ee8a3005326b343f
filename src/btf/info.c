/* SPDX-License-Identifier: BSD-2-Clause */
/* Do a program's func_info and line_info agree with its BTF? */
#include <errno.h>
#include <string.h>

#include "btf/blob.h"

enum {
	MIN_FUNC_REC = 8,
	MIN_LINE_REC = 16,
	MAX_REC = 252,
};

#define REFUSE(err, ...)                            \
	do {                                        \
		if (log)                            \
			text_add(log, __VA_ARGS__); \
		return err;                         \
	} while (0)

static bool tail_is_zero(const uint8_t *rec, uint32_t from, uint32_t size)
{
	for (uint32_t i = from; i < size; i++)
		if (rec[i])
			return false;
	return true;
}

static bool is_scalar_return(const struct btf_blob *btf, const struct btf_type *proto)
{
	unsigned int kind = btf_kind_of(btf_type(btf, btf_strip(btf, proto->type)));

	return proto->type &&
	       (kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64);
}

static int check_func(const struct btf_blob *btf, const struct bpf_func_info *f, bool first,
		      struct text *log)
{
	const struct btf_type *t = btf_type(btf, f->type_id), *proto;

	if (!f->type_id || !t || btf_kind_of(t) != BTF_KIND_FUNC)
		REFUSE(-EINVAL, "invalid type id %u in func info\n", f->type_id);
	proto = btf_type(btf, t->type);
	if (!first && btf_vlen_of(t) == BTF_FUNC_GLOBAL && btf_strip(btf, proto->type) &&
	    !is_scalar_return(btf, proto))
		REFUSE(-EINVAL, "global function %s() doesn't return scalar.\n",
		       btf_name(btf, t->name_off));
	return 0;
}

int btf_check_func_info(const struct btf_blob *btf, const void *info, uint32_t rec_size, uint32_t n,
			const struct bpf_insn *insns, uint32_t n_insns, struct text *log)
{
	const uint8_t *p = info;
	uint32_t prev = 0;

	if (rec_size < MIN_FUNC_REC || rec_size > MAX_REC || rec_size % 4)
		REFUSE(-EINVAL, "invalid func info rec size %u\n", rec_size);
	for (uint32_t i = 0; i < n; i++, p += rec_size) {
		struct bpf_func_info f;
		int err;

		memcpy(&f, p, sizeof(f));
		if (!tail_is_zero(p, sizeof(f), rec_size))
			REFUSE(-E2BIG, "nonzero tailing record in func info");
		if (!i && f.insn_off)
			REFUSE(-EINVAL, "nonzero insn_off %u for the first func info record\n",
			       f.insn_off);
		if (i && f.insn_off <= prev)
			REFUSE(-EINVAL,
			       "same or smaller insn offset (%u) than previous func info record "
			       "(%u)\n",
			       f.insn_off, prev);
		if (f.insn_off >= n_insns || (insns && !insns[f.insn_off].code))
			REFUSE(-EINVAL, "func_info BTF section doesn't match subprog layout in BPF "
					"program\n");
		err = check_func(btf, &f, !i, log);
		if (err)
			return err;
		prev = f.insn_off;
	}
	return 0;
}

int btf_check_line_info(const struct btf_blob *btf, const void *info, uint32_t rec_size, uint32_t n,
			uint32_t n_insns, struct text *log)
{
	const uint8_t *p = info;
	uint32_t prev = 0;

	if (rec_size < MIN_LINE_REC || rec_size > MAX_REC || rec_size % 4)
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++, p += rec_size) {
		struct bpf_line_info l;

		memcpy(&l, p, sizeof(l));
		if (!tail_is_zero(p, sizeof(l), rec_size))
			REFUSE(-E2BIG, "nonzero tailing record in line_info");
		if ((i && l.insn_off <= prev) || l.insn_off >= n_insns)
			REFUSE(-EINVAL,
			       "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n",
			       i, l.insn_off, prev, n_insns);
		if (!i && l.insn_off)
			REFUSE(-EINVAL, "missing bpf_line_info for func#0\n");
		if (!btf_str_ok(btf, l.line_off) || !btf_str_ok(btf, l.file_name_off))
			REFUSE(-EINVAL, "Invalid line_info[%u].line_off or .file_name_off\n", i);
		prev = l.insn_off;
	}
	return 0;
}
