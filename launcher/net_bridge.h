/* SPDX-License-Identifier: MIT */

/* net_bridge.h - The LAN in the kernel: starting fame-switch --bridge
 *
 * About twice as fast as the switch, as segments of up to 64 KiB pass in one
 * piece. Needs user namespaces (or root), /dev/net/tun and dnsmasq.
 */
#pragma once

#include "net_reach.h"
#include "service.h"
#include "topology.h"

/**
 * net_bridge_try() - Would it work?
 * @t:		Nodes and addresses
 * @e:		Why not
 *
 * Makes one and takes it down again.
 */
int net_bridge_try(const struct topology *t, struct err *e);

/**
 * net_bridge_start() - Start it
 * @s:			Service to start
 * @base: @cluster: @ops: @arg:	As for service_start()
 * @t:			Nodes and addresses
 * @reach:		What nodes reach
 * @ret_librarian:	Socket that listens at torms' port of the Librarian
 * @taps:		Of the nodes, all -1 before; the caller's, also on failure
 * @ret_owner:		Socket of the switch's owner; the caller's
 * @e:			Says why on failure
 */
int net_bridge_start(struct service *s, struct event_base *base,
		     const struct cluster *cluster, const struct topology *t,
		     const struct net_reach *reach,
		     const struct service_ops *ops, void *arg,
		     int *ret_librarian, int taps[static TOPOLOGY_NODES_MAX],
		     int *ret_owner, struct err *e);

/* Another descriptor of a node's tap, which is empty now. */
int net_bridge_port(int tap, int *ret_fd);
