/* SPDX-License-Identifier: MIT */

/* capture.h - Frames for those who look on (proto_switch.h)
 *
 * A reader gets what fits in its socket at once. The LAN waits for nobody: what
 * does not fit is lost, counted, and the count is told as soon as there is room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pollset.h"

#define CAPTURES_MAX 8U

struct capture {
	int fd;	       /* -1 = the entry is free */
	unsigned node; /* 0 = all */
	uint64_t frames;
	uint32_t lost;
	uint32_t told;	/* of these */
	bool ending;	/* the reader has enough */
	uint8_t *rest;	/* of a record that was sent in part */
	size_t rest_at; /* what is sent of it */
	size_t rest_len;
	int slot;
};

struct captures {
	unsigned n;
	struct capture c[CAPTURES_MAX];
};

/* Nobody looks on. */
void captures_init(struct captures *s);
void captures_deinit(struct captures *s);

/**
 * captures_add() - One more reader
 * @s:		All of them
 * @node:	Its number; 0 = all
 * @fd:		Stream socket; owned, also on failure
 *
 * Return: 0, -EUSERS if there are enough, or -ENOMEM
 */
int captures_add(struct captures *s, unsigned node, int fd);

/* Does it take any work at all? */
static inline bool captures_any(const struct captures *s)
{
	return s->n;
}

/**
 * captures_put() - A frame that was seen
 * @s:		All readers
 * @node:	At the port of that node
 * @all:	Is this the one place where those see it who look at all nodes?
 * @frame: @len:	Ethernet frame; borrowed
 */
void captures_put(struct captures *s, unsigned node, bool all,
		  const uint8_t *frame, size_t len);

/* Of those who look at all nodes only. */
#define CAPTURE_NO_NODE UINT32_MAX

/* The same for a run of wire frames, as port.h has them. */
void captures_put_run(struct captures *s, unsigned node, bool all,
		      const uint8_t *wire, size_t len);

/* Frames that were lost before they came here, to all readers. */
void captures_lose(struct captures *s, uint32_t n);

/* What a turn waits for, and what came of it. */
void captures_fill(struct captures *s, struct pollset *set);
void captures_dispatch(struct captures *s, const struct pollset *set);
