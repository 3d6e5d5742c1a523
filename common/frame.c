/* SPDX-License-Identifier: MIT */

/* frame.c - Typed messages on a byte stream, with channels */

#include "frame.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

struct frame_header {
	uint32_t len;
	uint16_t channel;
	uint8_t type;
	uint8_t zero;
};

_Static_assert(sizeof(struct frame_header) == FRAME_HEADER, "wire format");

int frame_put(struct evbuffer *out, uint8_t type, uint16_t channel,
	      const void *data, size_t len)
{
	struct frame_header h = { htole32((uint32_t)len), htole16(channel),
				  type, 0 };

	if (len > FRAME_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (evbuffer_expand(out, sizeof(h) + len) < 0)
		return -ENOMEM;
	/* Cannot fail any more: the room is there. */
	(void)evbuffer_add(out, &h, sizeof(h));
	if (len)
		(void)evbuffer_add(out, data, len);
	return 0;
}

int frame_put_u32(struct evbuffer *out, uint8_t type, uint16_t channel,
		  uint32_t v)
{
	uint32_t le = htole32(v);

	return frame_put(out, type, channel, &le, sizeof(le));
}

int frame_get(struct evbuffer *in, struct frame *ret_f)
{
	struct frame_header h;
	uint8_t *all;
	uint32_t len;

	if (evbuffer_copyout(in, &h, sizeof(h)) < (ev_ssize_t)sizeof(h))
		return 0;
	len = le32toh(h.len);
	if (len > FRAME_PAYLOAD_MAX || h.zero)
		return -EPROTO;
	if (evbuffer_get_length(in) < sizeof(h) + len)
		return 0;
	all = evbuffer_pullup(in, (ev_ssize_t)(sizeof(h) + len));
	if (!all)
		return -ENOMEM;
	*ret_f = (struct frame){ h.type, le16toh(h.channel), len,
				 all + sizeof(h) };
	return 1;
}

void frame_done(struct evbuffer *in, const struct frame *f)
{
	(void)evbuffer_drain(in, FRAME_HEADER + f->len);
}
