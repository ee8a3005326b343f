/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a small capture for the packet examples: UDP to ports 53 and 9999, TCP, IPv6, and a frame
 * that is too short. */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <pcap/pcap.h>

static void put(pcap_dumper_t *out, const unsigned char *frame, unsigned int size)
{
	struct pcap_pkthdr header = { .caplen = size, .len = size };

	pcap_dump((unsigned char *)out, &header, frame);
}

static unsigned int make_ipv4(unsigned char *frame, unsigned char protocol, unsigned short port)
{
	struct ether_header eth = { .ether_type = htons(ETHERTYPE_IP) };
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = protocol };
	struct udphdr udp = { .source = htons(1234), .dest = htons(port), .len = htons(8) };

	ip.tot_len = htons(sizeof(ip) + sizeof(udp));
	memset(frame, 0, 128);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip, sizeof(ip));
	memcpy(frame + sizeof(eth) + sizeof(ip), &udp, sizeof(udp));
	return 60;
}

static unsigned int make_ipv6(unsigned char *frame)
{
	struct ether_header eth = { .ether_type = htons(ETHERTYPE_IPV6) };
	struct ip6_hdr ip6 = { 0 };

	ip6.ip6_nxt = IPPROTO_ICMPV6;
	memset(frame, 0, 128);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &ip6, sizeof(ip6));
	return 64;
}

int main(int argc, char **argv)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *out = argc > 1 && pcap ? pcap_dump_open(pcap, argv[1]) : NULL;
	unsigned char frame[128];

	if (!out) {
		fprintf(stderr, "usage: make_pcap FILE\n");
		return 2;
	}
	for (int i = 0; i < 100; i++) {
		put(out, frame, make_ipv4(frame, IPPROTO_UDP, i % 4 ? 53 : 9999));
		put(out, frame, make_ipv4(frame, IPPROTO_TCP, 80));
		if (i % 10 == 0)
			put(out, frame, make_ipv6(frame));
	}
	put(out, frame, 9);
	pcap_dump_close(out);
	pcap_close(pcap);
	return 0;
}
