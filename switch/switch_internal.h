/* SPDX-License-Identifier: MIT */

/* switch_internal.h - What switch.c and gateway.c share */
#pragma once

#include "switch.h"

/* What is being read from a port. */
struct input {
	struct lan_switch *sw;
	unsigned port;
	int64_t now;
	/* Frames that wait for more ones to the same port. */
	unsigned run_port;
	const uint8_t *run;
	size_t run_len; /* 0 = none wait */
};

/* Room for a frame of the switch's own, to be sent by switch_send_own(). */
static inline uint8_t *switch_own_frame(struct lan_switch *sw)
{
	return sw->scratch + SWITCH_WIRE_HEADER;
}

/**
 * switch_send_own() - Send what was written to switch_own_frame()
 * @port:	Where to; nothing happens if it is down
 * @len:	Length of the frame
 */
void switch_send_own(struct lan_switch *sw, unsigned port, size_t len);

/**
 * gateway_input() - A frame for the gateway or for the world behind it
 * @in:		Where it came from
 * @p: @frame:	A checked one; may be changed
 */
enum switch_verdict gateway_input(const struct input *in,
				  const struct packet *p, uint8_t *frame);

/* Is a frame, sent to everybody, meant for the gateway alone? */
bool gateway_is_meant(const struct lan *lan, const struct packet *p);
