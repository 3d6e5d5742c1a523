/* SPDX-License-Identifier: MIT */

/* stream.h - Standard input and output joined to commands in nodes
 *
 * One stream is one connection to the supervisor after the reply to "exec":
 * frames of proto_agent.h on credit. Several run side by side; standard input
 * goes to all of them, as fast as the slowest takes it.
 */
#pragma once

#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct streams;

/**
 * streams_new() - An empty set
 * @prefix:	Put a node's name in front of each line of its output
 * @input:	Pass standard input on; else the commands find its end at once
 *
 * From now on INT, TERM and QUIT are passed on to the commands; a second one,
 * or HUP, ends streams_run().
 */
int streams_new(bool prefix, bool input, struct streams **ret);

/**
 * streams_add() - One more command, already accepted
 * @s:		Set
 * @name:	Of the node; borrowed
 * @fd:		Connection; owned, also on failure
 * @received:	What came behind the reply; emptied
 */
int streams_add(struct streams *s, const char *name, int fd,
		struct evbuffer *received);

/**
 * streams_run() - Carry data until all commands have ended
 * @s:		Set
 * @e:		Says why on failure
 *
 * Return: the first exit status that is not 0 (128 + signal as in env(1)), 0,
 *         or a negative errno
 */
int streams_run(struct streams *s, struct err *e);

/* Returns NULL; NULL is fine. */
struct streams *streams_free(struct streams *s);
