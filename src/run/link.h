/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is attached where?  A link is a file in the store that every agent reads: which function of
 * which file, entered or left, of which process, runs which program.  The tracer holds it; when
 * nobody does any more (closed, killed) the link is dead and agents take the probe away.
 *
 * How an agent uses it:
 *
 *	gen = store_registry(store)->generation;
 *	for (;;) {
 *		for (id = 0; store_next_id(store, STORE_LINK, id, &id) == 0;)
 *			if it is new here and link_open_id(store, id, &link) == 0:
 *				if (link_wants_pid(link, getpid())
 *				    && the process maps the file (link->file->dev, link->file->ino))
 *					prog_open_id(rt, link_prog_id(link)), hook_add() per site
 *		for every link it knows: if (!link_is_live(link) || its program changed) unhook,
 *link_free gen = store_wait(store, gen, LINK_POLL_MS);
 *	}
 *
 * A killed tracer notifies nobody, hence LINK_POLL_MS.  The file's contents are hostile:
 * link_open_id() checks and copies what does not change; the rest is read through functions here.
 */
#ifndef RUN_LINK_H
#define RUN_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct store;

enum {
	LINK_POLL_MS = 100,
	LINK_MAX_SITES = 1 << 16,
	LINK_MAX_PATH = 4096,
	LINK_N_LOOKED = 16
};

enum link_kind {
	LINK_UPROBE,    /* runs at the site                                             */
	LINK_URETPROBE, /* runs when the function whose entry is the site returns       */
	/* System calls: the site's offset is the number, or LINK_ANY_CALL.  No file is looked at.
	 */
	LINK_CALL_ENTER,     /* tracepoint syscalls/sys_enter_NAME, raw_syscalls/sys_enter      */
	LINK_CALL_LEAVE,     /* tracepoint syscalls/sys_exit_NAME, raw_syscalls/sys_exit        */
	LINK_CALL_RAW_ENTER, /* raw tracepoint sys_enter                                        */
	LINK_CALL_RAW_LEAVE, /* raw tracepoint sys_exit                                         */
	LINK_CALL_DECIDE,    /* writable raw tracepoint sys_enter, sys_enter_NAME               */
	/* Every so many nanoseconds that a thread computes: the site's offset; ref_ctr_off is 0, or
	 * 1 and the CPU that is meant.  No file either. */
	LINK_SAMPLE,
	LINK_N_KINDS
};

#define LINK_ANY_CALL UINT64_MAX

enum link_role {
	LINK_ROLE_EVENT, /* a perf event: runs what PERF_EVENT_IOC_SET_BPF gave it      */
	LINK_ROLE_PERF,  /* BPF_LINK_CREATE on a perf event: event_id is its event      */
	LINK_ROLE_MULTI, /* BPF_LINK_CREATE of BPF_TRACE_UPROBE_MULTI                   */
	LINK_ROLE_RAW,   /* BPF_RAW_TRACEPOINT_OPEN                                     */
	LINK_N_ROLES
};

struct link_site {
	uint64_t offset;      /* in the file, as perf_event_open() takes it     */
	uint64_t ref_ctr_off; /* file offset of a uint16_t to count up, 0: none */
	uint64_t cookie;
};

/* How often the link's program ran on one slot: only who is on it writes. */
struct link_count {
	_Alignas(64) uint64_t n;
};

/* The file: this header, then n_sites sites, then a count for each of n_slots slots.  Fields below
 * the line change while it is used. */
struct link_file {
	uint64_t magic;
	uint32_t version, size; /* bytes of header and sites */
	uint32_t id, kind, role, n_sites;
	int32_t pid;       /* -1: every process */
	uint32_t event_id; /* LINK_ROLE_PERF: link of its perf event */
	uint64_t dev, ino; /* of the binary, as stat() tells them */
	uint32_t session, n_slots;
	char path[LINK_MAX_PATH];
	/* --- */
	uint32_t prog_id; /* 0: none yet */
	uint32_t enabled;
	uint64_t missed;   /* agents add to it */
	char trouble[256]; /* last reason why an agent could not attach, "" */
	/* By pid modulo their number: which process has acted on which generation of the store. */
	uint64_t looked[LINK_N_LOOKED];
};

struct link {
	uint32_t id;
	int fd;                  /* without a hold of its own */
	struct link_file *file;  /* shared with other processes: for what changes */
	struct link_file fixed;  /* checked copy of what does not */
	struct link_site *sites; /* checked copy */
	struct link_count *hits; /* shared; fixed.n_slots of them */
	size_t size;
};

/* What does not change, for a new link. */
struct link_spec {
	enum link_kind kind;
	enum link_role role;
	int32_t pid;
	uint32_t event_id, prog_id;
	bool enabled;
	const char *path; /* resolved when the link is made: -ENOENT, -EACCES, -EINVAL (not a file);
			     of a system call: the tracepoint's name */
	const struct link_site *sites;
	uint32_t n_sites;
};

enum {
	LINK_MIN_PERIOD = 100000, /* ns, of LINK_SAMPLE: no timer is as fast anyway */
};

/* Is it about system calls? */
bool link_is_call(enum link_kind kind);
/* Which programs does it take?  enum bpf_prog_type */
uint32_t link_prog_type(enum link_kind kind);

/* Makes and publishes a link; *ret_fd holds it. */
int link_create(struct store *store, const struct link_spec *spec, uint32_t *ret_id, int *ret_fd);
/* -ENOENT: none or dead.  -EINVAL: not a sound link file. */
int link_open_id(struct store *store, uint32_t id, struct link **ret_link);
struct link *link_free(struct link *link);

bool link_is_live(const struct link *link); /* somebody holds it */
uint64_t link_hits(const struct link *link);
uint32_t link_prog_id(const struct link *link); /* program to run now, 0: none or disabled */
bool link_wants_pid(const struct link *link, pid_t pid);
/* Is it a perf event, and no link of bpf(2)'s? */
bool link_is_event(struct store *store, uint32_t id);
/* Of the tracer: change and tell every agent. */
void link_set_prog(struct store *store, struct link *link, uint32_t prog_id);
void link_set_enabled(struct store *store, struct link *link, bool enabled);
/* Of an agent: this process has done what the link said when the store was at `generation`. */
void link_set_looked(struct link *link, pid_t pid, uint32_t generation);
/* Has it?  Waits as long as timeout_ms. */
bool link_wait_looked(const struct link *link, pid_t pid, uint32_t generation, int timeout_ms);
/* Of an agent: why a site could not be patched; shown by tools.  NULL clears. */
void link_set_trouble(struct link *link, const char *text);

#endif
