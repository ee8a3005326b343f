/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a slot one thread's alone, are nested entries refused, do dead owners give theirs back? */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/slot.h"
#include "run/store.h"

enum {
	N_THREADS = 8,
	N_ROUNDS = 20000
};

static struct store *make_store(uint32_t n_slots)
{
	struct store_opts opts = { .n_slots = n_slots };
	struct store *s = NULL;

	assert_int_equal(store_open(&opts, NULL, &s), 0);
	return s;
}

static void nested_entry_is_refused(void **state)
{
	struct store *s = make_store(4);
	struct store_registry *r = store_registry(s);
	uint32_t slot = slot_enter(r);

	(void)state;
	assert_true(slot < 4);
	assert_true(slot_is_inside());
	assert_int_equal(slot_enter(r), SLOT_NONE);
	slot_leave(r, slot);
	assert_false(slot_is_inside());
	assert_int_equal(r->slots[slot].runs, 1);
	assert_int_equal(slot_enter(r), slot);
	slot_leave(r, slot);
	store_close(s);
}

struct shared {
	struct store_registry *registry;
	uint64_t counts[STORE_MAX_SLOTS];
	uint64_t misses;
};

static void *count_on_slots(void *arg)
{
	struct shared *sh = arg;

	for (int i = 0; i < N_ROUNDS; i++) {
		uint32_t slot = slot_enter(sh->registry);
		uint64_t *c;

		if (slot == SLOT_NONE) {
			__atomic_add_fetch(&sh->misses, 1, __ATOMIC_RELAXED);
			continue;
		}
		c = &sh->counts[slot];
		__atomic_store_n(c, __atomic_load_n(c, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
		slot_leave(sh->registry, slot);
	}
	return NULL;
}

/* Plain increments on one's slot lose nothing, even with fewer slots than threads. */
static void increments_are_not_lost(void **state)
{
	struct store *s = make_store(3);
	static struct shared sh;
	pthread_t threads[N_THREADS];
	uint64_t sum = 0;

	(void)state;
	sh.registry = store_registry(s);
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_on_slots, &sh), 0);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < STORE_MAX_SLOTS; i++)
		sum += sh.counts[i];
	assert_int_equal(sum + sh.misses, (uint64_t)N_THREADS * N_ROUNDS);
	assert_int_equal(sh.counts[3], 0);
	store_close(s);
}

static void dead_owner_is_swept(void **state)
{
	struct store *s = make_store(2);
	struct store_registry *r = store_registry(s);
	int ends[2];
	uint32_t slot, mine;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	mine = slot_enter(r);
	slot_leave(r, mine);
	pid = fork();
	if (pid == 0) {
		slot = slot_enter(r);
		_exit(write(ends[1], &slot, sizeof(slot)) == sizeof(slot) && pause());
	}
	assert_int_equal(read(ends[0], &slot, sizeof(slot)), sizeof(slot));
	assert_int_equal(r->slots[slot].owner, pid);
	store_sweep(s);
	assert_int_equal(r->slots[slot].owner, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	store_sweep(s);
	assert_int_equal(r->slots[slot].owner, 0);
	store_close(s);
}

/* What a thread keeps nobody else gets, dead or alive; and it keeps none of the lower half. */
static void kept_slots_are_nobody_elses(void **state)
{
	struct store *s = make_store(6);
	struct store_registry *r = store_registry(s);
	struct slot_gate gates[4] = { 0 };
	uint32_t slot, tag = slot_new_tag();
	pid_t pid;

	(void)state;
	assert_true(tag > SLOT_OPEN);
	for (uint32_t k = 0; k < 3; k++) {
		assert_int_equal(slot_keep(r, &gates[k], tag), 3 + k);
		assert_int_equal(gates[k].slot, 3 + k);
		assert_int_equal(gates[k].idle, tag);
	}
	assert_int_equal(slot_keep(r, &gates[3], tag), SLOT_NONE);
	for (int i = 0; i < 20; i++) {
		slot = slot_enter(r);
		assert_true(slot < 3);
		slot_leave(r, slot);
	}
	store_sweep(s);
	gates[1].gate = tag;
	slot_give_up(r, &gates[1]);
	assert_int_equal(gates[1].gate, SLOT_OPEN);
	assert_int_equal(r->slots[3].owner, (uint32_t)getpid() | STORE_SLOT_KEPT);
	assert_int_equal(r->slots[4].owner, 0);
	pid = fork();
	if (pid == 0)
		_exit(slot_keep(r, &gates[1], tag) != 4);
	waitpid(pid, NULL, 0);
	assert_int_equal(r->slots[4].owner, (uint32_t)pid | STORE_SLOT_KEPT);
	store_sweep(s);
	assert_int_equal(r->slots[4].owner, 0);
	assert_int_equal(r->slots[5].owner, (uint32_t)getpid() | STORE_SLOT_KEPT);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_entry_is_refused),
		cmocka_unit_test(increments_are_not_lost),
		cmocka_unit_test(dead_owner_is_swept),
		cmocka_unit_test(kept_slots_are_nobody_elses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
