/* SPDX-License-Identifier: MIT */

/* librarian_admin.h - The supervisor's connection to the Librarian
 *
 * Inherited by the Librarian as a socket, so nobody else can be on it; see
 * proto_librarian.h. Commands go out in order; the Librarian's replies are
 * only looked at for errors, which are logged.
 */
#pragma once

#include <event2/event.h>

struct librarian_admin;

/**
 * librarian_admin_new() - A connection, before there is a Librarian
 * @base:	Loop
 * @ret_theirs:	The Librarian's end; the caller's
 * @ret:	For librarian_admin_free()
 */
int librarian_admin_new(struct event_base *base, int *ret_theirs,
			struct librarian_admin **ret);

/* Sends now what was said so far. The Librarian does it before it hears any
 * node, if it is sent before it starts.
 */
int librarian_admin_flush(struct librarian_admin *a);

/* This node says hello with this token from now on. */
int librarian_admin_set_token(struct librarian_admin *a, unsigned node,
			      const char *token);

/* This node's machine has ended for certain; it maps nothing any more. */
int librarian_admin_node_down(struct librarian_admin *a, unsigned node);

/* Returns NULL; NULL is fine. */
struct librarian_admin *librarian_admin_free(struct librarian_admin *a);
