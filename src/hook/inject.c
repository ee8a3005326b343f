/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mapped where, and what is the agent told at its beginning? */
#include "hook/inject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <Zydis/Zydis.h>

#include "base/alloc.h"
#include "base/os.h"
#include "hook/guest.h"
#include "hook/inject_priv.h"
#include "hook/inject_stub.h"

enum {
	MAX_SEGMENTS = 16,
	PAGE = 4096,
	STACK = 256 * 1024,
	STACK_TOP = 8192, /* of it, written here */
	MADE_MS = 3000,   /* until the thread is there */
	READY_MS = 10000, /* until the agent has looked */
	MAPS_LIMIT = 64 << 20,
};

static void pause_us(long us)
{
	struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

static uint64_t page_down(uint64_t v)
{
	return v & ~(uint64_t)(PAGE - 1);
}

static uint64_t page_up(uint64_t v)
{
	return page_down(v + PAGE - 1);
}

static int fail(struct inject *in, const char *what, int err)
{
	text_add(in->why, "process %d: %s: %s", (int)in->opts->pid, what, strerror(-err));
	return err;
}

/* --- what is where in the process --- */

static int read_maps(pid_t pid, char **ret_text, size_t *ret_size)
{
	char path[64];
	void *data;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	err = os_read_file(path, MAPS_LIMIT, &data, ret_size);
	*ret_text = err ? NULL : data;
	return err;
}

/* Each agent has its store's registry mapped: inode and name of a line of maps. */
static bool has_registry(const char *text, size_t size, uint64_t ino)
{
	const char *eol, *at = text, *slash;

	for (; at < text + size; at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(text + size - at));
		if (!eol)
			return false;
		slash = memchr(at, '/', (size_t)(eol - at));
		if (!slash || eol - slash < 9 || memcmp(eol - 9, "/registry", 9))
			continue;
		/* addresses, access, offset, device, then the inode */
		for (int i = 0; i < 4 && at; i++)
			at = strchr(at, ' ') + 1;
		if (strtoull(at, NULL, 10) == ino)
			return true;
	}
	return false;
}

/* A forked child of a process with a guest has its memory, and not its thread.  0: none. */
static pid_t guest_thread(pid_t pid)
{
	char path[300], name[32] = "";
	pid_t found = 0;
	struct dirent *d;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", (int)pid, d->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, name, sizeof(name)) == (ssize_t)sizeof(GUEST_NAME) &&
		    !memcmp(name, GUEST_NAME "\n", sizeof(GUEST_NAME)))
			found = (pid_t)strtol(d->d_name, NULL, 10);
		close(fd);
	}
	if (dir)
		closedir(dir);
	return found;
}

bool inject_is_at_work(pid_t pid)
{
	pid_t tid = guest_thread(pid);

	return tid && inject_state(pid, tid) == 'R';
}

bool inject_is_in(pid_t pid, const char *dir)
{
	static const char *const names[] = { "/libring3_agent.so\n", "/libring3_preload.so\n" };
	char path[4200], *text;
	struct stat st;
	bool found = false;
	size_t n;

	snprintf(path, sizeof(path), "%s/registry", dir);
	if (stat(path, &st) || read_maps(pid, &text, &n))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		found = found || memmem(text, n, names[i], strlen(names[i]));
	found = found || guest_thread(pid);
	found = found && has_registry(text, n, st.st_ino);
	mem_free(text);
	return found;
}

/* The vdso, and the middle of the largest space between two mappings: far from what grows. */
static int find_places(struct inject *in, uint64_t *ret_vdso)
{
	uint64_t before = 0, best = 0, start, end;
	char *text, *at, *eol;
	size_t n;
	int err = read_maps(in->opts->pid, &text, &n);

	if (err)
		return err;
	*ret_vdso = 0;
	for (at = text; at < text + n; at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(text + n - at));
		if (!eol)
			break;
		*eol = 0;
		start = strtoull(at, &at, 16);
		end = *at == '-' ? strtoull(at + 1, NULL, 16) : 0;
		if (strstr(at, "[vdso]")) {
			*ret_vdso = start;
			in->vdso_end = end;
		}
		if (end > 1ull << 47)
			break;
		if (start > before && start - before > best) {
			best = start - before;
			in->page = page_down(before + best / 2);
		}
		before = end;
	}
	mem_free(text);
	return best > 1 << 20 ? 0 : -ENOMEM;
}

