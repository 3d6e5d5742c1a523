/* SPDX-License-Identifier: MIT */

/* book.h - Books go FREE, INUSE, ZOMBIE, FREE, and no other way
 *
 * Each change happens in the transaction of its cause, with the pool's counts.
 * ZOMBIE to FREE is in zero.c. All of these are to be called in a transaction.
 */
#pragma once

#include <stdint.h>

struct librarian;

/* Too few books are free, but zeroing will free some: run zero_all() outside
 * of the transaction, then start the request anew.
 */
#define BOOK_NEEDS_ZEROING 1

/**
 * book_append() - FREE to INUSE: put books at the end of a shelf
 * @lib:	Librarian
 * @shelf_id:	Shelf
 * @have:	Books that it has now
 * @n:		Books to add
 * @node_id:	Who asks (for the policy)
 *
 * Return: 0, BOOK_NEEDS_ZEROING, -ENOSPC or another negative errno
 */
int book_append(struct librarian *lib, int64_t shelf_id, uint64_t have,
		uint64_t n, uint32_t node_id);

/* INUSE to ZOMBIE: take all books but the first @keep of @have off a shelf. */
int book_cut(struct librarian *lib, int64_t shelf_id, uint64_t keep,
	     uint64_t have);
