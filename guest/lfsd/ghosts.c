/* SPDX-License-Identifier: MIT */

/* ghosts.c - What was deleted here a while ago */

#include "ghosts.h"

#include <string.h>
#include <time.h>

void ghosts_init(struct ghosts *g)
{
	memset(g, 0, sizeof(*g));
	(void)pthread_mutex_init(&g->lock, NULL);
}

void ghosts_add(struct ghosts *g, const struct shelf_info *info)
{
	struct shelf_info ghost = *info;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ghost.ctime_ns = now.tv_sec * 1000000000 + now.tv_nsec;
	ghost.links = 0;
	ghost.name = NULL;
	ghost.handle = 0;
	ghost.has_gen = false;
	ghost.has_books = false;
	ghost.books = NULL;
	(void)pthread_mutex_lock(&g->lock);
	g->infos[g->next++ % GHOSTS] = ghost;
	(void)pthread_mutex_unlock(&g->lock);
}

bool ghosts_get(struct ghosts *g, uint64_t id, struct shelf_info *ret_info)
{
	bool found = false;

	(void)pthread_mutex_lock(&g->lock);
	for (unsigned i = 0; i < GHOSTS && !found; i++) {
		found = g->infos[i].id == id;
		if (found)
			*ret_info = g->infos[i];
	}
	(void)pthread_mutex_unlock(&g->lock);
	return found;
}
