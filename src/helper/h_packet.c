/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers on packets that programs see as struct __sk_buff. */
#include <errno.h>
#include <linux/if_ether.h>

#include "helper/bodies.h"
#include "helper/bytes.h"
#include "helper/packet.h"

enum {
	MAX_LEN = 0xffff,
	MAX_PKT_TYPE = 3,
	VLAN_LEN = 4,
	ACT_SHOT = 2,     /* TC_ACT_SHOT */
	ACT_REDIRECT = 7, /* TC_ACT_REDIRECT, BPF_REDIRECT */
};

/* All bodies: the context of packet programs is the packet; others have none. */
#define PACKET_OR(failure)              \
	struct packet *p = run->packet; \
	if (!p)                         \
		return failure;

static uint64_t load(const uint8_t *from, uint64_t room, uint64_t off, uint64_t to, uint64_t len)
{
	if (off > INT32_MAX || off > room || len > room - off) {
		bytes_zero((void *)to, len);
		return ERR(EFAULT);
	}
	bytes_copy((void *)to, from + off, len);
	return 0;
}

BODY(skb_load_bytes)
{
	PACKET_OR(ERR(EFAULT))
	return load(p->data, p->len, (uint32_t)r2, r3, (uint32_t)r4);
}

BODY(skb_load_bytes_relative)
{
	const uint8_t *start;
	PACKET_OR(ERR(EFAULT))

	start = r5 == BPF_HDR_START_MAC ? p->mac : r5 == BPF_HDR_START_NET ? p->net : NULL;
	if (!start || start > p->data_end)
		return load(p->data, 0, 1, r3, (uint32_t)r4);
	return load(start, (uint64_t)(p->data_end - start), (uint32_t)r2, r3, (uint32_t)r4);
}

