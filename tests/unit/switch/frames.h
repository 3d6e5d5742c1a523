/* SPDX-License-Identifier: MIT */

/* frames.h - Frames that nodes send, for the tests of the switch */
#pragma once

#include <string.h>

#include "arp.h"
#include "hosts.h"
#include "packet.h"

/* Nodes as most tests have them: 192.168.42.N with 48:50:42:NN:NN:NN. */
#define TEST_SUBNET 0xc0a82a00U
#define TEST_GATEWAY (TEST_SUBNET | 254)

static const uint8_t test_gateway_mac[ETH_ALEN] = { 0x52, 0x55, 192,
						    168,  42,	254 };
static const uint8_t test_everyone[ETH_ALEN] = { 255, 255, 255, 255, 255, 255 };

static inline const uint8_t *test_mac(unsigned node, uint8_t *mac)
{
	uint8_t digits = (uint8_t)(node / 10 << 4 | node % 10);

	memcpy(mac, (uint8_t[]){ 0x48, 0x50, 0x42, digits, digits, digits },
	       ETH_ALEN);
	return mac;
}

#define TEST_MAC(node) test_mac(node, (uint8_t[ETH_ALEN]){ 0 })

static inline struct packet_ends test_ends(unsigned node, uint32_t dst,
					   uint16_t sport, uint16_t dport,
					   uint8_t *mac)
{
	return (struct packet_ends){ .src_mac = test_mac(node, mac),
				     .dst_mac = test_gateway_mac,
				     .src = TEST_SUBNET | node,
				     .dst = dst,
				     .sport = sport,
				     .dport = dport };
}

static inline size_t test_udp(uint8_t *frame, unsigned node, uint32_t dst,
			      uint16_t sport, uint16_t dport, const void *data,
			      size_t len)
{
	uint8_t mac[ETH_ALEN];
	struct packet_ends e = test_ends(node, dst, sport, dport, mac);

	memcpy(frame + UDP_PAYLOAD, data, len);
	return packet_put_udp(frame, &e, len);
}

static inline size_t test_tcp(uint8_t *frame, unsigned node, uint32_t dst,
			      uint16_t sport, uint16_t dport, uint8_t flags,
			      uint32_t seq, uint32_t ack, const void *data,
			      size_t len)
{
	uint8_t mac[ETH_ALEN], *tcp = frame + ETH_HEADER + IPV4_HEADER;
	struct packet_ends e = test_ends(node, dst, sport, dport, mac);

	packet_put_ipv4(frame, &e, PROTO_TCP, TCP_HEADER + len);
	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp + L4_SPORT, sport);
	put_be16(tcp + L4_DPORT, dport);
	put_be32(tcp + TCP_SEQ, seq);
	put_be32(tcp + TCP_ACK, ack);
	tcp[TCP_OFFSET] = 5 << 4;
	tcp[TCP_FLAGS] = flags;
	put_be16(tcp + 14, 65535); /* window */
	memcpy(tcp + TCP_HEADER, data, len);
	put_be16(tcp + TCP_SUM, packet_l4_checksum(e.src, e.dst, PROTO_TCP, tcp,
						   TCP_HEADER + len));
	return ETH_HEADER + IPV4_HEADER + TCP_HEADER + len;
}

static inline size_t test_ping(uint8_t *frame, unsigned node, uint32_t dst,
			       uint16_t number)
{
	uint8_t mac[ETH_ALEN], *icmp = frame + ETH_HEADER + IPV4_HEADER;
	struct packet_ends e = test_ends(node, dst, 0, 0, mac);

	packet_put_ipv4(frame, &e, PROTO_ICMP, 12);
	memcpy(icmp,
	       (uint8_t[12]){ 8, 0, 0, 0, 0, 1, 0, 0, 'p', 'i', 'n', 'g' }, 12);
	put_be16(icmp + 6, number);
	put_be16(icmp + 2, checksum_finish(checksum_add(0, icmp, 12)));
	return ETH_HEADER + IPV4_HEADER + 12;
}

static inline size_t test_arp(uint8_t *frame, unsigned node, uint32_t target)
{
	memset(frame, 0, ETH_FRAME_MIN);
	memcpy(frame + ETH_DST, test_everyone, ETH_ALEN);
	memcpy(frame + ETH_SRC, TEST_MAC(node), ETH_ALEN);
	put_be16(frame + ETH_TYPE, ETHERTYPE_ARP);
	memcpy(frame + ETH_HEADER, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
	memcpy(frame + ETH_HEADER + ARP_SHA, TEST_MAC(node), ETH_ALEN);
	put_be32(frame + ETH_HEADER + ARP_SPA, TEST_SUBNET | node);
	put_be32(frame + ETH_HEADER + ARP_TPA, target);
	return ETH_FRAME_MIN;
}

/* A frame of no protocol that the switch knows. */
static inline size_t test_plain(uint8_t *frame, const uint8_t *src,
				const uint8_t *dst, const char *text)
{
	memset(frame, 0, ETH_FRAME_MIN);
	memcpy(frame + ETH_DST, dst, ETH_ALEN);
	memcpy(frame + ETH_SRC, src, ETH_ALEN);
	put_be16(frame + ETH_TYPE, 0x88b5); /* for experiments */
	memcpy(frame + ETH_HEADER, text, strlen(text));
	return ETH_FRAME_MIN;
}

/* DHCP: a message of @type with the usual options. */
static inline size_t test_dhcp(uint8_t *q, unsigned node, uint8_t type,
			       uint32_t wish)
{
	uint8_t *o = q + 240;

	memset(q, 0, 300);
	memcpy(q, (uint8_t[]){ 1, 1, 6, 0, 0xaa, 0xbb, 0xcc, 0xdd }, 8);
	memcpy(q + 28, TEST_MAC(node), ETH_ALEN);
	memcpy(q + 236, (uint8_t[]){ 0x63, 0x82, 0x53, 0x63 }, 4);
	memcpy(o, (uint8_t[]){ 53, 1, type }, 3);
	o += 3;
	if (wish) {
		memcpy(o, (uint8_t[]){ 50, 4 }, 2);
		put_be32(o + 2, wish);
		o += 6;
	}
	*o = 255;
	return 300;
}

/* DNS: a query for one name, "node01.fame". */
static inline size_t test_query(uint8_t *q, uint16_t id, const char *name,
				uint16_t type)
{
	size_t o = 12, n;

	memset(q, 0, 12);
	put_be16(q, id);
	q[2] = 1; /* recursion desired */
	q[5] = 1; /* one question */
	while (*name) {
		n = strcspn(name, ".");
		q[o++] = (uint8_t)n;
		memcpy(q + o, name, n);
		o += n;
		name += n;
		name += *name == '.';
	}
	q[o++] = 0;
	put_be16(q + o, type);
	put_be16(q + o + 2, 1);
	return o + 4;
}
