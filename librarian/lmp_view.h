/* SPDX-License-Identifier: MIT */

/* lmp_view.h - The Librarian's state as monitoring clients get it
 *
 * tm-librarian's LMP, with what is known of nodes from the running Librarian
 * and all else from a read-only connection. Functions return 0 and a new
 * value, or a negative errno; -ENOENT: there is no such thing.
 */
#pragma once

#include <jansson.h>

#include "librarian.h"

struct lmp_view {
	const struct librarian *lib;
	/* The same database, read-only, for functions that want one; nothing
	 * but "db" in it is set.
	 */
	struct librarian reader;
};

int lmp_view_global(struct lmp_view *v, json_t **ret_value);
int lmp_view_nodes(struct lmp_view *v, json_t **ret_value);
int lmp_view_groups(struct lmp_view *v, json_t **ret_value);

/* @coordinate: of the whole, or of any part of it; from its top on */
int lmp_view_allocated(struct lmp_view *v, const char *coordinate,
		       json_t **ret_value);
int lmp_view_active(struct lmp_view *v, const char *coordinate,
		    json_t **ret_value);

/* lmp_shelf.c: a directory's entries, or a file. */
int lmp_view_shelf(struct lmp_view *v, const char *path, json_t **ret_value);

/* Where a book's state is said in words. */
const char *lmp_state_name(int64_t allocated);
