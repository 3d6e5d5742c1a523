/* SPDX-License-Identifier: MIT */

/* tunnel.h - A connection of the host's, led on from within a node
 *
 * By "fame-agent --connect --tell" in the node, and a connection to the
 * supervisor that carries its standard streams on credit (frame.h): a reader
 * that is slow at one end stops the writer at the other, and nobody else. It
 * works in every network mode, and for a node without network.
 */
#pragma once

#include <event2/bufferevent.h>
#include <stdint.h>

struct tunnel;

struct tunnel_target {
	const char *node; /* whose agent connects */
	const char *host; /* as it sees it; NULL = itself */
	uint16_t port;
};

struct tunnel_ops {
	/* The connection is there (0) or is not to be had (negative errno).
	 * Called once, before anything else is sent to the host's side, so an
	 * answer of the caller's own comes first.
	 */
	void (*told)(void *arg, int error);
	/* All is over, and all is sent; the last call. May free the tunnel. */
	void (*gone)(void *arg);
};

/**
 * tunnel_new() - Ask a node for a connection, and join the host's with it
 * @base:	Loop
 * @fd:		Connection to the supervisor; owned, also on failure
 * @local:	The host's side; owned on success. What was read from it goes
 *		first.
 * @target:	Where to; copied
 * @ops: @arg:	Told what happens; @ops is borrowed for ever
 * @ret:	The tunnel
 *
 * Return: 0 or -ENOMEM
 */
int tunnel_new(struct event_base *base, int fd, struct bufferevent *local,
	       const struct tunnel_target *target, const struct tunnel_ops *ops,
	       void *arg, struct tunnel **ret);

/* Cuts both sides off, without a call. Returns NULL; NULL is fine. */
struct tunnel *tunnel_free(struct tunnel *t);
