/* SPDX-License-Identifier: MIT */

/* packet.h - Frames as bytes: fields, checksums, and views that are checked
 *
 * Everything a node sends is hostile. Nothing in the switch looks at a header
 * of a frame before packet_parse() has accepted the frame; afterwards every
 * field that struct packet points to lies inside it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ethernet */
#define ETH_ALEN 6U
#define ETH_DST 0U
#define ETH_SRC 6U
#define ETH_TYPE 12U
#define ETH_HEADER 14U
#define ETH_VLAN_TAG 4U
#define ETH_FRAME_MIN 60U /* without the checksum, which nobody sends here */

#define ETHERTYPE_IPV4 0x0800U
#define ETHERTYPE_ARP 0x0806U
#define ETHERTYPE_VLAN 0x8100U
#define ETHERTYPE_QINQ 0x88a8U
#define VLAN_ID_BITS 0x0fffU

/* IPv4, from the start of its header */
#define IPV4_HEADER 20U /* without options */
#define IPV4_TOTAL 2U
#define IPV4_FRAGMENT 6U
#define IPV4_TTL 8U
#define IPV4_PROTO 9U
#define IPV4_SUM 10U
#define IPV4_SRC 12U
#define IPV4_DST 16U

#define PROTO_ICMP 1U
#define PROTO_TCP 6U
#define PROTO_UDP 17U

/* TCP and UDP, from the start of their header */
#define L4_SPORT 0U
#define L4_DPORT 2U
#define TCP_SEQ 4U
#define TCP_ACK 8U
#define TCP_OFFSET 12U
#define TCP_FLAGS 13U
#define TCP_SUM 16U
#define TCP_HEADER 20U
#define UDP_LEN 4U
#define UDP_SUM 6U
#define UDP_HEADER 8U

/* Where the payload of a UDP frame of our own begins. */
#define UDP_PAYLOAD (ETH_HEADER + IPV4_HEADER + UDP_HEADER)

/* An Ethernet frame, and the IPv4 packet in it if there is one. */
struct packet {
	const uint8_t *frame;
	size_t len;
	uint16_t type; /* of the frame */

	/* Only with ETHERTYPE_IPV4: */
	const uint8_t *ip; /* its header */
	size_t ip_header;  /* bytes, options included */
	uint32_t src;
	uint32_t dst;
	uint8_t proto;
	bool fragment;	   /* a part of a packet; the rest below is not set */
	const uint8_t *l4; /* what follows the header, without padding */
	size_t l4_len;
	uint16_t sport; /* TCP and UDP */
	uint16_t dport;
};

/**
 * packet_parse() - Check a frame and find its parts
 * @frame: @len:	Ethernet frame; borrowed by @ret_p
 * @ret_p:		Set on success only
 *
 * Lengths are checked, checksums are not: frames that only pass by need none.
 *
 * Return: 0, or -EBADMSG if a length in it does not fit
 */
int packet_parse(const uint8_t *frame, size_t len, struct packet *ret_p);

/**
 * packet_sums_ok() - Verify the checksums of an IPv4 packet that is no fragment
 * @p:		TCP, UDP or ICMP; UDP may go without
 */
bool packet_sums_ok(const struct packet *p);

/**
 * checksum_add() - Add bytes to a one's complement sum
 * @sum:	Sum of what came before: an even number of bytes
 *
 * Return: the sum, not folded; 64 KiB on top of a folded sum cannot overflow
 */
uint32_t checksum_add(uint32_t sum, const uint8_t *data, size_t len);

/* The checksum field for such a sum. */
uint16_t checksum_finish(uint32_t sum);

/**
 * checksum_replace() - Checksum after one 16-bit word of the data changed
 * @check:	Field as it was (RFC 1624, equation 3)
 * @from: @to:	Word before and after
 */
uint16_t checksum_replace(uint16_t check, uint16_t from, uint16_t to);

/* Checksum field of TCP or UDP, whose own field must be 0 in @l4. */
uint16_t packet_l4_checksum(uint32_t src, uint32_t dst, uint8_t proto,
			    const uint8_t *l4, size_t len);

/* The two ends of a packet that the switch makes itself. */
struct packet_ends {
	const uint8_t *src_mac;
	const uint8_t *dst_mac;
	uint32_t src;
	uint32_t dst;
	uint16_t sport;
	uint16_t dport;
};

/**
 * packet_put_ipv4() - Write the Ethernet and IPv4 headers of an own packet
 * @frame:	ETH_HEADER + IPV4_HEADER bytes
 * @e:		Ends
 * @proto:	Protocol
 * @l4_len:	Bytes that follow
 */
void packet_put_ipv4(uint8_t *frame, const struct packet_ends *e, uint8_t proto,
		     size_t l4_len);

/**
 * packet_put_udp() - Write all headers in front of a payload
 * @frame:	The payload stands at UDP_PAYLOAD already
 * @e:		Ends
 * @len:	Length of the payload
 *
 * Return: length of the frame
 */
size_t packet_put_udp(uint8_t *frame, const struct packet_ends *e, size_t len);

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

/* Multicast, which includes broadcast. */
static inline bool mac_is_multicast(const uint8_t *mac)
{
	return mac[0] & 1;
}
