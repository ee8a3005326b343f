/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program, with which maps, should get which verdict?  See vcase.h. */
#include "support/vcase.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "isa/asm.h"

static void add_field(struct vcase_map *m, const char *type, const char *off)
{
	if (m->n_fields == VCASE_FIELDS)
		return;
	snprintf(m->fields[m->n_fields].type, sizeof(m->fields[0].type), "%s", type);
	m->fields[m->n_fields++].off = (uint32_t)atoi(off);
}

static bool read_map(struct vcase *c, char *s)
{
	struct vcase_map *m = &c->maps[c->n_maps];
	char *save = NULL, *word;
	int used = 0;

	if (c->n_maps == VCASE_MAPS ||
	    sscanf(s, "%d %31s %u %u %u%n", &m->tag, m->type, &m->key_size, &m->value_size,
		   &m->max_entries, &used) != 5)
		return false;
	c->n_maps++;
	for (word = strtok_r(s + used, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strcmp(word, "frozen"))
			m->frozen = true;
		else if (!strncmp(word, "flags=", 6))
			m->flags = (uint32_t)strtoul(word + 6, NULL, 0);
		else if (!strncmp(word, "lock=", 5))
			add_field(m, "bpf_spin_lock", word + 5);
		else if (!strncmp(word, "timer=", 6))
			add_field(m, "bpf_timer", word + 6);
		else if (!strncmp(word, "res_lock=", 9))
			add_field(m, "bpf_res_spin_lock", word + 9);
		else if (!strncmp(word, "wq=", 3))
			add_field(m, "bpf_wq", word + 3);
		else if (!strncmp(word, "inner=", 6))
			m->inner = atoi(word + 6);
		else if (!strncmp(word, "data=", 5))
			for (word += 5; word[0] && word[1] && m->n_data < sizeof(m->data);
			     word += 2)
				sscanf(word, "%2hhx", &m->data[m->n_data++]);
		else
			return false;
	}
	return true;
}

static bool read_func(struct vcase *c, char *s)
{
	struct vcase_func *f = &c->funcs[c->n_funcs];
	char linkage[16], *save = NULL, *word;
	int used = 0;

	if (c->n_funcs == VCASE_FUNCS ||
	    sscanf(s, "%u %31s %15s%n", &f->insn, f->name, linkage, &used) != 3)
		return false;
	c->n_funcs++;
	f->global = !strcmp(linkage, "global");
	for (word = strtok_r(s + used, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (f->n_args == 5)
			return false;
		snprintf(f->args[f->n_args++], sizeof(f->args[0]), "%s", word);
	}
	return true;
}

static bool read_kfunc(struct vcase *c, const char *s)
{
	struct vcase_kfunc *k = &c->kfuncs[c->n_kfuncs];

	return c->n_kfuncs < VCASE_KFUNCS && ++c->n_kfuncs &&
	       sscanf(s, "%d %47s", &k->tag, k->name) == 2;
}

static bool read_line(struct vcase *c, const char *s)
{
	struct vcase_line *l = &c->lines[c->n_lines];

	return c->n_lines < VCASE_FUNCS && ++c->n_lines &&
	       sscanf(s, "%u %u %79[^\n]", &l->insn, &l->number, l->text) == 3;
}

static bool read_policy(struct vcase *c, const char *s)
{
	bool *flag = !strcmp(s, "unprivileged") ? &c->unprivileged
		     : !strcmp(s, "nogpl")      ? &c->no_gpl
		     : !strcmp(s, "exact")      ? &c->exact
		     : !strcmp(s, "strict")     ? &c->strict
		     : !strcmp(s, "sleepable")  ? &c->sleepable
		     : !strcmp(s, "run")        ? &c->run
		     : !strcmp(s, "nokernel")   ? &c->no_kernel
						: NULL;

	return flag && (*flag = true);
}

static bool read_limit(struct vcase *c, const char *s)
{
	static const char *const names[] = { "visits",  "insns",  "subprogs",
					     "pending", "memory", "maps" };
	uint64_t *limits[] = { &c->max_visits,  &c->max_insns,  &c->max_subprogs,
			       &c->max_pending, &c->max_memory, &c->max_maps };
	char name[16];
	unsigned long long n;
	unsigned int k;

	if (sscanf(s, "%15s %llu", name, &n) != 2)
		return false;
	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if (!strcmp(name, names[k]))
			*limits[k] = n;
	}
	return true;
}

