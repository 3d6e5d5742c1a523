/* SPDX-License-Identifier: MIT */

/* pool.h - All the books: which node has which, and where they are in the FAM
 *
 * A book's id is its logical address (LZA), or its physical address in a
 * topology that gives these. In the FAM file the books follow each other
 * without gaps in the order of their ids, so a book has a flat number too: its
 * place in the file in units of books. With logical addresses that is also the
 * order of the interleave groups.
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

/* Runs of books in one node: one, but for physical addresses. */
#define POOL_NODE_RANGES_MAX 8U
#define POOL_RANGES_MAX (LIBRARIAN_NODES_MAX * POOL_NODE_RANGES_MAX)

struct pool_range {
	uint64_t first; /* id of its first book */
	uint64_t last;	/* and of its last */
	uint64_t flat;	/* flat number of its first book */
	uint32_t books;
	uint32_t ig;
};

/* An interleave group: media controllers of one node or of several. */
struct pool_ig {
	uint32_t books;	     /* 0 = this group does not exist */
	uint64_t bytes;	     /* the same, as its controllers have it */
	uint32_t enclosures; /* with such nodes; bits */
	bool node[LIBRARIAN_NODES_MAX + 1];
};

struct pool_counts {
	int64_t n[BOOK_STATE_COUNT];
	int64_t shelves;
	int64_t names; /* that are additional ones, see hard_link.h */
	uint32_t free_in[LZA_IG_MAX + 1]; /* by group */
};

struct pool {
	uint64_t book_size;
	uint64_t books; /* in all */
	uint32_t nodes;
	uint32_t mode; /* BII_LZA or BII_PHYSICAL */
	uint64_t step; /* from one id to the next */
	struct pool_ig igs[LZA_IG_MAX + 1];
	bool node[LIBRARIAN_NODES_MAX + 1]; /* there is one */
	uint32_t n_ranges;
	struct pool_range ranges[POOL_RANGES_MAX]; /* by id */
	/* Books by state, and shelves, as the database says within the transaction that
	 * runs: whoever rolls back puts the old counts back.
	 */
	struct pool_counts counts;
};

/* pool_load() - Read it from the database; @e says what is wrong with it. */
int pool_load(struct db *db, struct pool *ret_pool, struct err *e);

/* Counts anew what is in the database. Return: 0; on failure, counts are void */
int pool_count(struct db *db, struct pool *p);

/* From one id to the next, in a mode. */
uint64_t pool_step(uint32_t mode, uint64_t book_size);

/* Whether the topology has this node. */
bool pool_has_node(const struct pool *p, uint64_t node_id);

/* The range that a book is in; NULL if the topology has no such book. */
const struct pool_range *pool_range(const struct pool *p, uint64_t id);

/* Place of a book in the FAM, in books. @id is one from the database. */
uint64_t pool_flat(const struct pool *p, uint64_t id);

/* Its interleave group; likewise. */
uint32_t pool_ig_of(const struct pool *p, uint64_t id);

/* A group as it stands in the books' intlv_group. */
static inline int64_t pool_group(const struct pool *p, unsigned ig)
{
	return (int64_t)p->mode << BII_SHIFT | ig;
}

/* The bit of a node's enclosure; physical addresses know only one. */
static inline uint32_t pool_enclosure(const struct pool *p, uint32_t node_id)
{
	return 1U << (p->mode == BII_PHYSICAL ? 0 : (node_id - 1) / 10);
}

/* The size of a shelf can be counted, in bytes and in books. */
static inline uint64_t pool_size_max(const struct pool *p)
{
	return (uint64_t)INT64_MAX - p->book_size;
}

/* Of all books: no shelf can ever be larger. */
static inline uint64_t pool_bytes(const struct pool *p)
{
	return p->books * p->book_size;
}

/* Books that hold @bytes. */
static inline uint64_t pool_books_for(const struct pool *p, uint64_t bytes)
{
	return bytes / p->book_size + (bytes % p->book_size ? 1 : 0);
}
