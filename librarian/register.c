/* SPDX-License-Identifier: MIT */

/* register.c - Put a topology into a database */

#include "register.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "db.h"
#include "policy.h"
#include "regroup.h"
#include "schema.h"

/* Children before parents. Root and lost+found stay; ids are not used again. */
static const char clear[] = "DELETE FROM books_on_shelves;"
			    "DELETE FROM opened_shelves;"
			    "DELETE FROM locks;"
			    "DELETE FROM hard_links;"
			    "DELETE FROM shelf_xattrs;"
			    "DELETE FROM shelves WHERE id > 3;"
			    "UPDATE shelves SET link_count = 5 - id;"
			    "DELETE FROM books;"
			    "DELETE FROM nodes;"
			    "DELETE FROM ranges;"
			    "DELETE FROM globals;";

/* ---- what is there -------------------------------------------------------- */

static bool is_node(const struct topology *t, int64_t node_id)
{
	for (uint32_t i = 0; i < t->n_nodes; i++)
		if (t->nodes[i].node_id == node_id)
			return true;
	return false;
}

static bool is_range(const struct topology *t, int64_t first, int64_t ig,
		     int64_t books)
{
	for (uint32_t i = 0; i < t->n_ranges; i++)
		if ((int64_t)t->ranges[i].first == first)
			return t->ranges[i].ig == ig &&
			       t->ranges[i].books == books;
	return false;
}

/* Nodes and ranges are the same if all that are there are right, and as many
 * as there should be. Which modules a group's books lie in is a description.
 */
static int same_nodes(struct db *db, const struct topology *t, bool *ret_same)
{
	sqlite3_stmt *rows;
	bool same = true;
	uint32_t n = 0;
	int r;

	r = db_query(db, SQL_NODES, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		same = same && is_node(t, sqlite3_column_int64(rows, 0));
		n++;
	}
	if (r == 0)
		*ret_same = same && n == t->n_nodes;
	return r;
}

static int same_ranges(struct db *db, const struct topology *t, bool *ret_same)
{
	sqlite3_stmt *rows;
	bool same = true;
	uint32_t n = 0;
	int r;

	r = db_query(db, SQL_RANGES, &rows);
	if (r < 0)
		return r;
	while ((r = db_next(db, rows)) > 0) {
		same = same && is_range(t, sqlite3_column_int64(rows, 0),
					sqlite3_column_int64(rows, 1),
					sqlite3_column_int64(rows, 2));
		n++;
	}
	if (r == 0)
		*ret_same = same && n == t->n_ranges;
	return r;
}

static int is_same(struct db *db, const struct topology *t, bool *ret_same)
{
	int64_t size = 0, mode = 0;
	int r;

	*ret_same = false;
	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = db_get(db, SQL_GET_MODE, &mode);
	if (r < 0 || (uint64_t)size != t->book_size || mode != t->mode)
		return r;
	r = same_nodes(db, t, ret_same);
	return r < 0 || !*ret_same ? r : same_ranges(db, t, ret_same);
}

/* ---- what it is called ---------------------------------------------------- */

static int describe_module(struct db *db, const struct topology *t,
			   const struct topology_node *n, uint32_t i)
{
	char coordinate[TOPOLOGY_COORDINATE_MAX + 1];
	uint32_t cid = (topology_enclosure(n->node_id) - 1) << 9 |
		       (topology_place(n->node_id) - 1) << 4 | (8 + i);

	topology_coordinate(t, n, n->modules[i].coordinate, coordinate,
			    sizeof(coordinate));
	return db_run(db, SQL_MODULE_INSERT, sql_int(n->node_id),
		      sql_int(i + 1), sql_int((int64_t)n->modules[i].bytes),
		      sql_int(cid), sql_text(coordinate),
		      sql_int(n->modules[i].ig));
}

static int describe_node(struct db *db, const struct topology *t,
			 const struct topology_node *n)
{
	char coordinate[TOPOLOGY_COORDINATE_MAX + 1];
	char soc[TOPOLOGY_COORDINATE_MAX + 1];
	int r;

	topology_coordinate(t, n, "", coordinate, sizeof(coordinate));
	topology_coordinate(t, n, TOPOLOGY_SOC, soc, sizeof(soc));
	r = db_run(db, SQL_NODE_DESCRIBE, sql_int(n->node_id),
		   sql_text(n->hostname), sql_int(1),
		   sql_int(topology_enclosure(n->node_id)),
		   sql_int(topology_place(n->node_id)), sql_text(coordinate),
		   sql_text(n->serial), sql_text(soc), sql_text(n->mac),
		   sql_text(n->certificate ? n->certificate : ""));
	for (uint32_t i = 0; r == 0 && i < n->n_modules; i++)
		r = describe_module(db, t, n, i);
	return r;
}

