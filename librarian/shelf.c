/* SPDX-License-Identifier: MIT */

/* shelf.c - Shelves: sizes, open handles, life and death
 *
 * An unlinked shelf: a file that loses its name while somebody holds it is
 * renamed to LIBRARIAN_UNLINKED and its id. It is destroyed with its last
 * handle, in the same transaction.
 *
 * The end of a shelf that is cut inside a book: the bytes behind it are zeroed
 * once that is durable, before anybody hears of it, so that nobody sees them
 * in the last page of a mapping. Should we die in between, the shelf is marked
 * (stale_tail) and they are zeroed before it grows over them: they belong to
 * nobody then, so this may be done before the commit.
 */

#include "shelf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "book.h"
#include "directory.h"
#include "librarian.h"
#include "policy.h"
#include "schema.h"

static int64_t now(void)
{
	return (int64_t)time(NULL);
}

int shelf_touch(struct librarian *lib, int64_t dir_id, int links)
{
	return db_run(lib->db, SQL_SHELF_TOUCH, sql_int(dir_id), sql_int(links),
		      sql_int(now()));
}

int shelf_insert(struct librarian *lib, const struct shelf_place *place,
		 uint32_t mode, uint32_t node_id, int64_t *ret_id)
{
	int links = S_ISDIR(mode) ? 1 : 0; /* it leads to its parent, too */
	int r;

	r = db_run(lib->db, SQL_SHELF_INSERT, sql_int(place->parent_id),
		   sql_text(place->name), sql_int(mode), sql_int(1 + links),
		   sql_int(node_id), sql_int(now()));
	if (r < 0)
		return r;
	*ret_id = db_inserted(lib->db);
	return shelf_touch(lib, place->parent_id, links);
}

int shelf_create(struct librarian *lib, const struct shelf_place *place,
		 uint32_t mode, uint32_t node_id, struct shelf *ret_s)
{
	const struct policy *policy;
	int64_t id;
	int r;

	r = policy_default(lib, &policy);
	if (r == 0)
		r = shelf_insert(lib, place, mode, node_id, &id);
	if (r < 0)
		return r;
	r = db_run(lib->db, SQL_XATTR_SET, sql_int(id), sql_text(POLICY_XATTR),
		   sql_text(policy->name));
	return r < 0 ? r : shelf_by_id(lib, id, ret_s);
}

/* ---- handles -------------------------------------------------------------- */

int shelf_open(struct librarian *lib, int64_t id, uint32_t node_id, int64_t pid,
	       int64_t *ret_handle)
{
	int r;

	r = db_run(lib->db, SQL_OPEN_INSERT, sql_int(id), sql_int(node_id),
		   sql_int(pid));
	if (r == 0)
		*ret_handle = db_inserted(lib->db);
	return r;
}

static int is_held(struct librarian *lib, const struct shelf *s, bool *ret_held)
{
	int64_t n;
	int r;

	r = db_get(lib->db, SQL_OPENS, &n, sql_int(s->id));
	if (r == 0)
		*ret_held = n > 0;
	return r;
}

static int delete (struct librarian *lib, const struct shelf *s)
{
	int r = 0;

	if (s->book_count)
		r = book_cut(lib, s->id, 0, s->book_count);
	if (r == 0)
		r = db_run(lib->db, SQL_SHELF_DELETE, sql_int(s->id));
	return r < 0 ? r : shelf_touch(lib, s->parent_id, 0);
}

int shelf_close(struct librarian *lib, const struct shelf *s, int64_t handle,
		uint32_t node_id)
{
	bool held = true;
	int r;

	r = db_run(lib->db, SQL_OPEN_DELETE, sql_int(handle), sql_int(s->id),
		   sql_int(node_id));
	if (r < 0)
		return r;
	if (!db_changes(lib->db))
		return -EBADF;
	if (!shelf_name_is_unlinked(s->name))
		return 0;
	r = is_held(lib, s, &held);
	return r < 0 || held ? r : delete (lib, s);
}

int shelf_destroy(struct librarian *lib, const struct shelf *s)
{
	bool held = true;
	int r;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	r = is_held(lib, s, &held);
	if (r < 0)
		return r;
	return held ? -EBUSY : delete (lib, s);
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
			r = delete (lib, &s);
		if (r < 0)
			return r;
	}
}

int shelf_node_down(struct librarian *lib, uint32_t node_id)
{
	int r;

	r = db_run(lib->db, SQL_OPENS_OF_NODE_DELETE, sql_int(node_id));
	if (r < 0)
		return r;
	return shelf_destroy_unheld(lib);
}

/* ---- size ----------------------------------------------------------------- */

static int may_shrink(struct librarian *lib, const struct shelf *s,
		      uint32_t node_id)
{
	int64_t others;
	int r;

	r = db_get(lib->db, SQL_OPENS_ELSEWHERE, &others, sql_int(s->id),
		   sql_int(node_id));
	if (r < 0)
		return r;
	return others ? -EMFILE : 0;
}

/* From byte @size of the shelf to the end of the book that holds it. */
static int tail_range(struct librarian *lib, const struct shelf *s,
		      uint64_t size, struct zero_range *ret_range)
{
	uint64_t book = lib->pool.book_size, used = size % book;
	int64_t id;
	int r;

	r = db_get(lib->db, SQL_BOOK_AT, &id, sql_int(s->id),
		   sql_int((int64_t)(size / book + 1)));
	if (r < 0)
		return r == -ENOENT ? -EUCLEAN : r;
	*ret_range = (struct zero_range){
		pool_flat(&lib->pool, (uint64_t)id) * book + used, book - used
	};
	return 0;
}

