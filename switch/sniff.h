/* SPDX-License-Identifier: MIT */

/* sniff.h - What passes through a bridge, for those who look on
 *
 * A packet socket of the bridge's network sees all its interfaces. While nobody
 * looks on it is bound to the loopback, where nothing is, so that it costs
 * nothing; what it has no room for is lost to it alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture.h"
#include "options.h"

struct sniff {
	int fd; /* -1 = there is none; borrowed */
	bool on;
	unsigned n_nodes;
	int loopback; /* indexes of interfaces */
	int bridge;
	int taps[LAN_NODES_MAX];
	uint8_t frame[UINT16_MAX + ETH_HEADER + 1];
};

/**
 * sniff_open() - Make the socket, in the network that it is to see
 * @ret_fd:	The caller's
 */
int sniff_open(int *ret_fd);

/**
 * sniff_init() - Get to know the interfaces
 * @s:		To be filled
 * @fd:		Of sniff_open(), or -1
 * @o:		Names; nodes' are those of bridge_tap_name()
 */
void sniff_init(struct sniff *s, int fd, const struct options *o);

/* See all, or nothing. Return: 0, or a negative errno */
int sniff_switch(struct sniff *s, bool on);

/* Pass on what has been seen, a bounded number of frames. */
void sniff_read(struct sniff *s, struct captures *to);
