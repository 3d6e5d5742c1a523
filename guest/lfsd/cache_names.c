/* SPDX-License-Identifier: MIT */

/* cache_names.c - The cache's names in directories
 *
 * Names live and die with their directory: all that is known of it is of one
 * gen, since whatever changes one name outdates all that is known. A newer gen
 * empties the directory, unless it comes from this node's own change, which is
 * applied. When there are too many names, whole directories go, those first
 * that were not used for the longest time.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache_inner.h"
#include "cleanup.h"

#define DIR_CHAINS 1024 /* of directories */
#define NAME_CHAINS_MIN 16

/* So many questions without an answer are to come before the directory is
 * listed: more if listing it did not pay the last time, or showed that it is
 * too large.
 */
#define MISSES_MIN 2
#define MISSES_MAX 256
#define MISSES_TOO_LARGE 4096

/* A listing has paid if it answered one question for so many names. */
#define NAMES_PER_HIT 16

struct name {
	struct name *next;
	uint64_t id; /* 0 = it is not there */
	uint32_t hash;
	char text[];
};

/**
 * struct dir_entry - What is known of a directory
 * @next:	In its chain of the cache
 * @newer: @older:	In the order of use
 * @gen:	Of all of it
 * @complete:	What is not in @chains is not there
 * @needed:	Questions without an answer until it is to be listed
 * @misses:	Such questions, since @gen
 * @hits:	Answers since it was listed
 */
struct dir_entry {
	struct dir_entry *next;
	struct dir_entry *newer, *older;
	uint64_t id;
	uint64_t gen;
	bool complete;
	uint32_t needed, misses, hits;
	struct name **chains;
	size_t n_chains, n;
};

/* ---- names of one directory ------------------------------------------------ */

static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261U;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 16777619U;
	return h;
}

static struct name **find_name(const struct dir_entry *d, const char *text,
			       uint32_t hash)
{
	struct name **p;

	if (!d->n_chains)
		return NULL;
	for (p = &d->chains[hash & (d->n_chains - 1)]; *p; p = &(*p)->next)
		if ((*p)->hash == hash && !strcmp((*p)->text, text))
			return p;
	return NULL;
}

static int grow(struct dir_entry *d)
{
	size_t n_chains = d->n_chains ? d->n_chains * 2 : NAME_CHAINS_MIN;
	struct name **chains = calloc(n_chains, sizeof(struct name *));

	if (!chains)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_chains; i++) {
		struct name *n = d->chains[i], *next;

		for (; n; n = next) {
			struct name **head = &chains[n->hash & (n_chains - 1)];

			next = n->next;
			n->next = *head;
			*head = n;
		}
	}
	free(d->chains);
	d->chains = chains;
	d->n_chains = n_chains;
	return 0;
}

/* ---- directories; all with the lock ---------------------------------------- */

static void empty(struct name_cache *nc, struct dir_entry *d)
{
	for (size_t i = 0; i < d->n_chains; i++) {
		struct name *n = d->chains[i], *next;

		for (; n; n = next) {
			next = n->next;
			free(n);
		}
	}
	free(d->chains);
	d->chains = NULL;
	d->n_chains = 0;
	nc->cost -= d->n;
	d->n = 0;
	d->complete = false;
}

static struct dir_entry **chain_of(const struct name_cache *nc, uint64_t id)
{
	return &nc->chains[id % nc->n_chains];
}

static void unchain(struct name_cache *nc, struct dir_entry *d)
{
	*(d->newer ? &d->newer->older : &nc->newest) = d->older;
	*(d->older ? &d->older->newer : &nc->oldest) = d->newer;
}

static void make_newest(struct name_cache *nc, struct dir_entry *d)
{
	d->newer = NULL;
	d->older = nc->newest;
	*(nc->newest ? &nc->newest->newer : &nc->oldest) = d;
	nc->newest = d;
}

