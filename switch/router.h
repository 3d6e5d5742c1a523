/* SPDX-License-Identifier: MIT */

/* router.h - The way out for nodes on a bridge */
#pragma once

#include "bridge.h"
#include "storm.h"

struct router_limits {
	struct storm fragments[LAN_NODES_MAX]; /* of nodes, by their index */
};

/**
 * router_lets_pass() - May a packet go to the uplink?
 * @lan:	Nodes and addresses
 * @l:		Budgets; charged
 * @p:		Packet that the kernel routed here
 * @now:	Nanoseconds of a clock that does not jump
 *
 * Nodes reach the world and nothing of this host; torms, which is dnsmasq,
 * reaches the name server only.
 */
bool router_lets_pass(const struct lan *lan, struct router_limits *l,
		      const struct packet *p, int64_t now);

/**
 * router_run() - Carry packets between bridge and world until told to end
 * @o:		Nodes and addresses
 * @b:		Running bridge
 *
 * Return: 0, or a negative errno, logged: -ECHILD if dnsmasq ended
 */
int router_run(const struct options *o, struct bridge *b);
