/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast does the processor's counter run?  Seen from two answers of the vdso, between a
 * millisecond and a second apart.  Whatever does not go with what was seen before (a stop of the
 * machine, a move to another) makes it begin anew, and the vdso is asked each time meanwhile.
 */
#include "helper/clock.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/os.h"
#include "base/own.h"

enum {
	NS_PER_SECOND = 1000000000
};

static uint64_t ask(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SECOND + (uint64_t)ts.tv_nsec;
}

#if defined(__x86_64__)

enum {
	/* Ticks of the counter, of which there are one to five in a nanosecond. */
	FRESH = 1 << 18,      /* how old the vdso's answer may get */
	SURE = 1 << 22,       /* how long to look before the rate is known */
	LONG = 1 << 30,       /* and until another beginning is taken */
	INTERRUPTED = 1 << 9, /* that an answer takes at most */
	DRIFT_SHIFT = 11,     /* rates differ by 2 to this at most: the kernel steers by 0.05 % */
};

struct follow {
	uint64_t tick, ns; /* the last answer; 0: not to be followed */
	uint64_t rate;     /* ns in a tick, in units of 2 to -32; 0: not known */
	uint64_t begin_tick, begin_ns;
	uint64_t last; /* that was told */
};
static OWN_VAR struct follow own_follow;

bool clock_can_follow(void)
{
	void *text;
	size_t size;
	bool can;

	if (os_read_file("/sys/devices/system/clocksource/clocksource0/current_clocksource", 64,
			 &text, &size))
		return false;
	can = size >= 3 && !memcmp(text, "tsc", 3);
	mem_free(text);
	return can;
}

static void begin(struct follow *f, uint64_t tick, uint64_t ns)
{
	f->begin_tick = tick;
	f->begin_ns = ns;
	f->rate = 0;
}

static void learn(struct follow *f, uint64_t tick, uint64_t ns)
{
	uint64_t ticks = tick - f->begin_tick, rate, change;

	if (ticks < SURE && ns >= f->begin_ns)
		return;
	if (ticks >= 2ull * LONG || ns < f->begin_ns || ns - f->begin_ns >= 1ull << 32) {
		begin(f, tick, ns);
		return;
	}
	rate = ((ns - f->begin_ns) << 32) / ticks;
	change = rate > f->rate ? rate - f->rate : f->rate - rate;
	if (f->rate && change > f->rate >> DRIFT_SHIFT) {
		begin(f, tick, ns);
		return;
	}
	f->rate = rate;
	if (ticks >= LONG) {
		f->begin_tick = tick;
		f->begin_ns = ns;
	}
}

/* Not inlined: what is beside it is the hit path of most programs that tell the time. */
static __attribute__((noinline)) uint64_t renew(struct follow *f)
{
	uint64_t before = __builtin_ia32_rdtsc(), ns = ask();
	uint64_t took = __builtin_ia32_rdtsc() - before;

	/* Whoever is interrupted between the three does not know what belongs together. */
	if (took < INTERRUPTED) {
		learn(f, before + took / 2, ns);
		__atomic_store_n(&f->tick, f->rate ? before + took / 2 : 0, __ATOMIC_RELAXED);
		__atomic_store_n(&f->ns, ns, __ATOMIC_RELEASE);
	}
	if (ns > f->last)
		f->last = ns;
	return f->last;
}

uint64_t clock_follow(void)
{
	struct follow *f = &OWN(own_follow);
	/* Before the tick: a signal handler may renew both in between, and what is too small then
	 * is less than what was told last. */
	uint64_t ns = __atomic_load_n(&f->ns, __ATOMIC_ACQUIRE), since;

	since = __builtin_ia32_rdtsc() - __atomic_load_n(&f->tick, __ATOMIC_RELAXED);
	if (__builtin_expect(since >= FRESH, 0))
		return renew(f);
	ns += since * f->rate >> 32;
	if (ns > f->last)
		f->last = ns;
	return f->last;
}

#else

bool clock_can_follow(void)
{
	return false;
}

uint64_t clock_follow(void)
{
	return ask();
}

#endif