/* The end of the vdso's last page, which the kernel filled with zeros, or an earlier stub. */
static int find_stub_room(struct inject *in, uint64_t vdso)
{
	size_t size = ((size_t)(stub_end - stub_begin) + 63) & ~(size_t)63;
	uint8_t tail[2048];
	uint64_t magic = 0;

	if (!vdso)
		return -ENOENT;
	in->room = size;
	in->stub = in->vdso_end - size;
	if (size > sizeof(tail) || remote_read(in, in->stub, tail, size))
		return -EIO;
	memcpy(&magic, tail, sizeof(magic));
	for (size_t i = 0; magic != STUB_MAGIC && i < size; i++)
		if (tail[i])
			return -ENOSPC;
	return 0;
}

/* --- the thread --- */

/* The thread's id where we are: the one whose innermost id is what clone(2) said there. */
static pid_t outer_tid(struct inject *in, pid_t inner)
{
	char path[64], line[256], *last;
	struct dirent *d;
	pid_t found = 0;
	DIR *dir;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)in->opts->pid);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)in->opts->pid,
			 d->d_name);
		f = d->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (f && !found && fgets(line, sizeof(line), f)) {
			if (strncmp(line, "NSpid:", 6))
				continue;
			last = strrchr(line, '\t');
			if (last && strtol(last + 1, NULL, 10) == inner)
				found = (pid_t)strtol(d->d_name, NULL, 10);
		}
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int wait_made(struct inject *in)
{
	uint64_t end = os_now_ns() + MADE_MS * 1000000ull;
	struct stub_page p = { 0 };

	while (remote_read(in, in->page, &p, sizeof(p)) || !p.made) {
		if (inject_is_late(in, 0, &end))
			return -ETIMEDOUT;
		pause_us(20);
	}
	if (p.made < 0)
		return (int)p.made;
	in->inner_thread = (pid_t)p.made;
	in->thread = outer_tid(in, in->inner_thread);
	return in->thread ? 0 : -ESRCH;
}

/* --- mapping --- */

static int remote_mmap(struct inject *in, uint64_t addr, uint64_t size, int prot, int flags, int fd,
		       uint64_t off, uint64_t *ret_addr)
{
	const uint64_t args[6] = {
		addr, size, (uint64_t)prot, (uint64_t)flags, (uint64_t)(int64_t)fd, off
	};
	int64_t got;
	int err = remote_call(in, SYS_mmap, args, &got);

	if (err)
		return err;
	if (got < 0 && got > -PAGE)
		return (int)got;
	*ret_addr = (uint64_t)got;
	return 0;
}

