/* SPDX-License-Identifier: MIT */

/* line.c - One direction of a node's cable, made worse on purpose */

#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "packet.h"
#include "port.h"

#define NS_PER_SECOND 1000000000ULL
#define NS_PER_US 1000
#define MILLION 1000000U

/* xorshift64*: what is lost need not be a secret. */
static uint32_t draw(struct line *l, uint32_t below)
{
	if (!l->random)
		l->random = 0x9e3779b97f4a7c15;
	l->random ^= l->random >> 12;
	l->random ^= l->random << 25;
	l->random ^= l->random >> 27;
	return (uint32_t)((l->random * 0x2545f4914f6cdd1d) >> 32) % below;
}

/* When a frame arrives that is sent now. */
static int64_t travel(struct line *l, const struct switch_link *k, size_t len,
		      int64_t now)
{
	int64_t start = l->free_at > now ? l->free_at : now;

	if (k->rate)
		start += (int64_t)((len - WIRE_HEADER) * 8 * NS_PER_SECOND /
				   k->rate);
	l->free_at = start;
	return start + (int64_t)k->delay_us * NS_PER_US;
}

static bool is_lost(struct line *l, const struct switch_link *k, size_t len)
{
	return k->down || l->queued + len > LINE_QUEUE_MAX ||
	       (k->loss_ppm && draw(l, MILLION) < k->loss_ppm);
}

void line_put(struct line *l, const struct switch_link *k, const uint8_t *wire,
	      size_t len, int64_t now)
{
	struct line_frame *f = NULL;

	if (!is_lost(l, k, len))
		f = malloc(sizeof(*f) + len);
	if (!f) {
		l->lost++;
		return;
	}
	*f = (struct line_frame){ .due = travel(l, k, len, now), .len = len };
	memcpy(f->wire, wire, len);
	/* None overtakes, though the line has become shorter. */
	if (!l->first)
		l->last = &l->first;
	*l->last = f;
	l->last = &f->next;
	l->queued += len;
}

void line_put_run(struct line *l, const struct switch_link *k,
		  const uint8_t *wire, size_t len, int64_t now)
{
	size_t size;

	for (; len; wire += size, len -= size) {
		size = WIRE_HEADER + get_be32(wire);
		line_put(l, k, wire, size, now);
	}
}

void line_change(struct line *l, const struct switch_link *k, int64_t now)
{
	if (k->down) {
		line_clear(l);
		return;
	}
	l->free_at = now;
	for (struct line_frame *f = l->first; f; f = f->next) {
		int64_t due = travel(l, k, f->len, now);

		if (due < f->due)
			f->due = due;
	}
}

struct line_frame *line_take(struct line *l, int64_t now)
{
	struct line_frame *f = l->first;

	if (!f || f->due > now)
		return NULL;
	l->first = f->next;
	l->queued -= f->len;
	return f;
}

void line_clear(struct line *l)
{
	struct line_frame *f;

	while ((f = l->first)) {
		l->first = f->next;
		l->lost++;
		free(f);
	}
	l->queued = 0;
	l->free_at = 0;
}