static void drop_dir(struct name_cache *nc, struct dir_entry *d)
{
	struct dir_entry **p = chain_of(nc, d->id);

	while (*p != d)
		p = &(*p)->next;
	*p = d->next;
	unchain(nc, d);
	empty(nc, d);
	nc->cost--;
	free(d);
}

static struct dir_entry *find_dir(struct name_cache *nc, uint64_t id)
{
	struct dir_entry *d = *chain_of(nc, id);

	while (d && d->id != id)
		d = d->next;
	if (d && d != nc->newest) {
		unchain(nc, d);
		make_newest(nc, d);
	}
	return d;
}

/* Room for one more name of @d, which is the newest */
static void make_room(struct name_cache *nc, struct dir_entry *d)
{
	while (nc->cost >= nc->max_cost && nc->oldest != d)
		drop_dir(nc, nc->oldest);
	if (nc->cost >= nc->max_cost)
		empty(nc, d);
}

static struct dir_entry *get_dir(struct name_cache *nc, uint64_t id)
{
	struct dir_entry *d = find_dir(nc, id);

	if (d)
		return d;
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->id = id;
	d->needed = MISSES_MIN;
	d->next = *chain_of(nc, id);
	*chain_of(nc, id) = d;
	make_newest(nc, d);
	nc->cost++;
	return d;
}

/* All that was known of @d is old. */
static void renew(struct name_cache *nc, struct dir_entry *d, uint64_t gen)
{
	if (d->complete && d->hits < 1 + d->n / NAMES_PER_HIT)
		d->needed = d->needed < MISSES_MAX ? d->needed * 2 : MISSES_MAX;
	else if (d->complete)
		d->needed = MISSES_MIN;
	empty(nc, d);
	d->misses = 0;
	d->gen = gen;
}

static void remove_name(struct name_cache *nc, struct dir_entry *d,
			struct name **p)
{
	struct name *n = *p;

	*p = n->next;
	free(n);
	d->n--;
	nc->cost--;
}

static void add_name(struct name_cache *nc, struct dir_entry *d,
		     const char *text, uint32_t hash, uint64_t id)
{
	size_t len = strlen(text) + 1;
	struct name **p, *n;

	make_room(nc, d);
	n = malloc(sizeof(*n) + len);
	if (!n || (d->n >= d->n_chains && grow(d) < 0)) {
		free(n);
		empty(nc, d);
		return;
	}
	*n = (struct name){ .id = id, .hash = hash };
	memcpy(n->text, text, len);
	p = &d->chains[hash & (d->n_chains - 1)];
	n->next = *p;
	*p = n;
	d->n++;
	nc->cost++;
}

static void set_name(struct name_cache *nc, struct dir_entry *d,
		     const char *text, uint64_t id)
{
	const uint32_t hash = hash_of(text);
	struct name **p = find_name(d, text, hash);

	if (p && !id && d->complete)
		remove_name(nc, d, p);
	else if (p)
		(*p)->id = id;
	else if (id || !d->complete)
		add_name(nc, d, text, hash, id);
}

/* ---- for cache.c ----------------------------------------------------------- */

int name_cache_init(struct name_cache *nc, size_t max)
{
	(void)pthread_mutex_init(&nc->lock, NULL);
	nc->max_cost = max;
	nc->n_chains = DIR_CHAINS;
	nc->chains = calloc(nc->n_chains, sizeof(struct dir_entry *));
	return nc->chains ? 0 : -ENOMEM;
}

void name_cache_clear(struct name_cache *nc)
{
	pthread_mutex_lock(&nc->lock);
	while (nc->oldest)
		drop_dir(nc, nc->oldest);
	pthread_mutex_unlock(&nc->lock);
}

void name_cache_deinit(struct name_cache *nc)
{
	while (nc->oldest)
		drop_dir(nc, nc->oldest);
	free(nc->chains);
	nc->chains = NULL;
	(void)pthread_mutex_destroy(&nc->lock);
}

/* A question without an answer. Return: whether to list the directory */
static bool miss(struct dir_entry *d)
{
	if (++d->misses < d->needed)
		return false;
	d->misses = 0;
	return true;
}