/* Names do not change what shelves hold: they are simply written anew. */
static int describe(struct db *db, const struct topology *t)
{
	int r;

	r = db_run(db, SQL_GLOBALS_MACHINE, sql_int(t->mode),
		   sql_text(t->domain));
	if (r == 0)
		r = db_run(db, SQL_MODULES_DELETE);
	for (uint32_t i = 0; r == 0 && i < t->n_nodes; i++)
		r = describe_node(db, t, &t->nodes[i]);
	return r;
}

/* ---- what is to be there -------------------------------------------------- */

/* @book_num: Of its first book within the group */
static int insert_range(struct db *db, const struct topology *t,
			const struct topology_range *range, uint32_t book_num)
{
	uint64_t step = pool_step(t->mode, t->book_size);
	uint32_t group = t->mode << BII_SHIFT | range->ig;
	int r;

	r = db_run(db, SQL_RANGE_INSERT, sql_int((int64_t)range->first),
		   sql_int(range->ig), sql_int(range->books));
	for (uint32_t b = 0; r == 0 && b < range->books; b++)
		r = db_run(db, SQL_BOOK_INSERT,
			   sql_int((int64_t)(range->first + b * step)),
			   sql_int(group), sql_int(book_num + b));
	return r;
}

static int insert_ranges(struct db *db, const struct topology *t)
{
	uint32_t books[LZA_IG_MAX + 1] = { 0 };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < t->n_ranges; i++) {
		const struct topology_range *range = &t->ranges[i];

		r = insert_range(db, t, range, books[range->ig]);
		books[range->ig] += range->books;
	}
	return r;
}

static int insert_nodes(struct db *db, const struct topology *t)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < t->n_nodes; i++)
		r = db_run(db, SQL_NODE_INSERT, sql_int(t->nodes[i].node_id),
			   sql_text(t->nodes[i].hostname));
	if (r == 0)
		r = insert_ranges(db, t);
	return r < 0 ? r : describe(db, t);
}

static int replace(struct db *db, const struct topology *t)
{
	int r;

	r = db_script(db, clear);
	if (r == 0)
		r = db_run(db, SQL_GLOBALS_INSERT,
			   sql_int((int64_t)t->book_size),
			   sql_text(policy_at(0)->name));
	return r < 0 ? r : insert_nodes(db, t);
}

static int regroup(struct db *db, const struct topology *t)
{
	int r;

	r = regroup_begin(db);
	if (r == 0)
		r = insert_nodes(db, t);
	return r < 0 ? r : regroup_end(db);
}

static int change(struct db *db, const struct topology *t,
		  int (*how)(struct db *db, const struct topology *t))
{
	int r;

	r = db_run(db, SQL_BEGIN);
	if (r == 0)
		r = how(db, t);
	if (r == 0)
		r = db_run(db, SQL_COMMIT);
	if (r < 0 && db_in_transaction(db))
		(void)db_run(db, SQL_ROLLBACK);
	return r;
}

/* Whether every book that is in use has a place in the new topology. */
static int fits(struct db *db, const struct topology *t, bool *ret_fits)
{
	int64_t size = 0, mode = 0, extent = 0, books = 0;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == 0)
		r = db_get(db, SQL_GET_MODE, &mode);
	if (r == 0)
		r = regroup_extent(db, &extent);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < t->n_ranges; i++)
		books += t->ranges[i].books;
	*ret_fits = (uint64_t)size == t->book_size && mode == BII_LZA &&
		    t->mode == BII_LZA && extent <= books;
	return 0;
}

int register_topology(struct db *db, const struct topology *t, bool force,
		      enum register_result *ret_result, struct err *e)
{
	bool same = false, keep = false;
	int64_t shelves = 0;
	int r;

	r = is_same(db, t, &same);
	if (r == 0 && !same)
		r = db_get(db, SQL_COUNT_SHELVES, &shelves,
			   sql_int(SCHEMA_LOST_FOUND));
	if (r == 0 && shelves && !force)
		r = fits(db, t, &keep);
	if (r == 0 && shelves && !force && !keep)
		return err_set(e, -EEXIST,
			       "the database holds %lld shelves of a memory "
			       "with other books; -f throws them away",
			       (long long)shelves);
	if (r == 0)
		r = change(db, t, same ? describe : keep ? regroup : replace);
	if (r < 0)
		return err_set(e, r, "cannot write the database: %s",
			       strerror(-r));
	*ret_result = same ? REGISTER_SAME :
		      keep ? REGISTER_REGROUPED :
			     REGISTER_DONE;
	return 0;
}
