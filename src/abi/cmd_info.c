/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What does BPF_OBJ_GET_INFO_BY_FD tell about an object?  The caller's info_len decides how much;
 * its arrays are filled as far as they reach and their counts say how much there is.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi.h"
#include "abi/perf.h"
#include "base/alloc.h"
#include "btf/btf.h"
#include "map/map.h"
#include "run/link.h"
#include "run/prog.h"

/* Reads what the caller put into the info and checks that what is beyond ours is zero. */
static int info_begin(struct call *c, void *info, uint32_t ours)
{
	uint32_t len = c->attr.k.info.info_len;
	uint8_t byte;

	memset(info, 0, ours);
	for (uint32_t i = ours; i < len && i < 4096; i++) {
		if (user_read(&byte, c->attr.k.info.info + i, 1))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return user_read(info, c->attr.k.info.info, len < ours ? len : ours);
}

static int info_end(struct call *c, const void *info, uint32_t ours)
{
	uint32_t len = c->attr.k.info.info_len < ours ? c->attr.k.info.info_len : ours;

	if (user_write(c->attr.k.info.info, info, len))
		return -EFAULT;
	return CALL_PUT(c, k.info.info_len, len);
}

/* One array of an info: *n is the caller's room, becomes what there is. */
static int put_array(uint64_t to, uint32_t *n, const void *have, uint32_t n_have, size_t each)
{
	uint32_t room = *n;

	*n = n_have;
	if (!room || !n_have)
		return 0;
	return user_write(to, have, (room < n_have ? room : n_have) * each);
}

/* --- maps --- */

static int map_info(struct call *c, struct map *map)
{
	const struct map_desc *d = &map->desc;
	struct bpf_map_info i;
	int err = info_begin(c, &i, sizeof(i));

	if (err)
		return err;
	i = (struct bpf_map_info){
		.type = d->type,
		.id = d->id,
		.key_size = d->key_size,
		.value_size = d->value_size,
		.max_entries = d->max_entries,
		.map_flags = map_flags_of(d),
		.btf_id = d->btf_id,
		.btf_key_type_id = d->btf_key_type_id,
		.btf_value_type_id = d->btf_value_type_id,
		.map_extra = d->extra,
	};
	memcpy(i.name, d->name, sizeof(i.name));
	return info_end(c, &i, sizeof(i));
}

/* --- programs --- */

/* The instructions that run, with maps named by id instead of address. */
static int put_xlated(const struct prog *p, struct bpf_prog_info *i)
{
	const struct verify_facts *f = p->facts;
	uint32_t room = i->xlated_prog_len, have = f->n_insns * (uint32_t)sizeof(*f->insns);
	struct bpf_insn *copy;
	int err;

	i->xlated_prog_len = have;
	if (!room)
		return 0;
	copy = mem_dup(f->insns, have);
	if (!copy)
		return -ENOMEM;
	for (uint32_t k = 0; k + 1 < f->n_insns; k++) {
		if (copy[k].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (f->orig[k] + 1 < p->n_insns && p->insns[f->orig[k]].code == copy[k].code) {
			uint8_t dst = copy[k].dst_reg;

			copy[k] = p->insns[f->orig[k]];
			copy[k].dst_reg = dst & 0xf;
			copy[k + 1] = p->insns[f->orig[k] + 1];
		}
		k++;
	}
	err = user_write(i->xlated_prog_insns, copy, room < have ? room : have);
	mem_free(copy);
	return err;
}

static int put_jited(const struct prog *p, struct bpf_prog_info *i)
{
	uint32_t room = i->jited_prog_len, n_funcs = p->facts->n_subprogs;
	const struct jit_image *image = prog_image(p);
	uint32_t have = image ? (uint32_t)image->size : 0;
	uint64_t *addr;
	uint32_t *len;
	int err = 0;

	i->jited_prog_len = have;
	if (!have) {
		i->nr_jited_ksyms = i->nr_jited_func_lens = 0;
		return 0;
	}
	if (room)
		err = user_write(i->jited_prog_insns, image->code, room < have ? room : have);
	addr = mem_array(n_funcs, sizeof(*addr));
	len = mem_array(n_funcs, sizeof(*len));
	if (!addr || !len)
		err = -ENOMEM;
	for (uint32_t k = 0; k < n_funcs && !err; k++) {
		addr[k] = (uintptr_t)image->code + image->fn_off[k];
		len[k] = image->fn_off[k + 1] - image->fn_off[k];
	}
	if (!err)
		err = put_array(i->jited_ksyms, &i->nr_jited_ksyms, addr, n_funcs, sizeof(*addr));
	if (!err)
		err = put_array(i->jited_func_lens, &i->nr_jited_func_lens, len, n_funcs,
				sizeof(*len));
	mem_free(addr);
	mem_free(len);
	return err;
}

/* Records say where they belong in the instructions that run. */
static uint32_t moved(const struct prog *p, uint32_t insn)
{
	uint32_t k = 0;

	while (k < p->facts->n_insns && p->facts->orig[k] < insn)
		k++;
	return k;
}

/* A copy for the caller's records; of none as well. */
static void *dup_records(const void *records, uint32_t n, size_t each)
{
	return n ? mem_dup(records, n * each) : mem_alloc(each);
}

static int put_func_info(const struct prog *p, struct bpf_prog_info *i)
{
	struct bpf_func_info *copy;
	int err = 0;

	i->func_info_rec_size = sizeof(*copy);
	copy = dup_records(p->func_info, p->n_func_info, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	for (uint32_t k = 0; k < p->n_func_info; k++)
		copy[k].insn_off = moved(p, copy[k].insn_off);
	err = put_array(i->func_info, &i->nr_func_info, copy, p->n_func_info, sizeof(*copy));
	mem_free(copy);
	return err;
}

static int put_line_info(const struct prog *p, struct bpf_prog_info *i)
{
	struct bpf_line_info *copy;
	int err;

	i->line_info_rec_size = sizeof(*copy);
	i->jited_line_info_rec_size = sizeof(uint64_t);
	i->nr_jited_line_info = 0;
	copy = dup_records(p->line_info, p->n_line_info, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	for (uint32_t k = 0; k < p->n_line_info; k++)
		copy[k].insn_off = moved(p, copy[k].insn_off);
	err = put_array(i->line_info, &i->nr_line_info, copy, p->n_line_info, sizeof(*copy));
	mem_free(copy);
	return err;
}

static int put_maps(const struct prog *p, struct bpf_prog_info *i)
{
	uint32_t *ids = mem_array(p->n_maps + 1, sizeof(*ids));
	int err;

	if (!ids)
		return -ENOMEM;
	for (uint32_t k = 0; k < p->n_maps; k++)
		ids[k] = p->maps[k]->desc.id;
	err = put_array(i->map_ids, &i->nr_map_ids, ids, p->n_maps, sizeof(*ids));
	mem_free(ids);
	return err;
}

static int prog_info(struct call *c, struct prog *p)
{
	struct bpf_prog_info i;
	uint8_t tag[sizeof(i.tag)];
	int err = info_begin(c, &i, sizeof(i));

	if (!err)
		err = prog_tag(p, tag);
	if (err)
		return err;
	i.type = p->type->type;
	i.id = p->id;
	memcpy(i.tag, tag, sizeof(i.tag));
	memcpy(i.name, p->name, sizeof(i.name));
	i.load_time = p->load_time_ns;
	i.created_by_uid = p->load_uid;
	i.gpl_compatible = p->gpl;
	i.btf_id = p->btf_id;
	i.run_cnt = __atomic_load_n(&p->count->run_cnt, __ATOMIC_RELAXED);
	i.run_time_ns = __atomic_load_n(&p->count->run_ns, __ATOMIC_RELAXED);
	i.recursion_misses = __atomic_load_n(&p->count->missed, __ATOMIC_RELAXED);
	i.verified_insns = p->stats.visited;
	err = put_maps(p, &i);
	if (!err)
		err = put_xlated(p, &i);
	if (!err)
		err = put_jited(p, &i);
	if (!err)
		err = put_func_info(p, &i);
	if (!err)
		err = put_line_info(p, &i);
	if (!err)
		err = put_array(i.prog_tags, &i.nr_prog_tags, tag, 1, sizeof(tag));
	return err ? err : info_end(c, &i, sizeof(i));
}

/* --- BTF --- */

static int put_name(uint64_t to, uint32_t *len, const char *name)
{
	uint32_t room = *len, have = (uint32_t)strlen(name);
	int err = 0;

	*len = have;
	if (!to != !room)
		return -EINVAL;
	if (!room)
		return 0;
	if (room > have)
		return user_write(to, name, have + 1);
	err = user_write(to, name, room - 1);
	if (!err)
		err = user_write(to + room - 1, "", 1);
	return err ? err : -ENOSPC;
}

static int btf_info(struct call *c, const struct rt_btf *b)
{
	struct bpf_btf_info i;
	size_t size;
	const void *raw = btf_raw(b->btf, &size);
	int err = info_begin(c, &i, sizeof(i)), name_err;

	if (err)
		return err;
	if (i.btf_size)
		err = user_write(i.btf, raw, size < i.btf_size ? size : i.btf_size);
	if (err)
		return err;
	i.btf_size = (uint32_t)size;
	i.id = b->id;
	i.kernel_btf = b->kernel;
	name_err = put_name(i.name, &i.name_len, b->name);
	if (name_err && name_err != -ENOSPC)
		return name_err;
	err = info_end(c, &i, sizeof(i));
	return err ? err : name_err;
}

/* --- links --- */

enum {
	LINK_TYPE_PERF_EVENT = 7,
	LINK_TYPE_RAW_TRACEPOINT = 1,
	PERF_EVENT_UPROBE = 1,
	PERF_EVENT_URETPROBE = 2,
	PERF_EVENT_TRACEPOINT = 5,
	PERF_EVENT_EVENT = 6
};

/* As the kernel lays it out for uprobes; younger than our linux/bpf.h. */
union link_info {
	struct bpf_link_info k;
	struct {
		uint32_t type, id, prog_id, pad;
		union {
			struct {
				uint32_t type, pad;
				uint64_t file_name;
				uint32_t name_len, offset;
				uint64_t cookie, ref_ctr_offset;
			} perf_event;
			struct {
				uint32_t type, pad;
				uint64_t name;
				uint32_t name_len, pad2;
				uint64_t cookie;
			} tracepoint;
			struct {
				uint32_t type, pad;
				uint64_t config;
				uint32_t event_type, pad2;
				uint64_t cookie;
			} event;
			struct {
				uint64_t name;
				uint32_t name_len, pad;
				uint64_t cookie;
			} raw;
			struct {
				uint64_t path, offsets, ref_ctr_offsets, cookies;
				uint32_t path_size, count, flags, pid;
			} multi;
		};
	} u;
};

static int put_sites(const struct link *l, union link_info *i)
{
	uint32_t room = i->u.multi.count, n = l->fixed.n_sites;
	int err = 0;

	for (uint32_t k = 0; k < room && k < n && !err; k++) {
		if (i->u.multi.offsets)
			err = user_write(i->u.multi.offsets + 8ull * k, &l->sites[k].offset, 8);
		if (!err && i->u.multi.ref_ctr_offsets)
			err = user_write(i->u.multi.ref_ctr_offsets + 8ull * k,
					 &l->sites[k].ref_ctr_off, 8);
		if (!err && i->u.multi.cookies)
			err = user_write(i->u.multi.cookies + 8ull * k, &l->sites[k].cookie, 8);
	}
	i->u.multi.count = n;
	i->u.multi.flags = l->fixed.kind == LINK_URETPROBE ? BPF_F_UPROBE_MULTI_RETURN : 0;
	i->u.multi.pid = l->fixed.pid < 0 ? 0 : (uint32_t)l->fixed.pid;
	return !err && room && room < n ? -ENOSPC : err;
}

/* A tracepoint's name without its category. */
static const char *base_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static int link_info(struct call *c, const struct link *l)
{
	union link_info i;
	int err = info_begin(c, &i, sizeof(i));

	if (err)
		return err;
	i.u.id = l->id;
	i.u.prog_id = l->file->prog_id;
	if (l->fixed.role == LINK_ROLE_MULTI) {
		i.u.type = BPF_LINK_TYPE_UPROBE_MULTI;
		err = put_name(i.u.multi.path, &i.u.multi.path_size, l->fixed.path);
		i.u.multi.path_size = (uint32_t)strlen(l->fixed.path) + 1;
		if (!err)
			err = put_sites(l, &i);
	} else if (l->fixed.role == LINK_ROLE_RAW) {
		i.u.type = LINK_TYPE_RAW_TRACEPOINT;
		i.u.raw.cookie = l->sites[0].cookie;
		err = put_name(i.u.raw.name, &i.u.raw.name_len, l->fixed.path);
	} else if (link_is_call((enum link_kind)l->fixed.kind)) {
		i.u.type = LINK_TYPE_PERF_EVENT;
		i.u.tracepoint.type = PERF_EVENT_TRACEPOINT;
		i.u.tracepoint.cookie = l->sites[0].cookie;
		err = put_name(i.u.tracepoint.name, &i.u.tracepoint.name_len,
			       base_of(l->fixed.path));
	} else if (l->fixed.kind == LINK_SAMPLE) {
		i.u.type = LINK_TYPE_PERF_EVENT;
		i.u.event.type = PERF_EVENT_EVENT;
		i.u.event.config = perf_clock_config(l->fixed.path);
		i.u.event.event_type = PERF_TYPE_SOFTWARE;
		i.u.event.cookie = l->sites[0].cookie;
	} else {
		i.u.type = LINK_TYPE_PERF_EVENT;
		i.u.perf_event.type =
			l->fixed.kind == LINK_URETPROBE ? PERF_EVENT_URETPROBE : PERF_EVENT_UPROBE;
		i.u.perf_event.offset = (uint32_t)l->sites[0].offset;
		i.u.perf_event.cookie = l->sites[0].cookie;
		i.u.perf_event.ref_ctr_offset = l->sites[0].ref_ctr_off;
		err = put_name(i.u.perf_event.file_name, &i.u.perf_event.name_len, l->fixed.path);
	}
	return err ? err : info_end(c, &i, sizeof(i));
}

static int info_of_link(struct call *c, uint32_t id)
{
	struct link *l;
	int err = link_open_id(c->rt->store, id, &l);

	if (err)
		return err;
	/* A perf event is no object of bpf(2)'s. */
	err = l->fixed.role == LINK_ROLE_EVENT ? -EINVAL : link_info(c, l);
	link_free(l);
	return err;
}

int cmd_obj_info(struct call *c)
{
	enum store_kind kind;
	struct rt_btf *btf;
	struct prog *prog;
	struct map *map;
	uint32_t id;
	int err = rt_identify(c->rt, (int)c->attr.k.info.bpf_fd, &kind, &id);

	if (err)
		return err;
	switch (kind) {
	case STORE_MAP:
		err = rt_map_of_id(c->rt, id, &map);
		if (!err) {
			err = map_info(c, map);
			map_unref(map);
		}
		return err;
	case STORE_PROG:
		err = prog_open_id(c->rt, id, &prog);
		if (!err) {
			err = prog_ready(prog);
			if (!err)
				err = prog_info(c, prog);
			prog_unref(prog);
		}
		return err;
	case STORE_BTF:
		err = rt_btf_of_id(c->rt, id, &btf);
		if (!err) {
			err = btf_info(c, btf);
			rt_btf_unref(btf);
		}
		return err;
	case STORE_LINK: return info_of_link(c, id);
	case STORE_RING:
	case STORE_N_KINDS: break;
	}
	return -EINVAL;
}