enum cache_answer name_cache_get(struct name_cache *nc, uint64_t dir_id,
				 const char *name, uint64_t gen,
				 uint64_t *ret_id, bool *ret_list)
{
	enum cache_answer answer = CACHE_UNKNOWN;
	struct name **p = NULL;
	struct dir_entry *d;

	pthread_mutex_lock(&nc->lock);
	d = get_dir(nc, dir_id);
	if (d && d->gen < gen)
		renew(nc, d, gen);
	if (d && d->gen == gen) {
		p = find_name(d, name, hash_of(name));
		if (p && (*p)->id) {
			answer = CACHE_PRESENT;
			*ret_id = (*p)->id;
		} else if (p || d->complete) {
			answer = CACHE_ABSENT;
		}
	}
	if (d && answer != CACHE_UNKNOWN)
		d->hits++;
	else if (d)
		*ret_list = miss(d);
	pthread_mutex_unlock(&nc->lock);
	return answer;
}

void name_cache_put(struct name_cache *nc, uint64_t dir_id, const char *name,
		    uint64_t id, uint64_t gen)
{
	struct dir_entry *d;

	pthread_mutex_lock(&nc->lock);
	d = get_dir(nc, dir_id);
	if (d && gen > d->gen)
		renew(nc, d, gen);
	if (d && gen == d->gen)
		set_name(nc, d, name, id);
	pthread_mutex_unlock(&nc->lock);
}

static void set_names(struct name_cache *nc, struct dir_entry *d,
		      const struct shelf_info *infos, size_t n)
{
	for (size_t i = 0; i < n; i++)
		set_name(nc, d, infos[i].name, infos[i].id);
}

static void put_all(struct name_cache *nc, struct dir_entry *d,
		    const struct shelf_info *infos, size_t n)
{
	empty(nc, d);
	set_names(nc, d, infos, n);
	d->complete = d->n == n;
	d->hits = 0;
	if (!d->complete)
		d->needed = MISSES_TOO_LARGE;
}

static void put_some(struct name_cache *nc, struct dir_entry *d,
		     const struct shelf_info *infos, size_t n)
{
	if (!d->complete)
		set_names(nc, d, infos, n);
	if (n >= CACHE_LISTING_MAX)
		d->needed = MISSES_TOO_LARGE;
}

void name_cache_put_listing(struct name_cache *nc, uint64_t dir_id,
			    const struct shelf_info *infos, size_t n, bool more,
			    uint64_t gen)
{
	struct dir_entry *d;

	pthread_mutex_lock(&nc->lock);
	d = get_dir(nc, dir_id);
	if (d && gen > d->gen)
		renew(nc, d, gen);
	if (d && gen == d->gen && more)
		put_some(nc, d, infos, n);
	else if (d && gen == d->gen)
		put_all(nc, d, infos, n);
	pthread_mutex_unlock(&nc->lock);
}

/* One of them, of which the directory is not known up to its beginning */
static void learn(struct name_cache *nc, const struct cache_change *change)
{
	struct dir_entry *d = get_dir(nc, change->dir_id);

	if (!d || d->gen > change->after)
		return;
	if (d->gen < change->after)
		renew(nc, d, change->after);
	set_name(nc, d, change->name, change->id);
}

void name_cache_change(struct name_cache *nc,
		       const struct cache_change *changes, size_t n)
{
	pthread_mutex_lock(&nc->lock);
	for (size_t i = 0; i < n; i++) {
		const struct cache_change *c = &changes[i];
		struct dir_entry *d = find_dir(nc, c->dir_id);

		if (d && d->gen == c->before)
			set_name(nc, d, c->name, c->id);
	}
	for (size_t i = 0; i < n; i++) {
		const struct cache_change *c = &changes[i];
		struct dir_entry *d = find_dir(nc, c->dir_id);

		if (d && d->gen == c->before)
			d->gen = c->after;
		else
			learn(nc, c);
	}
	pthread_mutex_unlock(&nc->lock);
}
