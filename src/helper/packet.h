/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a packet here?  The running context of every packet program: struct __sk_buff and struct
 * xdp_md are views of it (ctx.def).  Whoever runs the program owns the buffer [head, end_room);
 * helpers move data, data_meta and data_end in it, never outside, and record the verdict.
 */
#ifndef HELPER_PACKET_H
#define HELPER_PACKET_H

#include <stdbool.h>
#include <stdint.h>

struct map;

enum packet_redirect {
	PACKET_STAYS,
	PACKET_TO_IFINDEX,
	PACKET_TO_PEER,
	PACKET_TO_MAP, /* element redirect_index of redirect_map */
};

struct packet {
	uint8_t *data, *data_end,
		*data_meta; /* head <= data_meta <= data <= data_end <= end_room */
	uint8_t *head, *end_room;
	uint8_t *mac, *net; /* link and network headers, in [head, end_room]; NULL: not known */
	uint64_t flow_keys, sk;
	uint64_t tstamp, hwtstamp;
	/* Always data_end - data, kept by the helpers that change it. */
	uint32_t len;
	uint32_t pkt_type, mark, queue_mapping, protocol;
	uint32_t vlan_present, vlan_tci, vlan_proto, priority;
	uint32_t ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, napi_id;
	uint32_t family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4];
	uint32_t remote_port, local_port, wire_len, gso_segs, gso_size;
	uint8_t tstamp_type;
	bool is_xdp;
	uint32_t rx_queue_index, egress_ifindex; /* XDP */
	/* What is known of its surroundings. */
	uint64_t socket_cookie, netns_cookie;
	uint32_t socket_uid, cgroup_classid, route_realm, mtu;
	/* What the program decided beside its return value. */
	enum packet_redirect redirect;
	uint32_t redirect_ifindex;
	uint64_t redirect_flags, redirect_index;
	struct map *redirect_map;
	/* Sends a copy elsewhere (bpf_clone_redirect): 0 or negative errno.  NULL: nobody does. */
	int (*clone)(struct packet *packet, uint32_t ifindex, uint64_t flags);
	void *owner; /* for clone */
};

#endif