static int map_segment(struct inject *in, uint64_t base, const Elf64_Phdr *ph, int fd)
{
	static const uint8_t zeros[PAGE];
	int prot = (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
		   (ph->p_flags & PF_X ? PROT_EXEC : 0);
	uint64_t from = base + page_down(ph->p_vaddr), unused;
	uint64_t file_end = base + ph->p_vaddr + ph->p_filesz;
	uint64_t mem_end = base + ph->p_vaddr + ph->p_memsz;
	int err;

	err = remote_mmap(in, from, file_end - from, prot, MAP_PRIVATE | MAP_FIXED, fd,
			  page_down(ph->p_offset), &unused);
	if (!err && mem_end > file_end)
		err = remote_write(in, file_end, zeros, page_up(file_end) - file_end);
	if (!err && mem_end > page_up(file_end))
		err = remote_mmap(in, page_up(file_end), mem_end - page_up(file_end), prot,
				  MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0, &unused);
	return err;
}

struct image {
	Elf64_Ehdr eh;
	Elf64_Phdr ph[MAX_SEGMENTS];
	uint64_t base;
};

/* fd is ours, its the thread's. */
static int map_image(struct inject *in, int fd, int its, struct image *im)
{
	uint64_t end = 0;
	int err;

	if (pread(fd, &im->eh, sizeof(im->eh), 0) != (ssize_t)sizeof(im->eh) ||
	    memcmp(im->eh.e_ident, ELFMAG, SELFMAG) || im->eh.e_phnum > MAX_SEGMENTS ||
	    pread(fd, im->ph, im->eh.e_phnum * sizeof(im->ph[0]), (off_t)im->eh.e_phoff) !=
		    (ssize_t)(im->eh.e_phnum * sizeof(im->ph[0])))
		return -ENOEXEC;
	for (int i = 0; i < im->eh.e_phnum; i++)
		if (im->ph[i].p_type == PT_LOAD && im->ph[i].p_vaddr + im->ph[i].p_memsz > end)
			end = im->ph[i].p_vaddr + im->ph[i].p_memsz;
	err = remote_mmap(in, 0, page_up(end), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, &im->base);
	for (int i = 0; i < im->eh.e_phnum && !err; i++)
		if (im->ph[i].p_type == PT_LOAD)
			err = map_segment(in, im->base, &im->ph[i], its);
	return err;
}

/* --- what the agent's main() is given --- */

struct top {
	uint8_t bytes[STACK_TOP];
	uint64_t at;    /* where bytes begin there */
	size_t strings; /* used from the end */
};

static uint64_t put_bytes(struct top *t, const void *data, size_t size)
{
	t->strings += size;
	memcpy(t->bytes + STACK_TOP - t->strings, data, size);
	return t->at + STACK_TOP - t->strings;
}

/* What the kernel told the process of the machine. */
static uint64_t its_auxv(pid_t pid, uint64_t type)
{
	uint64_t value = 0, *pairs;
	char path[64];
	void *data;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	if (os_read_file(path, 1 << 16, &data, &n))
		return 0;
	pairs = data;
	for (size_t i = 0; i + 1 < n / sizeof(*pairs); i += 2)
		if (pairs[i] == type)
			value = pairs[i + 1];
	mem_free(data);
	return value;
}

static uint64_t fill_top(struct inject *in, struct top *t, const struct image *im,
			 char args[GUEST_N_ARGS][64])
{
	static const uint64_t taken[] = { AT_HWCAP, AT_HWCAP2, AT_SYSINFO_EHDR, AT_MINSIGSTKSZ };
	uint64_t words[64], n = 0, argv[GUEST_N_ARGS], random;
	uint64_t stuff[2] = { os_now_ns(), (uint64_t)getpid() };
	size_t bytes;

	random = put_bytes(t, stuff, sizeof(stuff));
	for (int i = 0; i < GUEST_N_ARGS; i++)
		argv[i] = i == GUEST_ARG_DIR
				  ? put_bytes(t, in->opts->dir, strlen(in->opts->dir) + 1)
				  : put_bytes(t, args[i], strlen(args[i]) + 1);
	words[n++] = GUEST_N_ARGS;
	for (int i = 0; i < GUEST_N_ARGS; i++)
		words[n++] = argv[i];
	words[n++] = 0;
	words[n++] = 0; /* no environment */
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		words[n++] = taken[i];
		words[n++] = its_auxv(in->opts->pid, taken[i]);
	}
	words[n++] = AT_PHDR, words[n++] = im->base + im->eh.e_phoff;
	words[n++] = AT_PHENT, words[n++] = sizeof(Elf64_Phdr);
	words[n++] = AT_PHNUM, words[n++] = im->eh.e_phnum;
	words[n++] = AT_PAGESZ, words[n++] = PAGE;
	words[n++] = AT_ENTRY, words[n++] = im->base + im->eh.e_entry;
	words[n++] = AT_RANDOM, words[n++] = random;
	words[n++] = AT_SECURE, words[n++] = 0;
	words[n++] = AT_CLKTCK, words[n++] = 100;
	words[n++] = AT_NULL, words[n++] = 0;
	bytes = n * sizeof(words[0]);
	t->strings = (t->strings + bytes + 15) & ~(size_t)15;
	memcpy(t->bytes + STACK_TOP - t->strings, words, bytes);
	return t->at + STACK_TOP - t->strings;
}

static int start_agent(struct inject *in, const struct image *im, const int its[3])
{
	char args[GUEST_N_ARGS][64] = { GUEST_NAME };
	struct top t = { .strings = 0 };
	uint64_t stack, rsp;
	int err;

	if (strlen(in->opts->dir) > STACK_TOP / 2)
		return -ENAMETOOLONG;
	snprintf(args[GUEST_ARG_PAGE], 64, "%llx", (unsigned long long)(in->page + STUB_GUEST_AT));
	snprintf(args[GUEST_ARG_DIR_FD], 64, "%d", its[1]);
	snprintf(args[GUEST_ARG_ZYDIS_FD], 64, "%d", its[2]);
	snprintf(args[GUEST_ARG_PID], 64, "%d", (int)in->opts->pid);
	err = remote_mmap(in, 0, STACK, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0, &stack);
	if (err)
		return err;
	t.at = stack + STACK - STACK_TOP;
	rsp = fill_top(in, &t, im, args);
	err = remote_write(in, rsp, t.bytes + STACK_TOP - t.strings, t.strings);
	return err ? err : remote_go(in, rsp, im->base + im->eh.e_entry);
}

