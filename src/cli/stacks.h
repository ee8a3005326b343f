/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stacks does an element of a map name?  A member whose name has "stack" in it and that is a
 * number is an id in the object's map of stacks; one that is called pid or tgid says whose.
 */
#ifndef CLI_STACKS_H
#define CLI_STACKS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <bpf/libbpf.h>
#include <jansson.h>

struct places;

struct stacks {
	struct bpf_object *obj;
	struct places *places;
	pid_t pid;    /* where no member says whose */
	bool printed; /* some of them */
};

bool stacks_is_map(const struct bpf_map *map);
/* {member: [frame, ...]} of the stacks that key or value name; NULL: they name none. */
json_t *stacks_of(struct stacks *s, const char *map_name, json_t *key, json_t *value);
void stacks_print(FILE *out, json_t *stacks);
/* The map itself, if nothing that was printed named any of its stacks. */
void stacks_dump(FILE *out, struct stacks *s, const struct bpf_map *map, bool json);

#endif
