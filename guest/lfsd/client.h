/* SPDX-License-Identifier: MIT */

/* client.h - Connection to the Librarian
 *
 * Any number of threads ask at the same time: each request goes out at once,
 * behind those that wait for their answers. When the connection breaks, the
 * client connects again, and what was not answered is asked again, for a while;
 * so a Librarian that restarts only delays. What a request may have done before
 * the connection broke is for the caller to think of: reply.resent tells.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "message.h"
#include "request.h"

struct client;

/**
 * struct client_conf - What a connection needs
 * @address: @port:	The Librarian, in numbers
 * @node_id: @token:	Who we are; borrowed
 * @stop_fd:		Readable when client_new() is to give up; -1 = never.
 *			Later, client_set_patience() ends waiting.
 * @protocol:		The highest version to be spoken
 * @patience_ms:	How long a call may take, connecting again included
 * @restore:		Called on each new connection but the first, before any
 *			other call goes out: bring the Librarian's idea of this
 *			node up to date by client_call(). It runs on a thread of
 *			the client while others wait within client_call(), with
 *			whatever locks they hold: it must not wait for those.
 *			When one of its calls gives -ENOTCONN, the connection is
 *			lost: it is to return, and is called on the next one.
 *			What cannot be restored for another reason does not end
 *			the connection.
 * @event:		Called with what the Librarian tells unasked (events.h);
 *			takes @message over. On any thread that reads: it must
 *			neither wait nor call the client; events_push() does. A
 *			negative errno drops the connection: after the next
 *			hello, the Librarian tells again what matters. NULL = no
 *			events are wanted
 * @arg: @event_arg:	For them
 */
struct client_conf {
	const char *address;
	uint16_t port;
	uint32_t node_id;
	const char *token;
	uint32_t protocol;
	int stop_fd;
	uint32_t patience_ms;
	void (*restore)(void *arg);
	void *arg;
	int (*event)(void *arg, struct jread *message);
	void *event_arg;
};

/**
 * client_new() - Connect and say hello
 * @conf:	Copied; its texts are borrowed
 * @ret_client:	For client_free()
 * @e:		Why not
 *
 * Threads that it starts have all signals blocked.
 */
int client_new(const struct client_conf *conf, struct client **ret_client,
	       struct err *e);

/* No call may be under way. NULL is fine; returns NULL. */
struct client *client_free(struct client *c);

/**
 * client_ask() - Ask, and wait for the answer
 * @c:		Client
 * @who:	For whom; NULL = for lfsd itself
 * @request:	From request.h; consumed, and may be NULL (no memory)
 * @ret_reply:	For reply_deinit(); set whenever the Librarian has answered,
 *		also by an error; otherwise all 0 but .resent
 *
 * Return: 0, the Librarian's negative errno, -EIO if it has not answered within
 *         the time; in restore() -ENOTCONN if the connection is lost
 */
int client_ask(struct client *c, const struct caller *who, json_t *request,
	       struct reply *ret_reply);

/* A new limit for how long calls may take, also for those under way: some of
 * them end now.
 */
void client_set_patience(struct client *c, uint32_t ms);

/**
 * struct client_hello - What the Librarian of this connection can do
 * @protocol:	1, or 2 with all of proto_librarian.h
 * @board_offset: @board_size:	Bytes in the memory (proto_board.h); size 0 =
 *				there is no board
 */
struct client_hello {
	uint32_t protocol;
	uint64_t board_offset;
	uint64_t board_size;
};

struct client_hello client_get_hello(struct client *c);
