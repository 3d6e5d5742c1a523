/* SPDX-License-Identifier: MIT */

/* capture_stream.h - Records of the switch (proto_switch.h) become a pcap file */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto_switch.h"

#define CAPTURE_STREAM_BUFFER \
	(4 * (sizeof(struct switch_record) + SWITCH_RECORD_LEN_MAX))

struct capture_stream {
	int fd;		/* of the file; borrowed */
	bool begun;	/* its header is written */
	uint64_t limit; /* of frames; 0 = none */
	uint64_t frames;
	uint32_t lost;
	size_t len; /* bytes of @buf */
	uint8_t buf[CAPTURE_STREAM_BUFFER];
};

/* All of it but what is set by the caller: fd and limit */
#define CAPTURE_STREAM(fd_, limit_)            \
	{                                      \
		.fd = (fd_), .limit = (limit_) \
	}

/* Where the next bytes go; there is always room. */
static inline uint8_t *capture_stream_room(struct capture_stream *s,
					   size_t *ret_room)
{
	*ret_room = sizeof(s->buf) - s->len;
	return s->buf + s->len;
}

/**
 * capture_stream_take() - Write what has become whole
 * @s:		Stream
 * @n:		Bytes that were added
 *
 * The first record makes the file's header; each call writes whole frames.
 *
 * Return: 0 = go on, 1 = there are as many frames as were wanted, -EPROTO, or
 *         what write(2) says
 */
int capture_stream_take(struct capture_stream *s, size_t n);
