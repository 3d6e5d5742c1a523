/* SPDX-License-Identifier: MIT */

/* shelf.c - Shelves: open handles, life and death
 *
 * An unlinked shelf: a file that loses its name while somebody holds it is
 * renamed to LIBRARIAN_UNLINKED and its id. It is destroyed with its last
 * handle, in the same transaction.
 */

#include "shelf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "book.h"
#include "hard_link.h"
#include "librarian.h"
#include "lock.h"
#include "pending.h"
#include "revoke.h"
#include "schema.h"

#define SECOND 1000000000LL

/* Times of a directory that differ by less are not told apart, as is so with
 * the kernel's own clock ticks: most new files find theirs written already.
 */
#define TICK 10000000

int64_t shelf_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

int shelf_touch(struct librarian *lib, int64_t dir_id, int links)
{
	struct touched *last = &lib->touched;
	int64_t now = shelf_now();
	int r;

	board_count_shelf(lib, dir_id);
	if (!links && last->dir_id == dir_id && now >= last->time &&
	    now - last->time <= TICK)
		return 0;
	r = db_run(lib->db, SQL_SHELF_TOUCH, sql_int(dir_id), sql_int(links),
		   sql_int(now), sql_int(now - TICK));
	if (r == 0 && db_changes(lib->db))
		*last = (struct touched){ dir_id, now };
	return r;
}

/* All but its name. */
static int init(struct librarian *lib, const struct shelf_new *what,
		struct shelf *ret_s)
{
	int64_t now = shelf_now();

	*ret_s = (struct shelf){ .mode = what->mode,
				 .creator_id = what->node_id,
				 .ctime = now / SECOND,
				 .atime = now,
				 .mtime = now,
				 .changed = now,
				 .uid = what->uid,
				 .gid = what->gid,
				 .rdev = what->rdev };
	return numbers_take(lib->db, &lib->numbers, NUMBER_SHELF, 1,
			    &ret_s->id);
}

/* With the default policy or none. */
static int insert_row(struct librarian *lib, const struct shelf *s, bool policy)
{
	lib->pool.counts.shelves++;
	return db_run(lib->db, SQL_SHELF_INSERT, sql_int(s->id),
		      sql_int(s->parent_id), sql_text(s->name),
		      sql_int(s->mode), sql_int(s->link_count),
		      sql_int(s->creator_id), sql_int(s->ctime),
		      sql_int(s->mtime), sql_int(s->uid), sql_int(s->gid),
		      sql_int((int64_t)s->rdev), sql_int(policy));
}

static int insert(struct librarian *lib, const struct shelf_new *what,
		  bool policy, struct shelf *ret_s)
{
	int links = S_ISDIR(what->mode) ? 1 : 0; /* to its parent, too */
	int r;

	r = init(lib, what, ret_s);
	if (r < 0)
		return r;
	ret_s->parent_id = what->place.parent_id;
	memcpy(ret_s->name, what->place.name, sizeof(ret_s->name));
	ret_s->link_count = 1 + links;
	r = insert_row(lib, ret_s, policy);
	if (r < 0)
		return r;
	board_count_names(lib, ret_s->parent_id);
	return shelf_touch(lib, ret_s->parent_id, links);
}

int shelf_insert(struct librarian *lib, const struct shelf_new *what,
		 struct shelf *ret_s)
{
	return insert(lib, what, false, ret_s);
}

int shelf_create(struct librarian *lib, const struct shelf_new *what,
		 struct shelf *ret_s)
{
	return insert(lib, what, true, ret_s);
}

int shelf_insert_nameless(struct librarian *lib, const struct shelf_new *what,
			  bool policy, struct shelf *ret_s)
{
	struct shelf_place place;
	int r;

	r = init(lib, what, ret_s);
	if (r < 0)
		return r;
	hard_link_none(ret_s->id, &place);
	ret_s->parent_id = place.parent_id;
	memcpy(ret_s->name, place.name, sizeof(ret_s->name));
	return insert_row(lib, ret_s, policy);
}

/* ---- handles -------------------------------------------------------------- */

int shelf_open(struct librarian *lib, int64_t id, uint32_t node_id, int64_t pid,
	       int64_t *ret_handle)
{
	int64_t handle;
	int r;

	r = numbers_take(lib->db, &lib->numbers, NUMBER_HANDLE, 1, &handle);
	if (r == 0)
		r = db_run(lib->db, SQL_OPEN_INSERT, sql_int(handle),
			   sql_int(id), sql_int(node_id), sql_int(pid));
	if (r == 0)
		*ret_handle = handle;
	return r;
}

