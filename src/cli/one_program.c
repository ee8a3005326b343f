/* SPDX-License-Identifier: BSD-2-Clause */
/* What of an object is loaded, so that some of its programs are judged? */
#include <bpf/libbpf.h>
#include <ring3/bpf.h>
#include <unistd.h>

#include "cli/cli.h"

struct bpf_program *cli_programs(struct bpf_object *obj, unsigned int index, bool together)
{
	struct bpf_program *prog, *chosen = NULL;
	unsigned int i = 0;

	bpf_object__for_each_program(prog, obj)
	{
		bpf_program__set_autoload(prog, i == index || (together && i > index));
		if (i++ == index)
			chosen = prog;
	}
	return chosen;
}

struct bpf_program *cli_only_program(struct bpf_object *obj, unsigned int index)
{
	return cli_programs(obj, index, false);
}

/* The fewest entries that a map of this type may be made with. */
static unsigned int fewest_entries(enum bpf_map_type type)
{
	switch ((int)type) {
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGRP_STORAGE: return 0;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF: return (unsigned int)sysconf(_SC_PAGESIZE);
	default: return 1;
	}
}

/* A verdict needs the maps, not the place where they would be pinned, and not as many entries as
 * the object's own loader would ask for. */
void cli_prepare_maps(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		bpf_map__set_pin_path(map, NULL);
		if (!bpf_map__max_entries(map))
			bpf_map__set_max_entries(map, fewest_entries(bpf_map__type(map)));
	}
}
