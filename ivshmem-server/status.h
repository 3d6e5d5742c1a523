/* SPDX-License-Identifier: MIT */

/* status.h - A report for whoever connects to the control socket */
#pragma once

struct server;
struct sockaddr;

/**
 * status_text() - The server as it is now
 * @s:	Server
 *
 * One line of JSON:
 *   {"version": text, "pid": n, "vectors": n, "clients_max": n,
 *    "memory": {"size": bytes},
 *    "clients": [{"id": n, "pid": n, "uid": n, "vectors": n, "queued": n}],
 *    "connects": n, "refused": n, "left": n, "dropped": n}
 * "queued": events that the client has not read yet; a server's life counts.
 *
 * Return: text to free(), NULL = no memory
 */
char *status_text(const struct server *s);

/* Says it to a connection, whose other end has to take it at once. Takes @fd
 * over; for an acceptor_fn, @arg is the server.
 */
void status_answer(int fd, const struct sockaddr *peer, void *arg);
