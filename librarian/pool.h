/* SPDX-License-Identifier: MIT */

/* pool.h - All the books: which node has which, and where they are in the FAM
 *
 * A book's id is its logical address (LZA). In the FAM file the interleave
 * groups follow each other without gaps, in the order of their numbers, so a
 * book has a flat number too: its place in the file in units of books. The
 * order of ids and of flat numbers is the same.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "db.h"
#include "err.h"
#include "proto_librarian.h"

/* As stored and as sent; tm-librarian's numbers. */
enum book_state {
	BOOK_FREE,   /* zero, may be taken */
	BOOK_INUSE,  /* on a shelf */
	BOOK_ZOMBIE, /* on no shelf, still to be zeroed */
	BOOK_OFFLINE,
	BOOK_STATE_COUNT,
};

struct pool_ig {
	uint32_t node_id; /* 0 = this group does not exist */
	uint32_t books;
	uint64_t first; /* flat number of its first book */
};

struct pool_counts {
	int64_t n[BOOK_STATE_COUNT];
	uint32_t free_in[LZA_IG_MAX + 1]; /* by group */
};

struct pool {
	uint64_t book_size;
	uint64_t books; /* in all */
	uint32_t nodes;
	struct pool_ig igs[LZA_IG_MAX + 1];
	int node_ig[LIBRARIAN_NODES_MAX + 1]; /* -1 = no such node */
	/* Books by state, as the database says within the transaction that
   * runs: whoever rolls back puts the old counts back.
   */
	struct pool_counts counts;
};

/* pool_load() - Read it from the database; @e says what is wrong with it. */
int pool_load(struct db *db, struct pool *ret_pool, struct err *e);

/* Whether the topology has this node. */
bool pool_has_node(const struct pool *p, uint64_t node_id);

/* Place of a book in the FAM, in books. @id is one from the database. */
uint64_t pool_flat(const struct pool *p, uint64_t id);

/* Its interleave group; likewise. */
uint32_t pool_ig_of(const struct pool *p, uint64_t id);

/* A group as it stands in the books' intlv_group. */
static inline int64_t pool_group(const struct pool *p, unsigned ig)
{
	(void)p;
	return ig;
}

/* Groups with the same number are of one enclosure. */
static inline uint32_t pool_enclosure(const struct pool *p, unsigned ig)
{
	return (p->igs[ig].node_id - 1) / 10;
}

/* Books that hold @bytes. */
static inline uint64_t pool_books_for(const struct pool *p, uint64_t bytes)
{
	return bytes / p->book_size + (bytes % p->book_size ? 1 : 0);
}
