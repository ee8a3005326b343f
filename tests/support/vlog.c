/* SPDX-License-Identifier: BSD-2-Clause */
/* What does a verifier's log of level 2 say about the numbers in registers?  See vlog.h. */
#include "support/vlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vlog_limits unknown = {
	INT64_MIN, INT64_MAX, 0, UINT64_MAX, INT32_MIN, INT32_MAX, 0, UINT32_MAX, 0, UINT64_MAX
};

static void set_limit(struct vlog_limits *l, const char *name, size_t n, uint64_t v)
{
	const struct {
		const char *name;
		void *to;
		bool narrow;
	} fields[] = {
		{ "smin", &l->smin, false },    { "smax", &l->smax, false },
		{ "umin", &l->umin, false },    { "umax", &l->umax, false },
		{ "smin32", &l->smin32, true }, { "smax32", &l->smax32, true },
		{ "umin32", &l->umin32, true }, { "umax32", &l->umax32, true },
	};
	uint32_t low = (uint32_t)v;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i].name) != n || memcmp(fields[i].name, name, n) != 0)
			continue;
		if (fields[i].narrow)
			memcpy(fields[i].to, &low, sizeof(low));
		else
			memcpy(fields[i].to, &v, sizeof(v));
	}
}

/* "-5", "7", "0xff". */
static uint64_t number(const char *s, const char **end)
{
	char *stop;
	uint64_t v = *s == '-' ? (uint64_t)strtoll(s, &stop, 0) : strtoull(s, &stop, 0);

	*end = stop;
	return v;
}

/* "smin=umin=3,smax=5,var_off=(0x0; 0x7))": all names before a value get it. */
static const char *read_limits(const char *s, struct vlog_limits *l)
{
	*l = unknown;
	while (*s && *s != ')' && *s != '\n') {
		const char *item = s, *value, *name;

		value = s + strcspn(s, ",)\n");
		if (!strncmp(item, "var_off=(", 9)) {
			l->value = number(item + 9, &s);
			l->mask = number(s + 2, &s);
			s += *s == ')';
		} else {
			s = value;
			while (value > item && value[-1] != '=')
				value--;
			for (name = item; name < value; name += strcspn(name, "=") + 1)
				set_limit(l, name, strcspn(name, "="), number(value, &s));
		}
		s += strcspn(s, ",)\n");
		s += *s == ',';
	}
	return s + (*s == ')');
}

static struct vlog_limits constant(uint64_t v)
{
	return (struct vlog_limits){ (int64_t)v, (int64_t)v,  v,           v, (int32_t)v,
				     (int32_t)v, (uint32_t)v, (uint32_t)v, v, 0 };
}

/* " R3=scalar(...) R5_w=P7 R6=ctx() fp-8=0": numbers only. */
static void read_regs(const char *s, const char *end, struct vlog_record *r)
{
	while ((s = memchr(s, 'R', (size_t)(end - s)))) {
		unsigned int reg;
		int used = 0;

		if (s[-1] != ' ' || sscanf(s, "R%2u%n", &reg, &used) != 1 || reg >= VLOG_REGS) {
			s++;
			continue;
		}
		s += used;
		while (*s == '_' || (*s >= 'a' && *s <= 'z'))
			s++;
		if (*s != '=')
			continue;
		s++;
		s += *s == 'P';
		if (!strncmp(s, "scalar(", 7))
			s = read_limits(s + 7, &r->reg[reg]);
		else if (*s == '-' || (*s >= '0' && *s <= '9'))
			r->reg[reg] = constant(number(s, &s));
		else
			continue;
		r->numbers |= (uint16_t)(1u << reg);
	}
}

static bool read_line(const char *s, const char *end, struct vlog_record *r)
{
	const char *regs;
	int used = 0;

	*r = (struct vlog_record){ .from = VLOG_NO_EDGE };
	if (sscanf(s, "from %d to %d:%n", &r->from, &r->at, &used) == 2 && used) {
		read_regs(s + used, end, r);
		return true;
	}
	r->from = VLOG_NO_EDGE;
	if (sscanf(s, "%d: (%n", &r->at, &used) != 1 || !used)
		return false;
	regs = memchr(s, ';', (size_t)(end - s));
	if (regs)
		read_regs(regs + 1, end, r);
	return true;
}

