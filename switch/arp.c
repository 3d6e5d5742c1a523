/* SPDX-License-Identifier: MIT */

/* arp.c - Address resolution: who has the gateway's address, who a node's */

#include "arp.h"

#include <string.h>

/* Hardware type Ethernet, protocol IPv4, and the lengths of both. */
static const uint8_t arp_start[ARP_OP] = { 0, 1, 8, 0, 6, 4 };

const uint8_t *arp_body(const uint8_t *frame, size_t len)
{
	const uint8_t *body = frame + ETH_HEADER;

	if (len < ETH_HEADER + ARP_LEN ||
	    memcmp(body, arp_start, sizeof(arp_start)) != 0)
		return NULL;
	return body;
}

size_t arp_answer(const uint8_t *req, const uint8_t *mac, uint8_t *reply)
{
	uint8_t *body = reply + ETH_HEADER;

	memset(reply, 0, ETH_FRAME_MIN);
	memcpy(reply + ETH_DST, req + ARP_SHA, ETH_ALEN);
	memcpy(reply + ETH_SRC, mac, ETH_ALEN);
	put_be16(reply + ETH_TYPE, ETHERTYPE_ARP);
	memcpy(body, arp_start, sizeof(arp_start));
	put_be16(body + ARP_OP, ARP_REPLY);
	memcpy(body + ARP_SHA, mac, ETH_ALEN);
	memcpy(body + ARP_SPA, req + ARP_TPA, 4);
	memcpy(body + ARP_THA, req + ARP_SHA, ETH_ALEN + 4);
	return ETH_FRAME_MIN;
}
