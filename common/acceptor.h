/* SPDX-License-Identifier: MIT */

/* acceptor.h - Take in those who connect to a listening socket */
#pragma once

#include <stdbool.h>

struct acceptor;
struct event_base;
struct sockaddr;

/* Takes @fd over. @peer: where it comes from; valid during the call. */
typedef void (*acceptor_fn)(int fd, const struct sockaddr *peer, void *arg);

/**
 * acceptor_new() - Call back for each that connects
 * @base:	Loop
 * @fd:		Listening socket; taken over, also on failure
 * @fn: @arg:	Called with the new connection, which does not block and is
 *		closed by exec
 * @ret_a:	For acceptor_free()
 *
 * One is taken in with each turn of the loop: those who have left meanwhile are
 * noticed in between, so a crowd that comes and goes keeps nobody out.
 *
 * Return: 0 or -ENOMEM
 */
int acceptor_new(struct event_base *base, int fd, acceptor_fn fn, void *arg,
		 struct acceptor **ret_a);

/**
 * acceptor_rest() - Leave those who connect in the kernel's queue, or go on
 * @rest:	Which of the two
 */
void acceptor_rest(struct acceptor *a, bool rest);

/* NULL is fine; returns NULL. */
struct acceptor *acceptor_free(struct acceptor *a);
