/* SPDX-License-Identifier: BSD-2-Clause */
/* How is a stack shown?  As profilers do, a line a frame: symbol+offset (file). */
#include "cli/stacks.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>

#include "base/alloc.h"
#include "cli/places.h"

enum {
	MAX_FRAMES = 127
};

bool stacks_is_map(const struct bpf_map *map)
{
	return bpf_map__type(map) == BPF_MAP_TYPE_STACK_TRACE;
}

static json_t *frame_json(struct stacks *s, pid_t pid, uint64_t address, bool caller)
{
	json_t *frame = json_pack("{s:I}", "address", (json_int_t)address);
	struct place place = { 0 };

	if (s->places)
		place = places_find(s->places, pid, address, caller);

	/* A version may follow the name. */
	if (place.symbol)
		json_object_set_new(frame, "symbol",
				    json_stringn(place.symbol, strcspn(place.symbol, "@")));
	if (place.file) {
		json_object_set_new(frame, "offset", json_integer((json_int_t)place.offset));
		json_object_set_new(frame, "file", json_string(place.file));
	}
	return frame;
}

/* A map of build ids has records of 32 bytes, with the address at their end where it is known. */
static uint64_t address_at(const struct bpf_map *map, const uint8_t *value, uint32_t i)
{
	struct bpf_stack_build_id id;
	uint64_t address;

	if (bpf_map__map_flags(map) & BPF_F_STACK_BUILD_ID) {
		memcpy(&id, value + i * sizeof(id), sizeof(id));
		return id.status == BPF_STACK_BUILD_ID_IP ? id.ip : 0;
	}
	memcpy(&address, value + i * sizeof(address), sizeof(address));
	return address;
}

static json_t *frames_of(struct stacks *s, const struct bpf_map *map, uint32_t id, pid_t pid)
{
	uint32_t size = bpf_map__value_size(map);
	uint32_t each = bpf_map__map_flags(map) & BPF_F_STACK_BUILD_ID
				? sizeof(struct bpf_stack_build_id)
				: sizeof(uint64_t);
	uint8_t *value = mem_alloc(size);
	json_t *frames = NULL;

	if (value && !bpf_map_lookup_elem(bpf_map__fd(map), &id, value))
		frames = json_array();
	for (uint32_t i = 0; frames && i < size / each && i < MAX_FRAMES; i++) {
		uint64_t address = address_at(map, value, i);

		if (!address)
			break;
		json_array_append_new(frames, frame_json(s, pid, address, i > 0));
	}
	mem_free(value);
	return frames;
}

static json_t *find_frames(struct stacks *s, json_int_t id, pid_t pid)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, s->obj)
	{
		json_t *frames = NULL;

		if (stacks_is_map(map) && bpf_map__fd(map) >= 0 && id >= 0 && id <= INT32_MAX)
			frames = frames_of(s, map, (uint32_t)id, pid);
		if (frames)
			return frames;
	}
	return NULL;
}

static bool has_stacks(const struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) if (stacks_is_map(map)) return true;
	return false;
}

static pid_t pid_of(json_t *object)
{
	json_t *pid = json_object_get(object, "pid");

	if (!json_is_integer(pid))
		pid = json_object_get(object, "tgid");
	return json_is_integer(pid) ? (pid_t)json_integer_value(pid) : 0;
}

static void add_members(struct stacks *s, json_t *object, pid_t pid, json_t *to)
{
	const char *name;
	json_t *member, *frames;

	json_object_foreach(object, name, member)
	{
		if (!json_is_integer(member) || !strstr(name, "stack"))
			continue;
		frames = find_frames(s, json_integer_value(member), pid);
		if (frames)
			json_object_set_new(to, name, frames);
	}
}

json_t *stacks_of(struct stacks *s, const char *map_name, json_t *key, json_t *value)
{
	pid_t pid = pid_of(key);
	json_t *all, *frames;

	if (!has_stacks(s->obj))
		return NULL;
	pid = pid ? pid : pid_of(value);
	pid = pid ? pid : s->pid;
	all = json_object();
	add_members(s, key, pid, all);
	add_members(s, value, pid, all);
	if (json_is_integer(key) && strstr(map_name, "stack")) {
		frames = find_frames(s, json_integer_value(key), pid);
		if (frames)
			json_object_set_new(all, "key", frames);
	}
	if (json_object_size(all)) {
		s->printed = true;
		return all;
	}
	json_decref(all);
	return NULL;
}

static void print_frame(FILE *out, json_t *frame)
{
	const char *symbol = json_string_value(json_object_get(frame, "symbol"));
	const char *file = json_string_value(json_object_get(frame, "file"));
	unsigned long long offset =
		(unsigned long long)json_integer_value(json_object_get(frame, "offset"));

	if (symbol)
		fprintf(out, "      %s+0x%llx (%s)\n", symbol, offset, file ? file : "?");
	else if (file)
		fprintf(out, "      0x%llx (%s)\n", offset, file);
	else
		fprintf(out, "      0x%llx\n",
			(unsigned long long)json_integer_value(json_object_get(frame, "address")));
}

void stacks_print(FILE *out, json_t *stacks)
{
	const char *name;
	json_t *frames, *frame;
	size_t i;

	json_object_foreach(stacks, name, frames)
	{
		if (json_object_size(stacks) > 1)
			fprintf(out, "    %s:\n", name);
		json_array_foreach(frames, i, frame) print_frame(out, frame);
	}
}

void stacks_dump(FILE *out, struct stacks *s, const struct bpf_map *map, bool json)
{
	uint32_t key = 0, next, left = bpf_map__max_entries(map);
	bool first = true;

	if (s->printed)
		return;
	if (!json)
		fprintf(out, "%s:\n", bpf_map__name(map));
	while (left-- && !bpf_map_get_next_key(bpf_map__fd(map), first ? NULL : &key, &next)) {
		json_t *frames = frames_of(s, map, next, s->pid), *row;

		key = next;
		first = false;
		if (!frames)
			continue;
		row = json_pack("{s:s, s:i, s:o}", "map", bpf_map__name(map), "key", (int)key,
				"frames", frames);
		if (json) {
			json_dumpf(row, out, JSON_COMPACT);
			fputc('\n', out);
		} else {
			fprintf(out, "  %u:\n", key);
			for (size_t i = 0; i < json_array_size(frames); i++)
				print_frame(out, json_array_get(frames, i));
		}
		json_decref(row);
	}
	if (first && !json)
		fputs("  (empty)\n", out);
}
