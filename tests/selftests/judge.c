/* SPDX-License-Identifier: BSD-2-Clause */
/* What do the kernel and ring3 say to the same load?  See judge.h. */
#include "selftests/judge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os.h"
#include "run/prog.h"
#include "run/rt.h"

enum {
	LOADER_TEXT = 4096,
	AUDITS = 16 /* walks behind each accepted program */
};

struct judge {
	struct ring3 *rt;
	char *log;
	bool can_drop, can_unpriv, can_load;
	struct verify_policy priv, unpriv;
	const char *name; /* program whose report is wanted */
	struct verify_diag diag;
	struct verify_stats stats;
	bool reported;
	struct __user_cap_data_struct caps[2];
	bool dropped;
};

/* libbpf's print callback has no argument; one thread judges at a time. */
static char loader_text[LOADER_TEXT];

__attribute__((format(printf, 2, 0))) static int keep_text(enum libbpf_print_level level,
							   const char *fmt, va_list ap)
{
	size_t n = strlen(loader_text);

	if (level == LIBBPF_WARN && n < sizeof(loader_text) - 1)
		vsnprintf(loader_text + n, sizeof(loader_text) - n, fmt, ap);
	return 0;
}

static void on_load(void *arg, const struct prog_report *report)
{
	struct judge *j = arg;

	if (j->name && strncmp(report->name, j->name, BPF_OBJ_NAME_LEN - 1))
		return;
	j->reported = true;
	if (report->diag)
		j->diag = *report->diag;
	if (report->stats)
		j->stats = *report->stats;
}

static bool unpriv_allowed(void)
{
	FILE *f = fopen("/proc/sys/kernel/unprivileged_bpf_disabled", "r");
	int c = f ? fgetc(f) : EOF;

	if (f)
		fclose(f);
	return c == '0';
}

static bool kernel_loads(void)
{
	const struct bpf_insn insns[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t) "GPL";
	fd = os_syscall(SYS_bpf, BPF_PROG_LOAD, (long)&attr, sizeof(attr), 0, 0, 0);
	if (fd < 0)
		return false;
	close((int)fd);
	return true;
}

int judge_new(struct judge **ret_judge)
{
	struct judge *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return -ENOMEM;
	j->log = malloc(JUDGE_LOG);
	err = j->log ? ring3_new(NULL, &j->rt) : -ENOMEM;
	if (err) {
		judge_free(j);
		return err;
	}
	libbpf_set_print(keep_text);
	j->rt->on_load = on_load;
	j->rt->on_load_arg = j;
	j->priv = verify_policy_privileged();
	j->priv.audit_needed = AUDITS;
	j->unpriv = verify_policy_unprivileged();
	j->can_unpriv = unpriv_allowed();
	j->can_load = kernel_loads();
	*ret_judge = j;
	return 0;
}

struct judge *judge_free(struct judge *j)
{
	if (!j)
		return NULL;
	ring3_unref(j->rt);
	free(j->log);
	free(j);
	return NULL;
}

char *judge_log(struct judge *j)
{
	return j->log;
}

bool judge_can(const struct judge *j, enum side side, enum mode mode)
{
	return side == SIDE_OURS || (j->can_load && (mode == MODE_PRIV || j->can_unpriv));
}

static long caps_call(long nr, struct __user_cap_data_struct *data)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return os_syscall(nr, (long)&h, (long)data, 0, 0, 0, 0);
}

static void drop_caps(struct judge *j)
{
	struct __user_cap_data_struct caps[2];

	caps_call(SYS_capget, j->caps);
	memcpy(caps, j->caps, sizeof(caps));
	caps[0].effective &= ~(1u << CAP_SYS_ADMIN | 1u << CAP_NET_ADMIN);
	caps[1].effective &= ~(1u << (CAP_PERFMON - 32) | 1u << (CAP_BPF - 32));
	caps_call(SYS_capset, caps);
	j->dropped = true;
}

void judge_enter(struct judge *j, enum side side, enum mode mode, bool must_run, const char *name)
{
	j->name = name;
	loader_text[0] = '\0';
	j->log[0] = '\0';
	j->reported = false;
	memset(&j->diag, 0, sizeof(j->diag));
	memset(&j->stats, 0, sizeof(j->stats));
	if (side == SIDE_KERNEL) {
		if (mode == MODE_UNPRIV)
			drop_caps(j);
		return;
	}
	j->rt->only_verify = !must_run;
	j->rt->policy = mode == MODE_UNPRIV ? &j->unpriv : &j->priv;
	ring3_bind_libbpf(j->rt);
}

void judge_leave(struct judge *j)
{
	ring3_bind_libbpf(NULL);
	if (j->dropped)
		caps_call(SYS_capset, j->caps);
	j->dropped = false;
}

/* --- what was said --- */

static bool is_trailer(const char *line)
{
	return !strncmp(line, "processed ", 10) || !strncmp(line, "verification time", 17) ||
	       !strncmp(line, "stack depth", 11) || !strncmp(line, "mark_precise", 12);
}

/* The last line that is neither a count nor an instruction: the verifier's reason. */
static void last_words(const char *log, char *buf, size_t size)
{
	const char *p = log, *best = NULL;
	size_t n = 0;

	while (*p) {
		size_t len = strcspn(p, "\n");

		if (len && !is_trailer(p)) {
			best = p;
			n = len;
		}
		p += len + (p[len] == '\n');
	}
	snprintf(buf, size, "%.*s", (int)n, best ? best : "");
}

