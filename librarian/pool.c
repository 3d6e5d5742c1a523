/* SPDX-License-Identifier: MIT */

/* pool.c - All the books: which node has which, and where they are in the FAM */

#include "pool.h"

#include <errno.h>
#include <stddef.h>

bool pool_has_node(const struct pool *p, uint64_t node_id)
{
	return node_id >= 1 && node_id <= LIBRARIAN_NODES_MAX &&
	       p->node[node_id];
}

uint64_t pool_step(uint32_t mode, uint64_t book_size)
{
	return mode == BII_PHYSICAL ? book_size : 1ULL << LZA_BOOK_SHIFT;
}

/* ---- from an id ----------------------------------------------------------- */

const struct pool_range *pool_range(const struct pool *p, uint64_t id)
{
	uint32_t low = 0, high = p->n_ranges;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const struct pool_range *r = &p->ranges[middle];

		if (id < r->first)
			high = middle;
		else if (id > r->last)
			low = middle + 1;
		else
			return r;
	}
	return NULL;
}

uint64_t pool_flat(const struct pool *p, uint64_t id)
{
	const struct pool_range *r = pool_range(p, id);

	return r ? r->flat + (id - r->first) / p->step : 0;
}

uint32_t pool_ig_of(const struct pool *p, uint64_t id)
{
	const struct pool_range *r = pool_range(p, id);

	return r ? r->ig : 0;
}

/* ---- loading -------------------------------------------------------------- */

static int add_node(struct pool *p, int64_t node, int64_t unused, int64_t none)
{
	(void)unused;
	(void)none;
	if (node < 1 || node > LIBRARIAN_NODES_MAX)
		return -EUCLEAN;
	p->node[node] = true;
	p->nodes++;
	return 0;
}

static int add_module(struct pool *p, int64_t node, int64_t ig, int64_t bytes)
{
	if (node < 1 || node > LIBRARIAN_NODES_MAX ||
	    !pool_has_node(p, (uint64_t)node) || ig < 0 || ig > LZA_IG_MAX ||
	    bytes < 0)
		return -EUCLEAN;
	p->igs[ig].node[node] = true;
	p->igs[ig].enclosures |= pool_enclosure(p, (uint32_t)node);
	p->igs[ig].bytes += (uint64_t)bytes;
	return 0;
}

/* They come by id, so they must not go back behind the one before. */
static int add_range(struct pool *p, int64_t first, int64_t ig, int64_t books)
{
	struct pool_range *r = &p->ranges[p->n_ranges];
	uint64_t end = p->n_ranges ? r[-1].last + p->step : 0;

	if (p->n_ranges == POOL_RANGES_MAX || first < 0 ||
	    (uint64_t)first < end || (uint64_t)first % p->step || ig < 0 ||
	    ig > LZA_IG_MAX || books < 1 ||
	    books > LIBRARIAN_BOOKS_PER_IG_MAX ||
	    ((uint64_t)INT64_MAX - (uint64_t)first) / p->step < (uint64_t)books)
		return -EUCLEAN;
	*r = (struct pool_range){
		.first = (uint64_t)first,
		.last = (uint64_t)first + (uint64_t)(books - 1) * p->step,
		.flat = p->books,
		.books = (uint32_t)books,
		.ig = (uint32_t)ig,
	};
	p->books += (uint64_t)books;
	p->igs[ig].books += (uint32_t)books;
	p->n_ranges++;
	return 0;
}

static int add_free(struct pool *p, int64_t ig, int64_t n, int64_t unused)
{
	(void)unused;
	if (ig < 0 || ig > LZA_IG_MAX || n > p->igs[ig].books)
		return -EUCLEAN;
	p->counts.free_in[ig] = (uint32_t)n;
	return 0;
}

typedef int (*add_fn)(struct pool *p, int64_t a, int64_t b, int64_t c);

/* Calls @add with the first three columns of every row. */
static int each_row(struct db *db, enum sql id, struct pool *p, add_fn add)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(db, id, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		r = add(p, sqlite3_column_int64(rows, 0),
			sqlite3_column_int64(rows, 1),
			sqlite3_column_int64(rows, 2));
		if (r < 0) {
			db_end(rows);
			return r;
		}
	}
	return r;
}

/* Every group has as many books in its ranges as its controllers have. */
static int check_groups(const struct pool *p)
{
	for (uint32_t ig = 0; ig <= LZA_IG_MAX; ig++)
		if (p->igs[ig].books > LIBRARIAN_BOOKS_PER_IG_MAX ||
		    p->igs[ig].books * p->book_size != p->igs[ig].bytes)
			return -EUCLEAN;
	return 0;
}

static int load_nodes(struct db *db, struct pool *p)
{
	int r;

	r = each_row(db, SQL_NODES, p, add_node);
	if (r == 0)
		r = each_row(db, SQL_MODULES, p, add_module);
	if (r == 0)
		r = each_row(db, SQL_RANGES, p, add_range);
	return r < 0 ? r : check_groups(p);
}

int pool_count(struct db *db, struct pool *p)
{
	int64_t sum = 0, names = 0;
	int r;

	p->counts = (struct pool_counts){ 0 };
	for (int s = 0; s < BOOK_STATE_COUNT; s++) {
		r = db_get(db, SQL_COUNT_STATE, &p->counts.n[s], sql_int(s));
		if (r < 0)
			return r;
		sum += p->counts.n[s];
	}
	if ((uint64_t)sum != p->books)
		return -EUCLEAN;
	r = db_get(db, SQL_COUNT_SHELVES, &p->counts.shelves, sql_int(0));
	if (r == 0)
		r = db_get(db, SQL_COUNT_NAMES, &names);
	if (r < 0)
		return r;
	p->counts.names = names;
	return each_row(db, SQL_COUNT_FREE_IN, p, add_free);
}

static int set_size(struct pool *p, int64_t size, int64_t mode)
{
	if (size < (int64_t)LIBRARIAN_BOOK_MIN ||
	    size > (int64_t)LIBRARIAN_BOOK_MAX || size & (size - 1) ||
	    (mode != BII_LZA && mode != BII_PHYSICAL))
		return -EUCLEAN;
	p->book_size = (uint64_t)size;
	p->mode = (uint32_t)mode;
	p->step = pool_step(p->mode, p->book_size);
	return 0;
}

int pool_load(struct db *db, struct pool *ret_pool, struct err *e)
{
	struct pool p = { 0 };
	int64_t size, mode;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == -ENOENT)
		return err_set(e, r,
			       "the database has no topology; give it "
			       "one by 'fame-librarian register'");
	if (r == 0)
		r = db_get(db, SQL_GET_MODE, &mode);
	if (r == 0)
		r = set_size(&p, size, mode);
	if (r == 0)
		r = load_nodes(db, &p);
	if (r == 0)
		r = pool_count(db, &p);
	if (r == -EUCLEAN)
		return err_set(e, r,
			       "the database's topology contradicts "
			       "itself; 'fame-librarian fsck' may help, or "
			       "restore it from a copy");
	if (r < 0)
		return err_set(e, r, "cannot read the topology: %s",
			       db_message(db));
	*ret_pool = p;
	return 0;
}