static int wait_ready(struct inject *in)
{
	uint64_t end = os_now_ns() + READY_MS * 1000000ull;
	struct guest_page g = { 0 };

	for (;;) {
		if (remote_read(in, in->page + STUB_GUEST_AT, &g, sizeof(g)))
			return fail(in, "it ended meanwhile", -ESRCH);
		if (g.state == GUEST_READY)
			return 0;
		if (g.state == GUEST_FAILED) {
			g.text[sizeof(g.text) - 1] = 0;
			text_add(in->why, "process %d: the agent there says: %s",
				 (int)in->opts->pid, g.text);
			return -EIO;
		}
		if (inject_is_late(in, 0, &end))
			return fail(in, "the agent there does not answer", -ETIMEDOUT);
		pause_us(100);
	}
}

/* --- all of it --- */

/* Descriptors of the agent, the store and the decoder. */
static int open_files(struct inject *in, int fds[3])
{
	Dl_info zydis = { 0 };

	fds[0] = open(in->opts->guest, O_RDONLY | O_CLOEXEC);
	if (fds[0] < 0)
		return fail(in, in->opts->guest, -errno);
	fds[1] = open(in->opts->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fds[1] < 0)
		return fail(in, in->opts->dir, -errno);
	if (!dladdr((void *)(uintptr_t)ZydisDecoderInit, &zydis))
		return fail(in, "the decoder's library", -ENOENT);
	fds[2] = open(zydis.dli_fname, O_RDONLY | O_CLOEXEC);
	return fds[2] < 0 ? fail(in, zydis.dli_fname, -errno) : 0;
}

static int remote_simple(struct inject *in, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[6] = { a, b, c };
	int64_t result;
	int err = remote_call(in, nr, args, &result);

	return err ? err : (int)result;
}

/* The thread is there; it becomes the agent. */
static int make_agent(struct inject *in)
{
	struct image im = { .base = 0 };
	int fds[3] = { -1, -1, -1 }, its[3], err;

	err = open_files(in, fds);
	if (!err && remote_simple(in, SYS_close_range, 0, ~0u, 0))
		err = fail(in, "its descriptors", -EIO);
	if (!err) {
		err = remote_give(in, fds, 3, its);
		if (err)
			fail(in, "descriptors cannot be passed", err);
	}
	if (!err) {
		err = map_image(in, fds[0], its[0], &im);
		if (!err)
			err = start_agent(in, &im, its);
		if (err)
			fail(in, "the agent cannot be mapped there", err);
	}
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return err ? err : wait_ready(in);
}

static int bring_in(struct inject *in)
{
	uint64_t vdso;
	int err = find_places(in, &vdso);

	if (err)
		return inject_explain(in, err);
	err = find_stub_room(in, vdso);
	if (err)
		return fail(in, "its vdso has no room for the first instructions", err);
	err = inject_send(in);
	if (err)
		return err;
	if (in->began)
		return wait_ready(in);
	err = wait_made(in);
	if (err)
		return fail(in, "no thread could be made there", err);
	return make_agent(in);
}

struct job {
	struct inject *in;
	int (*run)(struct inject *in);
	int err;
};

static void *run_job(void *arg)
{
	struct job *job = arg;

	job->err = job->run(job->in);
	return NULL;
}

/* On a thread of its own: whatever it still traces is let go when it ends. */
static int run_apart(struct inject *in, int (*run)(struct inject *in))
{
	struct job job = { .in = in, .run = run };
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, run_job, &job);

	if (err)
		return err;
	pthread_join(thread, NULL);
	return job.err;
}

/* Two that come at once would write into each other's stub. */
static int lock_process(struct inject *in, int *ret_fd)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)in->opts->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return inject_explain(in, -errno);
	if (flock(fd, LOCK_EX)) {
		close(fd);
		return fail(in, "cannot be locked", -EBUSY);
	}
	*ret_fd = fd;
	return 0;
}

int inject_agent(const struct inject_opts *opts, struct text *why)
{
	bool there = inject_is_in(opts->pid, opts->dir);
	struct inject in = { .opts = opts, .why = why, .mem = -1, .begin_ns = os_now_ns() };
	char path[64];
	int lock = -1, err;

	err = there ? 0 : inject_check(&in);
	if (!err)
		err = lock_process(&in, &lock);
	if (err)
		return there ? -EEXIST : err;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)opts->pid);
	in.mem = open(path, O_RDWR | O_CLOEXEC);
	if (in.mem < 0)
		err = inject_explain(&in, -errno);
	else
		err = run_apart(&in, inject_unblock);
	if (!err)
		err = inject_is_in(opts->pid, opts->dir) ? -EEXIST : run_apart(&in, bring_in);
	if (in.mem >= 0)
		close(in.mem);
	close(lock);
	return there ? -EEXIST : err;
}