/* The bytes between old and new end, as far as they are in a kept book. */
static int settle_tail(struct librarian *lib, struct shelf *s, uint64_t size)
{
	bool shrinks = size < s->size_bytes;
	uint64_t end = shrinks ? size : s->size_bytes;
	struct zero_range range;
	int r;

	if (lib->zero.fam_fd < 0 || !(end % lib->pool.book_size) ||
	    (!shrinks && !s->stale_tail)) {
		/* Its books end with it, or were never written behind it. */
		if (shrinks)
			s->stale_tail = end % lib->pool.book_size;
		return 0;
	}
	r = tail_range(lib, s, end, &range);
	if (r < 0)
		return r;
	s->stale_tail = shrinks;
	return shrinks ? zero_promise(&lib->zero, range.offset, range.len) :
			 zero_range(&lib->zero, range.offset, range.len);
}

static int change_books(struct librarian *lib, const struct shelf *s,
			uint64_t want, uint32_t node_id)
{
	if (want > s->book_count)
		return book_append(lib, s->id, s->book_count,
				   want - s->book_count, node_id);
	if (want < s->book_count)
		return book_cut(lib, s->id, want, s->book_count);
	return 0;
}

int shelf_resize(struct librarian *lib, struct shelf *s, uint64_t size,
		 uint32_t node_id)
{
	uint64_t want = pool_books_for(&lib->pool, size);
	int r = 0;

	if (S_ISDIR(s->mode))
		return -EISDIR;
	if (S_ISLNK(s->mode))
		return -EINVAL;
	if (size == s->size_bytes)
		return 0;
	if (size < s->size_bytes)
		r = may_shrink(lib, s, node_id);
	if (r == 0)
		r = settle_tail(lib, s, size);
	if (r == 0)
		r = change_books(lib, s, want, node_id);
	if (r != 0)
		return r;
	s->size_bytes = size;
	s->book_count = want;
	s->mtime = now();
	return db_run(lib->db, SQL_SHELF_SIZE, sql_int(s->id),
		      sql_int((int64_t)size), sql_int((int64_t)want),
		      sql_int(s->stale_tail), sql_int(s->mtime));
}

/* ---- names ---------------------------------------------------------------- */

static int set_name(struct librarian *lib, struct shelf *s,
		    const struct shelf_place *place)
{
	int64_t from = s->parent_id, to = place->parent_id;
	int links = S_ISDIR(s->mode) && from != to ? 1 : 0;
	int r;

	s->parent_id = to;
	(void)snprintf(s->name, sizeof(s->name), "%s", place->name);
	s->mtime = now();
	r = db_run(lib->db, SQL_SHELF_NAME, sql_int(s->id), sql_int(to),
		   sql_text(s->name), sql_int(s->mtime));
	if (r == 0)
		r = shelf_touch(lib, from, -links);
	if (r == 0 && from != to)
		r = shelf_touch(lib, to, links);
	return r;
}

static void unlinked_place(int64_t id, struct shelf_place *ret_place)
{
	ret_place->parent_id = SCHEMA_ROOT;
	(void)snprintf(ret_place->name, sizeof(ret_place->name),
		       LIBRARIAN_UNLINKED "%lld", (long long)id);
}

/* @old goes, as @s is to have its name. */
static int make_room(struct librarian *lib, const struct shelf *s,
		     struct shelf *old)
{
	struct shelf_place place;
	bool held = true;
	int r;

	if (S_ISDIR(old->mode))
		return S_ISDIR(s->mode) ? directory_remove(lib, old) : -EISDIR;
	if (S_ISDIR(s->mode))
		return -ENOTDIR;
	r = is_held(lib, old, &held);
	if (r < 0)
		return r;
	if (!held)
		return delete (lib, old);
	unlinked_place(old->id, &place);
	return set_name(lib, old, &place);
}

/* Somebody may have let go of it since the node was told that it is held. */
static int unlink_held(struct librarian *lib, struct shelf *s,
		       const struct shelf_place *place)
{
	bool held = true;
	int r;

	r = is_held(lib, s, &held);
	if (r < 0)
		return r;
	return held ? set_name(lib, s, place) : delete (lib, s);
}

/* Those names are ours to give, and say which shelf it is. */
static bool may_be_named(const struct shelf *s, const struct shelf_place *place)
{
	struct shelf_place unlinked;

	unlinked_place(s->id, &unlinked);
	return place->parent_id == unlinked.parent_id && !S_ISDIR(s->mode) &&
	       !strcmp(place->name, unlinked.name);
}

int shelf_rename(struct librarian *lib, struct shelf *s,
		 const struct shelf_place *place, bool replace)
{
	struct shelf old;
	int r;

	if (s->id == SCHEMA_ROOT)
		return -EBUSY;
	if (s->id == SCHEMA_LOST_FOUND)
		return -EPERM;
	if (shelf_name_is_unlinked(place->name))
		return may_be_named(s, place) ? unlink_held(lib, s, place) :
						-EPERM;
	r = S_ISDIR(s->mode) ? directory_check_move(lib, s, place) : 0;
	if (r == 0)
		r = shelf_by_name(lib, place, &old);
	if (r == 0 && old.id == s->id)
		return 0;
	if (r == 0)
		r = replace ? make_room(lib, s, &old) : -EEXIST;
	else if (r == -ENOENT)
		r = 0;
	return r < 0 ? r : set_name(lib, s, place);
}

int shelf_set_time(struct librarian *lib, const struct shelf *s, int64_t mtime)
{
	return db_run(lib->db, SQL_SHELF_TIME, sql_int(s->id),
		      sql_int(mtime ? mtime : now()));
}