static bool read_bytes(struct vcase *c, const char *s)
{
	uint8_t *bytes = mem_alloc(strlen(s));
	uint32_t n = 0;
	unsigned int b;
	int used;

	for (; bytes && sscanf(s, "%2x%n", &b, &used) == 1; s += used)
		bytes[n++] = (uint8_t)b;
	c->insns = (struct bpf_insn *)(void *)bytes;
	c->n_insns = n / sizeof(struct bpf_insn);
	return bytes && n % sizeof(struct bpf_insn) == 0;
}

static bool read_verdict(struct vcase *c, const char *s)
{
	c->has_verdict = true;
	c->accept = !strcmp(s, "accept");
	return c->accept || sscanf(s, "reject %47s", c->reason) == 1;
}

static bool read_kernel(struct vcase *c, const char *s)
{
	c->kernel = !strncmp(s, "accept", 6)   ? VCASE_KERNEL_ACCEPTS
		    : !strncmp(s, "reject", 6) ? VCASE_KERNEL_REJECTS
		    : !strncmp(s, "skip ", 5)  ? VCASE_KERNEL_SKIP
					       : VCASE_SAME;
	return c->kernel != VCASE_SAME;
}

static bool read_log(struct vcase *c, const char *s)
{
	if (c->n_logs == VCASE_LOGS)
		return false;
	snprintf(c->logs[c->n_logs++], sizeof(c->logs[0]), "%.159s", s);
	return true;
}

static bool read_directive(struct vcase *c, char *s)
{
	if (!strncmp(s, "type: ", 6))
		return sscanf(s + 6, "%31s %u", c->type, &c->attach) >= 1;
	if (!strncmp(s, "map: ", 5))
		return read_map(c, s + 5);
	if (!strncmp(s, "kfunc: ", 7))
		return read_kfunc(c, s + 7);
	if (!strncmp(s, "func: ", 6))
		return read_func(c, s + 6);
	if (!strncmp(s, "line: ", 6))
		return read_line(c, s + 6);
	if (!strncmp(s, "policy: ", 8))
		return read_policy(c, s + 8);
	if (!strncmp(s, "target: ", 8)) {
		snprintf(c->target, sizeof(c->target), "%.63s", s + 8);
		return true;
	}
	if (!strncmp(s, "limit: ", 7))
		return read_limit(c, s + 7);
	if (!strncmp(s, "bytes: ", 7))
		return read_bytes(c, s + 7);
	if (!strncmp(s, "=> ", 3))
		return read_verdict(c, s + 3);
	if (!strncmp(s, "log: ", 5))
		return read_log(c, s + 5);
	if (!strncmp(s, "known: ", 7))
		return snprintf(c->known, sizeof(c->known), "%.159s", s + 7) > 0;
	if (!strncmp(s, "kernel: ", 8))
		return read_kernel(c, s + 8);
	/* Directives left empty, so that asm_text() counts the lines of the case. */
	c->text_len += (uint32_t)snprintf(c->text + c->text_len, VCASE_TEXT - c->text_len, "%s", s);
	return c->text_len < VCASE_TEXT - 256;
}

static int assemble(struct vcase *c, char *why, size_t why_size)
{
	struct asm_error err;

	if (!c->has_verdict) {
		snprintf(why, why_size, "line %u: %s: no verdict", c->line, c->name);
		return -EINVAL;
	}
	if (c->insns || !asm_text(c->text, c->text_len, &c->insns, &c->n_insns, &err))
		return 1;
	snprintf(why, why_size, "line %u:%u: %s", c->line + err.line, err.col, err.message);
	return -EINVAL;
}

int vcase_next(FILE *f, uint32_t *line, struct vcase *c, char *why, size_t why_size)
{
	char buf[4096];
	long before = ftell(f);

	memset(c, 0, sizeof(*c));
	snprintf(c->type, sizeof(c->type), "socket_filter");
	while (fgets(buf, sizeof(buf), f)) {
		buf[strcspn(buf, "\n")] = 0;
		if (!strncmp(buf, ": ", 2) && c->line) {
			fseek(f, before, SEEK_SET);
			return assemble(c, why, why_size);
		}
		before = ftell(f);
		++*line;
		if (!strncmp(buf, ": ", 2)) {
			snprintf(c->name, sizeof(c->name), "%.127s", buf + 2);
			c->line = *line;
			continue;
		}
		if (c->line && !read_directive(c, buf)) {
			snprintf(why, why_size, "line %u: cannot read: %.80s", *line, buf);
			return -EINVAL;
		}
		if (c->line)
			c->text[c->text_len++] = '\n';
	}
	return c->line ? assemble(c, why, why_size) : 0;
}

void vcase_done(struct vcase *c)
{
	mem_free(c->insns);
	c->insns = NULL;
}
