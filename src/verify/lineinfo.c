/* SPDX-License-Identifier: BSD-2-Clause */
/* Which source line is an instruction from?  See lineinfo.h. */
#include "verify/lineinfo.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "btf/btf.h"

const struct bpf_line_info *lineinfo_find(const struct lineinfo *li, uint32_t insn)
{
	uint32_t low = 0, high = li->btf ? li->n : 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (li->info[mid].insn_off <= insn)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &li->info[low - 1] : NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

void lineinfo_print(const struct lineinfo *li, uint32_t insn, struct text *t)
{
	const struct bpf_line_info *line = lineinfo_find(li, insn);

	if (!line)
		return;
	text_add(t, "%s:%u: %s", base_name(btf_name(li->btf, line->file_name_off)),
		 BPF_LINE_INFO_LINE_NUM(line->line_col),
		 skip_space(btf_name(li->btf, line->line_off)));
}

static bool same_line(const struct bpf_line_info *a, const struct bpf_line_info *b)
{
	return a->file_name_off == b->file_name_off && a->line_off == b->line_off &&
	       BPF_LINE_INFO_LINE_NUM(a->line_col) == BPF_LINE_INFO_LINE_NUM(b->line_col);
}

void lineinfo_log(const struct lineinfo *li, uint32_t insn, const struct bpf_line_info **last,
		  struct text *t)
{
	const struct bpf_line_info *line = lineinfo_find(li, insn);

	/* Records that differ in the column only are one line. */
	if (!line || (*last && same_line(line, *last)))
		return;
	*last = line;
	text_add(t, "; %s @ %s:%u\n", skip_space(btf_name(li->btf, line->line_off)),
		 base_name(btf_name(li->btf, line->file_name_off)),
		 BPF_LINE_INFO_LINE_NUM(line->line_col));
}
