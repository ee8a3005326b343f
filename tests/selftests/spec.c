/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a program of an object expected to do?  See spec.h. */
#include "selftests/spec.h"

#include <bpf/btf.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct spec *spec;
	bool result[N_MODES], retval[N_MODES];
	bool here, elsewhere; /* machines named */
};

static const struct {
	const char *name;
	uint32_t flag;
} flag_names[] = {
	{ "BPF_F_STRICT_ALIGNMENT", BPF_F_STRICT_ALIGNMENT },
	{ "BPF_F_ANY_ALIGNMENT", BPF_F_ANY_ALIGNMENT },
	{ "BPF_F_TEST_RND_HI32", BPF_F_TEST_RND_HI32 },
	{ "BPF_F_TEST_STATE_FREQ", BPF_F_TEST_STATE_FREQ },
	{ "BPF_F_SLEEPABLE", BPF_F_SLEEPABLE },
	{ "BPF_F_XDP_HAS_FRAGS", BPF_F_XDP_HAS_FRAGS },
	{ "BPF_F_TEST_REG_INVARIANTS", 1u << 7 },
};

/* The rest of s behind the prefix, or NULL. */
static const char *behind(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

static void read_flag(struct spec *s, const char *text)
{
	bool clear = *text == '!';
	uint32_t flag = 0;

	text += clear;
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (!strcmp(text, flag_names[i].name))
			flag = flag_names[i].flag;
	if (!flag)
		flag = (uint32_t)strtoul(text, NULL, 0);
	s->flags = clear ? s->flags & ~flag : s->flags | flag;
}

static uint32_t read_number(const char *text)
{
	if (!strcmp(text, "INT_MIN"))
		return (uint32_t)INT_MIN;
	if (!strcmp(text, "TEST_DATA_LEN"))
		return 64;
	if (strstr(text, "POINTER_VALUE") || strstr(text, "0xcafe4all"))
		return SPEC_POINTER_VALUE;
	return (uint32_t)strtoll(text, NULL, 0);
}

/* Tags that name a mode by their suffix: "x" and "x_unpriv". */
static bool read_moded(struct reading *r, const char *tag, enum mode mode)
{
	const char *suffix = mode == MODE_UNPRIV ? "_unpriv" : "";
	struct spec *s = r->spec;
	char name[64];
	const char *v;

	snprintf(name, sizeof(name), "test_expect_failure%s", suffix);
	if (!strcmp(tag, name)) {
		s->fails[mode] = s->wanted[mode] = r->result[mode] = true;
		return true;
	}
	snprintf(name, sizeof(name), "test_expect_success%s", suffix);
	if (!strcmp(tag, name)) {
		s->wanted[mode] = r->result[mode] = true;
		return true;
	}
	snprintf(name, sizeof(name), "test_auxiliary%s", suffix);
	if (!strcmp(tag, name)) {
		s->auxiliary[mode] = true;
		return true;
	}
	snprintf(name, sizeof(name), "test_expect_msg%s=", suffix);
	v = behind(tag, name);
	if (v && strchr(v, '=')) {
		if (s->n_msgs[mode] < JUDGE_MSGS)
			s->msg[mode][s->n_msgs[mode]++] = strchr(v, '=') + 1;
		s->wanted[mode] = true;
		return true;
	}
	snprintf(name, sizeof(name), "test_retval%s=", suffix);
	v = behind(tag, name);
	if (v) {
		s->retval[mode] = read_number(v);
		s->runs[mode] = s->wanted[mode] = r->retval[mode] = true;
	}
	return v != NULL;
}

static void read_tag(struct reading *r, const char *tag)
{
	const char *v;

	if (read_moded(r, tag, MODE_PRIV) || read_moded(r, tag, MODE_UNPRIV))
		return;
	v = behind(tag, "test_log_level=");
	if (v)
		r->spec->log_level = (uint32_t)strtoul(v, NULL, 0);
	v = behind(tag, "test_prog_flags=");
	if (v)
		read_flag(r->spec, v);
	v = behind(tag, "test_description=");
	if (v)
		r->spec->description = v;
	v = behind(tag, "test_arch=");
	if (v && !strcmp(v, "X86_64"))
		r->here = true;
	else if (v)
		r->elsewhere = true;
}

/* What is not said of the unprivileged load is as with privileges. */
static void complete(struct reading *r)
{
	struct spec *s = r->spec;

	if (!s->wanted[MODE_UNPRIV] && !s->auxiliary[MODE_PRIV] && !s->auxiliary[MODE_UNPRIV])
		s->wanted[MODE_PRIV] = true;
	if (!r->result[MODE_UNPRIV])
		s->fails[MODE_UNPRIV] = s->fails[MODE_PRIV];
	if (!r->retval[MODE_UNPRIV]) {
		s->runs[MODE_UNPRIV] = s->runs[MODE_PRIV];
		s->retval[MODE_UNPRIV] = s->retval[MODE_PRIV];
	}
	if (!s->n_msgs[MODE_UNPRIV]) {
		memcpy(s->msg[MODE_UNPRIV], s->msg[MODE_PRIV], sizeof(s->msg[MODE_PRIV]));
		s->n_msgs[MODE_UNPRIV] = s->n_msgs[MODE_PRIV];
	}
	s->foreign = r->elsewhere && !r->here;
}

void spec_read(const struct btf *btf, const char *prog, struct spec *ret)
{
	struct reading r = { .spec = ret };
	int func = btf ? btf__find_by_name_kind(btf, prog, BTF_KIND_FUNC) : -1;
	bool tagged = false;

	memset(ret, 0, sizeof(*ret));
	ret->description = prog;
	for (uint32_t i = 1; func > 0 && i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *tag;

		if (!btf_is_decl_tag(t) || t->type != (uint32_t)func ||
		    btf_decl_tag(t)->component_idx != -1)
			continue;
		tag = behind(btf__str_by_offset(btf, t->name_off), "comment:");
		if (tag && !strncmp(tag, "test_", 5)) {
			read_tag(&r, tag);
			tagged = true;
		}
	}
	complete(&r);
	ret->test = tagged && !ret->auxiliary[MODE_PRIV] && !ret->auxiliary[MODE_UNPRIV];
}
