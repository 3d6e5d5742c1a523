/* SPDX-License-Identifier: MIT */

/* pending.h - Books that the nodes zero, where the Librarian does not
 *
 * Theory of operation
 *
 * Without the FAM it is tm-librarian's way: a node that deletes a file renames
 * it to LIBRARIAN_PENDING and something; from then on its books are ZOMBIEs.
 * It writes zeros over all of them through its own mount, cuts the shelf to 0,
 * which makes them FREE, and destroys it. A shelf that is cut leaves its books
 * to a new shelf of that kind in the root, whose path the client gets. Nothing
 * else makes books FREE, and a ZOMBIE is always on a shelf that somebody can
 * find: where a shelf would go with its books, it is kept under such a name.
 *
 * With the FAM, such names are like all others, but that no shelf gets one
 * while other nodes hold it; and ZOMBIEs are on no shelf.
 * When a database comes to be served with it, or without it, pending_start()
 * makes one out of the other.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct librarian;
struct shelf;

/* Whether whoever gives a shelf this name is about to write zeros over it. */
bool pending_has_prefix(const char *name);

/* Whether nodes have to zero the books of this shelf, if it has any. */
bool pending_is(const struct librarian *lib, const struct shelf *s);
bool pending_is_name(const struct librarian *lib, const char *name);

/* It was just given such a name: INUSE to ZOMBIE. @s is brought up to date. */
int pending_enter(struct librarian *lib, struct shelf *s);

/* Its node has zeroed them: ZOMBIE to FREE. All books leave the shelf. */
int pending_leave(struct librarian *lib, const struct shelf *s);

/**
 * pending_split() - Books from the end of a shelf to a new one
 * @s:		Shelf
 * @keep:	So many stay
 * @node_id:	Who asks
 * @ret_z:	The new shelf
 */
int pending_split(struct librarian *lib, const struct shelf *s, uint64_t keep,
		  uint32_t node_id, struct shelf *ret_z);

/* Instead of going with its books, a shelf lives on in the root. */
int pending_keep(struct librarian *lib, const struct shelf *s);

/* To be called when it is known whether there is a FAM. */
int pending_start(struct librarian *lib, struct err *e);
