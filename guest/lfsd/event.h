/* SPDX-License-Identifier: MIT */

/* event.h - What a message of the Librarian means */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "jread.h"

enum event_kind {
	EVENT_UNKNOWN, /* of a later Librarian; to be ignored */
	EVENT_REVOKE,
	EVENT_REVOKED,
	EVENT_WANTED,
	EVENT_UNLOCKED,
};

/**
 * struct event - A message, understood (proto_librarian.h)
 * @shelf_id:	Of all kinds but EVENT_UNKNOWN
 * @generation:	Of EVENT_REVOKE and EVENT_REVOKED
 * @gone: @size: @books: @n_books:	Of EVENT_REVOKE; books are owned
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
int event_parse(const struct jvalue *message, uint64_t max_book,
		struct event *ret_event);

/* Idempotent. */
void event_deinit(struct event *e);

#define CLEANUP_EVENT __attribute__((cleanup(event_deinit)))
