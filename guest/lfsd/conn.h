/* SPDX-License-Identifier: MIT */

/* conn.h - A TCP connection that carries lines
 *
 * One thread may send while another receives.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct conn - The connection
 * @fd:		-1 = none
 * @buf:	Received: the bytes from @start to @end, of @room; owned
 * @seen:	So many of them have no end of line
 */
struct conn {
	int fd;
	char *buf;
	size_t room, start, end, seen;
};

/* How long conn_send() and conn_receive() wait at most before they return. */
#define CONN_TICK_MS 200

/**
 * conn_connect() - Connect
 * @conn:	Not connected
 * @peer:	To whom
 * @stop_fd:	Readable when it is to give up (-EINTR); -1 = never
 * @ms:		How long it may take (-ETIMEDOUT)
 */
int conn_connect(struct conn *conn, const struct sockaddr_in *peer, int stop_fd,
		 int ms);

/* Ends it, and forgets what was received; idempotent. Nobody uses it. */
void conn_close(struct conn *conn);

/* Both ends: whoever sends or receives returns. */
void conn_break(const struct conn *conn);

/* Frees what it owns; idempotent. */
void conn_deinit(struct conn *conn);

/* Some of @data. Bytes sent, -EAGAIN if none after CONN_TICK_MS, or what ended
 * the connection
 */
ssize_t conn_send(const struct conn *conn, const char *data, size_t len);

/**
 * conn_receive() - Take what has arrived
 * @conn:	Connection
 * @wait:	If nothing has, wait, but not longer than CONN_TICK_MS
 *
 * Return: 0 if there is more than before, -EAGAIN if not, -ECONNRESET at the
 *         end, -EPROTO for an endless line, -ENOMEM, or another errno
 */
int conn_receive(struct conn *conn, bool wait);

/* The next whole line without its end, in the buffer: good until the next
 * conn_receive(). Return: whether there is one
 */
bool conn_line(struct conn *conn, const char **ret_text, size_t *ret_len);

/* What has come of a line that has not ended. Return: whether there is any */
bool conn_rest(const struct conn *conn, const char **ret_text, size_t *ret_len);

/* It was used. */
void conn_drop_rest(struct conn *conn);
