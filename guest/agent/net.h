/* SPDX-License-Identifier: MIT */

/* net.h - Addresses of the node, by rtnetlink */
#pragma once

#include <event2/event.h>
#include <netinet/in.h>

#include "err.h"

/* What an interface is to have. */
struct net_config {
	struct in_addr address;
	unsigned prefix;
	struct in_addr gateway; /* of the default route */
	unsigned mtu;
};

/**
 * net_up_loopback() - Bring "lo" up
 *
 * Return: 0 or a negative errno
 */
int net_up_loopback(void);

/**
 * net_configure() - Give an interface what @config says, and nothing else
 * @name:	Interface
 * @config:	Other IPv4 addresses are removed: those of the template that
 *		the node was restored from
 * @ret_err:	Which step failed; may be NULL
 *
 * Return: 0, -ENODEV if there is no such interface, or what the kernel says
 */
int net_configure(const char *name, const struct net_config *config,
		  struct err *ret_err);

struct net_wait;

/* @error: 0 = the interface is there, -ETIMEDOUT */
typedef void (*net_wait_fn)(void *arg, int error);

/**
 * net_wait_new() - Wait for an interface
 * @base:	Loop
 * @name:	Interface; borrowed
 * @timeout_ms:	To wait at most
 * @fn: @arg:	Called once, from the loop
 * @ret_wait:	To be freed by net_wait_free(), from @fn or at any other time
 */
int net_wait_new(struct event_base *base, const char *name, int timeout_ms,
		 net_wait_fn fn, void *arg, struct net_wait **ret_wait);

struct net_wait *net_wait_free(struct net_wait *w);
