/* SPDX-License-Identifier: MIT */

/* cache_inner.h - The two halves of the cache
 *
 * Each has a lock of its own. Neither looks at the board: they keep answers and
 * their gens; cache.c decides whether they hold.
 */
#pragma once

#include <pthread.h>

#include "cache.h"

/* ---- attributes (cache_shelves.c) ----------------------------------------- */

struct shelf_cache {
	pthread_mutex_t lock;
	struct shelf_entry *entries;
	size_t n_sets;
	uint64_t tick;
};

int shelf_cache_init(struct shelf_cache *sc, size_t max);
void shelf_cache_deinit(struct shelf_cache *sc);
void shelf_cache_clear(struct shelf_cache *sc);

/* Return: whether there is an answer, of then */
bool shelf_cache_get(struct shelf_cache *sc, uint64_t id,
		     struct shelf_info *ret_info, uint64_t *ret_gen);
void shelf_cache_put(struct shelf_cache *sc, const struct shelf_info *info,
		     uint64_t gen);

/* ---- names (cache_names.c) ------------------------------------------------- */

struct name_cache {
	pthread_mutex_t lock;
	struct dir_entry **chains;
	size_t n_chains;
	struct dir_entry *newest, *oldest;
	size_t cost, max_cost;
};

int name_cache_init(struct name_cache *nc, size_t max);
void name_cache_deinit(struct name_cache *nc);
void name_cache_clear(struct name_cache *nc);

/* What cache_get_name() says if the directory's slot is @gen now */
enum cache_answer name_cache_get(struct name_cache *nc, uint64_t dir_id,
				 const char *name, uint64_t gen,
				 uint64_t *ret_id, bool *ret_list);
void name_cache_put(struct name_cache *nc, uint64_t dir_id, const char *name,
		    uint64_t id, uint64_t gen);
void name_cache_put_listing(struct name_cache *nc, uint64_t dir_id,
			    const struct shelf_info *infos, size_t n, bool more,
			    uint64_t gen);
void name_cache_change(struct name_cache *nc,
		       const struct cache_change *changes, size_t n);
