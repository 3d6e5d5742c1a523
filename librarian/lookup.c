/* SPDX-License-Identifier: MIT */

/* lookup.c - Shelves that were found by name, until something changes
 *
 * A table in which each name has one place: the one found last is kept.
 */

#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 1024U /* power of 2 */

struct known {
	uint64_t version; /* 0 = none */
	struct shelf shelf;
};

struct lookup {
	struct known slots[SLOTS];
};

struct lookup *lookup_new(void)
{
	return calloc(1, sizeof(struct lookup));
}

/* FNV-1a */
static uint32_t slot_of(int64_t parent_id, const char *name)
{
	uint32_t hash = 2166136261U ^ (uint32_t)parent_id;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619U;
	return (hash ^ hash >> 16) & (SLOTS - 1);
}

const struct shelf *lookup_find(const struct lookup *l, uint64_t version,
				const struct shelf_place *place)
{
	const struct known *k;

	if (!l)
		return NULL;
	k = &l->slots[slot_of(place->parent_id, place->name)];
	return k->version == version &&
			       k->shelf.parent_id == place->parent_id &&
			       !strcmp(k->shelf.name, place->name) ?
		       &k->shelf :
		       NULL;
}

void lookup_keep(struct lookup *l, uint64_t version, const struct shelf *s)
{
	if (l)
		l->slots[slot_of(s->parent_id, s->name)] =
			(struct known){ version, *s };
}