void judge_note(struct judge *j, enum side side, bool loaded, int err, struct outcome *ret)
{
	bool asked = strstr(loader_text, "BPF program load failed") || j->log[0];

	memset(ret, 0, sizeof(*ret));
	ret->verdict = loaded ? VERDICT_ACCEPT : asked ? VERDICT_REJECT : VERDICT_UNASKED;
	ret->err = err;
	ret->visited = j->stats.visited;
	if (loaded)
		return;
	if (asked)
		last_words(j->log, ret->why, sizeof(ret->why));
	else
		snprintf(ret->why, sizeof(ret->why), "%.*s", (int)strcspn(loader_text, "\n"),
			 loader_text);
	if (side == SIDE_OURS && j->diag.reason)
		snprintf(ret->reason, sizeof(ret->reason), "%s", j->diag.reason);
	/* It was not the verifier: what the test is for is not built into this kernel. */
	if (side == SIDE_KERNEL && asked && !ret->why[0])
		ret->verdict = VERDICT_UNASKED;
	for (char *c = ret->why; *c; c++)
		if (*c == '\t')
			*c = ' ';
}

/* "a{{[0-9]+}}" as a POSIX regular expression. */
static void to_regex(const char *pattern, char *buf, size_t size)
{
	size_t n = 0;
	bool inside = false;

	for (; *pattern && n + 3 < size; pattern++) {
		if (!inside && !strncmp(pattern, "{{", 2)) {
			inside = true;
			pattern++;
			buf[n++] = '(';
		} else if (inside && !strncmp(pattern, "}}", 2)) {
			inside = false;
			pattern++;
			buf[n++] = ')';
		} else {
			if (!inside && strchr("^.[$()|*+?{}\\]", *pattern))
				buf[n++] = '\\';
			buf[n++] = *pattern;
		}
	}
	buf[n] = '\0';
}

void judge_messages(struct judge *j, enum side side, struct trial *t)
{
	const char *at = j->log;
	char text[2048];

	t->missing_msg[side] = -1;
	t->msgs_checked[side] = t->n_msgs > 0;
	for (uint32_t i = 0; i < t->n_msgs; i++) {
		regmatch_t m;
		regex_t re;

		to_regex(t->msg[i], text, sizeof(text));
		if (regcomp(&re, text, REG_EXTENDED | REG_NEWLINE))
			continue;
		if (regexec(&re, at, 1, &m, 0)) {
			t->missing_msg[side] = (int)i;
			regfree(&re);
			return;
		}
		at += m.rm_eo;
		regfree(&re);
	}
}

/* --- runs --- */

void judge_run(struct judge *j, int prog_fd, bool interp, bool no_data, const struct trial *t,
	       struct runs *ret)
{
	ret->done = true;
	ret->err = 0;
	j->rt->engine = interp ? PROG_INTERP : PROG_JIT;
	for (uint32_t i = 0; i < t->n_runs && !ret->err; i++) {
		uint8_t out[256] = { 0 };
		LIBBPF_OPTS(bpf_test_run_opts, o);

		if (!no_data) {
			o.data_in = t->run[i].data;
			o.data_size_in = t->run[i].size;
			o.data_out = out;
			o.data_size_out = sizeof(out);
			o.repeat = 1;
		}
		if (bpf_prog_test_run_opts(prog_fd, &o))
			ret->err = -errno;
		ret->retval[i] = o.retval;
	}
}

/* --- the line --- */

static const char *const verdicts[] = { "-", "accept", "reject" };

static void print_runs(const struct trial *t, const struct runs *r)
{
	if (!r->done)
		printf("\t-");
	else if (r->err)
		printf("\terror %s", strerror(-r->err));
	else {
		printf("\t%d", (int)r->retval[0]);
		for (uint32_t i = 1; i < t->n_runs; i++)
			printf(",%d", (int)r->retval[i]);
	}
}

/* file, name, mode, expected, kernel, ours, our log, expected results, kernel's, JIT's,
 * interpreter's, our reason and words, the kernel's words. */
void judge_print(const struct trial *t)
{
	char msgs[16] = "-";

	/* What the running kernel does not say either was another kernel's wording. */
	if (t->msgs_checked[SIDE_OURS])
		snprintf(msgs, sizeof(msgs), "%s",
			 t->missing_msg[SIDE_OURS] < 0 ? "log"
			 : t->msgs_checked[SIDE_KERNEL] && t->missing_msg[SIDE_KERNEL] >= 0
				 ? "neither"
				 : "nolog");
	printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t", t->file, t->name,
	       t->mode == MODE_PRIV ? "priv" : "unpriv", verdicts[t->expect_accept ? 1 : 2],
	       verdicts[t->side[SIDE_KERNEL].verdict], verdicts[t->side[SIDE_OURS].verdict], msgs);
	if (!t->n_runs)
		printf("-");
	for (uint32_t i = 0; i < t->n_runs; i++)
		printf("%s%d", i ? "," : "", (int)t->run[i].retval);
	print_runs(t, &t->kernel_runs);
	print_runs(t, &t->jit_runs);
	print_runs(t, &t->interp_runs);
	printf("\t%s: %s\t%s\n", t->side[SIDE_OURS].reason, t->side[SIDE_OURS].why,
	       t->side[SIDE_KERNEL].why);
	fflush(stdout);
}
