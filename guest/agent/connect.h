/* SPDX-License-Identifier: MIT */

/* connect.h - A way for the host into the node's own ports */
#pragma once

#include <stdint.h>

/**
 * connect_relay() - Join standard input and output with a TCP port
 * @port:	Of this node's loopback
 *
 * "fame-run exec NODE -- fame-agent --connect PORT": reaches a server of the
 * node in every network mode, and when the node has no network at all.
 *
 * Return: 0 when both sides have ended, or a negative errno
 */
int connect_relay(uint16_t port);
