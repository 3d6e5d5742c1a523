/* SPDX-License-Identifier: MIT */

/* proto_switch.h - What the switch and its owner give each other
 *
 * A SOCK_SEQPACKET that the switch inherits (--owner-fd). Each message is a
 * struct switch_port_message with one descriptor: from now on this stream
 * socket is the node's network port, whatever was there before. The switch
 * does not answer.
 *
 * With --bridge it is the other way round. Before it is ready the switch sends,
 * as the same messages, the socket that listens (--listen) as that of node 0,
 * and then a tap for each node; and it hears nothing.
 */
#pragma once

#include <stdint.h>

struct switch_port_message {
	uint32_t node; /* in the order of --node, from 1; 0 = of torms */
};
