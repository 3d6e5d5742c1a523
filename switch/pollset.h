/* SPDX-License-Identifier: MIT */

/* pollset.h - The descriptors of one turn of the loop */
#pragma once

#include <poll.h>
#include <stddef.h>

#define POLLSET_MAX 8192U

struct pollset {
	struct pollfd *fds;
	size_t n;
	size_t room;
};

/**
 * pollset_add() - Wait for a descriptor in this turn
 * @s:		Set
 * @fd:		Descriptor
 * @events:	As for poll(2)
 *
 * Return: where to ask for what happened; -1 = the set is full
 */
int pollset_add(struct pollset *s, int fd, short events);

/* What happened at an index that pollset_add() gave, -1 included. */
static inline short pollset_revents(const struct pollset *s, int index)
{
	return index < 0 ? 0 : s->fds[index].revents;
}

/* Begin the next turn. */
static inline void pollset_clear(struct pollset *s)
{
	s->n = 0;
}

void pollset_deinit(struct pollset *s);
