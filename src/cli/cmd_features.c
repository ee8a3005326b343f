/* SPDX-License-Identifier: BSD-2-Clause */
/* What does this build know: helpers, map types, program types? */
#include "cli/cli.h"

#include <argp.h>
#include <string.h>

#include "helper/helper.h"
#include "helper/prog_type.h"
#include "map/map.h"

enum {
	MAX_TYPE = 64
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

static json_t *helpers_json(uint32_t *ret_running)
{
	json_t *list = json_array();

	for (uint32_t id = 1; id <= helper_max_id(); id++) {
		const struct helper_proto *h = helper_find(NULL, id);
		json_t *row;

		if (!h)
			continue;
		row = json_pack("{s:i, s:s, s:b}", "id", (int)id, "name", h->name, "runs",
				h->fn != NULL);
		if (!h->fn && h->why_not)
			json_object_set_new(row, "why_not", json_string(h->why_not));
		*ret_running += h->fn != NULL;
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *maps_json(void)
{
	json_t *list = json_array();

	for (uint32_t type = 1; type < MAX_TYPE; type++) {
		const struct map_ops *ops = map_ops_of(type);

		if (ops)
			json_array_append_new(
				list, json_pack("{s:i, s:s}", "id", (int)type, "name", ops->name));
	}
	return list;
}

static json_t *types_json(void)
{
	json_t *list = json_array();

	for (uint32_t type = 1; type < MAX_TYPE; type++) {
		const struct prog_type *t = prog_type_of(type, 0);

		if (t)
			json_array_append_new(list, json_pack("{s:i, s:s, s:b}", "id", (int)type,
							      "name", t->name, "runs", t->runs));
	}
	return list;
}

static void print_rows(const char *title, json_t *list, bool with_state)
{
	json_t *row;
	size_t i;

	printf("%s:\n", title);
	json_array_foreach(list, i, row)
	{
		const char *why = json_string_value(json_object_get(row, "why_not"));

		printf("  %4lld  %-28s", (long long)json_integer_value(json_object_get(row, "id")),
		       json_string_value(json_object_get(row, "name")));
		if (with_state && json_is_true(json_object_get(row, "runs")))
			fputs(" runs", stdout);
		else if (with_state)
			printf(" verifies only%s%s", why ? ": " : "", why ? why : "");
		putchar('\n');
	}
}

int cmd_features(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', NULL, 0, "JSON", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		options,
		parse,
		NULL,
		"Lists what this build knows, and what of it runs in user space.\v"
		"example: ring3 features --json | jq '.helpers[] | select(.runs)'",
		NULL,
		NULL,
		NULL
	};
	uint32_t running = 0;
	bool json = false;
	json_t *doc;

	cli_parse(&argp, argc, argv, &json);
	doc = json_pack("{s:o, s:o, s:o}", "helpers", helpers_json(&running), "map_types",
			maps_json(), "prog_types", types_json());
	if (json) {
		json_dumpf(doc, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_rows("helpers", json_object_get(doc, "helpers"), true);
		print_rows("map types", json_object_get(doc, "map_types"), false);
		print_rows("program types", json_object_get(doc, "prog_types"), true);
		printf("%zu helpers known, %u run here\n",
		       json_array_size(json_object_get(doc, "helpers")), running);
	}
	json_decref(doc);
	return EXIT_OK;
}
