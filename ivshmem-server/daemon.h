/* SPDX-License-Identifier: MIT */

/* daemon.h - Go to the background, and say when it works there */
#pragma once

#include "err.h"

/**
 * daemon_fork() - Go on as a child without terminal or parent
 * @ret_ready_fd:	For loop_ready() or to be closed: only then, and with
 *			that result, the parent ends
 * @e:			Why not
 *
 * Return: 0 in the child; the parent does not come back
 */
int daemon_fork(int *ret_ready_fd, struct err *e);

/* Write this process's number to a file, which is made anew. */
int daemon_write_pid(const char *path, struct err *e);
