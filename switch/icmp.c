/* SPDX-License-Identifier: MIT */

/* icmp.c - Echo: the gateway answers ping */

#include "icmp.h"

#include <string.h>

#define ICMP_HEADER 8U
#define ICMP_SUM 2U
#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8

size_t icmp_answer(const struct packet *p, uint8_t *reply)
{
	struct packet_ends e = { .src_mac = p->frame + ETH_DST,
				 .dst_mac = p->frame + ETH_SRC,
				 .src = p->dst,
				 .dst = p->src };
	uint8_t *icmp = reply + ETH_HEADER + IPV4_HEADER;

	if (p->l4_len < ICMP_HEADER || p->l4[0] != ICMP_ECHO || p->l4[1] != 0)
		return 0;
	packet_put_ipv4(reply, &e, PROTO_ICMP, p->l4_len);
	memcpy(icmp, p->l4, p->l4_len);
	icmp[0] = ICMP_ECHO_REPLY;
	put_be16(icmp + ICMP_SUM, 0);
	put_be16(icmp + ICMP_SUM,
		 checksum_finish(checksum_add(0, icmp, p->l4_len)));
	return ETH_HEADER + IPV4_HEADER + p->l4_len;
}
