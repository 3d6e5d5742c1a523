/* SPDX-License-Identifier: MIT */

/* regroup.h - The same memory, shared out among other nodes
 *
 * A book's id says which node's group it is in, so another number of nodes
 * gives every book another id. Its place in the memory stays: the n-th book is
 * the n-th book. What shelves hold is therefore kept when only the grouping
 * changes, whichever form describes it. Not so with physical addresses: there a
 * shelf's data is where its addresses are, so they are kept only if the ranges
 * are the same ones.
 */
#pragma once

#include <stdint.h>

struct db;

/**
 * regroup_extent() - How much of the memory is in use
 * @ret_books:	Flat number of the last book that is not free, plus one
 */
int regroup_extent(struct db *db, int64_t *ret_books);

/**
 * regroup_begin() - Remember every book by its place, and forget the groups
 * regroup_end() - Give the books of the new groups what was in their places
 *
 * Both within one transaction, in between the new nodes and books are put in.
 * No node runs, so all open handles are dropped.
 */
int regroup_begin(struct db *db);
int regroup_end(struct db *db);
