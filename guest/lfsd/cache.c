/* SPDX-License-Identifier: MIT */

/* cache.c - Answers of the Librarian that still hold
 *
 * Theory of operation. An answer is kept with the value that its counter on the
 * board had when it was given. Whoever wants to use it takes a copy first and
 * looks at the counter then: if it has not moved, nothing had changed up to
 * that moment, which lies within the operation that asks. That is all there is
 * to coherence; a counter that has moved means to ask.
 *
 * Counters only grow, so of two answers about the same thing that with the
 * greater gen is the newer one, in whichever order they arrive here.
 */

#include "cache.h"

#include <errno.h>
#include <stdlib.h>

#include "cache_inner.h"
#include "cleanup.h"

#define SHELVES_DEFAULT 16384
#define NAMES_DEFAULT 65536

struct cache {
	const struct board *board; /* NULL = none */
	bool off;		   /* atomic: the board tells nothing */
	struct shelf_cache shelves;
	struct name_cache names;
};

static bool is_on(const struct cache *c)
{
	return c->board && !__atomic_load_n(&c->off, __ATOMIC_ACQUIRE);
}

static uint64_t shelf_gen(const struct cache *c, uint64_t id)
{
	return board_read(c->board, board_shelf_slot((int64_t)id));
}

static uint64_t names_gen(const struct cache *c, uint64_t dir_id)
{
	return board_read(c->board, board_names_slot((int64_t)dir_id));
}

int cache_new(const struct board *board, const struct cache_conf *conf,
	      struct cache **ret_cache)
{
	struct cache *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->board = board;
	r = shelf_cache_init(&c->shelves,
			     conf->shelves ? conf->shelves : SHELVES_DEFAULT);
	if (r == 0)
		r = name_cache_init(&c->names,
				    conf->names ? conf->names : NAMES_DEFAULT);
	if (r < 0)
		(void)cache_free(c);
	else
		*ret_cache = c;
	return r;
}

struct cache *cache_free(struct cache *c)
{
	if (c) {
		shelf_cache_deinit(&c->shelves);
		name_cache_deinit(&c->names);
		free(c);
	}
	return NULL;
}

void cache_reset(struct cache *c, bool board)
{
	if (!c)
		return;
	__atomic_store_n(&c->off, !board, __ATOMIC_RELEASE);
	shelf_cache_clear(&c->shelves);
	name_cache_clear(&c->names);
}

bool cache_get_shelf(struct cache *c, uint64_t id, struct shelf_info *ret_info)
{
	struct shelf_info info;
	uint64_t gen;

	if (!is_on(c) || !shelf_cache_get(&c->shelves, id, &info, &gen) ||
	    shelf_gen(c, id) != gen)
		return false;
	*ret_info = info;
	return true;
}

void cache_put_shelf(struct cache *c, const struct shelf_info *info,
		     uint64_t gen)
{
	if (is_on(c))
		shelf_cache_put(&c->shelves, info, gen);
}

enum cache_answer cache_get_name(struct cache *c, uint64_t dir_id,
				 const char *name, uint64_t *ret_id,
				 bool *ret_list)
{
	if (!is_on(c))
		return CACHE_UNKNOWN;
	/* What is there with this gen, or comes with it later, held now. */
	return name_cache_get(&c->names, dir_id, name, names_gen(c, dir_id),
			      ret_id, ret_list);
}

void cache_put_name(struct cache *c, uint64_t dir_id, const char *name,
		    uint64_t id, uint64_t names_gen)
{
	if (is_on(c))
		name_cache_put(&c->names, dir_id, name, id, names_gen);
}

void cache_put_listing(struct cache *c, uint64_t dir_id,
		       const struct shelf_info *infos, size_t n, bool more,
		       uint64_t names_gen)
{
	if (is_on(c))
		name_cache_put_listing(&c->names, dir_id, infos, n, more,
				       names_gen);
}

void cache_change_names(struct cache *c, const struct cache_change *changes,
			size_t n)
{
	if (is_on(c))
		name_cache_change(&c->names, changes, n);
}
