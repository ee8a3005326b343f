/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on packets that programs see as struct xdp_md. */
#include <errno.h>
#include <linux/if_ether.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/packet.h"
#include "map/map.h"

enum {
	MAX_META = 255,
	MAX_OFFSET = 0xffff,
	ACTIONS = XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX
};

BODY(xdp_adjust_head)
{
	struct packet *p = run->packet;
	int64_t off = (int32_t)r2, meta;

	if (!p)
		return ERR(EINVAL);
	meta = p->data - p->data_meta;
	if (off < p->head - p->data + meta || off > p->data_end - p->data - ETH_HLEN)
		return ERR(EINVAL);
	bytes_move(p->data_meta + off, p->data_meta, (uint64_t)meta);
	p->data_meta += off;
	p->data += off;
	p->len = (uint32_t)(p->data_end - p->data);
	return 0;
}

BODY(xdp_adjust_tail)
{
	struct packet *p = run->packet;
	int64_t off = (int32_t)r2;

	if (!p || off > p->end_room - p->data_end || off < p->data + ETH_HLEN - p->data_end)
		return ERR(EINVAL);
	if (off > 0)
		bytes_zero(p->data_end, (uint64_t)off);
	p->data_end += off;
	p->len = (uint32_t)(p->data_end - p->data);
	return 0;
}

BODY(xdp_adjust_meta)
{
	struct packet *p = run->packet;
	int64_t off = (int32_t)r2, meta;

	if (!p)
		return ERR(EINVAL);
	meta = p->data - p->data_meta - off;
	if (meta < 0 || meta > p->data - p->head)
		return ERR(EINVAL);
	if (meta % 4 || meta > MAX_META)
		return ERR(EACCES);
	p->data_meta += off;
	return 0;
}

BODY(xdp_get_buff_len)
{
	return run->packet ? run->packet->len : 0;
}

static bool inside(const struct packet *p, uint64_t off, uint64_t len)
{
	return p && off <= MAX_OFFSET && len <= MAX_OFFSET && off + len <= p->len;
}

/* The verifier takes the buffer for written, whatever the answer is. */
BODY(xdp_load_bytes)
{
	if (!inside(run->packet, (uint32_t)r2, (uint32_t)r4)) {
		bytes_zero((void *)r3, (uint32_t)r4);
		return ERR(EINVAL);
	}
	bytes_copy((void *)r3, run->packet->data + (uint32_t)r2, (uint32_t)r4);
	return 0;
}

BODY(xdp_store_bytes)
{
	if (!inside(run->packet, (uint32_t)r2, (uint32_t)r4))
		return ERR(EINVAL);
	bytes_copy(run->packet->data + (uint32_t)r2, (const void *)r3, (uint32_t)r4);
	return 0;
}

/* The low bits of the flags are the answer when the element is empty. */
BODY(redirect_map)
{
	struct map *map = (struct map *)r1;
	struct packet *p = run->packet;
	uint32_t key = (uint32_t)r2;
	bool to_devices =
		map->desc.type == BPF_MAP_TYPE_DEVMAP || map->desc.type == BPF_MAP_TYPE_DEVMAP_HASH;
	uint64_t may = to_devices ? BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS : 0;

	if (!p || r3 & ~(may | ACTIONS))
		return XDP_ABORTED;
	if (!(r3 & BPF_F_BROADCAST) && !map_lookup(map, &key, run->slot))
		return r3 & ACTIONS;
	p->redirect = PACKET_TO_MAP;
	p->redirect_map = map;
	p->redirect_index = r2;
	p->redirect_flags = r3;
	return XDP_REDIRECT;
}
