/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a map?  A file (memfd, or a file in the runtime's directory) that holds a header, the
 * description, and data whose layout its type's row owns; plus, in each process, a `struct map`
 * that says where that file is mapped.  Everything in the file is position independent, and every
 * index read from it is checked, since another process may have written it.
 *
 * Map operations never block on a lock held by a dead process and may be interrupted by SIGKILL at
 * any instruction without harm to other users.  Lookups take no lock.  All are thread safe.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>

/* Immutable after creation, but for `frozen`.  Copied out of the file once it was checked. */
struct map_desc {
	uint32_t type, key_size, value_size, max_entries, flags, id;
	uint64_t extra; /* map_extra of MAP_CREATE */
	uint32_t slots; /* copies of a per-CPU value */
	uint32_t btf_id, btf_key_type_id, btf_value_type_id;
	int32_t spin_lock_off, timer_off; /* offset in the value by BTF; -1: none */
	uint32_t inner_btf_id, inner_btf_value_type_id;
	uint32_t inner_type, inner_key_size, inner_value_size, inner_max_entries, inner_flags;
	char name[16];
};

struct map;
struct run;
typedef int (*map_each_fn)(void *arg, struct map *map, const void *key, void *value);
typedef bool (*map_dead_fn)(void *arg, uint32_t tid);

/* Arguments of BPF_MAP_LOOKUP_BATCH and BPF_MAP_LOOKUP_AND_DELETE_BATCH. */
struct map_batch {
	const void *in;
	void *out, *keys, *values;
	uint32_t *count;
	uint64_t elem_flags;
	bool and_delete;
};

/* One row per map type; the table is made from map_types.def.  A function that a type does not
 * have is NULL and the map_*() wrapper answers the kernel's errno for it. */
struct map_ops {
	const char *name; /* "hash": as bpftool prints it */
	uint32_t flags_allowed;
	bool percpu;
	/* 0 or the kernel's errno for these attributes. */
	int (*check)(const struct map_desc *desc);
	/* Bytes of data after the header; 0 with -E2BIG in *ret_err when it overflows. */
	size_t (*size)(const struct map_desc *desc, int *ret_err);
	int (*init)(struct map *map); /* formats fresh (zeroed) data */
	/* Maps existing data that may be hostile: checks everything that is not checked on use. */
	int (*attach)(struct map *map);
	void (*detach)(struct map *map);
	void *(*lookup)(struct map *map, const void *key, uint32_t slot);
	int (*update)(struct map *map, const void *key, const void *value, uint64_t flags,
		      uint32_t slot);
	int (*remove)(struct map *map, const void *key);
	int (*next_key)(struct map *map, const void *key, void *ret_key);
	int (*push)(struct map *map, const void *value, uint64_t flags);
	int (*pop)(struct map *map, void *ret_value);
	int (*peek)(struct map *map, void *ret_value);
	/* Where the system call's view is not a copy of the program's. */
	int (*user_lookup)(struct map *map, const void *key, void *ret_value, uint64_t flags);
	int (*user_update)(struct map *map, const void *key, const void *value, uint64_t flags);
	int (*user_take)(struct map *map, const void *key, void *ret_value, uint64_t flags);
	int64_t (*for_each)(struct map *map, uint32_t slot, map_each_fn fn, void *arg);
	int (*batch)(struct map *map, const struct map_batch *batch);
	bool batch_delete;
	int (*recover)(struct map *map, map_dead_fn is_dead, void *arg);
};

struct map {
	const struct map_ops *ops;
	struct map_desc desc;
	int fd;      /* of the backing file; owned */
	void *base;  /* the whole file: data from offset 0, the header in the last page */
	size_t size; /* bytes mapped at base */
	void *data;  /* the type's data, page aligned */
	size_t data_size;
	bool readonly; /* frozen and sealed: mapped without PROT_WRITE */
	uint32_t refs; /* of this process's struct map */
	void *priv;    /* the type's per-process state */
	/* Prog array and map-in-map values are ids in the file; the process resolves them here.
	 * Set by the runtime before the map is used by a program. */
	void *resolver_arg;
	struct map *(*resolve_map)(void *arg, uint32_t id);
	const void *(*resolve_prog)(void *arg, uint32_t id);
	struct perf_ring *(*resolve_ring)(void *arg, uint32_t id);
};

/* Row of a map type; NULL if there is none (the ABI answers EINVAL). */
const struct map_ops *map_ops_of(uint32_t type);

/* Checks attributes as the kernel does: 0 or negative errno. */
int map_check(const struct map_desc *desc);
/* Bytes of the backing file, or negative errno (-E2BIG: too large for this machine). */
int64_t map_file_size(const struct map_desc *desc);
/* Formats the file behind fd (fresh, zero, writable; resized here, space reserved when `reserve`)
 * as a map.  Takes fd on success. */
int map_create(int fd, const struct map_desc *desc, bool reserve, struct map **ret_map);
/* Maps a file that some process formatted.  -EINVAL if it is not a sound map.  Takes fd on success.
 */
int map_open(int fd, struct map **ret_map);
struct map *map_ref(struct map *map);
struct map *map_unref(struct map *map);

bool map_is_frozen(const struct map *map);
/* Its flags and those that its type brings: programs only read maps of devices. */
uint32_t map_flags_of(const struct map_desc *desc);
/* Freezing for the system call side (BPF_MAP_FREEZE). -EBUSY when writably mapped or frozen. */
int map_freeze(struct map *map);

/* As a program sees it: pointer into the map, NULL when absent.  `slot` selects the copy of a
 * per-CPU map. */
void *map_lookup(struct map *map, const void *key, uint32_t slot);
int map_update(struct map *map, const void *key, const void *value, uint64_t flags, uint32_t slot);
int map_delete(struct map *map, const void *key);
int map_push(struct map *map, const void *value, uint64_t flags);
int map_pop(struct map *map, void *ret_value);
int map_peek(struct map *map, void *ret_value);
/* Calls fn(map, key, value) for every element until it returns non-zero (bpf_for_each_map_elem);
 * number of elements visited, or negative errno. */
int64_t map_for_each(struct map *map, uint32_t slot, map_each_fn fn, void *arg);

/* May a program call this helper on a map of this type?  The kernel's pairing rules; true for
 * helpers that take no map. */
bool map_type_allows(uint32_t map_type, uint32_t helper_id);
/* May `inner` be stored in this map of maps? */
bool map_inner_fits(const struct map_desc *outer, const struct map_desc *inner);

/* Housekeeping, not for the hit path: gives back what dead threads left half done.  is_dead says
 * whether a thread id belongs to nobody any more (NULL: asks the kernel).  What cannot be judged by
 * an owner is given back by the second call that sees it unchanged, so call it about once a second.
 * Number of repairs, or negative errno. */
int map_recover(struct map *map, map_dead_fn is_dead, void *arg);

/* Id in this slot of an array whose values are ids (programs, maps, perf rings), 0: empty. */
uint32_t map_id_at(const struct map *map, uint32_t index);

/* As the system call sees it: per-CPU values are round_up(value_size, 8) * slots bytes, values of
 * prog arrays and maps of maps are ids (map_user_value_size() tells the size). */
size_t map_user_value_size(const struct map *map);
int map_user_lookup(struct map *map, const void *key, void *ret_value, uint64_t flags);
int map_user_update(struct map *map, const void *key, const void *value, uint64_t flags);
int map_user_delete(struct map *map, const void *key);
int map_user_lookup_and_delete(struct map *map, const void *key, void *ret_value, uint64_t flags);
int map_user_next_key(struct map *map, const void *key, void *ret_key); /* key NULL: first */
/* Batches: the semantics of BPF_MAP_*_BATCH; *count in: room, out: done. */
int map_user_lookup_batch(struct map *map, const void *in_batch, void *out_batch, void *keys,
			  void *values, uint32_t *count, uint64_t elem_flags, bool and_delete);

int map_user_update_batch(struct map *map, const void *keys, const void *values, uint32_t *count,
			  uint64_t elem_flags);
int map_user_delete_batch(struct map *map, const void *keys, uint32_t *count, uint64_t elem_flags);

/* Address of byte `off` of an array map's value 0 (BPF_PSEUDO_MAP_VALUE, .rodata constants), or
 * NULL when this map type or offset has none.  *ret_room: bytes from there to the end. */
void *map_direct_value(const struct map *map, uint64_t off, size_t *ret_room);

/* Spin lock in a map value (struct bpf_spin_lock); survives a dead owner. */
void map_spin_lock(uint32_t *lock);
void map_spin_unlock(uint32_t *lock);

/* Ring buffer (map/ringbuf.c): kernel layout of the consumer and producer pages and record headers,
 * so that unmodified libbpf reads it.  The map file's data begins with the consumer page, then the
 * producer page, then the data area of max_entries bytes, twice over in the process's mapping. */
void *ringbuf_reserve(struct map *map, uint64_t size);
/* False: the sample does not lie in this ring. */
bool ringbuf_submit(struct map *map, void *sample, uint64_t flags, bool discard);
/* Of the record with this header, which is to become `word`: for ringbuf_commit(). */
void ringbuf_commit_and_wake(struct map *map, uint32_t *header, uint32_t word);
int ringbuf_output(struct map *map, const void *data, uint64_t size, uint64_t flags);
uint64_t ringbuf_query(const struct map *map, uint64_t flags);
/* For a reader in this process: gives away the committed records, in order.  Sizes are sound, the
 * bytes may change meanwhile. */
void ringbuf_consume(struct map *map, void (*record)(void *arg, const void *data, uint32_t size),
		     void *arg);
/* For writers to tell the reader what they had no room for; nothing here counts it. */
uint64_t *ringbuf_lost(const struct map *map);
static inline bool ringbuf_is_to_wake(uint64_t flags)
{
	return (flags & (BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) != BPF_RB_NO_WAKEUP;
}

/* Of a sample that is known to lie in this ring. */
static inline void ringbuf_commit(struct map *map, void *sample, uint64_t flags, bool discard)
{
	uint32_t *header = (uint32_t *)sample - 2;
	uint32_t word = __atomic_load_n(header, __ATOMIC_RELAXED) &
			~(uint32_t)(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

	if (discard)
		word |= (uint32_t)BPF_RINGBUF_DISCARD_BIT;
	if (ringbuf_is_to_wake(flags))
		ringbuf_commit_and_wake(map, header, word);
	else
		__atomic_store_n(header, word, __ATOMIC_RELEASE);
}

/* The futex word that a sleeping reader waits on: the reader sets *word to 1, calls
 * sync_fence_all(), looks whether there is a record, and waits while the word is 1; a producer that
 * sees 1 stores 0 and wakes. */
uint32_t *ringbuf_waiter(const struct map *map);
/* Is there a record that a reader may take? */
bool ringbuf_has_data(const struct map *map);

/* Perf event array (map/perf_array.c): slot n holds a perf ring (kernel's struct
 * perf_event_mmap_page plus 2^n data pages) in a file of its own, made by perf_ring_create(). */
struct perf_ring;
int perf_ring_create(int fd, uint32_t n_pages, uint64_t sample_type, struct perf_ring **ret_ring);
int perf_ring_open(int fd, struct perf_ring **ret_ring);
struct perf_ring *perf_ring_unref(struct perf_ring *ring);
uint32_t *perf_ring_waiter(const struct perf_ring *ring);
bool perf_ring_has_data(const struct perf_ring *ring);
/* Where the reader maps it: bytes from offset 0 of the ring's file. */
size_t perf_ring_size(const struct perf_ring *ring);
/* -ENOSPC: no room, counted and told to the reader by a LOST record. */
int perf_ring_output(struct perf_ring *ring, const void *data, uint32_t size);
/* Where a process keeps the rings of a perf event array; the file holds ring ids, the map's
 * resolve_ring turns them into rings.  `index`: the caller has replaced BPF_F_CURRENT_CPU by its
 * slot. */
int perf_array_output(struct map *map, uint64_t index, const void *data, uint64_t size);

/* Stack trace map: stores n frames under a hash of them; the stack id or negative errno. */
int64_t stackmap_store(struct map *map, const uint64_t *ips, uint32_t n, uint64_t flags);

#endif
