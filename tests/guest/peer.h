/* SPDX-License-Identifier: MIT */

/* peer.h - A process elsewhere that does lines: "posix --serve", by a command */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct peer {
	pid_t pid; /* of the command; 0: none */
	int fd;	   /* its standard input and output */
	char *got; /* what was read and not yet used, FSOP_OUT bytes */
	size_t len;
};

/**
 * peer_start() - Run the command
 * @argv:	Its words, ends with NULL
 *
 * Return: 0 or a negative errno
 */
int peer_start(struct peer *p, char *const argv[]);

/**
 * peer_ask() - Let it do a line
 * @out:	FSOP_OUT bytes for the answer, without a newline
 * @seconds:	How long it may take
 *
 * Return: 0, -ETIMEDOUT, or -EPIPE if it has ended
 */
int peer_ask(struct peer *p, const char *line, char *out, int seconds);

/* End of its input, then of itself. Idempotent. */
void peer_stop(struct peer *p);
