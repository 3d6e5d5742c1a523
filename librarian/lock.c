/* SPDX-License-Identifier: MIT */

/* lock.c - Locks on bytes of shelves, which hold between nodes */

#include "lock.h"

#include <errno.h>
#include <string.h>

#include "librarian.h"
#include "lock_wait.h"

bool lock_same_owner(const struct lock *a, const struct lock *b)
{
	return a->node_id == b->node_id && !strcmp(a->owner, b->owner);
}

/* first, last, exclusive, node_id, owner, pid; of the same shelf and kind. */
static int from_row(sqlite3_stmt *row, const struct lock *like,
		    struct lock *ret_lock)
{
	int len = sqlite3_column_bytes(row, 4);
	struct lock lock = {
		.shelf_id = like->shelf_id,
		.kind = like->kind,
		.first = sqlite3_column_int64(row, 0),
		.last = sqlite3_column_int64(row, 1),
		.exclusive = sqlite3_column_int(row, 2),
		.node_id = (uint32_t)sqlite3_column_int64(row, 3),
		.pid = sqlite3_column_int64(row, 5),
	};

	if (len <= 0 || len > LOCK_OWNER_MAX)
		return -EUCLEAN;
	memcpy(lock.owner, sqlite3_column_text(row, 4), (size_t)len);
	*ret_lock = lock;
	return 0;
}

/* -ENOENT: there is no such row. */
static int first_row(struct librarian *lib, sqlite3_stmt *rows,
		     const struct lock *like, struct lock *ret_lock)
{
	int r;

	r = db_next(lib->db, rows);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = from_row(rows, like, ret_lock);
	db_end(rows);
	return r;
}

int lock_find(struct librarian *lib, const struct lock *want,
	      struct lock *ret_other)
{
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_LOCK_OTHER, &rows, sql_int(want->shelf_id),
		     sql_int(want->kind), sql_int(want->first),
		     sql_int(want->last), sql_int(want->exclusive),
		     sql_int(want->node_id), sql_text(want->owner));
	return r < 0 ? r : first_row(lib, rows, want, ret_other);
}

/* ---- the owner's own ------------------------------------------------------ */

static int insert(struct librarian *lib, const struct lock *l)
{
	return db_run(lib->db, SQL_LOCK_INSERT, sql_int(l->shelf_id),
		      sql_int(l->kind), sql_int(l->node_id), sql_text(l->owner),
		      sql_int(l->first), sql_int(l->last),
		      sql_int(l->exclusive), sql_int(l->pid));
}

static int delete (struct librarian *lib, const struct lock *l)
{
	return db_run(lib->db, SQL_LOCK_DELETE, sql_int(l->shelf_id),
		      sql_int(l->kind), sql_int(l->node_id), sql_text(l->owner),
		      sql_int(l->first));
}

/* One that overlaps; or, if @merge, is beside it and of the same type. */
static int find_own(struct librarian *lib, const struct lock *range, bool merge,
		    struct lock *ret_own)
{
	int64_t before = range->first ? range->first - 1 : 0;
	int64_t behind = range->last == INT64_MAX ? INT64_MAX : range->last + 1;
	sqlite3_stmt *rows;
	int r;

	r = db_query(lib->db, SQL_LOCK_OWN, &rows, sql_int(range->shelf_id),
		     sql_int(range->kind), sql_int(range->node_id),
		     sql_text(range->owner), sql_int(range->first),
		     sql_int(range->last), sql_int(before), sql_int(behind),
		     sql_int(merge ? range->exclusive : -1));
	return r < 0 ? r : first_row(lib, rows, range, ret_own);
}

/* What is left of @own when @range is taken out of it. */
static int keep_rest(struct librarian *lib, const struct lock *own,
		     const struct lock *range)
{
	struct lock before = *own, behind = *own;
	int r = 0;

	if (own->first < range->first) {
		before.last = range->first - 1;
		r = insert(lib, &before);
	}
	if (r == 0 && own->last > range->last) {
		behind.first = range->last + 1;
		r = insert(lib, &behind);
	}
	return r;
}

static void extend(struct lock *l, const struct lock *by)
{
	if (by->first < l->first)
		l->first = by->first;
	if (by->last > l->last)
		l->last = by->last;
}

/* Whoever waits for bytes of both may try again. */
static void release(struct librarian *lib, const struct lock *own,
		    const struct lock *range)
{
	struct lock freed = *own;

	if (freed.first < range->first)
		freed.first = range->first;
	if (freed.last > range->last)
		freed.last = range->last;
	lock_wait_release(lib, &freed);
}

/* Makes the bytes of @range free of the owner's locks. With @merge, those that
 * it can be one with become part of it.
 */
static int take_out(struct librarian *lib, struct lock *range, bool merge)
{
	struct lock own;
	int r;

	while ((r = find_own(lib, range, merge, &own)) == 0) {
		r = delete (lib, &own);
		if (r < 0)
			return r;
		if (merge && own.exclusive == range->exclusive) {
			extend(range, &own);
			continue;
		}
		release(lib, &own, range);
		r = keep_rest(lib, &own, range);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

/* ---- what commands do ----------------------------------------------------- */

int lock_set(struct librarian *lib, const struct lock *want)
{
	struct lock lock = *want, other;
	int64_t n = 0;
	int r;

	r = lock_find(lib, want, &other);
	if (r != -ENOENT)
		return r < 0 ? r : -EAGAIN;
	r = take_out(lib, &lock, true);
	if (r == 0)
		r = insert(lib, &lock);
	if (r == 0)
		r = db_get(lib->db, SQL_LOCK_COUNT, &n, sql_int(lock.shelf_id));
	return r < 0 || n <= LOCKS_PER_SHELF ? r : -ENOLCK;
}

int lock_clear(struct librarian *lib, const struct lock *range)
{
	struct lock lock = *range;
	int64_t n = 0;
	int r;

	r = take_out(lib, &lock, false);
	if (r == 0)
		r = db_get(lib->db, SQL_LOCK_COUNT, &n, sql_int(lock.shelf_id));
	return r < 0 || n <= LOCKS_PER_SHELF ? r : -ENOLCK;
}

int lock_clear_node(struct librarian *lib, uint32_t node_id, const char *owner)
{
	int r;

	lock_wait_forget_node(lib, node_id, owner);
	r = owner ? db_run(lib->db, SQL_LOCKS_OF_OWNER_DELETE, sql_int(node_id),
			   sql_text(owner)) :
		    db_run(lib->db, SQL_LOCKS_OF_NODE_DELETE, sql_int(node_id));
	if (r == 0 && db_changes(lib->db))
		lock_wait_release(lib, NULL);
	return r;
}
