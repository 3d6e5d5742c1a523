/* SPDX-License-Identifier: MIT */

/* listener.h - A socket at a path, where somebody may connect */
#pragma once

#include <sys/types.h>

#include "err.h"

/**
 * listener_bind() - A socket at a path
 * @path:	Where; one that a dead server has left there is replaced
 * @mode:	Permissions; 0 = as the umask says
 * @ret_fd:	The caller's
 * @e:		Why not: in use, too long, something else is there
 */
int listener_bind(const char *path, mode_t mode, int *ret_fd, struct err *e);
