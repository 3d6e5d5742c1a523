/* SPDX-License-Identifier: MIT */

/* register.h - Put a topology into a database */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "topology.h"

struct db;

enum register_result {
	REGISTER_DONE,
	REGISTER_SAME, /* nothing to do */
};

/**
 * register_topology() - Make the database one of this topology
 * @db:		Open; may be new
 * @t:		Topology
 * @force:	Throw shelves away if there are any
 * @ret_result:	What was done
 * @e:		Why it failed
 *
 * Return: 0, -EEXIST (it has shelves and another topology), or another
 *         negative errno; the database is then as before
 */
int register_topology(struct db *db, const struct topology *t, bool force,
		      enum register_result *ret_result, struct err *e);
