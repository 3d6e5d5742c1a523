/* SPDX-License-Identifier: MIT */

/* actor.h - Other processes that do what a script says
 *
 * An actor is a child made at its first line, and so has the descriptors that
 * the script had then. It does one line at a time. A line that may block is
 * started, and its answer awaited later.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "fsop.h"

struct actor {
	pid_t pid; /* 0: not there */
	int fd;	   /* socket to it */
};

/**
 * actor_start() - Let it begin a line
 * @f:		What the child starts with, if there is none yet
 *
 * Return: 0 or a negative errno
 */
int actor_start(struct actor *a, struct fsop *f, const char *line);

/**
 * actor_wait() - The answer to the line begun
 * @out:	FSOP_OUT bytes
 *
 * Return: as fsop_run(), or -ESRCH if it ended instead
 */
int actor_wait(struct actor *a, char *out);

/* Has it not answered, and does not within a moment? */
bool actor_is_blocked(const struct actor *a);

/* By SIGKILL; it is gone afterwards. Idempotent. */
void actor_kill(struct actor *a);
