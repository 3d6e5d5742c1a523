/* SPDX-License-Identifier: MIT */

/* refuse.c - "Connection refused" for ports that nobody serves */

#include "refuse.h"

#include <string.h>

#define TCP_FIN 1U
#define TCP_SYN 2U
#define TCP_RST 4U
#define TCP_ACK_FLAG 16U

/* Sequence numbers that the segment takes up: data, SYN and FIN. */
static uint32_t segment_len(const struct packet *p, unsigned flags)
{
	size_t header = (size_t)(p->l4[TCP_OFFSET] >> 4) * 4;

	return (uint32_t)(p->l4_len - header) + !!(flags & TCP_SYN) +
	       !!(flags & TCP_FIN);
}

/* As RFC 9293, 3.10.7.1 has it. */
size_t refuse_tcp(const struct packet *p, uint8_t *reply)
{
	struct packet_ends e = { .src_mac = p->frame + ETH_DST,
				 .dst_mac = p->frame + ETH_SRC,
				 .src = p->dst,
				 .dst = p->src };
	uint8_t *tcp = reply + ETH_HEADER + IPV4_HEADER;
	unsigned flags = p->l4[TCP_FLAGS];

	if (flags & TCP_RST)
		return 0;
	packet_put_ipv4(reply, &e, PROTO_TCP, TCP_HEADER);
	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp + L4_SPORT, p->dport);
	put_be16(tcp + L4_DPORT, p->sport);
	tcp[TCP_OFFSET] = TCP_HEADER / 4 << 4;
	tcp[TCP_FLAGS] = TCP_RST;
	if (flags & TCP_ACK_FLAG) {
		memcpy(tcp + TCP_SEQ, p->l4 + TCP_ACK, 4);
	} else {
		tcp[TCP_FLAGS] |= TCP_ACK_FLAG;
		put_be32(tcp + TCP_ACK,
			 get_be32(p->l4 + TCP_SEQ) + segment_len(p, flags));
	}
	put_be16(tcp + TCP_SUM,
		 packet_l4_checksum(e.src, e.dst, PROTO_TCP, tcp, TCP_HEADER));
	return REFUSE_LEN;
}
