/* SPDX-License-Identifier: MIT */

/* lookup.h - Shelves that were found by name, until something changes
 *
 * Nodes ask for the same names again and again. What was found is good as long
 * as no statement has written anything, whatever: db_version() says so. Whether
 * a name is free is always asked of the database.
 */
#pragma once

#include <stdint.h>

#include "shelf.h"

struct lookup;

/* For free(); NULL = no memory. */
struct lookup *lookup_new(void);

/* NULL = it is not known. @l is NULL beside whoever writes: nothing ever is. */
const struct shelf *lookup_find(const struct lookup *l, uint64_t version,
				const struct shelf_place *place);

/* By the place that it has, read since @version is that of the database. */
void lookup_keep(struct lookup *l, uint64_t version, const struct shelf *s);
