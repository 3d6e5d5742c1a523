/* SPDX-License-Identifier: MIT */

/* pollset.c - The descriptors of one turn of the loop */

#include "pollset.h"

#include <stdlib.h>

int pollset_add(struct pollset *s, int fd, short events)
{
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct pollfd *fds;

		if (room > POLLSET_MAX)
			return -1;
		fds = reallocarray(s->fds, room, sizeof(*fds));
		if (!fds)
			return -1;
		s->fds = fds;
		s->room = room;
	}
	s->fds[s->n] = (struct pollfd){ .fd = fd, .events = events };
	return (int)s->n++;
}

void pollset_deinit(struct pollset *s)
{
	free(s->fds);
	*s = (struct pollset){ .fds = NULL };
}
