/* SPDX-License-Identifier: MIT */

/* net_user.h - The LAN in user space: starting fame-switch
 *
 * Works everywhere, since it needs nothing: no namespace, no device, no
 * privilege. Other kinds of LAN go beside this file.
 */
#pragma once

#include <stdint.h>

#include "net_reach.h"
#include "proto_switch.h"
#include "service.h"
#include "topology.h"

/**
 * net_user_start() - Start the switch
 * @s:			Service to start
 * @base: @cluster:	As for service_start()
 * @t:			Nodes and addresses
 * @reach:		What nodes reach
 * @librarian_port:	Port on the host's 127.0.0.1 that torms' 9093 leads to
 * @ops: @arg:		As for service_start()
 * @ret_owner:		For net_user_port(); the caller's
 * @e:			Says why on failure
 */
int net_user_start(struct service *s, struct event_base *base,
		   const struct cluster *cluster, const struct topology *t,
		   const struct net_reach *reach, uint16_t librarian_port,
		   const struct service_ops *ops, void *arg, int *ret_owner,
		   struct err *e);

/**
 * net_user_port() - Give a node its network port, or another one
 * @owner:	Of net_user_start()
 * @node:	Its number
 * @ret_fd:	QEMU's end; the caller's
 */
int net_user_port(int owner, unsigned node, int *ret_fd);
