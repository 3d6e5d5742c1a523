/* SPDX-License-Identifier: MIT */

/* network.h - The nodes' LAN, of one kind or another
 *
 * Addresses, names and what nodes can reach are the same in all of them.
 */
#pragma once

#include <event2/event.h>

#include "net_reach.h"
#include "proto_switch.h"
#include "service.h"
#include "topology.h"

enum network_mode {
	NETWORK_USER,	/* net_user.h: everywhere */
	NETWORK_BRIDGE, /* net_bridge.h: faster, where it is allowed */
	NETWORK_MODE_COUNT,
};

struct network {
	enum network_mode mode;
	struct service service; /* its switch */
	int owner;		/* of the switch */
	int taps[TOPOLOGY_NODES_MAX];
};

const char *network_mode_name(enum network_mode mode);

/* Is it a mode, or "auto"? */
bool network_is_mode(const char *name);

/**
 * network_choose() - Which one
 * @want:	"user", "bridge" or "auto"
 * @t:		Nodes and addresses
 * @ret_mode:	The first that works: it has been tried
 * @ret_why:	With "auto": why not a faster one; empty if it is the fastest
 * @e:		Says why on failure
 */
int network_choose(const char *want, const struct topology *t,
		   enum network_mode *ret_mode, struct err *ret_why,
		   struct err *e);

/**
 * network_start() - Start the LAN
 * @n:			To be filled
 * @mode:		Of network_choose()
 * @base: @cluster:	As for service_start()
 * @t:			Nodes and addresses
 * @reach:		What nodes reach
 * @ops: @arg:		As for service_start()
 * @ret_librarian:	Listening socket that nodes reach as the Librarian's; the
 *			caller's
 * @e:			Says why on failure
 */
int network_start(struct network *n, enum network_mode mode,
		  struct event_base *base, const struct cluster *cluster,
		  const struct topology *t, const struct net_reach *reach,
		  const struct service_ops *ops, void *arg, int *ret_librarian,
		  struct err *e);

/**
 * network_port() - Give a node its network port, or another one
 * @n:		Started
 * @node:	Its number
 * @ret_fd:	For QEMU; the caller's
 */
int network_port(const struct network *n, unsigned node, int *ret_fd);

/**
 * network_link() - Say how good a node's cable is from now on
 * @n:		Started
 * @node:	Its number
 * @link:	In each direction
 *
 * Return: 0, -ENOTSUP for what this mode cannot, or another negative errno
 */
int network_link(const struct network *n, unsigned node,
		 const struct switch_link *link);

/**
 * network_capture() - Let somebody look on
 * @n:		Started
 * @node:	Its number; 0 = all
 * @fd:		Stream socket of the reader (proto_switch.h); borrowed
 */
int network_capture(const struct network *n, unsigned node, int fd);

/* All zero is fine. */
void network_deinit(struct network *n);
