/* SPDX-License-Identifier: MIT */

/* pool.c - All the books: which node has which, and where they are in the FAM
 */

#include "pool.h"

#include <errno.h>

bool pool_has_node(const struct pool *p, uint64_t node_id)
{
	return node_id >= 1 && node_id <= LIBRARIAN_NODES_MAX &&
	       p->node_ig[node_id] >= 0;
}

uint64_t pool_flat(const struct pool *p, uint64_t id)
{
	return p->igs[lza_ig(id)].first + lza_book(id);
}

uint32_t pool_ig_of(const struct pool *p, uint64_t id)
{
	(void)p;
	return lza_ig(id);
}

static int add_node(struct pool *p, int64_t node, int64_t ig, int64_t books)
{
	if (node < 1 || node > LIBRARIAN_NODES_MAX || ig < 0 ||
	    ig > LZA_IG_MAX || books < 0 || books > LIBRARIAN_BOOKS_PER_IG_MAX)
		return -EUCLEAN;
	p->node_ig[node] = (int)ig;
	p->igs[ig] = (struct pool_ig){ .node_id = (uint32_t)node,
				       .books = (uint32_t)books,
				       .first = p->books };
	p->books += (uint64_t)books;
	p->nodes++;
	return 0;
}

static int load_nodes(struct db *db, struct pool *p)
{
	sqlite3_stmt *rows;
	int r;

	for (unsigned i = 0; i <= LIBRARIAN_NODES_MAX; i++)
		p->node_ig[i] = -1;
	r = db_query(db, SQL_NODES, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		r = add_node(p, sqlite3_column_int64(rows, 0),
			     sqlite3_column_int64(rows, 1),
			     sqlite3_column_int64(rows, 2));
		if (r < 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

static int load_free(struct db *db, struct pool *p)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(db, SQL_COUNT_FREE_IN, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0)
		p->counts.free_in[sqlite3_column_int64(rows, 0) & LZA_IG_MAX] =
			(uint32_t)sqlite3_column_int64(rows, 1);
	return r;
}

static int load_counts(struct db *db, struct pool *p)
{
	int64_t sum = 0;
	int r;

	for (int s = 0; s < BOOK_STATE_COUNT; s++) {
		r = db_get(db, SQL_COUNT_STATE, &p->counts.n[s], sql_int(s));
		if (r < 0)
			return r;
		sum += p->counts.n[s];
	}
	if ((uint64_t)sum != p->books)
		return -EUCLEAN;
	return load_free(db, p);
}

int pool_load(struct db *db, struct pool *ret_pool, struct err *e)
{
	struct pool p = { 0 };
	int64_t size;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == -ENOENT)
		return err_set(e, r,
			       "the database has no topology; give it "
			       "one by 'fame-librarian register'");
	if (r == 0 &&
	    (size < (int64_t)LIBRARIAN_BOOK_MIN ||
	     size > (int64_t)LIBRARIAN_BOOK_MAX || (size & (size - 1))))
		r = -EUCLEAN;
	if (r == 0) {
		p.book_size = (uint64_t)size;
		r = load_nodes(db, &p);
	}
	if (r == 0)
		r = load_counts(db, &p);
	if (r == -EUCLEAN)
		return err_set(e, r,
			       "the database's topology contradicts "
			       "itself; restore the database from a "
			       "copy");
	if (r < 0)
		return err_set(e, r, "cannot read the topology: %s",
			       db_message(db));
	*ret_pool = p;
	return 0;
}
