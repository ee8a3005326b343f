/* SPDX-License-Identifier: BSD-2-Clause */
/* Who keeps a slot for a host's runs, and who gives it back? */
#include "run/keep.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "run/store.h"

enum {
	ASK_AGAIN = 32, /* runs until a thread asks for a slot to keep, and again */
	MAX_KEEPS = STORE_MAX_SLOTS,
	PAGE = 4096
};
_Static_assert(sizeof(struct keep) <= PAGE, "a keep is a page");

/* Never freed: others look at gates without a lock. */
struct record {
	struct slot_keeper keeper; /* its gate is the first of a keep */
	struct keep *keep;
	struct store_registry *registry; /* of what it keeps; by who has the keep */
	uint32_t tag;
	bool in_use;
};

static struct record records[MAX_KEEPS];
static uint32_t n_records;
static pthread_key_t at_exit;
static bool has_key;

static struct keep no_keep = { .gate = { .gate = SLOT_SHUT, .idle = SLOT_SHUT, .there = 1 } };
OWN_VAR struct keep_own keep_own = { .keep = &no_keep };

static OWN_VAR struct record *own_record;
static OWN_VAR bool own_asking; /* a signal handler asks for nothing meanwhile */
static OWN_VAR uint32_t own_in_vain;
static OWN_VAR bool own_has_ended; /* nobody may be told again that this thread ends */

/* Of a thread that ended, or of the parent's. */
static void revive(struct keep *keep)
{
	struct slot_gate *gate = &keep->gate;

	gate->there = 1;
	__atomic_store_n(&gate->idle, SLOT_OPEN, __ATOMIC_RELEASE);
	__atomic_store_n(&gate->left, gate->left + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&gate->gate, SLOT_OPEN, __ATOMIC_RELEASE);
}

