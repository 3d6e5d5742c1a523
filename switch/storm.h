/* SPDX-License-Identifier: MIT */

/* storm.h - How much a node may say to everybody
 *
 * A frame for all, or for a station that nobody knows, goes to every other
 * node: the only traffic by which one node can keep all others busy. So each
 * port has a budget for it. Every begun STORM_UNIT bytes of a frame cost a
 * millisecond, and a port may be STORM_BURST ahead of the clock: 500 ordinary
 * frames at once, then 1000 a second. Names, addresses and discovery need a
 * few a second. Frames from one node to another cost nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORM_UNIT 2048U
#define STORM_UNIT_NS 1000000
#define STORM_BURST_NS (500 * (int64_t)STORM_UNIT_NS)

struct storm {
	int64_t paid_until; /* ns; what was sent is worth this moment */
};

/**
 * storm_allow() - May a frame be flooded now?
 * @s:		The port's budget; charged if the answer is yes
 * @len:	Length of the frame
 * @now:	Nanoseconds of a clock that does not jump
 */
static inline bool storm_allow(struct storm *s, size_t len, int64_t now)
{
	int64_t cost = (int64_t)(1 + len / STORM_UNIT) * STORM_UNIT_NS;
	int64_t from = s->paid_until > now ? s->paid_until : now;

	if (from + cost - now > STORM_BURST_NS)
		return false;
	s->paid_until = from + cost;
	return true;
}

/* libslirp keeps each fragment for 30 seconds until it has all of a packet, in
 * one list that it walks for each next one: without a limit a node takes 3 KiB
 * of the switch's memory by every fragment, and soon all of its time. So they
 * have a budget of their own: 50 at once, which is the largest packet, then
 * 100 a second.
 */
#define STORM_FRAGMENT_LEN (9 * STORM_UNIT)
