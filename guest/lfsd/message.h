/* SPDX-License-Identifier: MIT */

/* message.h - What the Librarian sends */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jread.h"

/**
 * struct message - What it is
 * @doc:	All of it; owned
 * @is_reply:	It answers a request; otherwise it was not asked for (events.h)
 * @seq:	Of the request
 * @value:	Of a reply, borrowed from @doc; NULL if it is an error
 * @error:	0, or the negative errno; one that is no errno of Linux is -EIO
 */
struct message {
	struct jread doc;
	bool is_reply;
	uint64_t seq;
	const struct jvalue *value;
	int error;
};

/**
 * message_parse() - Understand a line
 * @text: @len:		Without the newline
 * @ret_message:	For message_deinit(); set on success only
 *
 * Return: 0, -EPROTO if it is nonsense, -ENOMEM
 */
int message_parse(const char *text, size_t len, struct message *ret_message);

/* Idempotent. */
void message_deinit(struct message *m);

#define CLEANUP_MESSAGE __attribute__((cleanup(message_deinit)))

/**
 * struct reply - What the Librarian said
 * @doc:	The reply, value or error and whatever else is in it; owned, and
 *		empty if there is none
 * @value:	Borrowed from it; NULL in an error
 * @resent:	The request was sent more than once: it may have been carried
 *		out before this answer was made
 */
struct reply {
	struct jread doc;
	const struct jvalue *value;
	bool resent;
};

/* NULL: the Librarian has not answered. */
static inline const struct jvalue *reply_whole(const struct reply *reply)
{
	return reply->doc.values;
}

/* Idempotent. */
void reply_deinit(struct reply *reply);

#define CLEANUP_REPLY __attribute__((cleanup(reply_deinit)))