static bool have(struct record *r, uint32_t tag)
{
	return __atomic_compare_exchange_n(&r->keep->gate.idle, &tag, SLOT_ASKED, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* By who has the keep; its thread is outside, and does not come in. */
static void give_back(struct record *r)
{
	struct slot_gate *gate = &r->keep->gate;
	uint64_t owner = gate->owner;
	struct store_slot *slot = &r->registry->slots[gate->slot % STORE_MAX_SLOTS];

	__atomic_compare_exchange_n((uint64_t *)(void *)&slot->owner, &owner, 0, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	__atomic_store_n(&gate->idle, SLOT_OPEN, __ATOMIC_RELEASE);
}

static void thread_ends(void *arg)
{
	struct record *r = arg;
	struct slot_gate *gate = &r->keep->gate;
	uint32_t tag = __atomic_load_n(&r->tag, __ATOMIC_RELAXED);

	if (own_record != r)
		return;
	own_record = NULL;
	keep_own.keep = &no_keep;
	own_has_ended = true;
	/* Not there: wiped in a child made by a bare clone(2), which keeps nothing. */
	while (gate->there && __atomic_load_n(&gate->idle, __ATOMIC_ACQUIRE) != SLOT_OPEN) {
		if (have(r, tag))
			give_back(r);
		else
			sched_yield();
	}
	revive(r->keep);
	__atomic_store_n(&r->in_use, false, __ATOMIC_RELEASE);
}

static uint32_t count(void)
{
	uint32_t n = __atomic_load_n(&n_records, __ATOMIC_ACQUIRE);

	return n < MAX_KEEPS ? n : MAX_KEEPS;
}

static struct keep *keep_of(const struct record *r)
{
	return __atomic_load_n(&r->keep, __ATOMIC_ACQUIRE);
}

static void after_fork(void)
{
	for (uint32_t i = 0; i < count(); i++)
		if (keep_of(&records[i])) {
			revive(records[i].keep);
			records[i].in_use = false;
		}
	own_record = NULL;
	keep_own.keep = &no_keep;
	keep_own.on_slot = own_asking = false;
	own_in_vain = 0;
}

/* Not when the first thread asks: that may be in a signal handler, and this allocates. */
__attribute__((constructor)) static void prepare(void)
{
	has_key = !pthread_key_create(&at_exit, thread_ends) &&
		  !pthread_atfork(NULL, NULL, after_fork);
}

/* Threads would come back to code that is gone. */
__attribute__((destructor)) static void withdraw(void)
{
	if (has_key)
		pthread_key_delete(at_exit);
	has_key = false;
}

static bool make_keep(struct record *r)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return false;
	if (madvise(page, PAGE, MADV_WIPEONFORK)) {
		munmap(page, PAGE);
		return false;
	}
	revive(page);
	r->keeper.gate = &((struct keep *)page)->gate;
	slot_add_keeper(&r->keeper);
	/* Last: what a forked child finds here is looked at by who retires there. */
	__atomic_store_n(&r->keep, page, __ATOMIC_RELEASE);
	return true;
}

static struct record *find_record(void)
{
	for (uint32_t i = 0; i < count(); i++) {
		bool no = false;

		if (keep_of(&records[i]) &&
		    __atomic_compare_exchange_n(&records[i].in_use, &no, true, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return &records[i];
	}
	if (count() == MAX_KEEPS || !slot_sync())
		return NULL;
	for (uint32_t i = count(); i < MAX_KEEPS;) {
		if (!__atomic_compare_exchange_n(&n_records, &i, i + 1, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		records[i].in_use = true;
		return make_keep(&records[i]) ? &records[i] : NULL;
	}
	return NULL;
}

static bool learn_record(void)
{
	struct record *r;

	if (own_record)
		return true;
	r = has_key && !own_has_ended ? find_record() : NULL;
	if (r && pthread_setspecific(at_exit, r)) {
		__atomic_store_n(&r->in_use, false, __ATOMIC_RELEASE);
		return false;
	}
	if (!r)
		return false;
	own_record = r;
	keep_own.keep = r->keep;
	return true;
}

static bool keep_one(struct store_registry *registry, uint32_t tag)
{
	struct record *r;
	struct run *run;
	uint32_t slot;

	if (!learn_record())
		return false;
	r = own_record;
	run = &r->keep->run;
	__builtin_memset(run, 0, sizeof(*run));
	r->registry = registry;
	__atomic_store_n(&r->tag, tag, __ATOMIC_RELAXED);
	slot = slot_keep(registry, &r->keep->gate, tag);
	slot_forget_last();
	run->slot = slot;
	return slot != SLOT_NONE;
}

struct keep *keep_ask(struct store_registry *registry, uint32_t tag)
{
	struct keep *k = keep_own.keep;
	uint32_t idle = __atomic_load_n(&k->gate.idle, __ATOMIC_ACQUIRE);
	bool got;

	if (own_asking || slot_is_inside())
		return NULL;
	if (idle == tag) {
		/* Somebody wanted it and found this thread inside. */
		__atomic_store_n(&k->gate.gate, tag, __ATOMIC_RELEASE);
		return keep_enter(tag, &k) ? k : NULL;
	}
	if ((idle != SLOT_OPEN && own_record) || ++own_in_vain % ASK_AGAIN)
		return NULL;
	own_asking = true;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	got = keep_one(registry, tag);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	own_asking = false;
	if (!got)
		return NULL;
	__atomic_store_n(&keep_own.keep->gate.gate, tag, __ATOMIC_RELEASE);
	return keep_enter(tag, &k) ? k : NULL;
}

bool keep_take_back(struct store_registry *registry, uint32_t tag)
{
	bool got = false;

	for (uint32_t i = 0; i < count() && !got; i++) {
		struct record *r = &records[i];
		struct keep *k = keep_of(r);

		/* What its gate is outside does not tell: it may have come out while it was asked.
		 */
		if (!k || __atomic_load_n(&k->gate.gate, __ATOMIC_RELAXED) == SLOT_INSIDE ||
		    !have(r, tag))
			continue;
		got = slot_sync() &&
		      __atomic_load_n(&k->gate.gate, __ATOMIC_ACQUIRE) != SLOT_INSIDE &&
		      r->registry == registry;
		if (got)
			give_back(r);
		else
			__atomic_store_n(&k->gate.idle, tag, __ATOMIC_RELEASE);
	}
	return got;
}

/* False: somebody else has it just now. */
static bool take_from(struct record *r, uint32_t tag)
{
	uint32_t idle;

	if (have(r, tag)) {
		give_back(r);
		return true;
	}
	idle = __atomic_load_n(&r->keep->gate.idle, __ATOMIC_ACQUIRE);
	return idle != SLOT_ASKED && idle != tag;
}

void keep_release(uint32_t tag)
{
	for (uint32_t i = 0; i < count(); i++) {
		struct record *r = &records[i];

		if (!keep_of(r))
			continue;
		/* Until nobody has it who would still look at the registry. */
		while (__atomic_load_n(&r->tag, __ATOMIC_RELAXED) == tag && !take_from(r, tag))
			sched_yield();
	}
}
