/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What did programs send through ring buffers and perf buffers, and print?  Records are printed as
 * they come, by the BTF type that describes them: struct <map>_event, <map>_record, the map's own
 * name without a final s, or `event`; without one, as hex.
 */
#include "cli/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MAX_SOURCES = 64,
	PERF_PAGES = 64
};

struct source {
	struct run_stream *stream;
	const char *name;
	uint32_t type_id;
	struct perf_buffer *perf;
};

struct run_stream {
	const struct btf *btf;
	bool json;
	struct ring_buffer *ring;
	struct source sources[MAX_SOURCES];
	int n_sources;
	uint64_t lost;
	struct trace_lines trace;
};

static uint32_t find_struct(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? (uint32_t)id : 0;
}

static uint32_t record_type(const struct btf *btf, const char *map)
{
	char name[128];
	size_t n = strlen(map);
	uint32_t id;

	if (!btf)
		return 0;
	snprintf(name, sizeof(name), "%s_event", map);
	id = find_struct(btf, name);
	snprintf(name, sizeof(name), "%s_record", map);
	id = id ? id : find_struct(btf, name);
	snprintf(name, sizeof(name), "%s", map);
	id = id ? id : find_struct(btf, name);
	if (n && n < sizeof(name) && name[n - 1] == 's')
		name[n - 1] = '\0';
	id = id ? id : find_struct(btf, name);
	return id ? id : find_struct(btf, "event");
}

static void print_record(struct source *src, const void *data, size_t size)
{
	const struct btf *btf = src->stream->btf;
	int64_t want = src->type_id ? btf__resolve_size(btf, src->type_id) : 0;
	uint32_t type = want > 0 && (size_t)want <= size ? src->type_id : 0;
	json_t *v = value_json(btf, type, data, (uint32_t)size);

	if (src->stream->json) {
		json_t *doc = json_pack("{s:s, s:o}", "event", src->name, "value", v);

		json_dumpf(doc, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(doc);
		return;
	}
	printf("%s: ", src->name);
	value_print(stdout, v);
	putchar('\n');
	json_decref(v);
}

static int on_ring(void *arg, void *data, size_t size)
{
	print_record(arg, data, size);
	return 0;
}

static void on_sample(void *arg, int cpu, void *data, __u32 size)
{
	(void)cpu;
	print_record(arg, data, size);
}

static void on_lost(void *arg, int cpu, __u64 n)
{
	struct source *src = arg;

	(void)cpu;
	src->stream->lost += n;
}

static int add_source(struct run_stream *s, struct bpf_map *map)
{
	enum bpf_map_type type = bpf_map__type(map);
	struct source *src = &s->sources[s->n_sources];
	int fd = bpf_map__fd(map);

	if (type != BPF_MAP_TYPE_RINGBUF && type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return 0;
	if (s->n_sources == MAX_SOURCES)
		return -E2BIG;
	*src = (struct source){ .stream = s, .name = bpf_map__name(map) };
	src->type_id = record_type(s->btf, src->name);
	s->n_sources++;
	if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
		src->perf = perf_buffer__new(fd, PERF_PAGES, on_sample, on_lost, src, NULL);
		return src->perf ? 0 : -errno;
	}
	if (s->ring)
		return ring_buffer__add(s->ring, fd, on_ring, src);
	s->ring = ring_buffer__new(fd, on_ring, src, NULL);
	return s->ring ? 0 : -errno;
}

int run_stream_open(struct session *session, struct bpf_object *obj, bool json,
		    struct run_stream **ret_stream)
{
	struct run_stream *s = calloc(1, sizeof(*s));
	struct bpf_map *map;
	int err = 0;

	if (!s)
		return -ENOMEM;
	s->btf = bpf_object__btf(obj);
	s->json = json;
	s->trace = (struct trace_lines){ .rt = session->rt, .json = json };
	trace_lines_print(&s->trace);
	bpf_object__for_each_map(map, obj)
	{
		err = err ? err : add_source(s, map);
		if (err) {
			cli_error("map %s: cannot be read: %s", bpf_map__name(map),
				  cli_strerror(err));
			run_stream_close(s);
			return err;
		}
	}
	*ret_stream = s;
	return 0;
}

static void nap(int ms)
{
	struct timespec ts = { ms / 1000, (ms % 1000) * 1000000L };

	nanosleep(&ts, NULL);
}

int run_stream_poll(struct run_stream *s, int timeout_ms)
{
	int n_perf = 0, err = 0;

	for (int i = 0; i < s->n_sources; i++)
		n_perf += s->sources[i].perf != NULL;
	if (!s->n_sources)
		nap(timeout_ms);
	if (s->ring)
		err = ring_buffer__poll(s->ring, n_perf ? 0 : timeout_ms);
	for (int i = 0; i < s->n_sources; i++)
		if (s->sources[i].perf && err >= 0)
			err = perf_buffer__poll(s->sources[i].perf, timeout_ms / n_perf);
	trace_lines_print(&s->trace);
	fflush(stdout);
	return err == -EINTR || err >= 0 ? 0 : err;
}

int run_stream_drain(struct run_stream *s)
{
	int err = s->ring ? ring_buffer__consume(s->ring) : 0;

	for (int i = 0; i < s->n_sources; i++)
		if (s->sources[i].perf && err >= 0)
			err = perf_buffer__consume(s->sources[i].perf);
	trace_lines_end(&s->trace);
	fflush(stdout);
	return err < 0 ? err : 0;
}

void run_stream_close(struct run_stream *s)
{
	if (!s)
		return;
	if (s->lost)
		cli_error("%llu records were lost: the reader was too slow",
			  (unsigned long long)s->lost);
	for (int i = 0; i < s->n_sources; i++)
		perf_buffer__free(s->sources[i].perf);
	ring_buffer__free(s->ring);
	free(s);
}
