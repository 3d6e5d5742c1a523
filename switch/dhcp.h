/* SPDX-License-Identifier: MIT */

/* dhcp.h - Every node gets its own address, for good
 *
 * There is no lease table: the answer follows from the table of nodes alone,
 * so it is the same before and after any restart.
 */
#pragma once

#include <stdbool.h>

#include "hosts.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68
#define DHCP_REPLY_MAX 576U

struct dhcp_reply {
	uint8_t data[DHCP_REPLY_MAX];
	size_t len;
	bool broadcast; /* to all ones; else to @ip */
	uint32_t ip;
};

/**
 * dhcp_answer() - Answer a client's message
 * @lan:	Network
 * @h:		Node at whose port it arrived
 * @req: @len:	What the UDP datagram carried
 * @ret_r:	Set when there is an answer
 *
 * A message that speaks for another station than the node gets none.
 *
 * Return: true if there is an answer
 */
bool dhcp_answer(const struct lan *lan, const struct host *h,
		 const uint8_t *req, size_t len, struct dhcp_reply *ret_r);
