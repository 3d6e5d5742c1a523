/* SPDX-License-Identifier: MIT */

/* events.h - What the Librarian tells unasked, and what is due later
 *
 * One thread handles both, one thing after the other. It may call the client.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jread.h"

struct events;

/**
 * struct events_conf - Who handles them
 * @event:	A message of the Librarian, borrowed; see event.h
 * @due:	Does what is due, if there is something that waits for a time.
 *		Called at the start, when the time has come that it returned the
 *		last time, and after events_poke(). NULL = there is nothing
 *		Return: milliseconds until it is to be called again; -1 = never
 * @arg:	For both
 */
struct events_conf {
	void (*event)(void *arg, const struct jvalue *message);
	int64_t (*due)(void *arg);
	void *arg;
};

/* Takes messages from now on; they are handled after events_start(). */
int events_new(const struct events_conf *conf, struct events **ret_events);

/* Start the thread, with all signals blocked. 0 or a negative errno */
int events_start(struct events *ev);

/* Ends the thread when its handler returns; idempotent. What comes afterwards
 * is not handled.
 */
void events_stop(struct events *ev);

/* Ends the thread when its handler returns, and drops what is left. NULL is
 * fine; returns NULL. Nobody may push any more.
 */
struct events *events_free(struct events *ev);

/* For client_conf.event, with the events as @arg: takes @message over. -ENOBUFS
 * if far too many wait.
 */
int events_push(void *arg, struct jread *message);

/* Have the thread call due(). */
void events_poke(struct events *ev);
