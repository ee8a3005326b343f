/* SPDX-License-Identifier: BSD-2-Clause */
/* How is it found out cheaply?  By the size of what a process maps, which one read(2) tells. */
#include "hook/everyone.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/inject.h"
#include "run/link.h"
#include "run/store.h"

enum {
	LOOK_NS = 250000000,
	MAX_FILES = 1024,
	MAPS_LIMIT = 64 << 20,
	AGAIN_S = 1, /* after a refusal that may have been of that moment; then twice as long */
	AGAIN_MAX_S = 64,
};

struct file {
	uint64_t dev, ino;
};

struct process {
	pid_t pid;
	uint64_t pages, inode; /* of its directory in /proc: another for another process */
	uint64_t again_ns;     /* when it is asked again; 0: never */
	uint32_t pause_s;      /* and if that is in vain, how much later */
	bool refused, seen;
};

struct everyone {
	struct store *store;
	char *guest;
	struct file files[MAX_FILES];
	uint32_t n_files, generation;
	bool all;                  /* a link is about what every process does */
	struct process *processes; /* ascending */
	size_t n, cap;
	uint64_t looked_ns;
	uint32_t n_joined, n_refused;
	char why[512];
};

int everyone_new(struct store *store, const char *guest, struct everyone **ret_everyone)
{
	struct everyone *e = mem_alloc(sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->store = store;
	e->generation = store_registry(store)->generation - 1;
	e->guest = mem_strdup(guest);
	if (!e->guest) {
		mem_free(e);
		return -ENOMEM;
	}
	*ret_everyone = e;
	return 0;
}

struct everyone *everyone_free(struct everyone *e)
{
	if (!e)
		return NULL;
	mem_free(e->guest);
	mem_free(e->processes);
	mem_free(e);
	return NULL;
}

uint32_t everyone_joined(const struct everyone *e)
{
	return e->n_joined;
}

uint32_t everyone_refused(const struct everyone *e, const char **ret_why)
{
	*ret_why = e->why;
	return e->n_refused;
}

/* --- files of links --- */

static void add_file(struct everyone *e, uint64_t dev, uint64_t ino)
{
	for (uint32_t i = 0; i < e->n_files; i++)
		if (e->files[i].dev == dev && e->files[i].ino == ino)
			return;
	if (e->n_files < MAX_FILES)
		e->files[e->n_files++] = (struct file){ dev, ino };
}

static void add_link(struct everyone *e, const struct link *l)
{
	if (l->fixed.pid >= 0 || !link_prog_id(l))
		return;
	if (link_is_call(l->fixed.kind) || l->fixed.kind == LINK_SAMPLE)
		e->all = true;
	else
		add_file(e, l->fixed.dev, l->fixed.ino);
}

/* True when there are others than before. */
static bool read_files(struct everyone *e)
{
	uint32_t generation =
		__atomic_load_n(&store_registry(e->store)->generation, __ATOMIC_ACQUIRE);
	uint32_t before = e->n_files;
	bool all = e->all;
	struct link *l;

	if (generation == e->generation)
		return false;
	e->generation = generation;
	e->n_files = 0;
	e->all = false;
	for (uint32_t id = 0; !store_next_id(e->store, STORE_LINK, id, &id);) {
		if (link_open_id(e->store, id, &l))
			continue;
		add_link(e, l);
		link_free(l);
	}
	return e->n_files != before || e->all != all;
}

/* --- one process --- */

static bool is_file(const struct everyone *e, pid_t pid, uint64_t dev, uint64_t ino,
		    const char *path)
{
	char at_root[4200];
	struct stat st;

	for (uint32_t i = 0; i < e->n_files; i++) {
		if (e->files[i].ino != ino)
			continue;
		if (e->files[i].dev == dev)
			return true;
		/* Some file systems tell maps another device than stat(2). */
		snprintf(at_root, sizeof(at_root), "/proc/%d/root%s", (int)pid, path);
		if (!stat(at_root, &st) && st.st_dev == e->files[i].dev && st.st_ino == ino)
			return true;
	}
	return false;
}

static bool maps_a_file(const struct everyone *e, pid_t pid)
{
	char path[64], perms[5], *text, *line, *next;
	unsigned int major_no, minor_no;
	unsigned long ino;
	bool found = false;
	int name = 0;
	void *data;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	if (os_read_file(path, MAPS_LIMIT, &data, &n))
		return false;
	text = data;
	for (line = text; !found && line < text + n; line = next) {
		next = memchr(line, '\n', (size_t)(text + n - line));
		if (!next)
			break;
		*next++ = 0;
		found = sscanf(line, "%*s %4s %*s %x:%x %lu %n", perms, &major_no, &minor_no, &ino,
			       &name) == 4 &&
			perms[2] == 'x' && ino &&
			is_file(e, pid, makedev(major_no, minor_no), ino, line + name);
	}
	mem_free(data);
	return found;
}

static uint64_t pages_of(pid_t pid)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoull(text, NULL, 10);
}