unsigned int vlog_read(const char *log, struct vlog_record *out, unsigned int max)
{
	unsigned int n = 0;

	while (*log && n < max) {
		const char *end = log + strcspn(log, "\n");

		n += read_line(log, end, &out[n]);
		log = end + (*end == '\n');
	}
	return n;
}

const struct vlog_record *vlog_find(const struct vlog_record *r, unsigned int n, int32_t from,
				    int32_t at)
{
	const struct vlog_record *found = NULL;

	for (unsigned int i = 0; i < n; i++)
		if (r[i].from == from && r[i].at == at) {
			if (found)
				return NULL;
			found = &r[i];
		}
	return found;
}

bool vlog_comes_to(const struct vlog_record *r, unsigned int n, int32_t at)
{
	for (unsigned int i = 0; i < n; i++)
		if (r[i].at == at)
			return true;
	return false;
}

bool vlog_equal(const struct vlog_limits *a, const struct vlog_limits *b)
{
	return a->smin == b->smin && a->smax == b->smax && a->umin == b->umin &&
	       a->umax == b->umax && a->smin32 == b->smin32 && a->smax32 == b->smax32 &&
	       a->umin32 == b->umin32 && a->umax32 == b->umax32 && a->value == b->value &&
	       a->mask == b->mask;
}

/* Where the signed limits hold numbers of both signs and so do the unsigned ones, both say
 * something that the other does not know: the numbers are two pieces. */
static bool pieces64(const struct vlog_limits *l)
{
	return l->smin < 0 && l->smax >= 0 && l->umin <= INT64_MAX && l->umax > INT64_MAX &&
	       (l->umin || l->umax != UINT64_MAX) && (l->smin != INT64_MIN || l->smax != INT64_MAX);
}

static bool pieces32(const struct vlog_limits *l)
{
	return l->smin32 < 0 && l->smax32 >= 0 && l->umin32 <= INT32_MAX && l->umax32 > INT32_MAX &&
	       (l->umin32 || l->umax32 != UINT32_MAX) &&
	       (l->smin32 != INT32_MIN || l->smax32 != INT32_MAX);
}

static void merge(struct vlog_limits *a, const struct vlog_limits *b)
{
	a->smin = a->smin > b->smin ? a->smin : b->smin;
	a->smax = a->smax < b->smax ? a->smax : b->smax;
	a->umin = a->umin > b->umin ? a->umin : b->umin;
	a->umax = a->umax < b->umax ? a->umax : b->umax;
	a->smin32 = a->smin32 > b->smin32 ? a->smin32 : b->smin32;
	a->smax32 = a->smax32 < b->smax32 ? a->smax32 : b->smax32;
	a->umin32 = a->umin32 > b->umin32 ? a->umin32 : b->umin32;
	a->umax32 = a->umax32 < b->umax32 ? a->umax32 : b->umax32;
}

bool vlog_two_pieces(const struct vlog_limits *a, const struct vlog_limits *b)
{
	struct vlog_limits both = *a;

	merge(&both, b);
	return pieces64(&both) || pieces32(&both);
}

bool vlog_subset(const struct vlog_limits *in, const struct vlog_limits *out)
{
	return in->smin >= out->smin && in->smax <= out->smax && in->umin >= out->umin &&
	       in->umax <= out->umax && in->smin32 >= out->smin32 && in->smax32 <= out->smax32 &&
	       in->umin32 >= out->umin32 && in->umax32 <= out->umax32 && !(in->mask & ~out->mask) &&
	       (in->value & ~out->mask) == out->value;
}

void vlog_print(const struct vlog_limits *l)
{
	printf("s64 [%" PRIx64 ", %" PRIx64 "] u64 [%" PRIx64 ", %" PRIx64 "] s32 [%" PRIx32
	       ", %" PRIx32 "] u32 [%" PRIx32 ", %" PRIx32 "] bits %" PRIx64 "; %" PRIx64 "\n",
	       (uint64_t)l->smin, (uint64_t)l->smax, l->umin, l->umax, (uint32_t)l->smin32,
	       (uint32_t)l->smax32, l->umin32, l->umax32, l->value, l->mask);
}
