/* SPDX-License-Identifier: MIT */

/* cache_shelves.c - The cache's attributes of shelves
 *
 * A table of sets: a shelf can be in any place of one set, and there replaces
 * the one that was not used for the longest time.
 */

#include <errno.h>
#include <stdlib.h>

#include "cache_inner.h"
#include "cleanup.h"

#define WAYS 4U

struct shelf_entry {
	struct shelf_info info; /* id 0: nothing */
	uint64_t gen;
	uint64_t used; /* tick */
};

int shelf_cache_init(struct shelf_cache *sc, size_t max)
{
	(void)pthread_mutex_init(&sc->lock, NULL);
	sc->n_sets = max > WAYS ? max / WAYS : 1;
	sc->entries = calloc(sc->n_sets, WAYS * sizeof(*sc->entries));
	return sc->entries ? 0 : -ENOMEM;
}

void shelf_cache_deinit(struct shelf_cache *sc)
{
	free(sc->entries);
	sc->entries = NULL;
	(void)pthread_mutex_destroy(&sc->lock);
}

void shelf_cache_clear(struct shelf_cache *sc)
{
	pthread_mutex_lock(&sc->lock);
	for (size_t i = 0; i < sc->n_sets * WAYS; i++)
		sc->entries[i] = (struct shelf_entry){ 0 };
	pthread_mutex_unlock(&sc->lock);
}

/* With the lock. Ids are handed out one after the other. */
static struct shelf_entry *set_of(const struct shelf_cache *sc, uint64_t id)
{
	return &sc->entries[id % sc->n_sets * WAYS];
}

static struct shelf_entry *find(const struct shelf_cache *sc, uint64_t id)
{
	struct shelf_entry *set = set_of(sc, id);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].info.id == id)
			return &set[i];
	return NULL;
}

static struct shelf_entry *oldest(const struct shelf_cache *sc, uint64_t id)
{
	struct shelf_entry *set = set_of(sc, id), *e = set;

	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < e->used)
			e = &set[i];
	return e;
}

bool shelf_cache_get(struct shelf_cache *sc, uint64_t id,
		     struct shelf_info *ret_info, uint64_t *ret_gen)
{
	struct shelf_entry *e;

	pthread_mutex_lock(&sc->lock);
	e = find(sc, id);
	if (e) {
		e->used = ++sc->tick;
		*ret_info = e->info;
		*ret_gen = e->gen;
	}
	pthread_mutex_unlock(&sc->lock);
	return e;
}

void shelf_cache_put(struct shelf_cache *sc, const struct shelf_info *info,
		     uint64_t gen)
{
	struct shelf_entry *e;

	pthread_mutex_lock(&sc->lock);
	e = find(sc, info->id);
	if (!e || e->gen <= gen) {
		if (!e)
			e = oldest(sc, info->id);
		e->info = *info;
		e->info.name = NULL;
		e->info.handle = 0;
		e->info.books = NULL;
		e->info.has_books = false;
		e->gen = gen;
		e->used = ++sc->tick;
	}
	pthread_mutex_unlock(&sc->lock);
}