BODY(skb_store_bytes)
{
	uint64_t off = (uint32_t)r2, len = (uint32_t)r4;
	PACKET_OR(ERR(EFAULT))

	if (r5 & ~(uint64_t)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return ERR(EINVAL);
	if (off > INT32_MAX || off > p->len || len > p->len - off)
		return ERR(EFAULT);
	bytes_copy(p->data + off, (const void *)r3, len);
	if (r5 & BPF_F_INVALIDATE_HASH)
		p->hash = 0;
	return 0;
}

/* All of a packet is in one piece and writable. */
BODY(skb_pull_data)
{
	PACKET_OR(ERR(ENOMEM))
	return (uint32_t)r2 <= p->len ? 0 : ERR(ENOMEM);
}

static void set_end(struct packet *p, uint8_t *end)
{
	if (end > p->data_end)
		bytes_zero(p->data_end, (uint64_t)(end - p->data_end));
	p->data_end = end;
	p->len = (uint32_t)(end - p->data);
}

BODY(skb_change_tail)
{
	uint64_t len = (uint32_t)r2, least;
	PACKET_OR(ERR(EINVAL))

	least = p->net && p->net > p->data ? (uint64_t)(p->net - p->data) : ETH_HLEN;
	if (r3 || len > MAX_LEN || len < least)
		return ERR(EINVAL);
	if (len > (uint64_t)(p->end_room - p->data))
		return ERR(ENOMEM);
	set_end(p, p->data + len);
	return 0;
}

BODY(skb_change_head)
{
	uint64_t more = (uint32_t)r2;
	PACKET_OR(ERR(EINVAL))

	if (r3 || p->len + more > MAX_LEN)
		return ERR(EINVAL);
	if (more > (uint64_t)(p->data - p->head))
		return ERR(ENOMEM);
	p->data -= more;
	bytes_zero(p->data, more);
	p->mac = p->data_meta = p->data;
	p->len += (uint32_t)more;
	return 0;
}

BODY(skb_change_type)
{
	PACKET_OR(ERR(EINVAL))
	if (p->pkt_type > MAX_PKT_TYPE || (uint32_t)r2 > MAX_PKT_TYPE)
		return ERR(EINVAL);
	p->pkt_type = (uint32_t)r2;
	return 0;
}

/* A tag in front of the frame's type, from what was kept beside the frame. */
static uint64_t tag_into_frame(struct packet *p)
{
	uint16_t tag[2] = { (uint16_t)p->vlan_proto, __builtin_bswap16((uint16_t)p->vlan_tci) };

	if (p->len < ETH_HLEN)
		return ERR(EINVAL);
	if (p->data - p->head < VLAN_LEN || p->len + VLAN_LEN > MAX_LEN)
		return ERR(ENOMEM);
	p->data -= VLAN_LEN;
	bytes_move(p->data, p->data + VLAN_LEN, (uint64_t)2 * ETH_ALEN);
	bytes_copy(p->data + 2 * ETH_ALEN, tag, sizeof(tag));
	p->mac = p->data_meta = p->data;
	p->len += VLAN_LEN;
	return 0;
}

static uint16_t be16_at(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static bool is_vlan(uint16_t proto)
{
	return proto == ETH_P_8021Q || proto == ETH_P_8021AD;
}

/* Takes a tag out of the frame, if it has one, and keeps it beside. */
static void tag_out_of_frame(struct packet *p)
{
	uint16_t proto;

	p->vlan_present = p->vlan_tci = p->vlan_proto = 0;
	if (p->len < ETH_HLEN + VLAN_LEN)
		return;
	proto = be16_at(p->data + 2 * ETH_ALEN);
	if (!is_vlan(proto))
		return;
	p->vlan_present = 1;
	p->vlan_proto = __builtin_bswap16(proto);
	p->vlan_tci = be16_at(p->data + 2 * ETH_ALEN + 2);
	bytes_move(p->data + VLAN_LEN, p->data, (uint64_t)2 * ETH_ALEN);
	p->data += VLAN_LEN;
	p->mac = p->data_meta = p->data;
	p->len -= VLAN_LEN;
}

BODY(skb_vlan_push)
{
	uint16_t proto = (uint16_t)r2;
	uint64_t err;
	PACKET_OR(ERR(EINVAL))

	err = p->vlan_present ? tag_into_frame(p) : 0;
	if (err)
		return err;
	p->vlan_present = 1;
	p->vlan_proto = is_vlan(__builtin_bswap16(proto)) ? proto : __builtin_bswap16(ETH_P_8021Q);
	p->vlan_tci = (uint16_t)r3;
	return 0;
}

BODY(skb_vlan_pop)
{
	PACKET_OR(ERR(EINVAL))
	/* The outer tag is the one beside the frame; the next one, if any, takes its place. */
	if (!p->vlan_present)
		tag_out_of_frame(p);
	if (p->vlan_present)
		tag_out_of_frame(p);
	return 0;
}

static uint32_t mix(uint32_t hash, const uint8_t *b, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		hash = (hash ^ b[i]) * 16777619u;
	return hash;
}

/* Of addresses, protocol and ports, so that a flow keeps its hash. */
static uint32_t flow_hash(const struct packet *p)
{
	const uint8_t *n = p->net, *ports = NULL;
	uint64_t room = n && n >= p->data && n < p->data_end ? (uint64_t)(p->data_end - n) : 0;
	uint32_t hash = 2166136261u;
	uint8_t proto = 0;

	if (room >= 20 && n[0] >> 4 == 4) {
		hash = mix(mix(hash, n + 9, 1), n + 12, 8);
		proto = be16_at(n + 6) & 0x1fff ? 0 : n[9]; /* no ports in later fragments */
		ports = n + (n[0] & 15) * 4;
	} else if (room >= 40 && n[0] >> 4 == 6) {
		hash = mix(mix(hash, n + 6, 1), n + 8, 32);
		proto = n[6];
		ports = n + 40;
	}
	if ((proto == 6 || proto == 17) && ports + 4 <= p->data_end)
		hash = mix(hash, ports, 4);
	return hash ? hash : 1;
}

BODY(get_hash_recalc)
{
	PACKET_OR(0)
	if (!p->hash)
		p->hash = flow_hash(p);
	return p->hash;
}

BODY(set_hash)
{
	PACKET_OR(0)
	p->hash = (uint32_t)r2;
	return 0;
}

BODY(set_hash_invalid)
{
	PACKET_OR(0)
	p->hash = 0;
	return 0;
}

BODY(skb_set_tstamp)
{
	PACKET_OR(ERR(EINVAL))
	if (p->protocol != __builtin_bswap16(ETH_P_IP) &&
	    p->protocol != __builtin_bswap16(ETH_P_IPV6))
		return ERR(EOPNOTSUPP);
	if (r3 > 2 || (r3 && !r2)) /* real time, monotonic, TAI */
		return ERR(EINVAL);
	p->tstamp = r2;
	p->tstamp_type = (uint8_t)r3;
	return 0;
}

static uint64_t redirect_to(struct packet *p, enum packet_redirect where, uint64_t ifindex,
			    uint64_t flags, uint64_t action)
{
	p->redirect = where;
	p->redirect_ifindex = (uint32_t)ifindex;
	p->redirect_flags = flags;
	return action;
}

BODY(redirect)
{
	PACKET_OR(ACT_SHOT)
	if (p->is_xdp)
		return r2 ? XDP_ABORTED : redirect_to(p, PACKET_TO_IFINDEX, r1, 0, XDP_REDIRECT);
	if (r2 & ~(uint64_t)BPF_F_INGRESS)
		return ACT_SHOT;
	return redirect_to(p, PACKET_TO_IFINDEX, r1, r2, ACT_REDIRECT);
}

BODY(redirect_peer)
{
	PACKET_OR(ACT_SHOT)
	return r2 ? ACT_SHOT : redirect_to(p, PACKET_TO_PEER, r1, 0, ACT_REDIRECT);
}

BODY(clone_redirect)
{
	PACKET_OR(ERR(EINVAL))
	if (r3 & ~(uint64_t)BPF_F_INGRESS || !p->clone)
		return ERR(EINVAL);
	return (uint64_t)(int64_t)p->clone(p, (uint32_t)r2, r3);
}

/* Of the packet's own device; nothing is known of others. */
BODY(check_mtu)
{
	uint32_t *mtu = (uint32_t *)r3;
	int64_t len;
	PACKET_OR(ERR(EINVAL))

	if (r5 & ~(uint64_t)(p->is_xdp ? 0 : BPF_MTU_CHK_SEGS) || (r5 && r4))
		return ERR(EINVAL);
	if (!p->mtu || ((uint32_t)r2 && (uint32_t)r2 != p->ifindex))
		return ERR(ENODEV);
	len = (*mtu ? (int64_t)*mtu + ETH_HLEN : (int64_t)p->len) + (int32_t)r4;
	*mtu = p->mtu;
	return len > (int64_t)p->mtu + ETH_HLEN ? BPF_MTU_CHK_RET_FRAG_NEEDED
						: BPF_MTU_CHK_RET_SUCCESS;
}

BODY(get_socket_cookie)
{
	PACKET_OR(0)
	return p->socket_cookie;
}

BODY(get_socket_uid)
{
	PACKET_OR(0)
	return p->socket_uid;
}

BODY(get_netns_cookie)
{
	PACKET_OR(0)
	return p->netns_cookie;
}

BODY(get_cgroup_classid)
{
	PACKET_OR(0)
	return p->cgroup_classid;
}

BODY(get_route_realm)
{
	PACKET_OR(0)
	return p->route_realm;
}
