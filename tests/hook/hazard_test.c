/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else may be in the place where a probe goes, and is it none the worse for the probe?  A
 * restartable sequence, a debugger's breakpoint.
 *
 * To see it fail: `make check-planted T=guard-rseq` and `T=guard-debugger`.
 */
#include "hook/live.h"

#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/user.h>

/* Why a link is not where it should be; its agent has looked at it when this answers. */
static void trouble_at(struct live *l, uint64_t off, char text[static 256])
{
	struct link *link;
	uint32_t id;
	int fd = attach_at(l->path, off, LINK_UPROBE, l->pid, &id);

	assert_int_equal(link_open_id(rt->store, id, &link), 0);
	assert_true(link_wait_looked(link, l->pid, rt->registry->generation, 60000));
	snprintf(text, 256, "%s", link->file->trouble);
	link_free(link);
	close(fd);
}

/* Counters that threads change by plain loads and stores stay exact while a function around them is
 * probed; a probe that would let two threads in at once is refused. */
static void test_restartable_sequences(void **state)
{
	struct truth t, first;
	struct live l;
	char text[256];
	int link;

	(void)state;
	if (!__rseq_size) {
		puts("# SKIP this libc does not register for rseq(2)");
		skip();
	}
	start_live(&l, "rseq", "4", NULL);
	first = ask(&l, "go\n");
	assert_int_equal(first.bad, 0);
	must_join(l.pid);
	link = attach_in(&l, LINK_UPROBE);
	trouble_at(&l, offset_of(l.path, "probed_inside"), text);
	clear_cells();
	t = ask(&l, "go\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - first.calls);
	if (!strstr(text, "restartable"))
		fail_msg("inside: '%s'", text);
	close(link);
	end_live(&l);
}

/* --- a debugger --- */

enum {
	CALLS = 100,   /* that `live child` makes each time */
	PATIENCE = 60, /* s */
};

struct debugger {
	pid_t pid;
	uint64_t addr;
	long was; /* the word that the breakpoint is in */
	long stops;
};

static void poke(const struct debugger *d, bool set)
{
	long word = set ? (d->was & ~0xffl) | 0xcc : d->was;

	assert_int_equal(ptrace(PTRACE_POKETEXT, d->pid, (void *)d->addr, (void *)word), 0);
}

static void wait_stop(const struct debugger *d)
{
	int status;

	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	assert_true(WIFSTOPPED(status));
}

/* Sets a breakpoint at what is there now. */
static void debug(struct debugger *d, struct live *l)
{
	*d = (struct debugger){ .pid = l->pid, .addr = address_of(l, "probed") };
	assert_int_equal(ptrace(PTRACE_SEIZE, d->pid, NULL, NULL), 0);
	assert_int_equal(ptrace(PTRACE_INTERRUPT, d->pid, NULL, NULL), 0);
	wait_stop(d);
	errno = 0;
	d->was = ptrace(PTRACE_PEEKTEXT, d->pid, (void *)d->addr, NULL);
	assert_int_equal(errno, 0);
	poke(d, true);
	assert_int_equal(ptrace(PTRACE_CONT, d->pid, NULL, NULL), 0);
}

/* At the breakpoint: over what was there, in one step, and on.  A jump of ours is followed by the
 * debugger itself: it would have to stop the agent's thread, too, to take its breakpoint away. */
static void step_over(struct debugger *d)
{
	struct user_regs_struct r;
	bool jump = (d->was & 0xff) == 0xe9;

	assert_int_equal(ptrace(PTRACE_GETREGS, d->pid, NULL, &r), 0);
	assert_int_equal(r.rip, d->addr + 1);
	r.rip = d->addr + (jump ? 5 + (uint64_t)(int64_t)(int32_t)(d->was >> 8) : 0);
	assert_int_equal(ptrace(PTRACE_SETREGS, d->pid, NULL, &r), 0);
	if (!jump) {
		poke(d, false);
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, d->pid, NULL, NULL), 0);
		wait_stop(d);
		poke(d, true);
	}
	d->stops++;
	assert_int_equal(ptrace(PTRACE_CONT, d->pid, NULL, NULL), 0);
}

