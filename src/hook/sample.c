/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which thread has which timers?  The agent looks at the threads that there are a few times a
 * second.  A thread that has the signal blocked gets none: it may wait for any signal by sigwait().
 */
#include "hook/sample.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/kernel_signal.h"
#include "hook/thread.h"

enum {
	LOOKS = 16, /* at masks of threads that have timers, each time */
	NS = 1000000000,
};

struct sample_hook {
	struct sample_hook *next;
	struct sample_spec spec;
	struct sample_rate *rate;
};

struct timer {
	int32_t id; /* the kernel's; -1: none */
	pid_t tid;
	const struct sample_rate *rate;
	bool seen;
};

/* Those that are ignored by default, of which one is chosen. */
static const int signals[] = { SIGURG, SIGWINCH };

static struct sample_hook *hooks;
static struct timer *timers;
static size_t n_timers, cap_timers, next_look;
static int signal_now; /* 0: none */

/* --- programs --- */

static struct sample_rate *take_rate(uint64_t period_ns)
{
	struct sample_rate *empty = NULL;

	for (int i = 0; i < SAMPLE_MAX_RATES; i++) {
		if (sample_rates[i].period_ns == period_ns)
			return &sample_rates[i];
		if (!sample_rates[i].period_ns && !empty)
			empty = &sample_rates[i];
	}
	if (empty)
		__atomic_store_n(&empty->period_ns, period_ns, __ATOMIC_RELEASE);
	return empty;
}

static void drop_rates(void)
{
	for (int i = 0; i < SAMPLE_MAX_RATES; i++) {
		bool used = false;

		for (const struct sample_hook *h = hooks; h; h = h->next)
			used = used || h->rate == &sample_rates[i];
		if (!used)
			sample_rates[i].period_ns = 0;
	}
}

static int publish(void)
{
	struct sample_list *list = NULL, *old = (struct sample_list *)(uintptr_t)sample_list;
	uint32_t n = 0;

	for (const struct sample_hook *h = hooks; h; h = h->next)
		n++;
	if (n) {
		list = mem_alloc(sizeof(*list) + n * sizeof(list->entries[0]));
		if (!list)
			return -ENOMEM;
	}
	for (const struct sample_hook *h = hooks; h; h = h->next) {
		struct sample_entry *s = &list->entries[list->n++];

		*s = (struct sample_entry){ .e = { .prog = h->spec.prog,
						   .cookie = h->spec.cookie,
						   .hits = h->spec.hits,
						   .n_hits = h->spec.n_hits,
						   .missed = h->spec.missed },
					    .rate = h->rate,
					    .cpu = h->spec.cpu };
		hook_set_place(h->spec.set, &s->e);
	}
	__atomic_store_n(&sample_list, list, __ATOMIC_RELEASE);
	if (old) {
		thread_quiesce();
		mem_free(old);
	}
	return 0;
}

int sample_add(const struct sample_spec *spec, struct sample_hook **ret_hook)
{
	struct sample_hook *h = mem_alloc(sizeof(*h));
	int err = h ? 0 : -ENOMEM;

	if (err)
		return err;
	h->spec = *spec;
	h->rate = take_rate(spec->period_ns);
	h->next = hooks;
	if (h->rate)
		hooks = h;
	err = h->rate ? publish() : -ENOSPC;
	if (!err) {
		*ret_hook = h;
		return 0;
	}
	if (h->rate)
		hooks = h->next;
	drop_rates();
	mem_free(h);
	return err;
}

/* Where there is no memory for a list without it: it stays, without a program. */
static void blank(const struct sample_spec *spec)
{
	for (uint32_t i = 0; sample_list && i < sample_list->n; i++) {
		struct hook_entry *e = (struct hook_entry *)(uintptr_t)&sample_list->entries[i].e;

		if (e->prog == spec->prog && e->hits == spec->hits)
			__atomic_store_n(&e->prog, NULL, __ATOMIC_RELEASE);
	}
	thread_quiesce();
}

struct sample_hook *sample_remove(struct sample_hook *h)
{
	struct sample_hook **at = &hooks;
	struct text none;
	char buf[8];

	if (!h)
		return NULL;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	if (publish())
		blank(&h->spec);
	text_init(&none, buf, sizeof(buf));
	if (!hooks)
		sample_tend(&none);
	drop_rates();
	mem_free(h);
	return NULL;
}

/* --- timers --- */

static void delete_timer(struct timer *t)
{
	os_syscall(SYS_timer_delete, t->id, 0, 0, 0, 0, 0);
	*t = timers[--n_timers];
}

/* As the kernel numbers the clock of another thread's CPU time. */
static clockid_t clock_of(pid_t tid)
{
	return (clockid_t)(~(unsigned int)tid << 3 | 6);
}

