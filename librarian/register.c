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
			    "DELETE FROM shelf_xattrs;"
			    "DELETE FROM shelves WHERE id > 3;"
			    "UPDATE shelves SET link_count = 5 - id;"
			    "DELETE FROM books;"
			    "DELETE FROM nodes;"
			    "DELETE FROM globals;";

/* ---- what is there --------------------------------------------------------
 */

static bool is_node(sqlite3_stmt *row, const struct topology_node *n)
{
	return sqlite3_column_int64(row, 0) == n->node_id &&
	       sqlite3_column_int64(row, 1) == n->ig &&
	       sqlite3_column_int64(row, 2) == n->books;
}

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
		same = same && n < t->n_nodes && is_node(rows, &t->nodes[n]);
		n++;
	}
	if (r == 0)
		*ret_same = same && n == t->n_nodes;
	return r;
}

static int is_same(struct db *db, const struct topology *t, bool *ret_same)
{
	int64_t size;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == -ENOENT || (r == 0 && (uint64_t)size != t->book_size)) {
		*ret_same = false;
		return 0;
	}
	return r < 0 ? r : same_nodes(db, t, ret_same);
}

/* ---- what is to be there --------------------------------------------------
 */

static int insert_node(struct db *db, const struct topology_node *n)
{
	int r;

	r = db_run(db, SQL_NODE_INSERT, sql_int(n->node_id), sql_int(n->ig),
		   sql_int(n->books), sql_text(n->hostname));
	for (uint32_t b = 0; r == 0 && b < n->books; b++)
		r = db_run(db, SQL_BOOK_INSERT,
			   sql_int((int64_t)lza_make(n->ig, b)), sql_int(n->ig),
			   sql_int(b));
	return r;
}

static int insert_nodes(struct db *db, const struct topology *t)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < t->n_nodes; i++)
		r = insert_node(db, &t->nodes[i]);
	return r;
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
	int64_t size = 0, extent = 0, books = 0;
	int r;

	r = db_get(db, SQL_GET_BOOK_SIZE, &size);
	if (r == 0)
		r = regroup_extent(db, &extent);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < t->n_nodes; i++)
		books += t->nodes[i].books;
	*ret_fits = (uint64_t)size == t->book_size && extent <= books;
	return 0;
}

int register_topology(struct db *db, const struct topology *t, bool force,
		      enum register_result *ret_result, struct err *e)
{
	bool same = false, keep = false;
	int64_t shelves = 0;
	int r;

	r = is_same(db, t, &same);
	if (r == 0 && same) {
		*ret_result = REGISTER_SAME;
		return 0;
	}
	if (r == 0)
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
		r = change(db, t, keep ? regroup : replace);
	if (r < 0)
		return err_set(e, r, "cannot write the database: %s",
			       strerror(-r));
	*ret_result = keep ? REGISTER_REGROUPED : REGISTER_DONE;
	return 0;
}
