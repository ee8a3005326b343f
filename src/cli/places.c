/* SPDX-License-Identifier: BSD-2-Clause */
/* What is at an address?  elfutils reads the files that the notes name. */
#include "cli/places.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <elfutils/libdwfl.h>

#include "base/alloc.h"
#include "hook/maps.h"

enum {
	MAX_PROCESSES = 256,
};

struct process {
	pid_t pid;
	Dwfl *dwfl; /* NULL: nothing is known of it */
};

struct places {
	char *dir;
	struct process all[MAX_PROCESSES];
	size_t n;
	bool has_all;
};

struct places *places_new(const char *dir)
{
	struct places *p = mem_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->dir = mem_strdup(dir);
	return p->dir ? p : places_free(p);
}

struct places *places_free(struct places *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		if (p->all[i].dwfl)
			dwfl_end(p->all[i].dwfl);
	}
	if (p->dir)
		maps_forget_dead(p->dir);
	mem_free(p->dir);
	mem_free(p);
	return NULL;
}

static Dwfl *open_files(FILE *maps)
{
	static char *debug_path;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_linux_proc_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &debug_path,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	if (dwfl &&
	    (dwfl_linux_proc_maps_report(dwfl, maps) || dwfl_report_end(dwfl, NULL, NULL))) {
		dwfl_end(dwfl);
		return NULL;
	}
	return dwfl;
}

static struct process *find(struct places *p, pid_t pid)
{
	char name[MAPS_NAME], path[PATH_MAX];
	struct process *at;
	FILE *f;

	for (size_t i = 0; i < p->n; i++)
		if (p->all[i].pid == pid)
			return &p->all[i];
	if (p->n == MAX_PROCESSES)
		return NULL;
	at = &p->all[p->n++];
	at->pid = pid;
	maps_name(name, pid);
	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	f = fopen(path, "re");
	if (f) {
		at->dwfl = open_files(f);
		fclose(f);
	}
	return at;
}

static Dwfl_Module *module_in(const struct process *at, uint64_t address)
{
	return at && at->dwfl ? dwfl_addrmodule(at->dwfl, address) : NULL;
}

/* Whoever was noted. */
static void read_all(struct places *p)
{
	DIR *d = p->has_all ? NULL : opendir(p->dir);
	struct dirent *e;
	pid_t pid;

	p->has_all = true;
	while (d && (e = readdir(d)))
		if (maps_pid_of(e->d_name, &pid))
			find(p, pid);
	if (d)
		closedir(d);
}

struct place places_find(struct places *p, pid_t pid, uint64_t address, bool caller)
{
	Dwfl_Module *module = NULL;
	struct place place = { 0 };
	Dwarf_Addr start;
	GElf_Off offset;
	GElf_Sym sym;

	address -= caller;
	if (pid > 0)
		module = module_in(find(p, pid), address);
	else
		read_all(p);
	for (size_t i = 0; pid <= 0 && i < p->n && !module; i++)
		module = module_in(&p->all[i], address);
	if (!module)
		return place;
	place.file = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
	place.symbol = dwfl_module_addrinfo(module, address, &offset, &sym, NULL, NULL, NULL);
	place.offset = (place.symbol ? offset : address - start) + caller;
	return place;
}
