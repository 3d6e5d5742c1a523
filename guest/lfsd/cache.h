/* SPDX-License-Identifier: MIT */

/* cache.h - Answers of the Librarian that still hold
 *
 * Three kinds: attributes of a shelf, names in a directory, and that a name is
 * not there. Each holds as long as the counter on the board that came with the
 * answer has not moved (proto_board.h); so nothing here is ever old, and
 * nothing has to be told to forget. Any thread may call anything.
 *
 * All gens are as in the Librarian's replies; answers that come without one are
 * not for here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto_board.h"
#include "request.h"

struct cache;

/* The largest directory that is worth to be listed for its names */
#define CACHE_LISTING_MAX 1000

/**
 * struct cache_conf - How much it keeps; 0 = the default
 * @shelves:	Attributes of so many shelves
 * @names:	So many names
 */
struct cache_conf {
	size_t shelves;
	size_t names;
};

/**
 * cache_new() - An empty cache
 * @board:	Borrowed. NULL = a cache that keeps nothing
 * @conf:	Limits
 * @ret_cache:	For cache_free()
 *
 * Return: 0 or -ENOMEM
 */
int cache_new(const struct board *board, const struct cache_conf *conf,
	      struct cache **ret_cache);

/* NULL is fine; returns NULL. */
struct cache *cache_free(struct cache *c);

/**
 * cache_reset() - Start over: on a new connection
 * @c:		Cache; NULL is fine
 * @board:	The Librarian of this connection writes to the board. Otherwise
 *		counters say nothing any more, and nothing is kept.
 */
void cache_reset(struct cache *c, bool board);

/* ---- attributes ----------------------------------------------------------- */

/**
 * cache_get_shelf() - What is known of a shelf
 * @c:		Cache
 * @id:		Shelf
 * @ret_info:	Without name, handle and books; needs no deinit
 *
 * Return: whether it is known for certain
 */
bool cache_get_shelf(struct cache *c, uint64_t id, struct shelf_info *ret_info);

/* Keep all of @info but name, handle and books. */
void cache_put_shelf(struct cache *c, const struct shelf_info *info,
		     uint64_t gen);

/* ---- names ---------------------------------------------------------------- */

enum cache_answer {
	CACHE_UNKNOWN,
	CACHE_PRESENT,
	CACHE_ABSENT,
};

/**
 * cache_get_name() - Where a name leads
 * @c:		Cache
 * @dir_id:	Directory
 * @name:	In it
 * @ret_id:	Set if the name is there
 * @ret_list:	Set if it is not known: list the directory, with the limit
 *		CACHE_LISTING_MAX, and cache_put_listing(); then ask again
 *
 * A directory is to be listed from the second question on that its names that
 * are known do not answer; not again while it is too large.
 */
enum cache_answer cache_get_name(struct cache *c, uint64_t dir_id,
				 const char *name, uint64_t *ret_id,
				 bool *ret_list);

/* A name leads to shelf @id, or is not there (0). */
void cache_put_name(struct cache *c, uint64_t dir_id, const char *name,
		    uint64_t id, uint64_t names_gen);

/**
 * cache_put_listing() - All names of a directory, or the first of them
 * @c:		Cache
 * @dir_id:	Directory
 * @infos: @n:	From list_shelves, without a name to start after
 * @more:	The reply says that there are more. After CACHE_LISTING_MAX of
 *		them, the directory is too large
 * @names_gen:	Of the reply
 */
void cache_put_listing(struct cache *c, uint64_t dir_id,
		       const struct shelf_info *infos, size_t n, bool more,
		       uint64_t names_gen);

/**
 * struct cache_change - What this node did to one name
 * @dir_id: @name:	Where
 * @id:			Where it leads now; 0 = it is gone
 * @before: @after:	names_gen_before and names_gen of the reply; for renames
 *			into another directory the pair of that one
 */
struct cache_change {
	uint64_t dir_id;
	const char *name;
	uint64_t id;
	uint64_t before;
	uint64_t after;
};

/**
 * cache_change_names() - Follow a command that changed names
 * @c:		Cache
 * @changes: @n:	All that one command did: a rename has two. Those of one
 *			directory have the same gens.
 *
 * What else is known of the directories stays known, if nothing else happened
 * in between.
 */
void cache_change_names(struct cache *c, const struct cache_change *changes,
			size_t n);
