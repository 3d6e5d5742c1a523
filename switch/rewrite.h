/* SPDX-License-Identifier: MIT */

/* rewrite.h - The gateway's ports that lead to ports of the host
 *
 * To libslirp the gateway's address is the host's 127.0.0.1. A port of the
 * gateway is given another number on the way there and its own on the way
 * back, in the frame, with the checksum corrected. Both directions are tables
 * without state, so no two ports may lead to the same one of the host.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

#define REWRITE_MAX 16U

struct rewrite {
	struct rewrite_port {
		uint16_t port; /* as the nodes know it */
		uint16_t host; /* on 127.0.0.1 */
	} ports[REWRITE_MAX];
	unsigned n;
};

/**
 * rewrite_add() - Let a port through
 * @r:		Table
 * @port:	As the nodes know it
 * @host:	On the host's 127.0.0.1
 *
 * Return: 0, -ENOSPC, or -EEXIST if one of both is in the table
 */
int rewrite_add(struct rewrite *r, uint16_t port, uint16_t host);

/* The other side's number of a port, 0 = not in the table. */
uint16_t rewrite_to_host(const struct rewrite *r, uint16_t port);
uint16_t rewrite_to_port(const struct rewrite *r, uint16_t host);

/**
 * rewrite_tcp_port() - Change a port number in a TCP packet
 * @p:		A checked one; no fragment
 * @frame:	The same bytes, which are the caller's to change
 * @field:	L4_SPORT or L4_DPORT
 * @to:		New number
 */
void rewrite_tcp_port(const struct packet *p, uint8_t *frame, size_t field,
		      uint16_t to);

/**
 * rewrite_tcp_address() - Change an address in the header of a TCP packet
 * @p:		A checked one; no fragment
 * @frame:	The same bytes, which are the caller's to change
 * @field:	IPV4_SRC or IPV4_DST
 * @to:		New address
 */
void rewrite_tcp_address(const struct packet *p, uint8_t *frame, size_t field,
			 uint32_t to);