static int make_timer(pid_t tid, const struct sample_rate *rate)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = signal_now,
				  .sigev_value.sival_ptr = (void *)(uintptr_t)rate };
	struct itimerspec period = { .it_interval = { .tv_sec = (time_t)(rate->period_ns / NS),
						      .tv_nsec = (long)(rate->period_ns % NS) } };
	struct timer t = { .tid = tid, .rate = rate, .seen = true };
	struct timer *more;
	long err;

	if (n_timers == cap_timers) {
		size_t cap = cap_timers ? cap_timers * 2 : 64;

		more = mem_grow(timers, cap_timers * sizeof(*more), cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		timers = more;
		cap_timers = cap;
	}
	event._sigev_un._tid = tid;
	period.it_value = period.it_interval;
	err = os_syscall(SYS_timer_create, clock_of(tid), (long)&event, (long)&t.id, 0, 0, 0);
	if (err)
		return (int)err;
	err = os_syscall(SYS_timer_settime, t.id, 0, (long)&period, 0, 0, 0);
	timers[n_timers++] = t;
	if (err)
		delete_timer(&timers[n_timers - 1]);
	return (int)err;
}

static bool blocks_signal(pid_t tid)
{
	char path[64], text[4096], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "\nSigBlk:");
	return !at || strtoull(at + 8, NULL, 16) >> (signal_now - 1) & 1;
}

static struct timer *find_timer(pid_t tid, const struct sample_rate *rate)
{
	for (size_t i = 0; i < n_timers; i++)
		if (timers[i].tid == tid && timers[i].rate == rate)
			return &timers[i];
	return NULL;
}

static bool is_wanted(const struct sample_rate *rate)
{
	for (const struct sample_hook *h = hooks; h; h = h->next)
		if (h->rate == rate)
			return true;
	return false;
}

static int look_at_thread(pid_t tid)
{
	bool asked = false;
	int err = 0;

	for (int i = 0; i < SAMPLE_MAX_RATES && !err; i++) {
		struct timer *t;

		if (!is_wanted(&sample_rates[i]))
			continue;
		t = find_timer(tid, &sample_rates[i]);
		if (t) {
			t->seen = true;
			continue;
		}
		if (!asked && blocks_signal(tid))
			return 0;
		asked = true;
		err = make_timer(tid, &sample_rates[i]);
	}
	/* It may be gone. */
	return err == -EINVAL || err == -ESRCH ? 0 : err;
}

static int look_at_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	long self = os_gettid();
	struct dirent *d;
	int err = dir ? 0 : -errno;

	for (size_t i = 0; i < n_timers; i++)
		timers[i].seen = false;
	while (dir && (d = readdir(dir))) {
		long tid = strtol(d->d_name, NULL, 10);
		int one = tid > 0 && tid != self ? look_at_thread((pid_t)tid) : 0;

		err = err ? err : one;
	}
	if (dir)
		closedir(dir);
	for (size_t i = n_timers; i-- > 0;)
		if (!timers[i].seen || !is_wanted(timers[i].rate))
			delete_timer(&timers[i]);
	for (size_t k = 0; k < LOOKS && k < n_timers; k++) {
		next_look = (next_look + 1) % n_timers;
		if (blocks_signal(timers[next_look].tid))
			delete_timer(&timers[next_look]);
	}
	return err;
}

static void stop_all(void)
{
	while (n_timers)
		delete_timer(&timers[n_timers - 1]);
}

static bool is_ours(int sig)
{
	struct kernel_signal there;

	return !kernel_signal_set(sig, NULL, &there) && there.handler == sample_hit;
}

/* What is under way still is ignored from now on, as before us. */
static void give_signal_back(void)
{
	const struct kernel_signal ignored = { .handler = NULL };
	struct kernel_signal there;

	if (signal_now && is_ours(signal_now) && !kernel_signal_set(signal_now, &ignored, &there) &&
	    there.handler != sample_hit)
		kernel_signal_set(signal_now, &there, NULL);
	signal_now = 0;
}

/* The one we have while it is ours, else one that nobody handles. */
static bool choose_signal(void)
{
	const struct kernel_signal act = { .handler = sample_hit,
					   .flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
	struct kernel_signal there;

	if (signal_now && is_ours(signal_now))
		return true;
	stop_all();
	signal_now = 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]) && !signal_now; i++) {
		if (kernel_signal_set(signals[i], NULL, &there) ||
		    (there.handler && there.handler != sample_hit))
			continue;
		if (!kernel_signal_set(signals[i], &act, NULL))
			signal_now = signals[i];
	}
	return signal_now != 0;
}

bool sample_tend(struct text *why)
{
	int err;

	if (!hooks) {
		stop_all();
		give_signal_back();
		return true;
	}
	if (!choose_signal()) {
		text_add(why, "no signal to sample by: the program handles SIGURG and SIGWINCH");
		return false;
	}
	err = look_at_threads();
	if (err)
		text_add(why, "not every thread has a timer to sample by: %s", strerror(-err));
	return !err;
}

void sample_after_fork(void)
{
	n_timers = 0;
}
