/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a lock given to a thread as its own, and taken back?  See bias.h. */
#include "map/bias.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/os.h"

/* Of `given`. */
#define TAKEN_BACK SYNC_WAITED

struct bias_here *bias_attach(void)
{
	size_t page = os_page_size();
	struct bias_here *here =
		mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (here == MAP_FAILED)
		return NULL;
	here->fenced = !madvise(here, page, MADV_WIPEONFORK) && sync_join_fences();
	return here;
}

void bias_detach(struct bias_here *here)
{
	if (here)
		munmap(here, os_page_size());
}

void bias_give(struct bias *bias, struct bias_here *here, uint32_t self)
{
	uint32_t thread = __atomic_load_n(&bias->thread, __ATOMIC_RELAXED);

	__atomic_store_n(&bias->n_last, 0, __ATOMIC_RELAXED);
	if (!here->fenced || !(self >> SYNC_TID_BITS))
		return;
	if (thread != self) {
		if (thread && !sync_is_dead(thread))
			return;
		sync_stall();
		__atomic_store_n(&bias->thread, self, __ATOMIC_RELEASE);
		sync_stall();
		__atomic_store_n(&bias->busy, 0, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&here->mine, ~self, __ATOMIC_RELAXED);
	sync_stall();
	__atomic_store_n(&bias->given, self, __ATOMIC_RELEASE);
}

/* With the lock. */
static int take_back(struct bias *bias, uint32_t given)
{
	sync_stall();
	__atomic_store_n(&bias->given, given | TAKEN_BACK, __ATOMIC_SEQ_CST);
	sync_fence_all();
	sync_stall();
	if (sync_lock(&bias->busy) < 0)
		return -EBUSY;
	sync_unlock(&bias->busy);
	sync_stall();
	__atomic_store_n(&bias->given, 0, __ATOMIC_RELEASE);
	return 0;
}

int bias_lock(struct bias *bias)
{
	uint32_t given;
	int err = sync_lock(&bias->lock);

	if (err < 0)
		return err;
	__atomic_store_n(&bias->n_last, 0, __ATOMIC_RELAXED);
	given = __atomic_load_n(&bias->given, __ATOMIC_ACQUIRE);
	err = given ? take_back(bias, given) : 0;
	if (err)
		sync_unlock(&bias->lock);
	return err;
}
