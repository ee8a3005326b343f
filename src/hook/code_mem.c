/* SPDX-License-Identifier: BSD-2-Clause */
/* Which address satisfies a site, and what is free? */
#include "hook/code_mem.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

enum {
	CHUNK = 64 * 1024,
	GRAIN = 32,
	N_GRAINS = CHUNK / GRAIN,
	JMP = 5,
	TOLD_APART = 1 << 24,
	NEAR = 16 * 1024,
};

struct code_chunk {
	struct code_chunk *next;
	uint64_t addr; /* executable view */
	uint8_t *view; /* writable view */
	bool full;
	bool bare; /* of jumps only, that lead to code: there is no data behind it */
	uint8_t used[N_GRAINS];
};

/* First bytes that raise SIGILL or SIGTRAP whatever follows, nearest below the site first: above a
 * program its heap grows.  f1 (icebp) is not among them: in virtual machines its trap was seen to
 * report an address that is one byte off. */
static const uint8_t traps[] = {
	0xea, 0xd6, 0xd4, 0xce, 0xcc, 0x9a, 0x27, 0x2f, 0x37, 0x3f,
	0x60, 0x61, 0x1f, 0x1e, 0x17, 0x16, 0x0e, 0x07, 0x06,
};

static bool is_trap(uint8_t byte)
{
	for (size_t i = 0; i < sizeof(traps); i++) {
		if (traps[i] == byte)
			return true;
	}
	return false;
}

/*
 * Processors tell branches apart by the lower bits of their addresses.  A trampoline whose lower
 * bits are those of the code around its site takes turns with it: a branch there is predicted to go
 * where one here went, which costs more than all else in a hit.
 */
static bool seems_there(int64_t rel)
{
	return (((uint64_t)rel + NEAR) & (TOLD_APART - 1)) < 2 * NEAR;
}

/* Does rel32 to addr exist, and does each of its bytes at a head trap? */
static bool suits(uint64_t site, uint32_t heads, uint64_t addr)
{
	int64_t rel = (int64_t)(addr - site - JMP);

	if (rel != (int32_t)rel || seems_there(rel))
		return false;
	for (int n = 1; n < JMP; n++) {
		if (heads & 1u << n && !is_trap((uint8_t)(rel >> 8 * (n - 1))))
			return false;
	}
	return true;
}

static bool is_free(const struct code_chunk *chunk, uint64_t addr, size_t size)
{
	uint64_t first = (addr - chunk->addr) / GRAIN;
	uint64_t last = (addr + size - 1 - chunk->addr) / GRAIN;

	if (addr < chunk->addr || last >= N_GRAINS)
		return false;
	for (uint64_t g = first; g <= last; g++) {
		if (chunk->used[g])
			return false;
	}
	return true;
}

/* Upper bytes of rel32 are the same in all of a chunk, or two: most chunks are out of the question
 * by them. */
static bool may_suit(const struct code_chunk *chunk, uint64_t site, uint32_t heads)
{
	uint64_t first = chunk->addr - site - JMP, last = first + CHUNK - 1;

	for (int n = 3; n < JMP; n++)
		if (heads & 1u << n && !is_trap((uint8_t)(first >> 8 * (n - 1))) &&
		    !is_trap((uint8_t)(last >> 8 * (n - 1))))
			return false;
	return true;
}

static bool find_in(const struct code_chunk *chunk, uint64_t site, uint32_t heads, size_t size,
		    uint64_t *ret_addr)
{
	unsigned int step = heads & 2 ? 1 : GRAIN; /* the lowest byte matters only then */

	if (chunk->full || chunk->bare || !may_suit(chunk, site, heads))
		return false;
	for (uint32_t g = 0; g < N_GRAINS; g++) {
		if (chunk->used[g])
			continue;
		for (unsigned int k = 0; k < GRAIN; k += step) {
			uint64_t addr = chunk->addr + g * GRAIN + k;

			if (suits(site, heads, addr) && is_free(chunk, addr, size)) {
				*ret_addr = addr;
				return true;
			}
		}
	}
	return false;
}

void *code_mem_data(uint64_t addr)
{
	return (void *)(uintptr_t)((addr & ~(uint64_t)(GRAIN - 1)) + CHUNK);
}

static int chunk_map(uint64_t addr, struct code_chunk *chunk)
{
	const size_t size = chunk->bare ? CHUNK : 2 * CHUNK;
	void *want = (void *)(uintptr_t)addr, *got, *view, *data;
	int fd = memfd_create("ring3-code", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, CHUNK)) {
		err = -errno;
		close(fd);
		return err;
	}
	/* Both at once, so that nobody else gets the second half. */
	got = mmap(want, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	data = got != want
		       ? MAP_FAILED
		       : mmap(want, CHUNK, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0);
	view = mmap(NULL, CHUNK, PROT_NONE, MAP_SHARED, fd, 0);
	err = got == MAP_FAILED || view == MAP_FAILED ? -errno : got != want ? -EEXIST : 0;
	if (!err && data == MAP_FAILED)
		err = -ENOMEM;
	close(fd);
	if (err && got != MAP_FAILED)
		munmap(got, size);
	if (err && view != MAP_FAILED)
		munmap(view, CHUNK);
	if (err)
		return err;
	chunk->addr = addr;
	chunk->view = view;
	return 0;
}

/* The k-th value to try for a byte of rel32: trapping ones, or the nearest to the site. */
static int candidate(bool head, bool top, uint32_t k)
{
	if (head)
		return k < sizeof(traps) ? traps[k] : -1;
	if (!top)
		return k < 64 ? (int)(k * 4) : -1;
	if (k < 120)
		return 0xfe - (int)k;
	return k < 200 ? (int)(0x20 + (k - 120)) : k < 232 ? (int)(k - 200) : -1;
}

