/* SPDX-License-Identifier: MIT */

/* register.h - Put a topology into a database */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "topology.h"

struct db;

enum register_result {
	REGISTER_DONE,
	REGISTER_SAME,	    /* nothing to do */
	REGISTER_REGROUPED, /* other nodes, the shelves are kept */
};

/**
 * register_topology() - Make the database one of this topology
 * @db:		Open; may be new
 * @t:		Topology
 * @force:	Throw shelves away if there are any
 * @ret_result:	What was done
 * @e:		Why it failed
 *
 * Shelves are kept as long as their books exist in the new topology: with the
 * same size of books and enough of them, see regroup.h.
 *
 * Return: 0, -EEXIST (it has shelves that could not be kept), or another
 *         negative errno; the database is then as before
 */
int register_topology(struct db *db, const struct topology *t, bool force,
		      enum register_result *ret_result, struct err *e);
