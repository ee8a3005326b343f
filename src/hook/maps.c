/* SPDX-License-Identifier: BSD-2-Clause */
/* How are the maps of /proc read?  Whole, then line by line, in place.  By this thread: /proc/self
 * is the first one, which may have ended. */
#include "hook/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/alloc.h"
#include "base/os.h"

enum {
	MAPS_LIMIT = 64 << 20,
};

/* A hexadecimal number and the character behind it. */
static bool hex(char **p, char behind, uint64_t *ret)
{
	char *end;

	*ret = strtoull(*p, &end, 16);
	if (end == *p || *end != behind)
		return false;
	*p = end + 1;
	return true;
}

/* "start-end perms offset major:minor inode   path" */
static bool parse(char *line, struct maps_row *ret)
{
	uint64_t major_no, minor_no;
	char *perms, *end;

	if (!hex(&line, '-', &ret->start) || !hex(&line, ' ', &ret->end))
		return false;
	perms = line;
	if (strlen(line) < 5)
		return false;
	line += 5;
	if (!hex(&line, ' ', &ret->off) || !hex(&line, ':', &major_no) ||
	    !hex(&line, ' ', &minor_no))
		return false;
	ret->write = perms[1] == 'w';
	ret->exec = perms[2] == 'x';
	ret->text = !memcmp(perms, "r-xp", 4);
	ret->dev = makedev((unsigned int)major_no, (unsigned int)minor_no);
	ret->ino = strtoull(line, &end, 10);
	while (*end == ' ')
		end++;
	ret->path = end;
	return ret->ino != 0;
}

/* Patched pages are mappings of their own (page.c). */
static bool continues(const struct maps_row *row, const struct maps_row *next)
{
	return row->end == next->start && row->off + (row->end - row->start) == next->off &&
	       row->dev == next->dev && row->ino == next->ino && row->exec == next->exec &&
	       row->write == next->write && row->text == next->text;
}

static void add(struct maps *maps, const struct maps_row *row)
{
	struct maps_row *last = &maps->rows[maps->n ? maps->n - 1 : 0];

	if (maps->n && continues(last, row))
		last->end = row->end;
	else
		maps->rows[maps->n++] = *row;
}

int maps_read(struct maps *ret_maps)
{
	struct maps maps = { 0 };
	struct maps_row row;
	size_t size, lines = 0;
	char *line, *end;
	void *data;
	int err;

	err = os_read_file("/proc/thread-self/maps", MAPS_LIMIT, &data, &size);
	if (err)
		return err;
	maps.text = data;
	for (size_t i = 0; i < size; i++)
		lines += maps.text[i] == '\n';
	maps.rows = mem_array(lines, sizeof(*maps.rows));
	if (!maps.rows) {
		mem_free(data);
		return -ENOMEM;
	}
	for (line = maps.text; lines; lines--, line = end + 1) {
		end = strchr(line, '\n');
		*end = 0;
		if (parse(line, &row))
			add(&maps, &row);
	}
	*ret_maps = maps;
	return 0;
}

void maps_done(struct maps *maps)
{
	mem_free(maps->rows);
	mem_free(maps->text);
	*maps = (struct maps){ 0 };
}

bool maps_is_file(const struct maps_row *row, uint64_t dev, uint64_t ino)
{
	struct stat st;

	if (row->dev == dev)
		return row->ino == ino;
	return !stat(row->path, &st) && st.st_dev == dev && st.st_ino == ino;
}
