/* SPDX-License-Identifier: MIT */

/* proto_switch.h - What the switch's owner says to it
 *
 * A SOCK_SEQPACKET that the switch inherits (--owner-fd). Each message is a
 * struct switch_port_message with one descriptor: from now on this stream
 * socket is the node's network port, whatever was there before. The switch
 * does not answer.
 */
#pragma once

#include <stdint.h>

struct switch_port_message {
	uint32_t node; /* in the order of --node, from 1 */
};
