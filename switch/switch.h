/* SPDX-License-Identifier: MIT */

/* switch.h - Where every frame goes
 *
 * Decisions only: no descriptor, no clock, no library. What is decided goes
 * out by the functions of struct switch_ops, so that all of this runs in tests
 * and fuzzers exactly as it does in the program.
 */
#pragma once

#include "hosts.h"
#include "mactable.h"
#include "rewrite.h"
#include "storm.h"

#define SWITCH_WIRE_HEADER 4U
#define SWITCH_FRAME_MAX (ETH_HEADER + ETH_VLAN_TAG + LAN_MTU_MAX)

/* What became of a frame. */
enum switch_verdict {
	SWITCH_PASSED,	    /* forwarded, answered or relayed */
	SWITCH_MALFORMED,   /* a length or checksum is wrong */
	SWITCH_TOO_LONG,    /* above the LAN's MTU */
	SWITCH_SPOOFED,	    /* sent in the name of another station */
	SWITCH_STORM,	    /* too much for everybody, too many fragments */
	SWITCH_UNREACHABLE, /* that node is down; no way out of the LAN */
	SWITCH_UNSERVED,    /* for the gateway, which does not do that */
	SWITCH_VERDICT_COUNT
};

extern const char *const switch_verdict_names[SWITCH_VERDICT_COUNT];

/* Who asked a question that somebody else has to answer. */
struct dns_client {
	unsigned port;
	uint8_t mac[ETH_ALEN];
	uint32_t ip;
	uint16_t sport;
};

struct switch_ops {
	/* Send whole wire frames (length, 32 bits big-endian, and frame). */
	void (*send)(void *arg, unsigned port, const uint8_t *wire, size_t len);
	/* Hand a frame to the uplink; NULL = there is none. */
	void (*uplink)(void *arg, const uint8_t *frame, size_t len);
	/* Ask the host's resolvers; NULL = there are none. */
	void (*resolve)(void *arg, const struct dns_client *from,
			const uint8_t *query, size_t len);
};

struct switch_port {
	bool up;
	struct storm storm;
	struct storm fragments;			 /* for the world */
	uint64_t verdicts[SWITCH_VERDICT_COUNT]; /* frames from it */
};

struct lan_switch {
	const struct lan *lan;
	const struct rewrite *exposed;
	const struct switch_ops *ops;
	void *arg;				 /* of the ops */
	struct switch_port ports[LAN_NODES_MAX]; /* of nodes, by their index */
	uint64_t uplink_drops;
	struct mactable macs;
	uint8_t scratch[SWITCH_WIRE_HEADER + SWITCH_FRAME_MAX];
};

/**
 * switch_init() - Set up with all ports down
 * @sw:		To be filled
 * @lan: @exposed: @ops:	Borrowed as long as @sw is used
 * @arg:	Given to each op
 * @seed:	A random number
 */
void switch_init(struct lan_switch *sw, const struct lan *lan,
		 const struct rewrite *exposed, const struct switch_ops *ops,
		 void *arg, uint32_t seed);

/* Was it made by the switch itself, for torms or for the world behind it? To be
 * asked for what the op send is given.
 */
static inline bool switch_is_own(const struct lan_switch *sw,
				 const uint8_t *wire)
{
	return wire == sw->scratch;
}

/* A node's port is there, or gone. */
void switch_port_up(struct lan_switch *sw, unsigned port, bool up);

/**
 * switch_input() - Frames from a node
 * @port:	Its index
 * @wire: @len:	Whole wire frames; may be changed
 * @now:	Nanoseconds of a clock that does not jump
 */
void switch_input(struct lan_switch *sw, unsigned port, uint8_t *wire,
		  size_t len, int64_t now);

/**
 * switch_from_uplink() - A frame from outside
 * @frame: @len:	Ethernet frame, borrowed
 */
void switch_from_uplink(struct lan_switch *sw, const uint8_t *frame,
			size_t len);

/**
 * switch_resolved() - The answer to a question that went to the op resolve
 * @to:		As it came
 * @reply: @len: DNS message with the client's number in it; one that is too
 *		long for a frame is truncated
 */
void switch_resolved(struct lan_switch *sw, const struct dns_client *to,
		     const uint8_t *reply, size_t len);
