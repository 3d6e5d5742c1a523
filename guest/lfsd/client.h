/* SPDX-License-Identifier: MIT */

/* client.h - Connection to the Librarian
 *
 * One request at a time, synchronous. When the connection breaks, the client
 * connects again and sends the request again, for a while; so a Librarian that
 * restarts only delays. What a request may have done before the connection
 * broke is for the caller to think of: client_resent() tells.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "request.h"

struct client;

/**
 * struct client_conf - What a connection needs
 * @address: @port:	The Librarian, in numbers
 * @node_id: @token:	Who we are; borrowed
 * @stop_fd:		Readable when waiting is to end; -1 = never
 * @patience_ms:	How long to try to connect before a call fails
 * @restore:		Called on each new connection but the first: bring the
 *			Librarian's idea of this node up to date by
 *			client_call(). A negative errno drops the connection.
 * @arg:		For it
 */
struct client_conf {
	const char *address;
	uint16_t port;
	uint32_t node_id;
	const char *token;
	int stop_fd;
	uint32_t patience_ms;
	int (*restore)(void *arg);
	void *arg;
};

/**
 * client_new() - Connect and say hello
 * @conf:	Copied; its texts are borrowed
 * @ret_client:	For client_free()
 * @e:		Why not
 */
int client_new(const struct client_conf *conf, struct client **ret_client,
	       struct err *e);

/* NULL is fine; returns NULL. */
struct client *client_free(struct client *c);

/**
 * client_call() - Ask, and wait for the answer
 * @c:		Client
 * @who:	For whom; NULL = for lfsd itself
 * @request:	From request.h; consumed, and may be NULL (no memory)
 * @ret_value:	The reply's value, for json_decref()
 *
 * Return: 0, the Librarian's negative errno, -EIO if it cannot be reached,
 *         -EINTR if stop_fd ended the wait
 */
int client_call(struct client *c, const struct caller *who, json_t *request,
		json_t **ret_value);

/* A new limit for how long calls try to connect. */
void client_set_patience(struct client *c, uint32_t ms);

/* Whether the last call sent its request more than once. */
bool client_resent(const struct client *c);
