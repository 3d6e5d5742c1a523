/* SPDX-License-Identifier: MIT */

/* events.h - What the Librarian tells unasked, and what is due later
 *
 * One thread handles both, one thing after the other. It may call the client.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct events;

/**
 * struct events_conf - Who handles them
 * @event:	A message of the Librarian, borrowed; see event_parse()
 * @due:	Does what is due, if there is something that waits for a time.
 *		Called at the start, when the time has come that it returned the
 *		last time, and after events_poke(). NULL = there is nothing
 *		Return: milliseconds until it is to be called again; -1 = never
 * @arg:	For both
 */
struct events_conf {
	void (*event)(void *arg, const json_t *message);
	int64_t (*due)(void *arg);
	void *arg;
};

/* Takes messages from now on; they are handled after events_start(). */
int events_new(const struct events_conf *conf, struct events **ret_events);

/* Start the thread, with all signals blocked. 0 or a negative errno */
int events_start(struct events *ev);

/* Ends the thread when its handler returns, and drops what is left. NULL is
 * fine; returns NULL. Nobody may push any more.
 */
struct events *events_free(struct events *ev);

/* For client_conf.event, with the events as @arg: takes @message over. -ENOBUFS
 * if far too many wait.
 */
int events_push(void *arg, json_t *message);

/* Have the thread call due(). */
void events_poke(struct events *ev);

enum event_kind {
	EVENT_UNKNOWN, /* of a later Librarian; to be ignored */
	EVENT_REVOKE,
	EVENT_WANTED,
	EVENT_UNLOCKED,
};

/**
 * struct event - A message, understood (proto_librarian.h)
 * @shelf_id:	Of all kinds but EVENT_UNKNOWN
 * @generation: @gone: @size: @books: @n_books:	Of EVENT_REVOKE; books are owned
 */
struct event {
	enum event_kind kind;
	uint64_t shelf_id;
	uint64_t generation;
	bool gone;
	uint64_t size;
	uint32_t *books;
	uint32_t n_books;
};

/**
 * event_parse() - Understand a message
 * @message:	From events_conf.event
 * @max_book:	Book numbers are below this
 * @ret_event:	For event_deinit(); set on success only
 *
 * Return: 0, -EPROTO for anything that is missing or out of range, -ENOMEM
 */
int event_parse(const json_t *message, uint64_t max_book,
		struct event *ret_event);

/* Idempotent. */
void event_deinit(struct event *e);

#define CLEANUP_EVENT __attribute__((cleanup(event_deinit)))
