/* SPDX-License-Identifier: MIT */

/* endpoint.h - Ends of a forwarded connection, as the user writes them */
#pragma once

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "err.h"
#include "topology.h"

/* NODE:PORT */
struct endpoint_node {
	char node[TOPOLOGY_NAME_MAX];
	uint16_t port;
};

/* [ADDRESS:]PORT of the host */
struct endpoint_host {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t len;
};

#define ENDPOINT_TEXT_MAX (INET6_ADDRSTRLEN + 8)

/**
 * endpoint_parse_node() - Read NODE:PORT
 * @text:	"node01:80"
 * @ret:	Set on success only; whether there is such a node, others know
 * @e:		Says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int endpoint_parse_node(const char *text, struct endpoint_node *ret,
			struct err *e);

/**
 * endpoint_parse_host() - Read [ADDRESS:]PORT
 * @text:	"8080", "0.0.0.0:8080", "[::1]:8080"; port 0 = any that is free.
 *		Without an address it is that of the loopback.
 * @ret:	Set on success only
 * @e:		Says what is wrong
 *
 * Return: 0 or -EINVAL
 */
int endpoint_parse_host(const char *text, struct endpoint_host *ret,
			struct err *e);

/* The text of one; returns @buf. */
const char *endpoint_text(const struct endpoint_host *h,
			  char buf[static ENDPOINT_TEXT_MAX]);
