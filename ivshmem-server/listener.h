/* SPDX-License-Identifier: MIT */

/* listener.h - Sockets at a path, where somebody may connect */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct event_base;
struct listener;

/* Takes @fd over. */
typedef void (*listener_fn)(int fd, void *arg);

/**
 * listener_bind() - A socket at a path
 * @path:	Where; one that a dead server has left there is replaced
 * @mode:	Permissions; 0 = as the umask says
 * @ret_fd:	The caller's
 * @e:		Why not: in use, too long, something else is there
 */
int listener_bind(const char *path, mode_t mode, int *ret_fd, struct err *e);

/**
 * listener_new() - Call back for each that connects
 * @base:	Loop
 * @fd:		Listening socket; taken over, also on failure
 * @path:	Removed at the end; NULL = nothing is. Borrowed
 * @fn: @arg:	Called with the new connection
 * @ret_l:	For listener_free()
 */
int listener_new(struct event_base *base, int fd, const char *path,
		 listener_fn fn, void *arg, struct listener **ret_l);

/* NULL is fine; returns NULL. */
struct listener *listener_free(struct listener *l);