int shelf_is_held(struct librarian *lib, const struct shelf *s, bool *ret_held)
{
	int64_t n;
	int r;

	r = db_get(lib->db, SQL_OPENS, &n, sql_int(s->id));
	if (r == 0)
		*ret_held = n > 0;
	return r;
}

int shelf_remove_row(struct librarian *lib, const struct shelf *s)
{
	board_count_shelf(lib, s->id);
	if (!shelf_name_is_unlinked(s->name))
		board_count_names(lib, s->parent_id);
	lib->pool.counts.shelves--;
	return db_run(lib->db, SQL_SHELF_DELETE, sql_int(s->id));
}

int shelf_delete(struct librarian *lib, const struct shelf *s)
{
	int r = 0;

	if (s->book_count && !zero_here(&lib->zero))
		return pending_keep(lib, s);
	if (s->book_count)
		r = book_cut(lib, s->id, 0, s->book_count);
	if (r == 0)
		r = shelf_remove_row(lib, s);
	return r < 0 || shelf_name_is_unlinked(s->name) ?
		       r :
		       shelf_touch(lib, s->parent_id, 0);
}

int shelf_drop_handle(struct librarian *lib, const struct shelf *s,
		      int64_t handle, uint32_t node_id)
{
	return db_run(lib->db, SQL_OPEN_DELETE, sql_int(handle), sql_int(s->id),
		      sql_int(node_id));
}

int shelf_delete_unheld(struct librarian *lib, const struct shelf *s)
{
	int r = revoke_end(lib, s);

	return r < 0 ? r : shelf_delete(lib, s);
}

int shelf_close(struct librarian *lib, const struct shelf *s, int64_t handle,
		uint32_t node_id)
{
	bool held = true;
	int r;

	r = shelf_drop_handle(lib, s, handle, node_id);
	if (r < 0)
		return r;
	if (!db_changes(lib->db))
		return -EBADF;
	if (!shelf_name_is_unlinked(s->name))
		return 0;
	r = shelf_is_held(lib, s, &held);
	return r < 0 || held ? r : shelf_delete_unheld(lib, s);
}

int shelf_destroy(struct librarian *lib, struct shelf *s)
{
	bool held = true;
	int r;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	if (s->link_count > 1)
		return hard_link_drop(lib, s);
	if (s->book_count && pending_is(lib, s))
		return -EBUSY;
	r = shelf_is_held(lib, s, &held);
	if (r < 0)
		return r;
	return held ? -EBUSY : shelf_delete(lib, s);
}

/* One at a time: a statement's rows must not change under it. */
int shelf_destroy_unheld(struct librarian *lib)
{
	/* The first text that is not one of those names any more. */
	char end[] = LIBRARIAN_UNLINKED;
	struct shelf s;
	int64_t id;
	int r;

	end[sizeof(end) - 2]++;
	for (;;) {
		r = db_get(lib->db, SQL_UNLINKED_UNHELD, &id,
			   sql_int(SCHEMA_ROOT), sql_text(LIBRARIAN_UNLINKED),
			   sql_text(end));
		if (r < 0)
			return r == -ENOENT ? 0 : r;
		r = shelf_by_id(lib, id, &s);
		if (r == 0)
			r = shelf_delete_unheld(lib, &s);
		if (r < 0)
			return r;
	}
}

int shelf_node_down(struct librarian *lib, uint32_t node_id)
{
	int r;

	r = db_run(lib->db, SQL_OPENS_OF_NODE_DELETE, sql_int(node_id));
	if (r == 0)
		r = lock_clear_node(lib, node_id, NULL);
	if (r < 0)
		return r;
	return shelf_destroy_unheld(lib);
}

int shelf_set_times(struct librarian *lib, struct shelf *s, int64_t atime,
		    int64_t mtime)
{
	s->atime = atime;
	s->mtime = mtime;
	s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	lib->touched = (struct touched){ 0 };
	return db_run(lib->db, SQL_SHELF_TIMES, sql_int(s->id), sql_int(atime),
		      sql_int(mtime), sql_int(s->changed));
}

int shelf_changed(struct librarian *lib, struct shelf *s)
{
	s->changed = shelf_now();
	board_count_shelf(lib, s->id);
	return db_run(lib->db, SQL_SHELF_CHANGED, sql_int(s->id),
		      sql_int(s->changed));
}
