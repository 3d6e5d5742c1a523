/* SPDX-License-Identifier: MIT */

/* frame.h - Typed messages on a byte stream, with channels
 *
 * Used on the agent's port of a node (proto_agent.h) and on the supervisor's
 * control socket (proto_control.h). A frame is a header of 8 bytes, then the
 * payload; integers are little-endian:
 *
 *	u32 length of the payload, at most FRAME_PAYLOAD_MAX
 *	u16 channel
 *	u8  type
 *	u8  0
 *
 * Flow control. The streams of a channel (standard input one way, output and
 * errors together the other way) are sent on credit: a sender may have
 * FRAME_WINDOW bytes on the way; the receiver gives credit back with a
 * credit frame once it has passed bytes on. So one slow reader holds up
 * nobody else, and whoever only relays frames needs no limit of its own. All
 * other frames are small and need no credit.
 */
#pragma once

#include <event2/buffer.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 8
#define FRAME_PAYLOAD_MAX 65536U
#define FRAME_WINDOW (256U * 1024U)

struct frame {
	uint8_t type;
	uint16_t channel;
	uint32_t len;
	const uint8_t *data; /* valid until frame_done() */
};

/* A number in a payload, as in credit frames. */
static inline uint32_t frame_u32(const void *payload)
{
	const uint8_t *b = payload;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	       (uint32_t)b[3] << 24;
}

/**
 * frame_put_u32() - Append a frame that carries a number
 *
 * Return: 0, -ENOMEM
 */
int frame_put_u32(struct evbuffer *out, uint8_t type, uint16_t channel,
		  uint32_t v);

/**
 * frame_put() - Append a frame to @out
 *
 * Return: 0, -EMSGSIZE if @len is above FRAME_PAYLOAD_MAX, -ENOMEM
 */
int frame_put(struct evbuffer *out, uint8_t type, uint16_t channel,
	      const void *data, size_t len);

/**
 * frame_get() - Look at the first frame in @in
 * @in:		Received bytes
 * @ret_f:	Set if there is a whole frame
 *
 * Return: 1 = there is one: handle it, then call frame_done(); 0 = not yet;
 *         -EPROTO = not frames; -ENOMEM
 */
int frame_get(struct evbuffer *in, struct frame *ret_f);

/* Drop the frame that frame_get() gave. */
void frame_done(struct evbuffer *in, const struct frame *f);