/* Asks while the debugger is at work. */
static struct truth ask_debugged(struct debugger *d, struct live *l)
{
	int status;

	assert_int_equal(write(l->in, "go\n", 3), 3);
	for (int i = 0; i < CALLS; i++) {
		alarm(PATIENCE);
		if (waitpid(d->pid, &status, 0) != d->pid)
			fail_msg("%d calls came by the breakpoint", i);
		alarm(0);
		assert_true(WIFSTOPPED(status));
		if (WSTOPSIG(status) != SIGTRAP)
			fail_msg("stopped by signal %d", WSTOPSIG(status));
		step_over(d);
	}
	return ask(l, "");
}

static void end_debugging(struct debugger *d)
{
	assert_int_equal(ptrace(PTRACE_INTERRUPT, d->pid, NULL, NULL), 0);
	wait_stop(d);
	poke(d, false);
	assert_int_equal(ptrace(PTRACE_DETACH, d->pid, NULL, NULL), 0);
}

/* The breakpoint is there first: the probe is refused, and works when it is gone. */
static void test_behind_a_breakpoint(void **state)
{
	struct truth first, t;
	struct debugger d;
	struct live l;
	char text[256];
	int link;

	(void)state;
	start_live(&l, "live", "child", NULL);
	must_join(l.pid);
	debug(&d, &l);
	trouble_at(&l, offset_of(l.path, "probed"), text);
	assert_non_null(strstr(text, "breakpoint"));
	first = ask_debugged(&d, &l);
	assert_int_equal(first.bad, 0);
	assert_int_equal(d.stops, first.calls);
	end_debugging(&d);
	link = attach_in(&l, LINK_UPROBE);
	clear_cells();
	t = ask(&l, "go\n");
	assert_int_equal(t.bad, 0);
	assert_int_equal(cell(ENTER), t.calls - first.calls);
	close(link);
	end_live(&l);
}

/* It comes after the probe, and stays when that is taken away: what the debugger puts back in the
 * end is a jump of ours, which then goes. */
static void test_under_a_breakpoint(void **state)
{
	uint8_t before[16], after[16];
	struct truth first, t;
	struct debugger d;
	struct live l;
	char text[256];
	int link;

	(void)state;
	start_live(&l, "live", "child", NULL);
	read_code(&l, before);
	must_join(l.pid);
	for (int i = 0; i < 2; i++) {
		first = ask(&l, "go\n");
		link = attach_in(&l, LINK_UPROBE);
		debug(&d, &l);
		clear_cells();
		t = ask_debugged(&d, &l);
		assert_int_equal(t.bad, 0);
		assert_int_equal(d.stops, t.calls - first.calls);
		assert_int_equal(cell(ENTER), t.calls - first.calls);
		close(link);
		/* Somebody else's link: the agent has noticed by then that ours is gone. */
		trouble_at(&l, offset_of(l.path, "main"), text);
		clear_cells();
		t = ask_debugged(&d, &l);
		assert_int_equal(t.bad, 0);
		assert_int_equal(cell(ENTER), 0);
		end_debugging(&d);
		t = ask(&l, "go\n");
		assert_int_equal(t.bad, 0);
		assert_int_equal(cell(ENTER), 0);
	}
	for (int i = 0; i < 6000; i++) {
		read_code(&l, after);
		if (!memcmp(before, after, sizeof(before)))
			break;
		usleep(10000);
	}
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(ask(&l, "go\n").bad, 0);
	end_live(&l);
}

static void on_alarm(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_alarm };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restartable_sequences),
		cmocka_unit_test(test_behind_a_breakpoint),
		cmocka_unit_test(test_under_a_breakpoint),
	};

	sigaction(SIGALRM, &act, NULL);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (live_init())
		return 1;
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
