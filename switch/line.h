/* SPDX-License-Identifier: MIT */

/* line.h - One direction of a node's cable, made worse on purpose
 *
 * Frames are lost at random, wait for the line to be free (rate) and then
 * travel (delay). Order is kept. What waits is bounded; beyond that frames are
 * lost, as at any slow line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto_switch.h"

#define LINE_QUEUE_MAX (1U << 20) /* bytes */

struct line_frame {
	struct line_frame *next;
	int64_t due;
	size_t len;
	uint8_t wire[]; /* its length, and the frame */
};

/* All zero is a good one. */
struct line {
	struct line_frame *first, **last;
	size_t queued;	 /* bytes */
	int64_t free_at; /* when the last frame has left the sender */
	uint64_t random; /* what is lost; 0 = as every other that has 0 */
	uint64_t lost;
};

/* Does it do nothing at all? Then frames need not go through it. */
static inline bool line_is_plain(const struct line *l,
				 const struct switch_link *k)
{
	return !l->first && !k->down && !k->loss_ppm && !k->delay_us &&
	       !k->rate;
}

/**
 * line_put() - Send one frame into it
 * @l:		Line
 * @k:		How bad it is now
 * @wire: @len:	One wire frame; copied
 * @now:	Nanoseconds of a clock that does not jump
 */
void line_put(struct line *l, const struct switch_link *k, const uint8_t *wire,
	      size_t len, int64_t now);

/* The same for a run of them, as port.h has them. */
void line_put_run(struct line *l, const struct switch_link *k,
		  const uint8_t *wire, size_t len, int64_t now);

/**
 * line_change() - It has become another one, with frames under way
 * @l:		Line
 * @k:		How bad it is from now on
 * @now:	As above
 *
 * They are lost if it is down, and else as if sent now, if they arrive sooner
 * then: on a line that was slow, frames may have waited for hours.
 */
void line_change(struct line *l, const struct switch_link *k, int64_t now);

/* The next frame that has arrived, to be freed; NULL = none has. */
struct line_frame *line_take(struct line *l, int64_t now);

/* When the next one arrives; -1 = nothing is under way. */
static inline int64_t line_due(const struct line *l)
{
	return l->first ? l->first->due : -1;
}

/* What is under way is lost. */
void line_clear(struct line *l);
