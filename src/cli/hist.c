/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a histogram drawn?  In the layout of bpftrace: half-open ranges of powers of two, bars
 * scaled to the row with the highest count. */
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	BAR = 40,
	LOG2_BUCKETS = 64
};

/* 2^bit as "1", "512", "4K" ... */
static void power_label(char *buf, size_t size, unsigned int bit)
{
	static const char *const units[] = { "", "K", "M", "G", "T", "P", "E" };

	snprintf(buf, size, "%u%s", 1u << (bit % 10), units[bit / 10]);
}

static void log2_label(char *buf, size_t size, size_t bucket)
{
	char low[16], high[16];

	power_label(low, sizeof(low), (unsigned int)bucket);
	power_label(high, sizeof(high), (unsigned int)bucket + 1);
	if (bucket == 0)
		snprintf(buf, size, "[0, 2)");
	else if (bucket == LOG2_BUCKETS - 1)
		snprintf(buf, size, "[%s, ...)", low);
	else
		snprintf(buf, size, "[%s, %s)", low, high);
}

int hist_log2_rows(const uint64_t *counts, size_t n, struct hist_row **ret_rows, size_t *ret_n)
{
	size_t first = 0, last = n > LOG2_BUCKETS ? LOG2_BUCKETS : n;
	struct hist_row *rows;

	while (first < last && !counts[first])
		first++;
	while (last > first && !counts[last - 1])
		last--;
	rows = calloc(last - first + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = first; i < last; i++) {
		log2_label(rows[i - first].label, sizeof(rows[0].label), i);
		rows[i - first].count = counts[i];
	}
	*ret_rows = rows;
	*ret_n = last - first;
	return 0;
}

void hist_print(FILE *out, const char *title, const struct hist_row *rows, size_t n)
{
	char bar[BAR + 1];
	uint64_t max = 1;

	fprintf(out, "%s:\n", title);
	if (!n)
		fputs("  (no entries)\n", out);
	for (size_t i = 0; i < n; i++)
		max = rows[i].count > max ? rows[i].count : max;
	for (size_t i = 0; i < n; i++) {
		size_t width = (size_t)((double)rows[i].count / (double)max * BAR);

		if (rows[i].count && !width)
			width = 1;
		memset(bar, '@', width);
		bar[width] = '\0';
		fprintf(out, "  %-16s %10llu |%-*s|\n", rows[i].label,
			(unsigned long long)rows[i].count, BAR, bar);
	}
}
