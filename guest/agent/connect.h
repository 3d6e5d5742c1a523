/* SPDX-License-Identifier: MIT */

/* connect.h - A way for the host into the node's own ports */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct connect_to {
	const char *host; /* name or address; NULL = this node's loopback */
	uint16_t port;
	bool tell; /* first write a byte: 0, or the errno of a failure */
};

/**
 * connect_relay() - Join standard input and output with a TCP port
 * @to:		Which
 *
 * "fame-run exec NODE -- fame-agent --connect PORT": reaches a server of the
 * node in every network mode, and when the node has no network at all.
 *
 * Return: 0 when both sides have ended, -ENXIO if there is no such host, or
 *         another negative errno
 */
int connect_relay(const struct connect_to *to);