static bool user_address(uint64_t addr)
{
	return addr >= 0x10000 && addr < (1ull << 47) - 2 * CHUNK;
}

/* Tries one chunk that holds an address with these upper bytes of rel32. */
static int try_window(struct code_chunk *chunk, uint64_t site, uint32_t heads, int32_t high,
		      size_t size, uint64_t *ret_addr)
{
	uint64_t low = heads & 4 ? 0x2700 : 0x8000;
	uint64_t addr = site + JMP + (uint64_t)(int64_t)(high) + low + 0x27;
	uint64_t base = addr & ~(uint64_t)(CHUNK - 1);
	int err;

	/* A window that begins in one chunk ends in the next: both are its. */
	for (int i = 0; i < 2; i++, base += CHUNK) {
		chunk->addr = base;
		if (!user_address(base) || !find_in(chunk, site, heads, size, ret_addr))
			continue;
		err = chunk_map(base, chunk);
		if (err != -EEXIST)
			return err;
	}
	return -EEXIST;
}

static int chunk_new(struct code_mem *mem, uint64_t site, uint32_t heads, size_t size,
		     struct code_chunk **ret_chunk, uint64_t *ret_addr)
{
	struct code_chunk *chunk = mem_alloc(sizeof(*chunk));
	int top, mid, err;

	if (!chunk)
		return -ENOMEM;
	for (uint32_t i = 0; (top = candidate(heads & 16, true, i)) >= 0; i++) {
		for (uint32_t k = 0; (mid = candidate(heads & 8, false, k)) >= 0; k++) {
			int32_t high = (int32_t)((uint32_t)top << 24 | (uint32_t)mid << 16);

			err = try_window(chunk, site, heads, high, size, ret_addr);
			if (err == -EEXIST)
				continue;
			if (err) {
				mem_free(chunk);
				return err;
			}
			chunk->next = mem->chunks;
			mem->chunks = chunk;
			*ret_chunk = chunk;
			return 0;
		}
	}
	mem_free(chunk);
	return -ENOSPC;
}

int code_mem_alloc(struct code_mem *mem, uint64_t site, uint32_t heads, size_t size,
		   uint64_t *ret_addr)
{
	struct code_chunk *chunk;
	uint64_t addr;
	int err;

	for (chunk = mem->chunks; chunk; chunk = chunk->next) {
		if (find_in(chunk, site, heads, size, &addr))
			break;
	}
	if (!chunk) {
		err = chunk_new(mem, site, heads, size, &chunk, &addr);
		if (err)
			return err;
	}
	for (uint64_t a = addr; a < addr + size; a++)
		chunk->used[(a - chunk->addr) / GRAIN] = 1;
	*ret_addr = addr;
	return 0;
}

static struct code_chunk *chunk_at(const struct code_mem *mem, uint64_t addr)
{
	struct code_chunk *chunk = mem->chunks;

	while (chunk && addr - chunk->addr >= CHUNK)
		chunk = chunk->next;
	return chunk;
}

/* The chunk that an address is in, made if nothing else is there; NULL: there is something. */
static struct code_chunk *bare_chunk(struct code_mem *mem, uint64_t addr)
{
	uint64_t base = addr & ~(uint64_t)(CHUNK - 1);
	struct code_chunk *chunk = chunk_at(mem, addr);

	if (chunk)
		return chunk->full ? NULL : chunk;
	chunk = user_address(base) ? mem_alloc(sizeof(*chunk)) : NULL;
	if (!chunk)
		return NULL;
	chunk->bare = true;
	if (chunk_map(base, chunk)) {
		mem_free(chunk);
		return NULL;
	}
	chunk->next = mem->chunks;
	mem->chunks = chunk;
	return chunk;
}

int code_mem_alloc_before(struct code_mem *mem, uint64_t site, const uint8_t behind[static 3],
			  uint64_t *ret_addr)
{
	uint32_t high =
		(uint32_t)behind[0] << 8 | (uint32_t)behind[1] << 16 | (uint32_t)behind[2] << 24;
	uint64_t first = site + JMP + (uint64_t)(int64_t)(int32_t)high;
	struct code_chunk *chunk;

	for (uint64_t addr = (first + GRAIN - 1) & ~(uint64_t)(GRAIN - 1); addr < first + 256;
	     addr += GRAIN) {
		chunk = bare_chunk(mem, addr);
		if (!chunk || chunk->used[(addr - chunk->addr) / GRAIN])
			continue;
		chunk->used[(addr - chunk->addr) / GRAIN] = 1;
		*ret_addr = addr;
		return 0;
	}
	return -ENOSPC;
}

int code_mem_write(struct code_mem *mem, uint64_t addr, const uint8_t *code, size_t size)
{
	const struct code_chunk *chunk = chunk_at(mem, addr);

	if (!chunk || chunk->full || addr + size > chunk->addr + CHUNK)
		return -EFAULT;
	if (mprotect(chunk->view, CHUNK, PROT_READ | PROT_WRITE))
		return -errno;
	for (size_t i = 0; i < size; i++)
		chunk->view[addr - chunk->addr + i] = code[i];
	mprotect(chunk->view, CHUNK, PROT_NONE);
	return 0;
}

void code_mem_after_fork(struct code_mem *mem)
{
	for (struct code_chunk *chunk = mem->chunks; chunk; chunk = chunk->next)
		chunk->full = true;
}
