/* SPDX-License-Identifier: MIT */

/* net_reach.h - What nodes reach beside each other and the Librarian */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "strv.h"

#define NET_REACH_PORTS_MAX 8U

struct net_reach {
	bool isolated;			     /* nothing outside of the LAN */
	uint16_t ports[NET_REACH_PORTS_MAX]; /* of the host's 127.0.0.1, found
					      * at torms
					      */
	unsigned n_ports;
};

/**
 * net_reach_parse_ports() - Read "8080,5432"
 * @text:	May be empty
 * @ret:	Its ports, changed on success only
 *
 * Return: 0, or -EINVAL for what is no list of different ports, or has one that
 *         torms serves itself: names, and the Librarian
 */
int net_reach_parse_ports(const char *text, struct net_reach *ret);

/* Options of fame-switch. */
void net_reach_push(const struct net_reach *r, struct strv *args);