/* On a loaded machine it may not get to run; it may be stopped, or traced. */
static bool is_of_the_moment(int err)
{
	return err == -ETIMEDOUT || err == -EAGAIN || err == -EBUSY;
}

static void join(struct everyone *e, struct process *p)
{
	struct inject_opts opts = { .pid = p->pid, .dir = store_dir(e->store), .guest = e->guest };
	struct text why;
	char buf[512];
	int err;

	text_init(&why, buf, sizeof(buf));
	err = inject_agent(&opts, &why);
	e->n_joined += !err;
	e->n_refused -= p->refused;
	p->refused = err && err != -EEXIST && err != -ESRCH;
	e->n_refused += p->refused;
	if (!p->refused)
		return;
	memcpy(e->why, buf, sizeof(e->why));
	p->again_ns = 0;
	if (!is_of_the_moment(err))
		return;
	p->pause_s = p->pause_s ? 2 * p->pause_s : AGAIN_S;
	if (p->pause_s > AGAIN_MAX_S)
		p->pause_s = AGAIN_MAX_S;
	p->again_ns = os_now_ns() + p->pause_s * UINT64_C(1000000000);
}

/* fresh: a link wants another file. */
static void look_at(struct everyone *e, struct process *p, bool fresh)
{
	uint64_t pages = pages_of(p->pid);

	p->seen = true;
	if (p->refused ? !p->again_ns || os_now_ns() < p->again_ns : pages == p->pages && !fresh)
		return;
	if (!pages)
		return;
	p->pages = pages;
	if ((e->all || maps_a_file(e, p->pid)) && !inject_is_in(p->pid, store_dir(e->store)))
		join(e, p);
}

/* --- all of them --- */

static struct process *find(struct everyone *e, pid_t pid)
{
	size_t lo = 0, hi = e->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (e->processes[mid].pid < pid)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < e->n && e->processes[lo].pid == pid)
		return &e->processes[lo];
	if (e->n == e->cap) {
		size_t cap = e->cap ? 2 * e->cap : 256;
		struct process *grown =
			mem_grow(e->processes, e->cap * sizeof(*grown), cap * sizeof(*grown));

		if (!grown)
			return NULL;
		e->processes = grown;
		e->cap = cap;
	}
	memmove(&e->processes[lo + 1], &e->processes[lo], (e->n - lo) * sizeof(e->processes[0]));
	e->n++;
	e->processes[lo] = (struct process){ .pid = pid };
	return &e->processes[lo];
}

static void forget_gone(struct everyone *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (!e->processes[i].seen)
			continue;
		e->processes[kept] = e->processes[i];
		e->processes[kept++].seen = false;
	}
	e->n = kept;
}

void everyone_look(struct everyone *e)
{
	uint64_t now = os_now_ns();
	struct process *p;
	struct dirent *d;
	struct stat st;
	bool fresh;
	DIR *dir;

	if (now - e->looked_ns < LOOK_NS)
		return;
	e->looked_ns = now;
	fresh = read_files(e);
	dir = e->n_files || e->all ? opendir("/proc") : NULL;
	while (dir && (d = readdir(dir))) {
		pid_t pid = (pid_t)strtol(d->d_name, NULL, 10);

		/* Who has other privileges than its user shows root as owner. */
		if (pid <= 0 || pid == getpid() || fstatat(dirfd(dir), d->d_name, &st, 0) ||
		    st.st_uid != geteuid())
			continue;
		p = find(e, pid);
		if (p && p->inode != st.st_ino)
			*p = (struct process){ .pid = pid, .inode = st.st_ino };
		if (p)
			look_at(e, p, fresh);
	}
	if (dir)
		closedir(dir);
	forget_gone(e);
}
