/* SPDX-License-Identifier: MIT */

/* outbox.h - What clients are to be told without having asked
 *
 * Commands put messages here; they go out when what they say is durable, and
 * are forgotten if it does not become so.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct session;

/* More than so many wait only if they must: a flood of broadcasts does not. */
#define OUTBOX_MAX 65536U

struct message {
	struct session *to;
	json_t *body;
	bool must; /* whoever cannot take it is dropped */
};

struct outbox {
	struct message *list;
	size_t n;
	size_t room;
};

/**
 * outbox_put() - Add a message
 * @to:		Its client
 * @body:	Not taken over
 * @must:	false = it may be left out, if there are too many, or for a
 *		client that reads too slowly
 *
 * Return: 0 or -ENOMEM
 */
int outbox_put(struct outbox *o, struct session *to, json_t *body, bool must);

/* Its client is gone. */
void outbox_forget(struct outbox *o, const struct session *to);

/* Forgets all messages but the first @n. */
void outbox_cut(struct outbox *o, size_t n);

void outbox_deinit(struct outbox *o);
