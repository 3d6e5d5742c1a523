/* SPDX-License-Identifier: MIT */

/* hard_link.h - Shelves with several names, or none
 *
 * Theory of operation
 *
 * A shelf has one name in its own row, so that one with a single name, as most
 * have, costs nothing more. Further names are rows of hard_links. None of the
 * names is better than another for a client: if the one in the shelf's row is
 * taken away, one of the others takes its place. A directory has one name.
 *
 * A file without any is one that somebody holds, from unlink or from its making
 * (O_TMPFILE) on. In its row it has a name in the root that nobody sees
 * (LIBRARIAN_UNLINKED), and no links. It goes with its last handle, or may get a
 * name.
 */
#pragma once

#include <stdint.h>

struct librarian;
struct shelf;
struct shelf_place;

#define HARD_LINKS_MAX 65000 /* names of a shelf */

/* The place of a shelf that has no name. */
void hard_link_none(int64_t id, struct shelf_place *ret_place);

/**
 * hard_link_add() - Give a shelf one more name
 * @s:		Brought up to date, and found by this name from now on
 * @place:	The name
 *
 * Return: 0; -EPERM for a directory; -EEXIST; -EMLINK
 */
int hard_link_add(struct librarian *lib, struct shelf *s,
		  const struct shelf_place *place);

/* The name by which a shelf was found goes; it has others. The directory is
 * brought up to date. @s is found by one of the others then.
 */
int hard_link_drop(struct librarian *lib, struct shelf *s);
